// `goldbench layer`: what a designer puts into the array. In: a model; no input. Out: for each layer the effective bias,
// multiplier, shift and float32 scale of every channel, clamp range and zero points; with --out a folder of .npy files.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Verb } from '../cli';
import { openNetwork } from '../flow';
import { type LayerConstants, layerConstants, layersOf } from '../golden/layer';
import { arithmeticFor, supportOf } from '../golden/support';
import { diskFailure } from '../import/disk';
import type { KernelSet } from '../network/arithmetic';
import { userFailure } from '../network/failure';
import type { Network, Operator } from '../network/network';
import { writeNpy } from '../tensor/npy';
import { oneModel, parseVerb, readGivenFile } from './files';
import { checkKernels } from './inputs';
import { clean, formatTable, print, printJson, shapeText, thousands } from './print';
import { pickOperator } from './why';

const usage = 'layer MODEL [--operator N] [--kernels S] [--out DIR] [--json]';
const options = {
  operator: { type: 'string' },
  kernels: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const runLayer: Verb = {
  usage,
  about: 'constants of the layers an array runs: effective bias, multiplier, shift, clamp range; DIR gets them as .npy',
  async run(args) {
    const { values, positionals } = parseVerb(args, options, usage);
    const model = oneModel(positionals, usage);
    const kernels = checkKernels(values.kernels);
    const { network } = openNetwork(readGivenFile(model), path.basename(model));
    const chosen = values.operator === undefined ? layersOf(network) : [pickOperator(network, values.operator)];
    const layers = chosen.map((operator) => constantsOf(operator, network, kernels));
    if (values.out !== undefined) writeConstants(values.out, layers);
    if (values.json) printJson({ network: network.sha256, kernels, layers });
    else if (values.operator === undefined) printLayers(network, kernels, layers);
    else printChannels(layers[0]!);
    if (values.out !== undefined && !values.json) print(`\nwritten to ${values.out}`);
  },
};

function constantsOf(operator: Operator, network: Network, kernels: KernelSet): LayerConstants {
  const support = supportOf(operator, network, kernels);
  if (!support.ok)
    throw userFailure('golden-unsupported', support.why, 'Choose another kernel set or operator.', {
      operator: operator.index,
    });
  return layerConstants(operator, network, arithmeticFor(operator, network, kernels));
}

/** 003_CONV_2D.effective_bias.npy and its kin, as `golden --out` names its files. A folder that holds other files is left alone. */
function writeConstants(folder: string, layers: readonly LayerConstants[]): void {
  const target = path.resolve(folder);
  const files = layers.flatMap((layer) => {
    const stem = `${String(layer.operator).padStart(3, '0')}_${layer.name}`;
    const wide = layer.accumulator === 'int64';
    const sums = (values: readonly number[]) =>
      writeNpy(layer.accumulator, [values.length], wide ? BigInt64Array.from(values, BigInt) : Int32Array.from(values));
    const int32 = (values: readonly number[]) => writeNpy('int32', [values.length], Int32Array.from(values));
    return [
      ...(layer.bias ? [[`${stem}.bias.npy`, sums(layer.bias)] as const] : []),
      ...(layer.effectiveBias ? [[`${stem}.effective_bias.npy`, sums(layer.effectiveBias)] as const] : []),
      [`${stem}.multiplier.npy`, int32(layer.multiplier)] as const,
      [`${stem}.shift.npy`, int32(layer.shift)] as const,
      [`${stem}.scale.npy`, writeNpy('float32', [layer.scale.length], Float32Array.from(layer.scale))] as const,
    ];
  });
  const present = files.find(([name]) => existsSync(path.join(target, name)));
  if (present)
    throw userFailure('file-exists', `${present[0]} is in ${path.basename(target)} already.`, 'Choose an empty or a new folder.', { file: present[0] }); // prettier-ignore
  try {
    mkdirSync(target, { recursive: true });
    for (const [name, bytes] of files) writeFileSync(path.join(target, name), bytes, { flag: 'wx' });
    const index = layers.map((layer) => ({ ...layer, bias: undefined, effectiveBias: undefined, multiplier: undefined, shift: undefined, scale: undefined })); // prettier-ignore
    writeFileSync(path.join(target, 'layers.json'), `${JSON.stringify(index, null, 2)}\n`);
  } catch (error) {
    throw diskFailure(error, target);
  }
}

const span = (values: readonly number[] | null): string => {
  if (!values) return 'at run time';
  const [least, most] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Infinity, -Infinity]); // prettier-ignore
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

function printChannels(layer: LayerConstants): void {
  const { input, weights, output } = layer;
  print(`${layer.name} (operator ${layer.operator}): ${layer.channels} channels of ${thousands(layer.products)} products, ${layer.accumulator} sums, arithmetic ${layer.arithmetic}`); // prettier-ignore
  print(`x ${clean(input.name)} ${input.type} ${shapeText(input.shape)}, zero point ${input.zeroPoint}`);
  print(`w ${clean(weights.name)} ${weights.type} ${shapeText(weights.shape)}, zero point ${weights.zeroPoint}`);
  print(`y ${clean(output.name)} ${output.type} ${shapeText(output.shape)}, zero point ${output.zeroPoint}, clamped to ${layer.lowest} … ${layer.highest}`); // prettier-ignore
  for (const note of layer.notes) print(note);
  const at = <T>(values: readonly T[] | null, c: number): T | string => values?.[values.length > 1 ? c : 0] ?? 'at run time'; // prettier-ignore
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
        { title: 'scale (float32)', right: true, cell: (c) => at(layer.scale, c) },
      ],
    ),
  );
}
