// Arrays and plans as files. In: what a dialog gives. Out: changes of the design, and files. Dialogs are main's: no path
// is known here.
import { checkArray } from '../../main/array/array';
import { parseJson } from '../../main/network/json';
import { writeTopology } from '../../main/plan/scaleSim';
import { readPlan, writePlan } from '../../main/plan/text';
import { userFailure } from '../../main/network/failure';
import { call } from '../bridge';
import { useDesign } from '../stores/design';

/** A file's name of what people called something: 'VGG-16 on kraken-7x96.plan.txt'. */
export const fileNameOf = (words: string, ending: string): string =>
  `${words.replace(/[^A-Za-z0-9_. -]+/g, '_').replace(/^[.\- ]+/, '').slice(0, 70) || 'design'}.${ending}`; // prettier-ignore

/** The file name written, or null when the dialog was closed. */
export const saveText = (name: string, content: string): Promise<string | null> =>
  call('plan.saveFile', { name, content, encoding: 'utf8' });

export async function saveArray(): Promise<void> {
  const { array } = useDesign().design;
  await saveText(fileNameOf(array.name, 'json'), `${JSON.stringify(array, null, 2)}\n`);
}

export async function openArray(): Promise<void> {
  const given = await call('plan.openFile', { kind: 'array' });
  if (given) useDesign().setArray(checkArray(parseJson(given.text, given.name), given.name));
}

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

/** Takes dataflow, batch, objective and pins of a saved plan; the array stays, since a plan only names it. */
export async function openPlan(): Promise<void> {
  const given = await call('plan.openFile', { kind: 'plan' });
  if (!given) return;
  const design = useDesign();
  const { network, dataflow, batch, objective, pins } = readPlan(given.text, given.name);
  const names = new Set(design.workload?.steps.flatMap((step) => ('layer' in step ? [step.layer.name] : [])));
  const unknown = [...pins.keys()].find((name) => !names.has(name));
  if (unknown !== undefined)
    throw userFailure(
      'plan-of-other-network',
      `${given.name} is a plan of ${network}, and ${design.workload?.name ?? 'what is shown'} has no layer ${unknown}.`,
      'Choose that network first.',
      { file: given.name },
    );
  design.take({ dataflow, batch, objective, pins: Object.fromEntries(pins) });
}
