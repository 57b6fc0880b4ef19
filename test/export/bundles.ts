// What the tests of bundles share: networks with inputs, and their bundles in folders outside the project.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { changeArray } from '../../main/array/array';
import { namedArray } from '../../main/array/presets';
import { type Bundle, type BundleRequest, exportBundle } from '../../main/export/bundle';
import { BundleFolder } from '../../main/export/folder';
import { LEVELS } from '../../main/export/choice';
import { importNetwork } from '../../main/import/import';
import { type Network, elementCount } from '../../main/network/network';
import { type Scheme, parseScheme } from '../../main/network/scheme';
import { runTool } from '../../main/simulate/tools';
import { type TypedArray, allocate } from '../../main/tensor/tensor';
import { type Slot, constant, oneOperator, perChannel, q, slot } from '../golden/oneOperator';
import { Random } from '../oracle/random';
import { type Case, randomOperator } from '../rtl/randomOperators';

export const appRoot = path.resolve(import.meta.dirname, '../..');

export interface Run {
  readonly network: Network;
  readonly inputs: ReadonlyMap<number, TypedArray>;
}

/** A network from a file, on random bytes. */
export function runOf(file: string): Run {
  const { network } = importNetwork(readFileSync(file), path.basename(file));
  const random = new Random(3);
  const inputs = network.inputs.map((index): [number, TypedArray] => {
    const { type, shape } = network.tensors[index]!;
    return [index, allocate(type, elementCount(shape)).map(() => random.whole(0, 255) as never) as TypedArray];
  });
  return { network, inputs: new Map(inputs) };
}
export const digits = (): Run => runOf(path.join(appRoot, 'resources/samples/digits/digits.tflite'));

/** Random operators side by side in one network, each with an input of its own. */
export const randomLayers = (count: number, seed: number): Run => {
  const random = new Random(seed);
  return sideBySide(Array.from({ length: count }, () => ({ ...randomOperator(random), scheme: null })));
};

interface InScheme extends Case {
  readonly scheme: Scheme | null;
}

/** The same in words: each by a scheme of its own, with accumulators that some sums leave. */
export function randomWordLayers(count: number, seed: number): Run {
  const random = new Random(seed);
  const cases: InScheme[] = [];
  while (cases.length < count) {
    const one = randomOperator(random);
    if (one.output.type !== 'int8') continue;
    const [bits, overflow] = [random.pick([15, 16, 18, 24]), random.pick(['wrap', 'saturate'])];
    const isKraken = random.chance(0.6);
    const slope = random.pick(isKraken ? ['1', '0', '0.1', '0.3'] : ['1', '0', '0.125', '0.5']);
    const kind = isKraken ? `kraken:8,8,${bits}` : `shift:8,8,${bits},32`;
    const scheme = parseScheme(`${kind},${overflow},slope=${slope}`);
    cases.push(isKraken ? { ...one, scheme } : { ...byPowers(one, random), scheme });
  }
  return sideBySide(cases);
}

/** Scales that are powers of two, no zero points, and a bias in the fraction of the products. */
function byPowers({ inputs, output, ...rest }: Case, random: Random): Case {
  const power = (from: number, to: number): number => 2 ** random.whole(from, to);
  const [x, w, bias] = inputs as [Slot, Slot, Slot?];
  const { scale, axis } = w.quantization!;
  const xScale = power(-6, -3);
  const scales = scale.map(() => power(-8, -5));
  const inPowers = [
    { ...x, quantization: q(xScale) },
    { ...w, quantization: perChannel(scales, axis) },
    ...(bias
      ? [
          {
            ...bias,
            quantization: perChannel(
              scales.map((s) => s * xScale),
              0,
            ),
          },
        ]
      : []),
  ];
  return { ...rest, inputs: inPowers, output: { ...output, quantization: q(power(-2, 1)) } };
}

