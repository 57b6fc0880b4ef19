// Every operator that a scheme of words computes leaves the real numbers: converted by itself it is computed in words, and stays
// close to what it was.
import { expect, test } from 'vitest';
import { supportOf } from '../../main/golden/support';
import type { Network, OperatorKind, OptionsOf } from '../../main/network/network';
import { elementCount } from '../../main/network/network';
import { parseScheme, schemeOf } from '../../main/network/scheme';
import { convert, prepare } from '../../main/quantise/quantise';
import { settle } from '../../main/quantise/write';
import { writeNpy } from '../../main/tensor/npy';
import { type Slot, oneOperator } from '../golden/oneOperator';
import { Random } from '../oracle/random';
import { decibels, finish, outputsOf, runReference } from './digits';

const random = new Random(7);
const reals = (count: number, low: number, high: number): Float32Array =>
  Float32Array.from({ length: count }, () => low + random.real() * (high - low));
const real = (shape: readonly number[], low: number, high: number): Slot => ({
  type: 'float32',
  shape,
  data: reals(elementCount(shape), low, high),
});
const constant = (slot: Slot): Slot => ({ ...slot, constant: true });

interface Case {
  readonly kind: OperatorKind;
  readonly x: Slot;
  readonly others: readonly Slot[];
  readonly y: readonly number[];
  readonly options: OptionsOf[OperatorKind];
}
const CASES: readonly Case[] = [
  {
    kind: 'PRELU',
    x: real([1, 4, 4, 3], -2, 2),
    others: [constant(real([3], 0.05, 0.4))],
    y: [1, 4, 4, 3],
    options: {},
  },
  {
    kind: 'LEAKY_RELU',
    x: real([1, 4, 4, 3], -2, 2),
    others: [],
    y: [1, 4, 4, 3],
    options: { alpha: Math.fround(0.1) },
  },
  {
    kind: 'DIV',
    x: real([4, 8], -2, 2),
    others: [constant(real([8], 1, 3))],
    y: [4, 8],
    options: { activation: 'none' },
  },
  {
    kind: 'BATCH_MATMUL',
    x: real([2, 3, 8], -1, 1),
    others: [constant(real([2, 8, 4], -1, 1))],
    y: [2, 3, 4],
    options: { adjX: false, adjY: false },
  },
  { kind: 'L2_NORMALIZATION', x: real([4, 8], -2, 2), others: [], y: [4, 8], options: { activation: 'none' } },
  {
    kind: 'RESIZE_BILINEAR',
    x: real([1, 3, 4, 2], -1, 2),
    others: [{ type: 'int32', shape: [2], data: Int32Array.of(6, 8), constant: true }],
    y: [1, 6, 8, 2],
    options: { alignCorners: false, halfPixelCenters: true },
  },
  { kind: 'NEG', x: real([4, 8], -1, 3), others: [], y: [4, 8], options: {} },
  { kind: 'SQRT', x: real([4, 8], 0.5, 4), others: [], y: [4, 8], options: {} },
  { kind: 'RSQRT', x: real([4, 8], 0.5, 4), others: [], y: [4, 8], options: {} },
];

const preparedOf = new Map<OperatorKind, ReturnType<typeof make>>();
function make({ kind, x, others, y, options }: Case) {
  const { network } = settle(oneOperator(kind, [x, ...others], { type: 'float32', shape: y }, options).network);
  const bytes = writeNpy('float32', x.shape, x.data!);
  const items = [{ name: '1', label: null, read: () => ({ bytes, fileName: 'x.npy' }) }];
  return {
    network,
    prepared: finish(prepare(network, { source: 'made', items, classes: null, folders: null }, runReference)),
  };
}

const realKinds = (network: Network): string[] =>
  network.operators.filter(({ inputs }) => network.tensors[inputs[0]!]!.type === 'float32').map(({ name }) => name);

for (const one of CASES)
  test.each([
    ['shift:8,8,24', 24],
    ['kraken:8,8,24', 30],
    ['kraken:12,6,32', 24],
    ['shift:16,16,32', 60],
  ] as const)(`${one.kind} as %s`, (text, least) => {
    const made = preparedOf.get(one.kind) ?? make(one);
    preparedOf.set(one.kind, made);
    const scheme = parseScheme(text);
    const { network } = convert(made.prepared, {
      scheme,
      layers: new Map(),
      method: { name: 'min-max' },
      ends: 'real',
    });
    expect(realKinds(network)).toEqual(['QUANTIZE']);
    const operator = network.operators.find(({ kind }) => kind === one.kind)!;
    expect(supportOf(operator, network, 'builtin')).toMatchObject({ ok: true });
    const data = one.x.data as Float32Array;
    expect(decibels(outputsOf(made.network, data)[0]!, outputsOf(network, data)[0]!)).toBeGreaterThan(least);
    expect(schemeOf(operator, network)).toEqual(scheme);
  });

test('in TFLite’s own schemes, what its kernels lack stays real', () => {
  const { network, prepared } = make(CASES[2]!);
  const converted = convert(prepared, {
    scheme: parseScheme('int8'),
    layers: new Map(),
    method: { name: 'min-max' },
    ends: 'real',
  });
  expect(realKinds(converted.network)).toEqual(realKinds(network));
});
