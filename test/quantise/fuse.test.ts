// What is fused and what is not: small graphs rule by rule, and real ones as a whole.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { runOperators } from '../../main/golden/run';
import type { Network } from '../../main/network/network';
import { fuseNetwork } from '../../main/quantise/fuse';
import { NetworkBuilder } from '../oracle/build';
import { Random } from '../oracle/random';

const random = new Random(9);
const reals = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.real() - 0.5);
const WINDOW = { padding: 'valid', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' } as const;
const NONE = { activation: 'none' } as const;
const SUM = { activation: 'none', potScaleInt16: false } as const;
const image = (channels: number, size = 4) => ({ type: 'float32', shape: [1, size, size, channels] }) as const;

/** A convolution of 2 to 3 channels by 1x1, and what `add` puts behind it. */
function behindConvolution(
  add: (builder: NetworkBuilder, y: number, constant: (...values: number[]) => number) => void,
): Network {
  const builder = new NetworkBuilder('small');
  const x = builder.input(image(2));
  const w = builder.constant({ type: 'float32', shape: [3, 1, 1, 2] }, reals(6));
  const constant = (...values: number[]): number =>
    builder.constant({ type: 'float32', shape: [values.length] }, Float32Array.from(values));
  add(builder, builder.operator('CONV_2D', [x, w], image(3), WINDOW), constant);
  return importNetwork(builder.finish({ lastOnly: true }), 'small').network;
}

const kindsOf = ({ operators }: Network) => operators.map(({ kind }) => kind);

/** The fused network's output, and how far it lies from the real one's. */
function compare(network: Network): { kinds: string[]; network: Network; change: number; fusions: number[][] } {
  const fused = fuseNetwork(network);
  const count = network.tensors[network.inputs[0]!]!.shape.reduce((a, b) => a * b, 1);
  const input = reals(count);
  const outputOf = (of: Network) =>
    [...runOperators(of, 'reference', new Map([[of.inputs[0]!, input]]))].at(-1)!.outputs[0]!.data as Float32Array;
  const [before, after] = [outputOf(network), outputOf(fused.network)];
  const change = before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i]!)), 0);
  return {
    kinds: kindsOf(fused.network),
    network: fused.network,
    change,
    fusions: fused.fusions.map(({ operator, absorbed }) => [operator, ...absorbed]),
  };
}

test('MUL, ADD, SUB, DIV with constants per channel and an activation become one convolution', () => {
  const { kinds, network, change, fusions } = compare(
    behindConvolution((builder, y, constant) => {
      const scaled = builder.operator('MUL', [y, constant(2, -3, 0.5)], image(3), NONE);
      const moved = builder.operator('ADD', [constant(0.1, 0.2, 0.3), scaled], image(3), SUM);
      const turned = builder.operator('SUB', [constant(1), moved], image(3), SUM);
      const less = builder.operator('SUB', [turned, constant(0.25, 0.5, 0.75)], image(3), SUM);
      const divided = builder.operator('DIV', [less, constant(3)], image(3), NONE);
      const low = builder.operator('MAXIMUM', [divided, constant(0)], image(3), {});
      builder.operator('MINIMUM', [low, constant(6)], image(3), {});
    }),
  );
  expect(kinds).toEqual(['CONV_2D']);
  expect(network.operators[0]!.options).toMatchObject({ activation: 'relu6' });
  expect(fusions).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
  expect(change).toBeLessThan(1e-6);
});

test.each([
  [
    'its output is read twice',
    (b: NetworkBuilder, y: number) => {
      b.operator('ADD', [b.operator('RELU', [y], image(3), {}), y], image(3), SUM);
    },
    ['CONV_2D', 'RELU', 'ADD'],
  ],
  [
    'a constant divided by it',
    (b: NetworkBuilder, y: number, c: (...v: number[]) => number) => {
      b.operator('DIV', [c(3), y], image(3), NONE);
    },
    ['CONV_2D', 'DIV'],
  ],
  [
    'an activation stands between',
    (b: NetworkBuilder, y: number, c: (...v: number[]) => number) => {
      b.operator('MUL', [b.operator('RELU', [y], image(3), {}), c(2)], image(3), NONE);
    },
    ['CONV_2D', 'MUL'],
  ],
  [
    'the limit is another',
    (b: NetworkBuilder, y: number, c: (...v: number[]) => number) => {
      b.operator('MAXIMUM', [y, c(-1)], image(3), {});
    },
    ['CONV_2D', 'MAXIMUM'],
  ],
] as const)('left as it is: %s', (_, add, kinds) => {
  const told = compare(behindConvolution(add));
  expect(told.kinds).toEqual(kinds);
  expect(told.change).toBe(0);
});

test('what the network gives out is kept', () => {
  const builder = new NetworkBuilder('two');
  const x = builder.input(image(2));
  const w = builder.constant({ type: 'float32', shape: [3, 1, 1, 2] }, reals(6));
  builder.operator('RELU', [builder.operator('CONV_2D', [x, w], image(3), WINDOW)], image(3), {});
  const { network } = importNetwork(builder.finish(), 'two'); // both are outputs
  expect(kindsOf(fuseNetwork(network).network)).toEqual(['CONV_2D', 'RELU']);
});

test.each([
  [[1, 1, 1, 1], 1, 5, 'same'],
  [[0, 1, 0, 1], 2, 6, 'same'], // as Keras pads
  [[1, 1, 1, 1], 2, 6, 'valid'], // as PyTorch pads: SAME begins elsewhere
  [[1, 1, 1, 1], 2, 5, 'same'],
  [[2, 2, 2, 2], 1, 5, 'valid'],
] as const)('pads of %j at stride %i on %i pixels are %s', (pads, stride, size, padding) => {
  const builder = new NetworkBuilder('padded');
  const x = builder.input(image(2, size));
  const paddings = builder.constant({ type: 'int32', shape: [4, 2] }, Int32Array.of(0, 0, ...pads, 0, 0));
  const padded = builder.operator('PAD', [x, paddings], image(2, size + pads[0] + pads[1]), {});
  const w = builder.constant({ type: 'float32', shape: [3, 3, 3, 2] }, reals(54));
  const output = Math.floor((size + pads[0] + pads[1] - 3) / stride) + 1;
  builder.operator('CONV_2D', [padded, w], image(3, output), { ...WINDOW, strideH: stride, strideW: stride });
  const { network } = importNetwork(builder.finish({ lastOnly: true }), 'padded');
  const { kinds, change, network: fused } = compare(network);
  expect(kinds).toEqual(padding === 'same' ? ['CONV_2D'] : ['PAD', 'CONV_2D']);
  expect(fused.operators.at(-1)!.options).toMatchObject({ padding });
  expect(change).toBe(0);
});

test.each([
  ['resnet', 44, 19],
  ['mobilenet_v2', 26, 18],
  ['vgg', 18, 8],
  ['keras', 11, 6],
] as const)('%s: %i operators become %i', (name, before, after) => {
  const file = `${name}.onnx`;
  const { network } = importNetwork(readFileSync(join(import.meta.dirname, '../import/onnx', file)), file);
  const { kinds, change } = compare(network);
  expect([network.operators.length, kinds.length]).toEqual([before, after]);
  expect(change).toBeLessThan(1e-5);
});
