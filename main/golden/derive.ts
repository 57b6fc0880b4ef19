// What a layer went through on its way to the output: its sums, and their values before clamping. In: a layer, and the values
// it reads. Out: both, in output order; computed again, so that a run need not keep them.
import type { Arithmetic } from '../network/arithmetic';
import type { Network, Operator } from '../network/network';
import type { TypedArray } from '../tensor/tensor';
import type { Accumulators } from './kernel';
import { isLayer, needLayer, requantizationOfLayer } from './layer';
import { rescale } from './requantize';
import { runOperator } from './run';

export interface Derived {
  readonly accumulators: Accumulators; // bias included, before requantisation
  readonly unclamped: Int32Array; // rescaled, zero point added, before clamping
}

/** `values`: every tensor the layer reads that is not a constant. @throws userFailure not-a-layer */
export function deriveLayer(
  network: Network,
  operator: Operator,
  arithmetic: Arithmetic,
  values: ReadonlyMap<number, TypedArray>,
): Derived {
  needLayer(operator, network);
  const { accumulators } = runOperator(network, operator, arithmetic, new Map(values));
  if (!accumulators || !isLayer(operator)) throw new Error(`${operator.name} gave no accumulators`);
  const inputs = operator.inputs.map((index) => (index < 0 ? null : { tensor: network.tensors[index]! }));
  const output = network.tensors[operator.outputs[0]!]!;
  const requantization = requantizationOfLayer(operator, inputs, output, arithmetic);
  const channels = requantization.multiplier.length;
  const unclamped = new Int32Array(accumulators.length);
  for (let i = 0; i < unclamped.length; i++)
    unclamped[i] = rescale(Number(accumulators[i]), i % channels, requantization);
  return { accumulators, unclamped };
}
