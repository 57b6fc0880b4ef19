// Turns a running golden model into records. In: operator results, a place to store bytes. Out: one OperatorRecord at
// a time, and the RunRecord at the end. Window (through the engine) and command line both record through this.
import type { KernelSet } from '../network/arithmetic';
import type { Network, Tensor } from '../network/network';
import { computeStatistics } from '../tensor/statistics';
import { type TypedArray, bytesOf } from '../tensor/tensor';
import type { InputRecord, OperatorRecord, RunRecord, StoredTensor } from './record';
import type { Engine } from './engine';
import type { OperatorResult } from './run';

/** Keeps bytes and names them by the sha256 of their content. */
export type Store = (bytes: Uint8Array) => string;

/** Stores one value and says what it looks like. Accumulators pass their type and no zero point of their own. */
export function storeTensor(tensor: Tensor, data: TypedArray, store: Store, type = tensor.type): StoredTensor {
  const bytes = bytesOf(data);
  const zeroPoint = type === tensor.type ? (tensor.quantization?.zeroPoint[0] ?? 0) : 0;
  const statistics = computeStatistics(type, data, zeroPoint);
  const { index, shape } = tensor;
  return { tensor: index, type, shape, sha256: store(bytes), bytes: bytes.byteLength, statistics };
}

/** Yields a record per operator in execution order; returns the whole run's. */
export function* recordRun(
  network: Network,
  kernels: KernelSet,
  engine: Pick<Engine, 'description'>,
  inputs: readonly InputRecord[],
  results: Iterable<OperatorResult>,
  store: Store,
  program: string,
): Generator<OperatorRecord, RunRecord> {
  const startedAt = new Date().toISOString();
  const start = performance.now();
  const operators: OperatorRecord[] = [];
  for (const { operator, arithmetic, ms, outputs, accumulators, overflows } of results) {
    const stored = outputs.map(({ tensor, data }) => storeTensor(tensor, data, store));
    const output = outputs[0]?.tensor;
    const accumulator =
      accumulators && output
        ? storeTensor(output, accumulators, store, accumulators instanceof Int32Array ? 'int32' : 'int64')
        : null;
    const record = { operator, arithmetic, ms, outputs: stored, accumulator, ...(overflows !== null && { overflows }) };
    operators.push(record);
    yield record;
  }
  const { name, sha256 } = network;
  return {
    network: { name, sha256 },
    kernels,
    engine: engine.description,
    program,
    startedAt,
    ms: performance.now() - start,
    inputs,
    operators,
  };
}
