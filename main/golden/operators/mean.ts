// MEAN over any axes, int8, uint8 and int16 (symmetric). In: x, constant axes (int32, negative ones count from the end). Out: y, the reduced
// dimensions kept as 1 or dropped.
// Sources: reference/reduce.h QuantizedMeanOrSum, which folds the division into the multiplier (kernels before 2023 compute
// it in float32); optimized/integer_ops/mean.h; XNNPACK/src/operators/global-average-pooling-nwc.c.
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { needPerTensor, needSymmetricInt16 } from '../checks';
import {
  type FixedMultiplier,
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundHalfAway,
  roundHalfEven,
} from '../fixedPoint';
import { type Kernel, inputTensor, integers, sameQuantization, scaleOf, zeroPointOf } from '../kernel';
import { readIndices } from '../constants';
import { reduceInto, supportsReduction } from '../reduction';

type Mean = OperatorOf<'MEAN'>;
const { fround } = Math;

function run(
  _: Mean,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [x, axes, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const into = reduceInto(x.tensor, axes.tensor);
  const data = integers(x);
  const out = integers(y);
  const sums = new Int32Array(out.length);
  for (let i = 0; i < data.length; i++) sums[into[i]!] = sums[into[i]!]! + data[i]!;

  const finish = finisher(x.tensor, y.tensor, data.length / out.length, arithmetic);
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  for (let i = 0; i < out.length; i++) {
    const value = finish(sums[i]!);
    out[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** From a sum of `count` raw values to their mean on the output's scale, before clamping. */
function finisher(x: Tensor, y: Tensor, count: number, arithmetic: Arithmetic): (sum: number) => number {
  const [zx, zy] = [zeroPointOf(x), zeroPointOf(y)];
  switch (arithmetic) {
    case 'folded':
      return finishFolded(x, y, count);
    case 'real': {
      if (sameQuantization(x, y)) return (sum) => Math.trunc(sum / count);
      const { scale, bias } = realMeanConstants(x, y);
      return (sum) => roundHalfAway(fround(fround(fround(sum / count) * scale) + bias)) + zy;
    }
    case 'float32': {
      const scale = meanScale(x, y, count);
      return (sum) => roundHalfEven(fround((sum - zx * count) * scale)) + zy;
    }
    default: {
      const { multiplier, shift } = meanMultiplier(x, y, count);
      const bias = Math.imul(zx, count);
      return (sum) => multiplyByQuantizedMultiplier((sum - bias) | 0, multiplier, shift) + zy;
    }
  }
}

/** 'real': what the mean is multiplied by, and the zero point of x so multiplied. */
export function realMeanConstants(x: Tensor, y: Tensor): { readonly scale: number; readonly bias: number } {
  const scale = fround(scaleOf(x) / scaleOf(y));
  return { scale, bias: fround(-zeroPointOf(x) * scale) };
}

/** 'folded': what the sum is multiplied by, and both zero points in one. */
export function foldedMeanConstants(x: Tensor, y: Tensor, count: number): FixedMultiplier & { readonly bias: number } {
  const offset = fround(fround(zeroPointOf(x) * scaleOf(x)) / scaleOf(y));
  const bias = zeroPointOf(y) - Math.trunc(fround(offset > 0 ? offset + 0.5 : offset - 0.5));
  return { ...quantizeMultiplier(fround(scaleOf(x) / fround(count * scaleOf(y)))), bias };
}

function finishFolded(x: Tensor, y: Tensor, count: number): (sum: number) => number {
  const { multiplier, shift, bias } = foldedMeanConstants(x, y, count);
  return (sum) => multiplyByQuantizedMultiplier(sum, multiplier, shift) + bias;
}

/** sX / sY / count: what the sum of `count` elements is multiplied by. */
export const meanMultiplier = (x: Tensor, y: Tensor, count: number): FixedMultiplier =>
  foldDivision(quantizeMultiplier(scaleOf(x) / scaleOf(y)), count);

/** The same in float32. */
export const meanScale = (x: Tensor, y: Tensor, count: number): number =>
  fround(scaleOf(x) / fround(scaleOf(y) * count));

/** The multiplier divided by `count`, after as many bits of headroom as 64 bits (and a shift of -31) leave. Once per operator. */
function foldDivision({ multiplier, shift }: FixedMultiplier, count: number): FixedMultiplier {
  const bits = Math.min(31 - Math.clz32(count), 32, 31 + shift);
  return { multiplier: Number((BigInt(multiplier) << BigInt(bits)) / BigInt(count)), shift: shift - bits };
}

/** Does TFLite's optimised kernel take it? It wants 8 bits, and height and width, written as 1 and 2, kept as 1 (kernels/reduce.cc EvalMean). */
export function isOptimisedMean(operator: Mean, network: Network): boolean {
  const [x, axes] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!];
  const written = readIndices(axes).toSorted();
  return (
    x.type !== 'int16' &&
    operator.options.keepDims &&
    x.shape.length === 4 &&
    written.length === 2 &&
    written[0] === 1 &&
    written[1] === 2
  );
}

export const mean: Kernel<'MEAN'> = {
  inputs: [2, 2],
  supports: (operator, network) =>
    supportsReduction(
      operator,
      network,
      ['int8', 'uint8', 'int16'],
      (x, y) => needPerTensor('MEAN', x, y) ?? needSymmetricInt16('MEAN', x, y),
    ),
  run,
};
