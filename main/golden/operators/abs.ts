// ABS: int8 and int16 (rescaled where the scales differ), int32 and float32. In: x. Out: y = |x|, same shape.
// Source: kernels/elementwise.cc AbsPrepare, AbsEvalQuantized.
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needPerTensor, needSameType, needShape, needSymmetricInt16, needType } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, inputTensor, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers } from '../unary';

type Abs = OperatorOf<'ABS'>;
const NAME = 'ABS';

function supports(operator: Abs, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, x, ['int8', 'int16', 'int32', 'float32']),
    () => needSameType(NAME, x, y),
    () => (/^int(8|16)$/.test(x.type) ? (needPerTensor(NAME, x, y) ?? needSymmetricInt16(NAME, x, y)) : null),
    () => needShape(NAME, y, x.shape),
  );
}

/** From x's scale to y's, a quotient of floats as in AbsPrepare; null where they are one. */
export const absMultiplier = (x: Tensor, y: Tensor): FixedMultiplier | null =>
  scaleOf(x) === scaleOf(y) ? null : quantizeMultiplier(Math.fround(scaleOf(x) / scaleOf(y)));

function run(_: Abs, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  if (x.data.BYTES_PER_ELEMENT > 2) {
    const out = y.data as Int32Array;
    (x.data as Int32Array).forEach((value, i) => (out[i] = Math.abs(value)));
    return null;
  }
  const [zx, zy] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  const fixed = absMultiplier(x.tensor, y.tensor);
  const rescale = (value: number): number =>
    fixed ? multiplyByQuantizedMultiplier(value, fixed.multiplier, fixed.shift) : value;
  mapIntegers(x, y, (raw) => rescale(Math.abs(raw - zx)) + zy);
  return null;
}

export const abs: Kernel<'ABS'> = { inputs: [1, 1], supports, run };
