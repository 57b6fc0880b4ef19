// What every operator's kernel looks like. In: an operator with the values of its inputs and zero-filled outputs.
// Out: the outputs filled; accumulators from the operators that multiply and accumulate.
import type { Arithmetic } from '../network/arithmetic';
import type { Network, Operator, OperatorKind, OperatorOf, Quantization, Tensor } from '../network/network';
import type { IntegerArray, TensorValue } from '../tensor/tensor';

/** Sums of products, bias included, before requantisation: int64 where activations are int16. */
export type Accumulators = Int32Array | BigInt64Array;

export interface Kernel<K extends OperatorKind> {
  /** Fewest and most inputs the operator takes. */
  readonly inputs: readonly [number, number];
  /** One or more outputs; the others have exactly one. */
  readonly severalOutputs?: true;
  /** Updates the variable tensors among its inputs: their new values are outputs behind the others. */
  readonly variables?: true;
  /** null when `run` computes exactly what TFLite does, in the arithmetic it is given; else a sentence that says why not. */
  supports(operator: OperatorOf<K>, network: Network): string | null;
  /** Fills outputs. Returns the accumulators (bias included, before requantisation) in output order, or null. */
  run(
    operator: OperatorOf<K>,
    inputs: readonly (TensorValue | null)[],
    outputs: readonly TensorValue[],
    arithmetic: Arithmetic,
    network: Network,
  ): Accumulators | null;
}

/** The tensor in an input slot; null when the slot is absent or left out (-1). */
export function inputTensor(operator: Operator, network: Network, slot: number): Tensor | null {
  return network.tensors[operator.inputs[slot] ?? -1] ?? null;
}

export const outputTensor = (operator: Operator, network: Network): Tensor => network.tensors[operator.outputs[0]!]!;

/** Scale and zero point of a per-tensor quantised tensor (checked by `supports`). */
export const scaleOf = (tensor: Tensor): number => tensor.quantization!.scale[0]!;
export const zeroPointOf = (tensor: Tensor): number => tensor.quantization?.zeroPoint[0] ?? 0;

export const integers = (value: TensorValue): IntegerArray => value.data as IntegerArray;

/** Quantised with one scale and one zero point? */
export const isPerTensor = (q: Quantization | null): boolean => q !== null && q.scale.length === 1;

/** Do both tensors map raw values to the same reals? Two unquantised tensors do. */
export function sameQuantization(a: Tensor, b: Tensor, tolerance = 0): boolean {
  const [p, q] = [a.quantization, b.quantization];
  if (!p || !q) return !p && !q;
  return (
    p.scale.length === q.scale.length &&
    p.scale.every((scale, c) => Math.abs(scale - q.scale[c]!) <= tolerance) &&
    p.zeroPoint.every((zeroPoint, c) => zeroPoint === q.zeroPoint[c])
  );
}

/** `1 x 3 x 3 x 8`, for sentences. */
export const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? 'scalar' : shape.join(' x '));

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dimension, i) => dimension === b[i]);

/** `int8, uint8 and int16`, for sentences. */
export const listText = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
