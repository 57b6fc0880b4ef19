// SUM over constant axes: int8 and uint8 from one scale to another, and int32. In: x, axes int32. Out: y.
// Quantised sums of equal scales are refused: there TFLite adds raw values in 8 bits, TFLite Micro rescales.
// Source: kernels/reduce.cc EvalSum, reference/reduce.h QuantizedMeanOrSum.
import type { OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { needPerTensor } from '../checks';
import { multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, integers, sameQuantization, scaleOf, zeroPointOf } from '../kernel';
import { reduceInto, supportsReduction } from '../reduction';

function run(_: OperatorOf<'SUM'>, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, axes, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const into = reduceInto(x.tensor, axes.tensor);
  const data = integers(x);
  const sums = new Int32Array(y.data.length);
  const zx = x.tensor.type === 'int32' ? 0 : zeroPointOf(x.tensor);
  for (let i = 0; i < data.length; i++) sums[into[i]!] = sums[into[i]!]! + data[i]! - zx;
  const out = integers(y);
  if (x.tensor.type === 'int32') {
    out.set(sums);
    return null;
  }
  const { multiplier, shift } = quantizeMultiplier(scaleOf(x.tensor) / scaleOf(y.tensor));
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const zy = zeroPointOf(y.tensor);
  for (let i = 0; i < out.length; i++) {
    const value = multiplyByQuantizedMultiplier(sums[i]!, multiplier, shift) + zy;
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

export const sum: Kernel<'SUM'> = {
  inputs: [2, 2],
  supports: (operator, network) =>
    supportsReduction(operator, network, ['int8', 'uint8', 'int32'], (x, y) => {
      if (x.type === 'int32') return null;
      return (
        needPerTensor('SUM', x, y) ??
        (sameQuantization(x, y) ? `SUM of ${x.type} needs an output of another scale than its input's.` : null)
      );
    }),
  run,
};
