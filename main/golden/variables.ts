// Variable tensors: what an operator remembers from one inference to the next. In: a tensor of the file marked variable.
// Out: the value a run starts from; which tensors an operator leaves a new value of. An update never overwrites the value it
// read: it is an output of the operator, behind those the file names, so that both can be looked at.
// Source: core/subgraph.cc ResetVariableTensors (int8 starts at its zero point, everything else at 0).
import { type Network, type Operator, type Tensor, elementCount } from '../network/network';
import { type TypedArray, allocate } from '../tensor/tensor';
import { zeroPointOf } from './kernel';

/** The value at the start of a run. */
export function initialValue(tensor: Tensor): TypedArray {
  const data = allocate(tensor.type, elementCount(tensor.shape));
  return tensor.type === 'int8' ? (data as Int8Array).fill(zeroPointOf(tensor)) : data;
}

/** Tensors the operator writes: its outputs, then its variable inputs in the order of their slots. */
export function writtenBy(operator: Operator, network: Network): Tensor[] {
  const variables = operator.inputs.filter((index) => network.tensors[index]?.isVariable);
  return [...operator.outputs, ...variables].map((index) => network.tensors[index]!);
}

/** Is the slot filled with a variable tensor? `what` for the sentence. */
export const needVariable = (name: string, what: string, tensor: Tensor | null): string | null =>
  tensor?.isVariable
    ? null
    : `${name} keeps its ${what} in a variable tensor; ${tensor ? `tensor ${tensor.index} is none` : 'none is given'}.`;
