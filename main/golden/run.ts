// Runs a network operator by operator. In: a checked network, the kernel set, one value per network input.
// Out: one result per operator, in execution order, with every output tensor; nothing is released or reused, so any
// tensor can be looked at afterwards. Stopping is up to the caller: do not ask for the next result.
import { userFailure } from '../network/failure';
import { type Network, type Operator, type Tensor, elementCount } from '../network/network';
import type { IntegerArray, TensorValue, TypedArray } from '../tensor/tensor';
import { type Engine, REFERENCE_TS } from './engine';
import { type Accumulators, shapeText } from './kernel';
import { type Arithmetic, KERNEL_SETS, type KernelSet } from '../network/arithmetic';
import { rangeOfBits } from '../network/scheme';
import { schemeOfWords } from './arithmetic';
import { countOverflows } from './scheme/requantizer';
import { type Task, constantOf, makeOutputs, makeShared, planRun, taskOf } from './tasks';
import { initialValue } from './variables';

export interface OperatorResult {
  readonly operator: number;
  readonly arithmetic: Arithmetic; // how its results were brought to integers
  readonly ms: number; // wall time of the kernel alone
  /** The operator's outputs, then the new values of the variable tensors it updates. */
  readonly outputs: readonly TensorValue[];
  /** Accumulators (bias included, before requantisation) in output order; null for other operators, or where not kept. */
  readonly accumulators: Accumulators | null;
  /** In a scheme of words, how many sums did not fit its accumulator (they wrapped or saturated); null for other operators. */
  readonly overflows: number | null;
}

/** Refuses (user failure) an unknown kernel set, unsupported operators, and inputs missing or of the wrong type or size. */
export function* runOperators(
  network: Network,
  kernels: KernelSet,
  inputs: ReadonlyMap<number, TypedArray>,
  engine: Engine = REFERENCE_TS,
  keepAccumulators = true,
): Generator<OperatorResult, void> {
  if (!KERNEL_SETS.includes(kernels))
    throw userFailure(
      'golden-kernel-set',
      `The kernel set ${kernels} does not exist.`,
      `Choose ${KERNEL_SETS.join(', ')}.`,
    );
  const plan = planRun(network, kernels);
  const shared = makeShared(plan);
  const values = new Map<number, TypedArray>();
  for (const index of network.inputs) values.set(index, checkInput(network, index, inputs.get(index)));
  for (const task of plan.tasks) yield runTask(network, task, values, engine, keepAccumulators, shared);
}

/** One operator by itself, on the values it reads; its outputs join them. Its support was checked. */
export const runOperator = (
  network: Network,
  operator: Operator,
  arithmetic: Arithmetic,
  values: Map<number, TypedArray>,
  engine: Engine = REFERENCE_TS,
): OperatorResult => runTask(network, taskOf(network, operator, arithmetic), values, engine, true, null);

function runTask(
  network: Network,
  task: Task,
  values: Map<number, TypedArray>,
  engine: Engine,
  keepAccumulators: boolean,
  shared: ArrayBuffer | null,
): OperatorResult {
  const { operator, arithmetic, reads } = task;
  const inputs = reads.map((tensor) => tensor && { tensor, data: readValue(operator, tensor, values) });
  const outputs = makeOutputs(task, shared);
  const started = performance.now();
  const scheme = schemeOfWords(operator, network);
  const sums = engine.run(operator, network, inputs, outputs, arithmetic, keepAccumulators || scheme !== null);
  const ms = performance.now() - started;
  for (const output of outputs) values.set(output.tensor.index, output.data);
  const overflows = scheme && sums && countOverflows(sums, scheme);
  return { operator: operator.index, arithmetic, ms, outputs, accumulators: keepAccumulators ? sums : null, overflows };
}

/** A tensor's value: what an earlier operator wrote, a network input, a constant of the file, or a variable's start. */
function readValue(operator: Operator, tensor: Tensor, values: Map<number, TypedArray>): TypedArray {
  const written = values.get(tensor.index);
  if (written) return written;
  if (tensor.data) return constantOf(tensor);
  if (tensor.isVariable) return initialValue(tensor);
  throw userFailure(
    'golden-tensor-without-value',
    `Operator ${operator.index} (${operator.name}) reads tensor ${tensor.index} (${tensor.name}), which nothing has written.`,
    'The file is not in execution order, or lacks a constant; convert the network again.',
    { operator: operator.index, tensor: tensor.index },
  );
}

const ARRAY_NAMES: Partial<Record<Tensor['type'], string>> = {
  int4: 'Int8Array',
  int8: 'Int8Array',
  uint8: 'Uint8Array',
  bool: 'Uint8Array',
  int16: 'Int16Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
  float32: 'Float32Array',
};

function checkInput(network: Network, index: number, data: TypedArray | undefined): TypedArray {
  const tensor = network.tensors[index]!;
  const what = `Input tensor ${index} (${tensor.name})`;
  const wanted = `${tensor.type} values of shape ${shapeText(tensor.shape)}`;
  const place = { tensor: index };
  if (!data)
    throw userFailure('golden-input-missing', `${what} of ${network.name} has no value.`, `Give it ${wanted}.`, place);
  if (data.constructor.name !== ARRAY_NAMES[tensor.type])
    throw userFailure(
      'golden-input-type',
      `${what} was given a ${data.constructor.name}.`,
      `Give it ${wanted}.`,
      place,
    );
  const count = elementCount(tensor.shape);
  if (data.length !== count)
    throw userFailure(
      'golden-input-count',
      `${what} needs ${count} elements; ${data.length} were given.`,
      `Give it ${wanted}.`,
      place,
    );
  if (tensor.bits !== undefined) checkWords(tensor, tensor.bits, data as IntegerArray, what);
  return data;
}

/** Words that do not fill their type. */
function checkWords(tensor: Tensor, bits: number, data: IntegerArray, what: string): void {
  const [lowest, highest] = rangeOfBits(bits);
  const at = data.findIndex((value) => value < lowest || value > highest);
  if (at >= 0)
    throw userFailure(
      'golden-input-word',
      `${what} has words of ${bits} bits; element ${at} is ${data[at]}.`,
      `Give it values from ${lowest} to ${highest}.`,
      { tensor: tensor.index, element: [at] },
    );
}
