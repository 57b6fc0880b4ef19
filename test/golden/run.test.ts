// What a run checks before it starts, and what it hands back.
import { expect, test } from 'vitest';
import type { Network, Operator } from '../../main/network/network';
import type { KernelSet } from '../../main/network/arithmetic';
import { Failure } from '../../main/network/failure';
import { SUPPORTED_KINDS } from '../../main/golden/operators';
import { runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import type { TypedArray } from '../../main/tensor/tensor';
import { oneOperator, q, slot } from './oneOperator';

const add = oneOperator(
  'ADD',
  [slot('int8', [2], q(1), Int8Array.of(1, 2)), slot('int8', [2], q(1), Int8Array.of(3, 4))],
  slot('int8', [2], q(1), new Int8Array()),
  { activation: 'none', potScaleInt16: false },
);

function failureOf(
  network: Network,
  inputs: ReadonlyMap<number, TypedArray>,
  kernels: KernelSet = 'reference',
): Failure {
  try {
    runOperators(network, kernels, inputs).next();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('yields one result per operator and stops when told to', () => {
  const second = { ...add.operator, index: 1, inputs: [2, 2], outputs: [3] } as Operator;
  const tensors = [...add.network.tensors, { ...add.network.tensors[2]!, index: 3, name: 't3' }];
  const network = { ...add.network, tensors, operators: [add.operator, second] };
  const results = [...runOperators(network, 'reference', add.inputs)];
  expect(results.map((r) => [r.operator, Array.from(r.outputs[0]!.data as Int8Array)])).toEqual([
    [0, [4, 6]],
    [1, [8, 12]],
  ]);
  expect(results.every((r) => r.ms >= 0 && r.accumulators === null)).toBe(true);
  const generator = runOperators(network, 'reference', add.inputs);
  generator.next();
  generator.return();
  expect(generator.next().done).toBe(true);
});

test('inputs missing, of another type, of another count', () => {
  const missing = failureOf(add.network, new Map([[0, Int8Array.of(1, 2)]]));
  expect(missing).toMatchObject({ kind: 'user', code: 'golden-input-missing', place: { tensor: 1 } });
  expect(missing.message).toBe('Input tensor 1 (t1) of one has no value.');
  expect(missing.remedy).toBe('Give it int8 values of shape 2.');
  const wrong = (data: TypedArray) =>
    failureOf(
      add.network,
      new Map([
        [0, Int8Array.of(1, 2)],
        [1, data],
      ]),
    ).message;
  expect(wrong(Uint8Array.of(1, 2))).toBe('Input tensor 1 (t1) was given a Uint8Array.');
  expect(wrong(Int8Array.of(1))).toBe('Input tensor 1 (t1) needs 2 elements; 1 were given.');
});

test('an operator with several outputs keeps all of them', () => {
  const x = slot('int8', [2, 2], q(1), Int8Array.of(1, 2, 3, 4));
  const half = slot('int8', [2], q(1), new Int8Array());
  const { network, inputs } = oneOperator('UNPACK', [x], [half, half], { axis: 1 });
  const [result] = [...runOperators(network, 'reference', inputs)];
  expect(result!.outputs.map((o) => [o.tensor.index, Array.from(o.data, Number)])).toEqual([
    [1, [1, 3]],
    [2, [2, 4]],
  ]);
});

test('an unknown kernel set', () => {
  expect(failureOf(add.network, add.inputs, 'neon' as KernelSet).code).toBe('golden-kernel-set');
});

test('unsupported operators are refused before anything runs, with the first, the count and the share of MACs', () => {
  const other = {
    ...add.operator,
    index: 1,
    kind: 'OTHER',
    name: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
    options: {},
  } as Operator;
  const network = { ...add.network, operators: [add.operator, other] };
  expect(supportOf(other, network, 'reference')).toEqual({
    ok: false,
    why: `UNIDIRECTIONAL_SEQUENCE_LSTM is not among the ${SUPPORTED_KINDS.length} operators golden runs.`,
  });
  const failure = failureOf(network, add.inputs);
  expect(failure).toMatchObject({ kind: 'user', code: 'golden-unsupported', place: { operator: 1 } });
  expect(failure.message).toMatch(/^Golden cannot run one: operator 1: UNIDIRECTIONAL_SEQUENCE_LSTM is not/);
  expect(failure.message).toContain('In all 1 of 2 operators are not supported, with 0.0 % of the MACs.');
});

test('an operator that reads what nothing has written', () => {
  const network = { ...add.network, inputs: [0] };
  const failure = failureOf(network, new Map([[0, Int8Array.of(1, 2)]]));
  expect(failure.message).toBe('Operator 0 (ADD) reads tensor 1 (t1), which nothing has written.');
});

test('variable, empty and enormous tensors, and inputs left out, are not supported', () => {
  const change = (index: number, tensor: object): string => {
    const tensors = add.network.tensors.map((t, i) => (i === index ? { ...t, ...tensor } : t));
    const support = supportOf(add.operator, { ...add.network, tensors }, 'reference');
    return support.ok ? 'runs' : support.why;
  };
  expect(change(0, { isVariable: true })).toBe('ADD with variable tensors (tensor 0) is not supported.');
  expect(change(2, { shape: [0] })).toBe('ADD with an empty tensor (tensor 2) is not supported.');
  expect(change(2, { shape: [65536, 65536] })).toContain('is too large to run');
  expect(change(1, { type: 'float16' })).toBe('ADD with float16 values (tensor 1) is not supported.');
  const alone = { ...add.operator, inputs: [0, -1] } as Operator;
  expect(supportOf(alone, add.network, 'reference')).toEqual({ ok: false, why: 'ADD needs 2 inputs; 1 are given.' });
});
