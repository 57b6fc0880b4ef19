// Which operators the XNNPACK delegate takes over: golden's answer against the runtime's own profile, in networks of several
// operators, and what the delegate does at its limits.
import { describe, expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { type Network, elementCount } from '../../main/network/network';
import { delegatedOperators } from '../../main/golden/delegation';
import { runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import { Bench, perTensor } from './bench';
import { CASES } from './cases';
import { NetworkBuilder } from './build';
import { Random } from './random';
import { countDifferences } from './shared';
import { runDelegated } from './tfjs';

const NETWORKS = process.env.GOLDBENCH_TEST === 'full' ? 400 : 60;
const OPERATORS = 5;

/** Golden's delegated operators by the name of their first output, as the profile tells them. */
const namesOf = (network: Network): string[] =>
  [...delegatedOperators(network)].map((index) => network.tensors[network.operators[index]!.outputs[0]!]!.name).sort();

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
    const first = network.operators.map(({ outputs }) => network.tensors[outputs[0]!]!.name);
    const oracle = await runDelegated(file, inputs, first);
    expect(namesOf(network), network.operators.map(({ name }) => name).join()).toEqual([...oracle.delegated].sort());
    taken += oracle.delegated.size;
    if (oracle.delegated.size === 0) whole++;
    if (!network.operators.every((operator) => supportOf(operator, network, 'xnnpack').ok)) continue;
    const theirs = oracle.outputs.values();
    for (const result of runOperators(network, 'xnnpack', bench.inputs))
      for (const { data } of result.outputs) {
        const operator = network.operators[result.operator]!;
        expect(countDifferences(data, theirs.next().value!), `${operator.name} ${result.arithmetic}`).toBe(0);
        elements += data.length;
      }
  }
  expect(taken).toBeGreaterThan(NETWORKS / 2);
  expect(whole).toBeGreaterThan(0);
  console.log(`${NETWORKS} networks of ${OPERATORS}: ${taken} operators delegated, ${whole} networks without any, ${elements} elements, 0 differ`); // prettier-ignore
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
      expect(namesOf(network)).toEqual([...oracle.delegated]);
    }
  });
});
