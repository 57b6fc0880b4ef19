// `goldbench quantise`: a network of real numbers becomes one of words. In: a model, inputs to calibrate with, a scheme. Out: a
// .tflite file that TFLite loads (and this program, where the scheme is not TFLite's), and a table of what became of each operator;
// with --suggest longer words for the layers that deserve them, with --judge what it all cost.
import path from 'node:path';
import type { Verb } from '../cli';
import { convert, judge, openNetwork, prepareQuantisation, suggest } from '../flow';
import { readBatch } from '../import/batch';
import { userFailure } from '../network/failure';
import type { Network, Tensor } from '../network/network';
import { type Scheme, SCHEME_EXAMPLES, parseScheme, schemeText } from '../network/scheme';
import type { Mixing } from '../quantise/choice';
import type { Ends } from '../quantise/convert';
import type { Converted, Prepared } from '../quantise/quantise';
import { type Method, METHODS, methodText, parseMethod } from '../quantise/range';
import { rangeOf, recordSuggestion } from '../quantise/recording';
import { tellStep } from '../quantise/suggest';
import { checkTop } from './batch';
import { oneModel, parseVerb, readGivenNetwork } from './files';
import { checkHow, checkPixels } from './inputs';
import { checkMixing, judgementRecord, printJudgement, printSuggestion } from './judge';
import { save } from './plan';
import { clean, formatTable, print, printJson, shapeText, thousands } from './print';
import { watch } from './watch';

const usage =
  `quantise MODEL --images DIR|FILE.npy --out FILE.tflite [--scheme ${SCHEME_EXAMPLES.join('|')}] [--layer N=SCHEME|real …] ` +
  `[--method ${METHODS.join('|')}] [--ends words|real] [--pixels 0..1|-1..1|0..255] [--limit N] ` +
  '[--judge] [--suggest 60kB|97.5%] [--high SCHEME] [--held-out DIR|FILE.npy] [--labels labels.txt|labels.csv …] [--top 5] ' +
  '[--engine …] [--threads N] [--json]';
const text = { type: 'string' } as const;
const options = {
  images: text,
  out: text,
  scheme: text,
  layer: { type: 'string', multiple: true },
  method: text,
  ends: text,
  pixels: text,
  limit: text,
  judge: { type: 'boolean' },
  suggest: text,
  high: text,
  'held-out': text,
  labels: { type: 'string', multiple: true },
  top: text,
  engine: text,
  threads: text,
  json: { type: 'boolean' },
} as const;

interface Choice {
  readonly scheme: Scheme;
  readonly layers: ReadonlyMap<number, Scheme | null>;
  readonly method: Method;
  readonly ends: Ends;
}

export const runQuantise: Verb = {
  usage,
  about:
    'a float network fused, calibrated on images and written as a quantised .tflite; operators are numbered as fused',
  async run(args) {
    const { values, positionals } = parseVerb(args, options, usage);
    const model = oneModel(positionals, usage);
    const images = need(values.images, '--images', 'the folder of images (or the .npy) to calibrate with');
    const out = need(values.out, '--out', 'the .tflite file to write');
    const choice: Choice = {
      scheme: parseScheme(values.scheme ?? 'int8'),
      layers: readLayers(values.layer ?? []),
      method: parseMethod(values.method ?? 'min-max'),
      ends: checkEnds(values.ends),
    };
    const mixing = checkMixing(values.suggest, values.high, choice.scheme);
    checkMeasuring(values, mixing);
    const { engine } = checkHow({ ...values });
    const how = { engine, preprocessing: checkPixels(values.pixels), top: checkTop(values.top ?? '5') };
    const { network } = openNetwork(readGivenNetwork(model), path.basename(model));
    const held = values['held-out'];
    const whole = readBatch(images, held === undefined ? values.labels : []);
    const batch = { ...whole, items: whole.items.slice(0, checkLimit(values.limit)) };
    const others = held === undefined ? batch : readBatch(held, values.labels);
    const steps = prepareQuantisation(network, batch, engine, how.preprocessing);
    const doing = { fuse: 'fused and real, input', calibrate: 'calibrating, input' };
    const prepared = await watch(steps, 'Quantising', ({ stage, done, of }) => `${doing[stage]} ${done} of ${of}`);
    const suggestion = mixing && (await watch(suggest(prepared, others, choice, mixing, how), 'Quantising', tellStep));
    const chosen = { ...choice, layers: new Map([...choice.layers, ...(suggestion?.layers ?? [])]) };
    const converted = convert(prepared, chosen);
    const judging = judge(prepared.fused.network, converted, others, how);
    const judgement = values.judge
      ? await watch(judging, 'Judging', (done) => `judging, input ${done} of ${others.items.length}`)
      : null;
    save(out, converted.bytes);
    if (suggestion && !suggestion.keeps) process.exitCode = 1;
    if (values.json)
      return printJson({
        ...recordOf(network, prepared, converted, chosen, out),
        ...(suggestion && { suggestion: recordSuggestion(suggestion, mixing!) }),
        ...(judgement && { judgement: judgementRecord(judgement, others.source) }),
      });
    printQuantised(network, prepared, converted, chosen);
    if (suggestion) printSuggestion(suggestion, mixing!, choice.scheme, prepared.fused.network);
    if (judgement) printJudgement(judgement, others.source);
    print(`\nwritten to ${out}: ${thousands(converted.bytes.length)} bytes, of ${thousands(network.fileBytes)}`);
  },
};

