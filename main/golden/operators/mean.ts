// MEAN over any axes, int8. In: x, constant axes (int32, negative ones count from the end). Out: y, the reduced
// dimensions kept as 1 or dropped. Source: reference/reduce.h QuantizedMeanOrSum, which folds the division into the multiplier.
import type { Network, OperatorOf } from '../../network/network';
import { type TensorValue, viewBytes } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { firstComplaint, needConstant, needPerTensor, needSameType, needShape, needType } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { broadcastOffsets } from '../offsets';

type Mean = OperatorOf<'MEAN'>;
const NAME = 'MEAN';

/** Which dimensions the axes name; null when one is outside the shape. */
function reducedDimensions(axes: ArrayLike<number>, rank: number): Set<number> | null {
  const dimensions = Array.from(axes, (axis) => (axis < 0 ? axis + rank : axis));
  return dimensions.every((d) => d >= 0 && d < rank) ? new Set(dimensions) : null;
}

function supports(operator: Mean, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const axes = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, x, ['int8']),
    () => needSameType(NAME, x, y),
    () => needPerTensor(NAME, x, y),
    () => needConstant(NAME, 'axes', axes),
    () => (axes.type === 'int32' ? null : `${NAME} with ${axes.type} axes is not supported; int32 is.`),
    () => {
      const values = viewBytes('int32', axes.data!, axes.data!.length / 4) as Int32Array;
      const reduced = reducedDimensions(values, x.shape.length);
      if (!reduced) return `${NAME} over axes ${values.join(', ')} does not fit ${x.shape.length} dimensions.`;
      const shape = operator.options.keepDims
        ? x.shape.map((dimension, d) => (reduced.has(d) ? 1 : dimension))
        : x.shape.filter((_, d) => !reduced.has(d));
      return needShape(NAME, y, shape);
    },
  );
}

function run(_: Mean, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, axes, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const reduced = reducedDimensions(axes.data as Int32Array, x.tensor.shape.length)!;
  const kept = x.tensor.shape.map((dimension, d) => (reduced.has(d) ? 1 : dimension));
  const into = broadcastOffsets(kept, x.tensor.shape);
  const data = integers(x);
  const out = integers(y);
  const sums = new Int32Array(out.length);
  for (let i = 0; i < data.length; i++) sums[into[i]!] = sums[into[i]!]! + data[i]!;

  const count = data.length / out.length;
  const { multiplier, shift } = foldDivision(quantizeMultiplier(scaleOf(x.tensor) / scaleOf(y.tensor)), count);
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const zeroPoint = zeroPointOf(y.tensor);
  const bias = Math.imul(zeroPointOf(x.tensor), count);
  for (let i = 0; i < out.length; i++) {
    const value = multiplyByQuantizedMultiplier((sums[i]! - bias) | 0, multiplier, shift) + zeroPoint;
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** The multiplier divided by `count`, after as many bits of headroom as 64 bits (and a shift of -31) leave. Once per operator. */
function foldDivision({ multiplier, shift }: FixedMultiplier, count: number): FixedMultiplier {
  const bits = Math.min(31 - Math.clz32(count), 32, 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(count)), shift: shift - bits };
}

export const mean: Kernel<'MEAN'> = { inputs: [2, 2], supports, run };
