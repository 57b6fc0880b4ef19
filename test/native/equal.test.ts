// Every fast kernel equals the reference kernel to the last bit: outputs and accumulators, in every arithmetic, under every
// instruction set this machine has, with one thread and with two. GOLDBENCH_TEST=full takes many more cases.
import { afterAll, describe, expect, test } from 'vitest';
import { REFERENCE_TS } from '../../main/golden/engine';
import { loadAddon } from '../../main/golden/native/addon';
import { NativeEngine } from '../../main/golden/native/engine';
import { supportOf } from '../../main/golden/support';
import type { Arithmetic } from '../../main/network/arithmetic';
import { type TensorValue, bytesOf } from '../../main/tensor/tensor';
import {
  type Case,
  Random,
  add,
  averagePool2d,
  conv2d,
  conv3x3,
  depthwiseConv2d,
  fullyConnected,
  largestSums,
  maxPool2d,
  onReals,
  pairsOfEnds,
  sub,
  transposeConv,
} from './cases';

const CASES = process.env.GOLDBENCH_TEST === 'full' ? 1500 : 120;
const LAYER: readonly Arithmetic[] = ['double', 'single', 'float32'];
const LAYERS = [conv2d, conv3x3, depthwiseConv2d, fullyConnected, transposeConv] as const;

/** The addon, counting its runs: what falls back to the reference kernels would prove nothing. */
let runs = 0;
const addon = loadAddon();
const counted = new Proxy(addon, {
  get(target, name) {
    if (typeof name === 'string' && name.startsWith('run')) runs++;
    return target[name as keyof typeof target];
  },
});

const engines = addon.isas.flatMap((isa) => [1, 2].map((threads) => NativeEngine.open({ isa, threads }, counted)));
afterAll(() => engines.forEach((engine) => engine.close()));

/** Memory that has held something else: no engine may count on zeros, nor leave a value unwritten. */
function dirty(value: TensorValue): TensorValue {
  bytesOf(value.data).fill(0x5a);
  return value;
}

/** Runs one case with every engine; says where the first difference is. */
function compare(seed: number, one: Case, arithmetics: readonly Arithmetic[]): void {
  for (const arithmetic of arithmetics) {
    const y = dirty(one.makeOutput());
    const sums = REFERENCE_TS.run(one.operator, one.network, one.inputs, [y], arithmetic, true);
    for (const engine of engines) {
      const place = `case ${seed}, ${engine.description}, ${arithmetic}: ${one.text}`;
      const fast = dirty(one.makeOutput());
      runs = 0;
      const fastSums = engine.run(one.operator, one.network, one.inputs, [fast], arithmetic, true);
      expect(runs, `runs of the addon in ${place}`).toBe(1);
      expect(firstDifference(fastSums ?? [], sums ?? []), `accumulators of ${place}`).toBe(-1);
      expect(firstDifference(fast.data, y.data), `outputs of ${place}`).toBe(-1);
      const again = dirty(one.makeOutput());
      expect(engine.run(one.operator, one.network, one.inputs, [again], arithmetic, false)).toBeNull();
      expect(firstDifference(again.data, y.data), `outputs without accumulators of ${place}`).toBe(-1);
      engine.release();
    }
  }
}

/** A convolution with padding and a bias. */
function paddedConvolution(): Case {
  for (let seed = 1; ; seed++) {
    const one = conv2d(new Random(seed));
    const { options } = one.operator as { options: { padding?: string } };
    if (options.padding === 'same' && one.inputs.length === 3) return one;
  }
}

/** The same with another first value of a constant. */
function withValue(one: Case, slot: number, value: number): Case {
  const inputs = one.inputs.map(
    (input, i) =>
      input &&
      (i === slot
        ? { ...input, data: Float32Array.from(Array.from(input.data, Number), (v, k) => (k === 0 ? value : v)) }
        : input),
  );
  return { ...one, inputs };
}

function firstDifference(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  if (a.length !== b.length) return 0;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}

const KINDS: readonly (readonly [(random: Random) => Case, readonly Arithmetic[]])[] = [
  ...LAYERS.map((make) => [make, LAYER] as const),
  [averagePool2d, ['exact']],
  [maxPool2d, ['exact', 'float32']],
  [add, ['double', 'vadd']],
  [sub, ['double', 'vadd']],
];

describe(`under ${engines.map(({ description }) => description).join('; ')}`, () => {
  test.each(KINDS.map(([make, arithmetics]) => ({ name: make.name, make, arithmetics })))('$name', (kind) => {
    const { make, arithmetics } = kind;
    let compared = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const one = make(new Random(seed * 7919));
      if (!supportOf(one.operator, one.network, 'reference').ok) continue;
      compare(seed, one, arithmetics);
      compared++;
    }
    expect(compared).toBeGreaterThan(CASES / 2);
  });

  test.each(LAYERS.map((make) => ({ name: make.name, make })))('$name of reals', ({ make }) => {
    for (let seed = 1; seed <= CASES; seed++) {
      const random = new Random(seed * 7919);
      const one = onReals(random, make(random));
      if (!supportOf(one.operator, one.network, 'reference').ok) throw new Error(`not supported: ${one.text}`);
      compare(seed, one, ['float']);
    }
  });

  test('reals whose padding cannot be multiplied are left to the reference kernels', () => {
    for (const [slot, value] of [
      [1, Infinity],
      [1, NaN],
      [2, -0],
    ] as const) {
      const one = withValue(onReals(new Random(1), paddedConvolution()), slot, value);
      const [y, fast] = [one.makeOutput(), one.makeOutput()];
      REFERENCE_TS.run(one.operator, one.network, one.inputs, [y], 'float', false);
      runs = 0;
      engines[0]!.run(one.operator, one.network, one.inputs, [fast], 'float', false);
      engines[0]!.release();
      expect([runs, firstDifference(fast.data, y.data)], `${value}`).toEqual([0, -1]);
    }
  });

  // packing.cc: tiles of 4 x 4 while sums stay below 2^25, of 2 x 2 below 2^28; both bounds lie between two of these depths
  test.each([114, 115, 116, 117, 920, 921, 922, 923])('sums as large as %d input channels make them', (depth) => {
    for (const weight of [127, -127]) compare(depth, largestSums(depth, weight), LAYER);
  });

  // one panel of channels, and several at once
  test.each([16, 80])('products of both ends of int8, to %d channels', (channels) =>
    compare(channels, pairsOfEnds(channels), LAYER),
  );

  test('rescaled sums that fit no int32, of both signs', () => compare(1, pairsOfEnds(80, 2 ** -20), LAYER));
});