function sideBySide(cases: readonly InScheme[]): Run {
  const inputs = new Map<number, TypedArray>();
  const network = {
    tensors: [] as Network['tensors'][number][],
    operators: [] as Network['operators'][number][],
    inputs: [] as number[],
    outputs: [] as number[],
  };
  for (const [index, { kind, inputs: slots, output, options, scheme }] of cases.entries()) {
    const one = oneOperator(kind, slots, output, options);
    const base = network.tensors.length;
    const shift = (list: readonly number[]): number[] => list.map((tensor) => tensor + base);
    network.tensors.push(...one.network.tensors.map((tensor) => ({ ...tensor, index: tensor.index + base })));
    network.operators.push({
      ...one.operator,
      ...(scheme && { scheme }),
      index,
      inputs: shift(one.operator.inputs),
      outputs: shift(one.operator.outputs),
    });
    network.inputs.push(...shift(one.network.inputs));
    network.outputs.push(...shift(one.network.outputs));
    for (const [tensor, data] of one.inputs) inputs.set(tensor + base, data);
  }
  return {
    network: {
      ...network,
      name: 'random',
      format: 'tflite',
      description: '',
      sha256: '',
      fileBytes: 0,
      converted: null,
    },
    inputs,
  };
}

/** Seven channels, and a depthwise layer of them: on the small array its groups run as four and three. */
export function sevenGroups(): Run {
  const random = new Random(7);
  const bytes = (count: number): Int8Array => Int8Array.from({ length: count }, () => random.whole(-128, 127));
  const common = { padding: 'same', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' } as const;
  const map: Slot = { type: 'int8', shape: [1, 4, 4, 7], quantization: q(2) };
  const image = slot('int8', [1, 4, 4, 1], q(0.1), bytes(16));
  const first = oneOperator('CONV_2D', [image, constant('int8', [7, 1, 1, 1], q(0.1), bytes(7))], map, common);
  const filter = constant('int8', [1, 3, 3, 7], q(0.1), bytes(63));
  const second = oneOperator('DEPTHWISE_CONV_2D', [map, filter], map, { ...common, depthMultiplier: 1 });
  const shift = (tensor: number): number => tensor + 2; // the second's input is the first's output
  const [, ...others] = second.network.tensors;
  const tensors = [...first.network.tensors, ...others.map((tensor) => ({ ...tensor, index: shift(tensor.index) }))];
  const operator = {
    ...second.operator,
    index: 1,
    inputs: second.operator.inputs.map(shift),
    outputs: second.operator.outputs.map(shift),
  };
  const network = { ...first.network, tensors, operators: [first.operator, operator], outputs: operator.outputs };
  return { network, inputs: first.inputs };
}

/** Small, with banks of weights that layers outgrow, and a stream narrower than a row of weights. */
export const SMALL_ARRAY = changeArray(namedArray('4x16'), {
  weightsSramDepthWords: 64,
  weightStreamBits: 64,
  outputStreamBits: 128,
});

/** As small as the digits' kernels allow: quick to build. */
export const TINY_ARRAY = changeArray(namedArray('2x6'), {
  kernelMax: 3,
  strideMax: 2,
  weightsSramDepthWords: 64,
  pixelStreamBits: 32,
  weightStreamBits: 32,
  outputStreamBits: 32,
});

export const requestOf = (run: Run, changes: Partial<BundleRequest> = {}): BundleRequest => ({
  ...run,
  kernels: 'reference',
  inputFacts: [],
  array: SMALL_ARRAY,
  layers: 'all',
  levels: LEVELS,
  formats: ['mem'],
  align: 64,
  command: 'goldbench export',
  appRoot,
  ...changes,
});

export async function makeBundle(folder: string, run: Run, changes: Partial<BundleRequest> = {}): Promise<Bundle> {
  const sink = new BundleFolder(folder);
  const bundle = await exportBundle(requestOf(run, changes), sink);
  sink.finish();
  return bundle;
}

/** What a testbench of modules says where all is well. */
export const MODULES_PASS = /^PASS: pixel_shifter \d+ words, weights_rotator \d+, pe_array \d+, output_pipe \d+$/m;

/** Runs a script of the bundle, as someone in a lab would; built quickly, since there is little to run. */
export async function runScript(
  folder: string,
  script: string,
  ...args: string[]
): Promise<{ code: number | null; text: string }> {
  const { code, stdout, stderr } = await runTool('env', ['OPT=-O0', path.join(folder, script), ...args], { cwd: '/' });
  return { code, text: `${stdout}${stderr}` };
}
