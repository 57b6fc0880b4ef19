// SUM over constant axes: int8, uint8 and int16 from one scale to another, and int32. In: x, axes int32. Out: y.
// Where input and output have one quantization TFLite adds the raw values, in the type's own width (they wrap), and so do
// these; TFLite Micro rescales there as everywhere, and so does int16 in 'double': TFLite adds int16 of one scale only.
// Source: kernels/reduce.cc EvalSum, reference/reduce.h QuantizedMeanOrSum (kernels before 2023 compute it in float32 and
// keep the low 8 bits of the result instead of clamping it).
import type { Arithmetic } from '../../network/arithmetic';
import type { OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { needPerTensor, needSymmetricInt16 } from '../checks';
import { multiplyByQuantizedMultiplier, quantizeMultiplier, roundHalfAway } from '../fixedPoint';
import { type Kernel, integers, sameQuantization, scaleOf, zeroPointOf } from '../kernel';
import { reduceInto, supportsReduction } from '../reduction';

const { fround } = Math;

function run(
  _: OperatorOf<'SUM'>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [x, axes, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const into = reduceInto(x.tensor, axes.tensor);
  const data = integers(x);
  const sums = new Int32Array(y.data.length);
  for (let i = 0; i < data.length; i++) sums[into[i]!] = sums[into[i]!]! + data[i]!;
  const out = integers(y);
  if (addsRaw(x.tensor, y.tensor, arithmetic))
    out.set(sums); // the lowest bits
  else if (arithmetic === 'real') finishReal(sums, x, y);
  else finishFixed(sums, x, y);
  return null;
}

/** Are the raw values added as they are? */
export const addsRaw = (x: Tensor, y: Tensor, arithmetic: Arithmetic): boolean =>
  x.type === 'int32' || (sameQuantization(x, y) && !(x.type === 'int16' && arithmetic === 'double'));

function finishFixed(sums: Int32Array, x: TensorValue, y: TensorValue): void {
  const { multiplier, shift } = quantizeMultiplier(scaleOf(x.tensor) / scaleOf(y.tensor));
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const bias = zeroPointOf(x.tensor) * (x.data.length / y.data.length);
  const zy = zeroPointOf(y.tensor);
  const out = integers(y);
  for (let i = 0; i < out.length; i++) {
    const value = multiplyByQuantizedMultiplier((sums[i]! - bias) | 0, multiplier, shift) + zy;
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
}

/** 'real': what the sum is multiplied by, and the zero points of its `count` elements so multiplied. */
export function realSumConstants(
  x: Tensor,
  y: Tensor,
  count: number,
): { readonly scale: number; readonly bias: number } {
  const scale = fround(scaleOf(x) / scaleOf(y));
  return { scale, bias: fround(fround(-zeroPointOf(x) * scale) * count) };
}

function finishReal(sums: Int32Array, x: TensorValue, y: TensorValue): void {
  const { scale, bias } = realSumConstants(x.tensor, y.tensor, x.data.length / y.data.length);
  const zy = zeroPointOf(y.tensor);
  const out = integers(y);
  for (let i = 0; i < out.length; i++) out[i] = roundHalfAway(fround(fround(fround(sums[i]!) * scale) + bias)) + zy;
}

export const sum: Kernel<'SUM'> = {
  inputs: [2, 2],
  supports: (operator, network) =>
    supportsReduction(operator, network, ['int8', 'uint8', 'int16', 'int32'], (x, y) =>
      x.type === 'int32' ? null : (needPerTensor('SUM', x, y) ?? needSymmetricInt16('SUM', x, y)),
    ),
  run,
};