/** Options that say how to measure, without anything to be measured, would be passed over. */
function checkMeasuring(
  values: { judge?: boolean; labels?: readonly string[]; top?: string; 'held-out'?: string },
  mixing: Mixing | null,
): void {
  const idle = (['labels', 'held-out', 'top'] as const).find((option) => values[option] !== undefined);
  if (values.judge || (mixing && idle !== 'top') || !idle) return;
  throw userFailure(
    'arguments',
    `--${idle} goes with --judge${idle === 'top' ? '' : ' or --suggest'}.`,
    `Usage: goldbench ${usage}`,
  );
}

function need(value: string | undefined, option: string, what: string): string {
  if (value !== undefined) return value;
  throw userFailure('arguments', `${option} is missing: ${what}.`, `Usage: goldbench ${usage}`);
}

/** '4=16x8', '0=real' */
function readLayers(given: readonly string[]): Map<number, Scheme | null> {
  return new Map(
    given.map((one) => {
      const [, number, scheme] = /^(\d+)=(.+)$/.exec(one) ?? [];
      if (number === undefined)
        throw userFailure(
          'arguments',
          `--layer ${one} is no operator with its scheme.`,
          'Write --layer 4=16x8, or --layer 4=real to leave it as it is.',
        );
      return [Number(number), scheme === 'real' ? null : parseScheme(scheme!)] as const;
    }),
  );
}

function checkEnds(given: string = 'words'): Ends {
  if (given === 'words' || given === 'real') return given;
  throw userFailure(
    'arguments',
    `--ends ${given} is neither words nor real.`,
    'words: inputs and outputs are quantised; real: they stay float32.',
  );
}

function checkLimit(given: string | undefined): number {
  if (given === undefined || /^[1-9]\d{0,5}$/.test(given)) return Number(given ?? Infinity);
  throw userFailure('arguments', `--limit ${given} is no number of inputs.`, 'Give a whole number from 1.');
}

function recordOf(network: Network, prepared: Prepared, converted: Converted, choice: Choice, out: string) {
  const { fused, changes, calibration } = prepared;
  return {
    network: { name: network.name, sha256: network.sha256 },
    quantised: { file: path.basename(out), sha256: converted.network.sha256, bytes: converted.bytes.length },
    scheme: schemeText(choice.scheme),
    layers: Object.fromEntries([...choice.layers].map(([at, scheme]) => [at, scheme && schemeText(scheme)])),
    method: methodText(choice.method),
    ends: choice.ends,
    calibration: { source: calibration.source, inputs: calibration.inputs, preparation: calibration.preparation },
    fusions: fused.fusions.map(({ operator, absorbed }, i) => ({ operator, absorbed, ...changes[i]! })),
    operators: converted.network.operators.map(({ index, name, outputs }) => {
      const range = rangeOf(prepared, converted, index);
      const { type, quantization } = converted.network.tensors[outputs[0]!]!;
      const seen = range && { min: range.min, max: range.max, low: range.low, high: range.high };
      return { index, name, fused: converted.origins[index], type, quantization, seen };
    }),
  };
}

function printQuantised(network: Network, prepared: Prepared, converted: Converted, choice: Choice): void {
  const { fused, changes, calibration } = prepared;
  const nameOf = (index: number): string => network.operators[index]!.name;
  print(
    `${clean(network.name)} as ${schemeText(choice.scheme)}, ranges by ${methodText(choice.method)} over ${thousands(calibration.inputs)} inputs of ${clean(calibration.source)}. The first: ${calibration.preparation}.\n`,
  );
  if (fused.fusions.length > 0) {
    const rows = fused.fusions.map((fusion, i) => ({ ...fusion, ...changes[i]! }));
    print(
      formatTable(rows, [
        { title: 'was', right: true, cell: (f) => f.operator },
        { title: 'operator', cell: (f) => nameOf(f.operator) },
        { title: 'took in', most: 60, cell: (f) => f.absorbed.map((at) => `${at} ${nameOf(at)}`).join(', ') },
        { title: 'largest change', right: true, cell: (f) => f.largest.toExponential(1) },
        { title: 'of', right: true, cell: (f) => f.amplitude.toPrecision(4) },
      ]),
    );
    print('');
  }
  const real = (value: number): string => value.toPrecision(4);
  const rows = converted.network.operators.map(({ index, name, outputs }) => ({
    index,
    name,
    tensor: outputOf(converted, outputs),
    seen: rangeOf(prepared, converted, index),
  }));
  print(
    formatTable(rows, [
      { title: '#', right: true, cell: ({ index }) => index },
      { title: 'fused', right: true, cell: ({ index }) => converted.origins[index] ?? '' },
      { title: 'operator', cell: ({ name }) => name },
      { title: 'output', right: true, cell: ({ tensor }) => shapeText(tensor.shape) },
      { title: 'type', cell: ({ tensor }) => typeText(tensor) },
      { title: 'scale', right: true, cell: ({ seen, tensor }) => (seen ? real(tensor.quantization!.scale[0]!) : '') },
      { title: 'zero', right: true, cell: ({ seen, tensor }) => (seen ? tensor.quantization!.zeroPoint[0]! : '') },
      { title: 'seen', right: true, cell: ({ seen }) => (seen ? `${real(seen.min)} … ${real(seen.max)}` : '') },
      { title: 'words', right: true, cell: ({ seen }) => (seen ? `${real(seen.low)} … ${real(seen.high)}` : '') },
    ]),
  );
}

const outputOf = ({ network }: Converted, outputs: readonly number[]): Tensor => network.tensors[outputs[0]!]!;
const typeText = ({ type, bits }: Tensor): string => (bits === undefined ? type : `${type}, ${bits} bits`);
