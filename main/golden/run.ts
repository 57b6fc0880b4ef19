// Runs a network operator by operator. In: a checked network, the kernel set, one value per network input.
// Out: one result per operator, in execution order, with every output tensor; nothing is released or reused, so any
// tensor can be looked at afterwards. Stopping is up to the caller: do not ask for the next result.
import { countMacs } from '../network/cost';
import { userFailure } from '../network/failure';
import { type Network, type Operator, type Tensor, elementCount } from '../network/network';
import { type TensorValue, type TypedArray, allocate, readConstant } from '../tensor/tensor';
import { type Engine, REFERENCE_TS } from './engine';
import { type Accumulators, listText, shapeText } from './kernel';
import { SUPPORTED_KINDS } from './operators';
import { type Arithmetic, KERNEL_SETS, type KernelSet } from '../network/arithmetic';
import { supportOf } from './support';
import { initialValue, writtenBy } from './variables';

export interface OperatorResult {
  readonly operator: number;
  readonly arithmetic: Arithmetic; // how its results were brought to integers
  readonly ms: number; // wall time of the kernel alone
  /** The operator's outputs, then the new values of the variable tensors it updates. */
  readonly outputs: readonly TensorValue[];
  /** Accumulators (bias included, before requantisation) in output order; null for other operators, or where not kept. */
  readonly accumulators: Accumulators | null;
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
  const arithmetics = chooseArithmetics(network, kernels);
  const values = new Map<number, TypedArray>();
  for (const index of network.inputs) values.set(index, checkInput(network, index, inputs.get(index)));
  for (const operator of network.operators)
    yield runOperator(network, operator, arithmetics[operator.index]!, values, engine, keepAccumulators);
}

/** One operator by itself, on the values it reads; its outputs join them. Its support was checked. */
export function runOperator(
  network: Network,
  operator: Operator,
  arithmetic: Arithmetic,
  values: Map<number, TypedArray>,
  engine: Engine = REFERENCE_TS,
  keepAccumulators = true,
): OperatorResult {
  const inputs = operator.inputs.map((index) => (index < 0 ? null : readValue(network, operator, index, values)));
  const outputs = writtenBy(operator, network).map((tensor) => ({
    tensor,
    data: allocate(tensor.type, elementCount(tensor.shape)),
  }));
  const started = performance.now();
  const accumulators = engine.run(operator, network, inputs, outputs, arithmetic, keepAccumulators);
  const ms = performance.now() - started;
  for (const output of outputs) values.set(output.tensor.index, output.data);
  return { operator: operator.index, arithmetic, ms, outputs, accumulators };
}

/** A tensor's value: a constant of the file, a network input, what an earlier operator wrote, or a variable's start. */
function readValue(network: Network, operator: Operator, index: number, values: Map<number, TypedArray>): TensorValue {
  const tensor = network.tensors[index]!;
  let data = values.get(index);
  if (!data && (tensor.data || tensor.isVariable)) {
    data = tensor.data ? readConstant(tensor) : initialValue(tensor);
    values.set(index, data);
  }
  if (!data)
    throw userFailure(
      'golden-tensor-without-value',
      `Operator ${operator.index} (${operator.name}) reads tensor ${index} (${tensor.name}), which nothing has written.`,
      'The file is not in execution order, or lacks a constant; convert the network again.',
      { operator: operator.index, tensor: index },
    );
  return { tensor, data };
}

/** The arithmetic of every operator. @throws userFailure golden-unsupported, which names the first operator that has none. */
function chooseArithmetics(network: Network, kernels: KernelSet): Arithmetic[] {
  const arithmetics: Arithmetic[] = [];
  const refused: { operator: Operator; why: string }[] = [];
  for (const operator of network.operators) {
    const support = supportOf(operator, network, kernels);
    if (support.ok) arithmetics.push(support.arithmetic);
    else refused.push({ operator, why: support.why });
  }
  const first = refused[0];
  if (!first) return arithmetics;
  const macs = (operators: readonly Operator[]): number => operators.reduce((sum, o) => sum + countMacs(o, network), 0);
  const elsewhere =
    kernels !== 'reference' && refused.every(({ operator }) => supportOf(operator, network, 'reference').ok);
  const share = macs(refused.map((r) => r.operator)) / Math.max(1, macs(network.operators));
  throw userFailure(
    'golden-unsupported',
    `Golden cannot run ${network.name}: operator ${first.operator.index}: ${first.why} ` +
      `In all ${refused.length} of ${network.operators.length} operators are not supported, with ${(share * 100).toFixed(1)} % of the MACs.`,
    elsewhere
      ? 'The kernel set reference runs the whole network.'
      : `Golden runs ${listText(SUPPORTED_KINDS)}; the operator table of import says of each why it cannot.`,
    { operator: first.operator.index },
  );
}

const ARRAY_NAMES: Partial<Record<Tensor['type'], string>> = {
  int4: 'Int8Array', int8: 'Int8Array', uint8: 'Uint8Array', bool: 'Uint8Array', int16: 'Int16Array',
  int32: 'Int32Array', int64: 'BigInt64Array', float32: 'Float32Array',
}; // prettier-ignore

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
    throw userFailure('golden-input-count', `${what} needs ${count} elements; ${data.length} were given.`, `Give it ${wanted}.`, place); // prettier-ignore
  return data;
}
