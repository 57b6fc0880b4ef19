// Arrays and plans as files. In: what a dialog gives, or what was dropped. Out: changes of the design, and files. Dialogs are main's: no path
// is known here.
import type { GivenText } from '../../preload/contract/channels';
import { type PeArray, checkArray } from '../../main/array/array';
import { namedArray } from '../../main/array/presets';
import { parseJson } from '../../main/network/json';
import { writeTopology } from '../../main/plan/scaleSim';
import { isPlanText, readPlan, writePlan } from '../../main/plan/text';
import { userFailure } from '../../main/network/failure';
import { call } from '../bridge';
import { useDesign } from '../stores/design';

/** A file's name of what people called something: 'VGG-16 on kraken-7x96.plan.txt'. */
export const fileNameOf = (words: string, ending: string): string =>
  `${
    words
      .replace(/[^A-Za-z0-9_. -]+/g, '_')
      .replace(/^[.\- ]+/, '')
      .slice(0, 70) || 'design'
  }.${ending}`;

/** The file name written, or null when the dialog was closed. */
const saveText = (name: string, content: string): Promise<string | null> =>
  call('plan.saveFile', { name, content, encoding: 'utf8' });

export async function saveArray(): Promise<void> {
  const { array } = useDesign().design;
  await saveText(fileNameOf(array.name, 'json'), `${JSON.stringify(array, null, 2)}\n`);
}

export async function openArray(): Promise<void> {
  const given = await call('plan.openFile', { kind: 'array' });
  if (given) takeArray(given);
}
const takeArray = ({ name, text }: GivenText): void => useDesign().setArray(checkArray(parseJson(text, name), name));

/** @throws userFailure 'topology-inexpressible' where SCALE-Sim has no way to say a layer */
export async function saveTopology(): Promise<void> {
  const { name, steps } = useDesign().workload!;
  const layers = steps.flatMap((step) => ('layer' in step ? [step.layer] : []));
  await saveText(fileNameOf(name, 'csv'), writeTopology(layers));
}

export async function savePlan(): Promise<void> {
  const plan = useDesign().plan!;
  await saveText(fileNameOf(`${plan.name} ${plan.array.name}`, 'txt'), writePlan(plan));
}

export async function openPlan(): Promise<void> {
  const given = await call('plan.openFile', { kind: 'plan' });
  if (given) takePlan(given);
}

/** Takes dataflow, batch, objective and pins of a saved plan, and the array it names where that is known. */
function takePlan(given: GivenText): void {
  const design = useDesign();
  const { network, array, dataflow, batch, objective, pins } = readPlan(given.text, given.name);
  const names = new Set(design.workload?.steps.flatMap((step) => ('layer' in step ? [step.layer.name] : [])));
  const unknown = [...pins.keys()].find((name) => !names.has(name));
  if (unknown !== undefined)
    throw userFailure(
      'plan-of-other-network',
      `${given.name} is a plan of ${network}, and ${design.workload?.name ?? 'what is shown'} has no layer ${unknown}.`,
      'Choose that network first.',
      { file: given.name },
    );
  design.take({ dataflow, batch, objective, pins: Object.fromEntries(pins) }, otherArray(array, given.name));
}

/** The array that a plan names, where it is not the one that is shown. @throws userFailure 'plan-of-other-array' */
function otherArray(name: string, file: string): PeArray | undefined {
  const { arrays, design } = useDesign();
  if (name === design.array.name) return undefined;
  const known = arrays.find((one) => one.name === name);
  if (known) return known;
  if (/^(kraken|systolic)-\d+x\d+$/.test(name)) return namedArray(name);
  throw userFailure(
    'plan-of-other-array',
    `${file} is a plan for the array ${name}, and the design has ${design.array.name}.`,
    `Open that array first (Open… under Array), or write 'array ${design.array.name}' into the plan to try its choices here.`,
    { file },
  );
}

/** A text of more characters is no table, array or plan that people wrote. */
const MOST_TEXT = 4 * 2 ** 20;

/** A file that was dropped: a layer table, an array or a plan, by what is in it. False where it is none of them. */
export async function takeDropped(file: File): Promise<boolean> {
  if (!/\.(csv|json|txt)$/i.test(file.name) || file.size > MOST_TEXT) return false;
  const given = { name: file.name, text: await file.text() };
  if (/\.csv$/i.test(file.name)) await useDesign().takeTable(given);
  else if (isPlanText(given.text)) takePlan(given);
  else if (/\.txt$/i.test(file.name)) return false;
  else if (isTable(parseJson(given.text, given.name))) await useDesign().takeTable(given);
  else takeArray(given);
  return true;
}
const isTable = (value: unknown): boolean => typeof value === 'object' && value !== null && 'layers' in value;
