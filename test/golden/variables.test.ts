// Operators that remember: variable tensors, on cases small enough to check by hand.
import { describe, expect, test } from 'vitest';
import { runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import { importNetwork } from '../../main/import/import';
import type { Network } from '../../main/network/network';
import { countMacs, countParameters } from '../../main/network/cost';
import { perTensor } from '../oracle/bench';
import { NetworkBuilder } from '../oracle/build';

/** Two filters of rank 1 with a memory of three steps, asked `inputs.length` times. */
function remembering(inputs: readonly number[], stateZero = 0) {
  const builder = new NetworkBuilder();
  const type = stateZero === 0 ? 'int16' : 'int8';
  const feature = builder.constant({ type: 'int8', shape: [2, 1], quantization: perTensor(1, 0) }, Int8Array.of(1, -2));
  const weights = type === 'int16' ? Int16Array.of(1, 10, 100, 1, 1, 1) : Int8Array.of(1, 10, 100, 1, 1, 1);
  const time = builder.constant({ type, shape: [2, 3], quantization: perTensor(1, 0) }, weights);
  const bias = builder.constant({ type: 'int32', shape: [2], quantization: perTensor(1, 0) }, Int32Array.of(0, 5));
  const memory = builder.variable({ type, shape: [1, 6], quantization: perTensor(1, stateZero) });
  const xs = inputs.map(() => {
    const x = builder.input({ type: 'int8', shape: [1, 1], quantization: perTensor(1, 0) });
    const y = { type: 'int8', shape: [1, 2], quantization: perTensor(4, 0) } as const;
    builder.operator('SVDF', [x, feature, time, bias, memory], y, { rank: 1, activation: 'none' });
    return x;
  });
  const { network } = importNetwork(builder.finish(), 'svdf');
  return { network, inputs: new Map(xs.map((x, i) => [x, Int8Array.of(inputs[i]!)])) };
}

const lists = (network: Network, inputs: ReadonlyMap<number, Int8Array>): number[][][] =>
  [...runOperators(network, 'reference', inputs)].map(({ outputs }) =>
    outputs.map(({ data }) => Array.from(data, Number)),
  );

describe('SVDF', () => {
  test('weighs the newest step by the last time weight, and shifts its memory', () => {
    const { network, inputs } = remembering([1, 2, 0]);
    expect(lists(network, inputs)).toEqual([
      [
        [25, 1],
        [0, 1, 0, 0, -2, 0],
      ], // 100 / 4; (5 - 2) / 4
      [
        [53, 0],
        [1, 2, 0, -2, -4, 0],
      ], // (10 + 200) / 4 = 52.5; (5 - 6) / 4
      [
        [6, 0],
        [2, 0, 0, -4, 0, 0],
      ], // (1 + 20) / 4, rounded twice: 11 / 2; (5 - 6) / 4
    ]);
  });
  test('every run starts from nothing: the memory read is never written over', () => {
    const { network, inputs } = remembering([1, 2]);
    expect(lists(network, inputs)).toEqual(lists(network, inputs));
  });
  test('a memory of int8 starts at its zero point', () => {
    const { network, inputs } = remembering([1], 7);
    expect(lists(network, inputs)[0]![0]).toEqual([25, 1]);
  });
  test('costs what its filters and its memory multiply', () => {
    const { network } = remembering([1]);
    expect(countMacs(network.operators[0]!, network)).toBe(2 + 6);
    expect(countParameters(network.operators[0]!, network)).toBe(2 + 6 + 2);
  });
  test('refuses a memory that is no variable tensor, and other operators refuse variable tensors', () => {
    const { network } = remembering([1]);
    const still = network.tensors.map((tensor) => ({ ...tensor, isVariable: false }));
    expect(supportOf(network.operators[0]!, { ...network, tensors: still }, 'reference')).toEqual({
      ok: false,
      why: 'SVDF keeps its memory in a variable tensor; tensor 3 is none.',
    });
    const copied = {
      ...network.operators[0]!,
      kind: 'RESHAPE',
      name: 'RESHAPE',
      inputs: [3],
      options: { newShape: [6] },
    } as never;
    expect(supportOf(copied, network, 'reference')).toMatchObject({
      why: 'RESHAPE with variable tensors (tensor 3) is not supported.',
    });
  });
});
