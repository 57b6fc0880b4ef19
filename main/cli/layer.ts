// `goldbench layer`: what a designer puts into the array. In: a model. Out: for each layer the effective bias, multiplier, shift and
// float32 scale of every channel, clamp range and zero points; with --out a folder of .npy files. With --input, which runs the
// network, that folder gets the layers' accumulators and values before clamping too.
import path from 'node:path';
import type { Verb } from '../cli';
import { golden, openNetwork, prepareInput } from '../flow';
import { type Derived, deriveLayer } from '../golden/derive';
import { layersOf } from '../golden/layer';
import { parseScheme } from '../network/scheme';
import { SCHEME_DEFINITIONS } from '../network/schemeDefinitions';
import { type LayerConstants, layerConstants } from '../golden/layerConstants';
import { saveLayerFolder } from '../golden/layerFolder';
import { arithmeticFor, supportOf } from '../golden/support';
import type { KernelSet } from '../network/arithmetic';
import { userFailure } from '../network/failure';
import type { Network, Operator } from '../network/network';
import type { TypedArray } from '../tensor/tensor';
import { oneModel, parseVerb, readGivenFile, readGivenNetwork } from './files';
import { type How, checkHow, checkPixels, matchInputs } from './inputs';
import { clean, formatTable, print, printJson, shapeText, thousands } from './print';
import { pickOperator } from './why';

const usage =
  'layer MODEL [--operator N] [--kernels S] [--out DIR [--input [NAME=]FILE … [--pixels R] [--engine E]]] [--json]';
const options = {
  operator: { type: 'string' },
  kernels: { type: 'string' },
  engine: { type: 'string' },
  input: { type: 'string', multiple: true },
  pixels: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const runLayer: Verb = {
  usage,
  about: 'constants of the layers an array runs: effective bias, multiplier, shift, clamp range; DIR gets them as .npy',
  async run(args) {
    const { values, positionals } = parseVerb(args, options, usage);
    const model = oneModel(positionals, usage);
    const how = checkHow(values);
    const { kernels } = how;
    const { network } = openNetwork(readGivenNetwork(model), path.basename(model));
    const chosen = values.operator === undefined ? layersOf(network) : [pickOperator(network, values.operator)];
    const layers = chosen.map((operator) => constantsOf(operator, network, kernels));
    if (values.out !== undefined) {
      const derived = deriveAll(network, chosen, how, values);
      saveLayerFolder(
        values.out,
        layers.map((constants) => ({ constants, derived: derived.get(constants.operator) ?? null })),
      );
    } else if (values.input)
      throw userFailure('arguments', '--input is of use with --out alone.', `Usage: goldbench ${usage}`);
    if (values.engine !== undefined && !values.input)
      throw userFailure('arguments', '--engine is of use with --input alone.', `Usage: goldbench ${usage}`);
    if (values.json) printJson({ network: network.sha256, kernels, layers });
    else if (values.operator === undefined) printLayers(network, kernels, layers);
    else printChannels(layers[0]!);
    if (values.out !== undefined && !values.json) print(`\nwritten to ${values.out}`);
  },
};

/** Runs the network where inputs are given; what its layers went through, by operator. */
function deriveAll(
  network: Network,
  layers: readonly Operator[],
  { kernels, engine }: How,
  { input, pixels }: { readonly input?: string[]; readonly pixels?: string },
): ReadonlyMap<number, Derived> {
  const derived = new Map<number, Derived>();
  if (!input) return derived;
  const rule = checkPixels(pixels);
  const values = new Map(
    matchInputs(network, input).map(([tensor, file]) => {
      return [tensor, prepareInput(network, tensor, readGivenFile(file), path.basename(file), rule).data] as const;
    }),
  );
  const run = new Map<number, TypedArray>(values);
  for (const { operator, arithmetic, outputs } of golden(network, kernels, values, engine)) {
    const layer = layers.find(({ index }) => index === operator);
    if (layer) derived.set(operator, deriveLayer(network, layer, arithmetic, run));
    for (const { tensor, data } of outputs) run.set(tensor.index, data);
  }
  return derived;
}

function constantsOf(operator: Operator, network: Network, kernels: KernelSet): LayerConstants {
  const support = supportOf(operator, network, kernels);
  if (!support.ok)
    throw userFailure('golden-unsupported', support.why, 'Choose another kernel set or operator.', {
      operator: operator.index,
    });
  return layerConstants(operator, network, arithmeticFor(operator, network, kernels));
}

const span = (values: readonly number[] | null): string => {
  if (!values) return 'at run time';
  if (values.length === 0) return '';
  const [least, most] = values.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Infinity, -Infinity],
  );
  return least === most ? thousands(least) : `${thousands(least)} … ${thousands(most)}`;
};

