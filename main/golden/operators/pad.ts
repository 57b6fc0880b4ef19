// PAD with the output's zero point (0 for unquantised types), PADV2 with a given raw value, MIRROR_PAD with x itself: any
// type. In: x, constant paddings [rank, 2], PADV2's value (one element). Out: y.
// Sources: reference/pad.h, kernels/pad.cc, kernels/mirror_pad.cc.
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { needCount, needSameQuantization, needSameType } from '../checks';
import { needIndices, readIndices } from '../constants';
import { type Kernel, inputTensor, zeroPointOf } from '../kernel';
import { type Steps, OUTSIDE, evenSteps, move, supportsMoveOfFirst } from '../move';
import { stridesOf } from '../../tensor/offsets';

type Pad = OperatorOf<'PAD' | 'PADV2' | 'MIRROR_PAD'>;

function supports(operator: Pad, network: Network): string | null {
  const { name } = operator;
  const paddings = inputTensor(operator, network, 1)!;
  return supportsMoveOfFirst(operator, network, (x) => {
    const complaint = needIndices(name, 'paddings', paddings) ?? needCount(name, paddings, 2 * x.length);
    if (complaint) return complaint;
    const amounts = readIndices(paddings);
    if (amounts.some((amount) => amount < 0)) return `${name} with negative paddings is not supported.`;
    if (operator.kind === 'MIRROR_PAD') {
      const edge = operator.options.mode === 'reflect' ? 1 : 0;
      const far = amounts.findIndex((amount, i) => amount > x[i >> 1]! - edge);
      if (far >= 0) return `${name} by ${amounts[far]} of a dimension of ${x[far >> 1]} has no elements to mirror.`;
    }
    return x.map((dimension, d) => amounts[2 * d]! + dimension + amounts[2 * d + 1]!);
  });
}

/** The value is one element that is quantised as x is. */
function supportsValue(operator: OperatorOf<'PADV2'>, network: Network): string | null {
  const [x, value] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 2)!];
  return needSameType('PADV2', value, x) ?? needCount('PADV2', value, 1) ?? needSameQuantization('PADV2', value, x);
}

/** Per dimension: which element of x lies at each place of y, `before` the first and after the last as `beyond` says. */
function stepsOf(
  x: Tensor,
  paddings: Tensor,
  beyond: (at: number, dimension: number, stride: number) => number,
): Steps[] {
  const amounts = readIndices(paddings);
  return stridesOf(x.shape).map((stride, d) => {
    const dimension = x.shape[d]!;
    const [before, after] = [amounts[2 * d]!, amounts[2 * d + 1]!];
    return evenSteps(before + dimension + after, 1, -before).map((at) =>
      at >= 0 && at < dimension ? at * stride : beyond(at, dimension, stride),
    );
  });
}

function runFilled([x, paddings, value]: readonly (TensorValue | null)[], y: TensorValue): null {
  const zero = zeroPointOf(y.tensor);
  const fill = value ? value.data[0]! : y.data instanceof BigInt64Array ? BigInt(zero) : zero;
  move(
    x!.data,
    y.data,
    stepsOf(x!.tensor, paddings!.tensor, () => OUTSIDE),
    fill,
  );
  return null;
}

/** 'reflect' leaves the edge out of the mirror image, 'symmetric' repeats it. */
function runMirrored(
  { options }: OperatorOf<'MIRROR_PAD'>,
  [x, paddings]: readonly (TensorValue | null)[],
  y: TensorValue,
): null {
  const edge = options.mode === 'reflect' ? 0 : 1;
  const mirrored = (at: number, dimension: number): number => (at < 0 ? -at - edge : 2 * dimension - 2 - at + edge);
  const steps = stepsOf(x!.tensor, paddings!.tensor, (at, size, stride) => mirrored(at, size) * stride);
  move(x!.data, y.data, steps);
  return null;
}

export const pad: Kernel<'PAD'> = { inputs: [2, 2], supports, run: (_, inputs, [y]) => runFilled(inputs, y!) };
export const padV2: Kernel<'PADV2'> = {
  inputs: [3, 3],
  supports: (operator, network) => supports(operator, network) ?? supportsValue(operator, network),
  run: (_, inputs, [y]) => runFilled(inputs, y!),
};
export const mirrorPad: Kernel<'MIRROR_PAD'> = {
  inputs: [2, 2],
  supports,
  run: (operator, inputs, [y]) => runMirrored(operator, inputs, y!),
};
