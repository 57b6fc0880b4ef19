// MEAN over any axes, int8. In: x, constant axes (int32, negative ones count from the end). Out: y, the reduced
// dimensions kept as 1 or dropped. Source: reference/reduce.h QuantizedMeanOrSum, which folds the division into the multiplier.
import type { OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { needPerTensor } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, integers, scaleOf, zeroPointOf } from '../kernel';
import { reduceInto, supportsReduction } from '../reduction';

type Mean = OperatorOf<'MEAN'>;

function run(_: Mean, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, axes, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const into = reduceInto(x.tensor, axes.tensor);
  const data = integers(x);
  const out = integers(y);
  const sums = new Int32Array(out.length);
  for (let i = 0; i < data.length; i++) sums[into[i]!] = sums[into[i]!]! + data[i]!;

  const count = data.length / out.length;
  const { multiplier, shift } = meanMultiplier(x.tensor, y.tensor, count);
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const zeroPoint = zeroPointOf(y.tensor);
  const bias = Math.imul(zeroPointOf(x.tensor), count);
  for (let i = 0; i < out.length; i++) {
    const value = multiplyByQuantizedMultiplier((sums[i]! - bias) | 0, multiplier, shift) + zeroPoint;
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** sX / sY / count: what the sum of `count` elements is multiplied by. */
export const meanMultiplier = (x: Tensor, y: Tensor, count: number): FixedMultiplier =>
  foldDivision(quantizeMultiplier(scaleOf(x) / scaleOf(y)), count);

/** The multiplier divided by `count`, after as many bits of headroom as 64 bits (and a shift of -31) leave. Once per operator. */
function foldDivision({ multiplier, shift }: FixedMultiplier, count: number): FixedMultiplier {
  const bits = Math.min(31 - Math.clz32(count), 32, 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(count)), shift: shift - bits };
}

export const mean: Kernel<'MEAN'> = {
  inputs: [2, 2],
  supports: (operator, network) =>
    supportsReduction(operator, network, ['int8'], (x, y) => needPerTensor('MEAN', x, y)),
  run,
};
