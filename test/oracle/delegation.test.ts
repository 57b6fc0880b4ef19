// Which operators the XNNPACK delegate takes over: golden's answer against the runtime's own profile, in networks of several
// operators, and what the delegate does at its limits.
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { type Network, type Operator, elementCount } from '../../main/network/network';
import { delegatedOperators } from '../../main/golden/delegation';
import { runOperator, runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import { Bench, perTensor } from './bench';
import { CASES } from './cases';
import { NetworkBuilder } from './build';
import { isUndecided } from './differences';
import { Random } from './random';
import { countFarReals, unclampedMagnitude } from './realComparison';
import { countDifferences } from './shared';
import { runDelegated } from './tfjs';

const NETWORKS = process.env.GOLDBENCH_TEST === 'full' ? 400 : 60;
const OPERATORS = 5;

/** First outputs of the operators whose delegation is settled: of all, and of those golden takes for delegated. */
function firstOutputs(network: Network): { all: string[]; decided: Set<string>; delegated: string[] } {
  const nameOf = ({ outputs }: Operator): string => network.tensors[outputs[0]!]!.name;
  const decided = network.operators.filter((operator) => !isUndecided(operator, network));
  const taken = delegatedOperators(network);
  return {
    all: network.operators.map(nameOf),
    decided: new Set(decided.map(nameOf)),
    delegated: decided.filter(({ index }) => taken.has(index)).map(nameOf),
  };
}

test('networks of several kinds: taken over, left alone, or given back as a whole', async () => {
  const random = new Random(2022);
  const makers = Object.values(CASES);
  let [taken, whole, elements] = [0, 0, 0];
  for (let i = 0; i < NETWORKS; i++) {
    const bench = new Bench(random);
    for (let k = 0; k < OPERATORS; k++) random.pick(makers)(bench, random);
    const file = bench.builder.finish();
    const { network } = importNetwork(file, 'mixed.tflite');
    const inputs = network.inputs.map((index) => bench.inputs.get(index)!);
    const { all, decided, delegated } = firstOutputs(network);
    const oracle = await runDelegated(file, inputs, all);
    const theirs = all.filter((name) => decided.has(name) && oracle.delegated.has(name));
    expect(delegated, network.operators.map(({ name }) => name).join()).toEqual(theirs);
    taken += oracle.delegated.size;
    if (oracle.delegated.size === 0) whole++;
    if (!network.operators.every((operator) => supportOf(operator, network, 'xnnpack').ok)) continue;
    const outputs = oracle.outputs.values();
    for (const result of runOperators(network, 'xnnpack', bench.inputs))
      for (const { tensor, data } of result.outputs) {
        if (!network.outputs.includes(tensor.index)) continue; // some cases put an operator between casts
        const output = outputs.next().value!;
        const far =
          data instanceof Float32Array
            ? countFarReals(data, output as Float32Array, unclampedMagnitude(network, result, bench.inputs))
            : countDifferences(data, output);
        expect(far, `${network.operators[result.operator]!.name} ${result.arithmetic}`).toBe(0);
        elements += data.length;
      }
  }
  expect(taken).toBeGreaterThan(NETWORKS / 2);
  expect(whole).toBeGreaterThan(0);
  console.log(
    `${NETWORKS} networks of ${OPERATORS}: ${taken} operators delegated, ${whole} networks without any, ${elements} elements, 0 differ`,
  );
});

/** x [1, size, size, 2] through a 2 x 2 filter with stride 3 and SAME padding. */
function strider(size: number): { file: Uint8Array; x: Int8Array; bias: Int32Array } {
  const builder = new NetworkBuilder();
  const random = new Random(size);
  const x = builder.input({ type: 'int8', shape: [1, size, size, 2], quantization: perTensor(0.05, 7) });
  const weights = { type: 'int8', shape: [3, 2, 2, 2], quantization: perTensor(0.01, 0) } as const;
  const w = builder.constant(weights, random.values('int8', elementCount(weights.shape)));
  const bias = Int32Array.of(-400, 0, 700);
  const b = builder.constant({ type: 'int32', shape: [3], quantization: perTensor(Math.fround(0.05 * 0.01), 0) }, bias);
  const side = Math.ceil(size / 3);
  const y = { type: 'int8', shape: [1, side, side, 3], quantization: perTensor(0.0625, 0) } as const;
  const options = { padding: 'same', strideH: 3, strideW: 3, dilationH: 1, dilationW: 1, activation: 'none' } as const;
  builder.operator('CONV_2D', [x, w, b], y, options);
  return { file: builder.finish(), x: random.values('int8', size * size * 2) as Int8Array, bias };
}

describe('at the limits', () => {
  test('a SAME stride that steps over the last rows: the output is the bias alone, so golden refuses', async () => {
    const { file, x, bias } = strider(6);
    const { network } = importNetwork(file, 'strider.tflite');
    const oracle = await runDelegated(file, [x], ['t3']);
    expect(oracle.delegated.size).toBe(1);
    const alone = Array.from(bias, (sum) => Math.round((sum * 0.05 * 0.01) / 0.0625));
    expect(Array.from(oracle.outputs[0]!, Number)).toEqual([0, 1, 2, 3].flatMap(() => alone));
    expect(supportOf(network.operators[0]!, network, 'xnnpack')).toEqual({
      ok: false,
      why: 'CONV_2D in kernel set xnnpack: its XNNPACK takes every tap for padding where a stride with SAME padding steps over the last rows or columns.',
    });
    const inputs = new Map([[0, x]]);
    expect(() => [...runOperators(network, 'xnnpack', inputs)]).toThrow(
      expect.objectContaining({
        code: 'golden-unsupported',
        remedy: 'The kernel set reference runs the whole network.',
      }) as Error,
    );
    expect([...runOperators(network, 'reference', inputs)]).toHaveLength(1);
  });

  test('paired weights of -128: products overflow 16 bits, so golden refuses; unpaired ones are equal', async () => {
    const build = (scales: number, height: number, width: number, lowest: readonly number[]) => {
      const builder = new NetworkBuilder();
      const [taps, channels] = [height * width, scales === 1 ? 5 : scales];
      const x = builder.input({ type: 'int8', shape: [1, height, width, channels], quantization: perTensor(0.05, 0) });
      const weights = new Int8Array(taps * channels);
      for (const tap of lowest) weights.fill(-128, tap * channels, (tap + 1) * channels);
      const each = (scale: number) => ({ scale: new Array<number>(scales).fill(Math.fround(scale)) });
      const q = { ...each(0.01), zeroPoint: new Array<number>(scales).fill(0), axis: scales === 1 ? 0 : 3 };
      const w = builder.constant({ type: 'int8', shape: [1, height, width, channels], quantization: q }, weights);
      const b = builder.constant(
        { type: 'int32', shape: [channels], quantization: each(0.0005) },
        new Int32Array(channels),
      );
      const y = { type: 'int8', shape: [1, 1, 1, channels], quantization: perTensor(0.25, 0) } as const;
      const options = {
        padding: 'valid',
        strideH: 1,
        strideW: 1,
        dilationH: 1,
        dilationW: 1,
        activation: 'none',
        depthMultiplier: 1,
      } as const;
      builder.operator('DEPTHWISE_CONV_2D', [x, w, b], y, options);
      const file = builder.finish();
      return {
        file,
        network: importNetwork(file, 'pairs.tflite').network,
        x: new Int8Array(taps * channels).fill(-128),
      };
    };
    for (const [scales, height, width] of [
      [1, 3, 3],
      [4, 3, 3],
      [1, 5, 5],
      [4, 1, 3],
      [1, 1, 3],
      [4, 2, 2],
    ] as const)
      for (let first = 0; first < height * width; first++)
        for (let second = first + 1; second < height * width; second++) {
          const { file, network, x } = build(scales, height, width, [first, second]);
          const oracle = await runDelegated(file, [x], ['t3']);
          expect(oracle.delegated.size).toBe(1);
          const operator = network.operators[0]!;
          const { outputs } = runOperator(network, operator, 'float32', new Map([[0, x]]));
          const differs = countDifferences(outputs[0]!.data, oracle.outputs[0]!) > 0;
          expect(
            supportOf(operator, network, 'xnnpack').ok,
            `${scales}: ${height} x ${width}, ${first} ${second}`,
          ).toBe(!differs);
        }
  });

  test('one pixel more, and it needs none: equal', async () => {
    const { file, x } = strider(5);
    const { network } = importNetwork(file, 'strider.tflite');
    const oracle = await runDelegated(file, [x], ['t3']);
    const [result] = [...runOperators(network, 'xnnpack', new Map([[0, x]]))];
    expect(countDifferences(result!.outputs[0]!.data, oracle.outputs[0]!)).toBe(0);
  });

  test('a shape computed at run time leaves the whole network to the builtin kernels', async () => {
    const builder = new NetworkBuilder();
    const q = perTensor(0.1, 3);
    const x = builder.input({ type: 'int8', shape: [2, 3], quantization: q });
    const shape = builder.input({ type: 'int32', shape: [1] });
    const y = builder.operator('LEAKY_RELU', [x], { type: 'int8', shape: [2, 3], quantization: q }, { alpha: 0.3 });
    builder.operator('RESHAPE', [y, shape], { type: 'int8', shape: [6], quantization: q }, { newShape: null });
    const file = builder.finish();
    const { network } = importNetwork(file, 'shaped.tflite');
    const values = [Int8Array.of(-100, -7, 0, 3, 4, 100), Int32Array.of(6)];
    const oracle = await runDelegated(file, values, ['t2', 't3']);
    expect(oracle.delegated.size).toBe(0);
    expect(delegatedOperators(network).size).toBe(0);
  });

  test('weights with a scale a channel and a bias with one are taken and refused', async () => {
    for (const ofBias of [1, 4]) {
      const builder = new NetworkBuilder();
      const scales = (count: number, scale: number) => ({ scale: new Array<number>(count).fill(Math.fround(scale)) });
      const x = builder.input({ type: 'int8', shape: [1, 3, 3, 2], quantization: perTensor(0.05, 1) });
      const w = builder.constant(
        { type: 'int8', shape: [4, 1, 1, 2], quantization: scales(4, 0.01) },
        new Int8Array(8),
      );
      const b = builder.constant(
        { type: 'int32', shape: [4], quantization: scales(ofBias, 0.0005) },
        new Int32Array(4),
      );
      const y = { type: 'int8', shape: [1, 3, 3, 4], quantization: perTensor(0.2, 0) } as const;
      const options = {
        padding: 'valid',
        strideH: 1,
        strideW: 1,
        dilationH: 1,
        dilationW: 1,
        activation: 'none',
      } as const;
      builder.operator('CONV_2D', [x, w, b], y, options);
      const file = builder.finish();
      const oracle = await runDelegated(file, [new Int8Array(18)], ['t3']);
      expect(oracle.delegated.size).toBe(ofBias === 4 ? 1 : 0);
      expect(delegatedOperators(importNetwork(file, 'bias.tflite').network).size).toBe(oracle.delegated.size);
    }
  });

  test('a TRANSPOSE of int32 is taken and refused: everything goes back', async () => {
    const build = (withTranspose: boolean): Uint8Array => {
      const builder = new NetworkBuilder();
      const q = perTensor(0.1, 3);
      const x = builder.input({ type: 'int8', shape: [2, 3], quantization: q });
      const indices = builder.input({ type: 'int32', shape: [2, 3] });
      const order = builder.constant({ type: 'int32', shape: [2] }, Int32Array.of(1, 0));
      builder.operator('LEAKY_RELU', [x], { type: 'int8', shape: [2, 3], quantization: q }, { alpha: 0.3 });
      if (withTranspose) builder.operator('TRANSPOSE', [indices, order], { type: 'int32', shape: [3, 2] }, {});
      else builder.operator('NEG', [indices], { type: 'int32', shape: [2, 3] }, {});
      return builder.finish();
    };
    for (const withTranspose of [false, true]) {
      const file = build(withTranspose);
      const { network } = importNetwork(file, 'back.tflite');
      const oracle = await runDelegated(file, [new Int8Array(6), new Int32Array(6)], ['t3', 't4']);
      expect([...oracle.delegated]).toEqual(withTranspose ? [] : ['t3']);
      expect(firstOutputs(network).delegated).toEqual([...oracle.delegated]);
    }
  });
});