function printLayers(network: Network, kernels: KernelSet, layers: readonly LayerConstants[]): void {
  print(`${clean(network.name)}: ${layers.length} layers, kernel set ${kernels}\n`);
  print(
    formatTable(layers, [
      { title: '#', right: true, cell: (l) => l.operator },
      { title: 'layer', cell: (l) => l.name },
      { title: 'weights', right: true, cell: (l) => shapeText(l.weights.shape) },
      { title: 'channels', right: true, cell: (l) => l.channels },
      { title: 'products', right: true, cell: (l) => thousands(l.products) },
      { title: 'arithmetic', cell: (l) => l.arithmetic },
      { title: 'effective bias', right: true, cell: (l) => span(l.effectiveBias) },
      { title: 'multiplier', right: true, cell: (l) => span(l.multiplier) },
      { title: 'shift', right: true, cell: (l) => span(l.shift) },
      { title: 'clamp', right: true, cell: (l) => `${l.lowest} … ${l.highest}` },
      { title: 'zero x, y', right: true, cell: (l) => `${l.input.zeroPoint}, ${l.output.zeroPoint}` },
    ]),
  );
  print('\nOne layer with all its channels: --operator N.');
}

/** What the scheme computes in a layer, in words. */
const rulesOf = (scheme: string) =>
  SCHEME_DEFINITIONS[parseScheme(scheme).kind].rules.filter(({ of }) => of === 'layers' || of === 'accumulator');

function printChannels(layer: LayerConstants): void {
  const { input, weights, output } = layer;
  print(
    `${layer.name} (operator ${layer.operator}): ${layer.channels} channels of ${thousands(layer.products)} products, ${layer.accumulator} sums, arithmetic ${layer.arithmetic}`,
  );
  print(`x ${clean(input.name)} ${input.type} ${shapeText(input.shape)}, zero point ${input.zeroPoint}`);
  print(`w ${clean(weights.name)} ${weights.type} ${shapeText(weights.shape)}, zero point ${weights.zeroPoint}`);
  print(
    `y ${clean(output.name)} ${output.type} ${shapeText(output.shape)}, zero point ${output.zeroPoint}, clamped to ${layer.lowest} … ${layer.highest}`,
  );
  for (const note of layer.notes) print(note);
  const { words } = layer;
  if (words) for (const { of, rule } of rulesOf(words.scheme)) print(`${of}: ${rule}`);
  if (words)
    print(`scheme ${words.scheme}: sums of ${words.accumulatorBits} bits that ${words.overflow}, slope ${words.slope}`);
  const at = <T>(values: readonly T[] | null, c: number): T | string =>
    values ? (values[values.length > 1 ? c : 0] ?? '') : 'at run time';
  print('');
  print(
    formatTable(
      Array.from({ length: layer.channels }, (_, c) => c),
      [
        { title: 'channel', right: true, cell: (c) => c },
        { title: 'bias', right: true, cell: (c) => at(layer.bias, c) },
        { title: 'effective bias', right: true, cell: (c) => at(layer.effectiveBias, c) },
        { title: 'multiplier', right: true, cell: (c) => at(layer.multiplier, c) },
        { title: 'shift', right: true, cell: (c) => at(layer.shift, c) },
        {
          title: layer.arithmetic === 'float16' ? 'scale (float16)' : 'scale (float32)',
          right: true,
          cell: (c) => at(layer.scale, c),
        },
        ...(words && words.offset.length > 0
          ? [{ title: 'bias (float16)', right: true, cell: (c: number) => at(words.offset, c) }]
          : []),
      ],
    ),
  );
}
