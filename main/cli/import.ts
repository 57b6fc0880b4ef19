// `goldbench import`: what is in a file. In: a path. Out: operators, quantization, cost and support.
import path from 'node:path';
import type { Verb } from '../cli';
import { openNetwork } from '../flow';
import { KERNEL_SETS } from '../network/arithmetic';
import { ruleText } from '../network/pixels';
import type { NetworkView, OperatorView, TensorView } from '../network/view';
import { oneModel, parseVerb, readGivenNetwork } from './files';
import { clean, formatTable, print, printJson, shapeText, tellPlace, thousands } from './print';
import { putNetwork } from '../session/blobs';
import { withSession } from './session';

const usage = 'import MODEL [--json] [--session FILE.sqlite]';

export const runImport: Verb = {
  usage,
  about: 'operators, tensors, quantization, multiply-accumulates, and what golden supports',
  async run(args) {
    const { values, positionals } = parseVerb(args, { json: { type: 'boolean' }, session: { type: 'string' } }, usage);
    const model = oneModel(positionals, usage);
    const bytes = readGivenNetwork(model);
    const { network, view } = openNetwork(bytes, path.basename(model));
    withSession(values.session, (session) => {
      putNetwork(session.blobs, bytes, network);
      session.useNetwork(session.addNetwork(view));
    });
    if (values.json) printJson(view);
    else printView(view);
  },
};

function printView(view: NetworkView): void {
  const { totals } = view;
  print(
    `${clean(view.name)}: ${view.operators.length} operators, ${thousands(totals.macs)} MACs, ` +
      `${thousands(totals.parameters)} parameters, ${thousands(view.fileBytes)} bytes`,
  );
  print(`sha256 ${view.sha256}`);
  if (view.scheme !== undefined) print(`scheme ${view.scheme}`);
  print('');
  const isMade = view.operators.some(({ origin }) => origin !== undefined);
  const origins = isMade ? [{ title: 'made for', most: 40, cell: (o: OperatorView) => o.origin ?? '' }] : [];
  const output = (operator: OperatorView) => view.tensors[operator.outputs[0] ?? -1];
  print(
    formatTable(view.operators, [
      { title: '#', right: true, cell: (o) => o.index },
      { title: 'operator', cell: (o) => o.name },
      { title: 'output', right: true, cell: (o) => shapeText(output(o)?.shape ?? []) },
      { title: 'type', cell: (o) => output(o)?.type ?? '' },
      { title: 'scale', right: true, cell: (o) => quantizationText(output(o)?.quantization?.scale) },
      { title: 'zero', right: true, cell: (o) => quantizationText(output(o)?.quantization?.zeroPoint) },
      ...origins,
      { title: 'MACs', right: true, cell: (o) => (o.macs ? thousands(o.macs) : '') },
      { title: 'parameters', right: true, cell: (o) => (o.parameters ? thousands(o.parameters) : '') },
      { title: 'golden', most: 100, cell: tellSupport },
    ]),
  );
  print('');
  for (const i of view.inputs) print(`input ${i}: ${slotText(view.tensors[i]!)}`);
  for (const i of view.outputs) print(`output ${i}: ${slotText(view.tensors[i]!)}`);
  const all = view.operators.length;
  for (const set of KERNEL_SETS) {
    const stopped = totals.unsupported[set];
    if (stopped > 0)
      print(`golden cannot run this network in kernel set ${set}: ${stopped} of ${all} operators are not supported`);
  }
  for (const { severity, sentence, place } of view.problems)
    print(`${severity}: ${clean(sentence)} (${tellPlace(place)})`);
}

/** yes; in which kernel sets, and why not in the first other; or why not at all. */
function tellSupport({ support }: OperatorView): string {
  const sets = KERNEL_SETS.filter((set) => support[set].ok);
  const refused = KERNEL_SETS.map((set) => support[set]).find((answer) => !answer.ok);
  if (!refused || refused.ok) return 'yes';
  return sets.length > 0 ? `in ${sets.join(', ')}: ${refused.why}` : `no: ${refused.why}`;
}

/** 'image int8 1x28x28x1, scale 0.003921569, zero point -128, images: real = pixel / 255' */
function slotText({ name, type, shape, quantization, pixels }: TensorView): string {
  const text = `${clean(name)} ${type} ${shapeText(shape)}`;
  const words = quantization
    ? `, scale ${quantizationText(quantization.scale)}, zero point ${quantizationText(quantization.zeroPoint)}`
    : '';
  return `${text}${words}${pixels ? `, images: ${ruleText(pixels)}` : ''}`;
}

function quantizationText(values: readonly number[] | undefined): string {
  if (!values?.length) return '';
  return values.length === 1 ? String(Number(values[0]!.toPrecision(7))) : `${values.length} channels`;
}
