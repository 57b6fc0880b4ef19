// DIV of uint8, with numpy broadcasting, in fixed point: a reciprocal of b - zb by Newton's steps, then two multiplications.
// In: a, b per-tensor quantised. Out: y. (Other 8-bit types have no kernel in TFLite; plain numbers: ../plain.ts.)
// Sources: reference/div.h DivElementwise, kernels/div.cc Prepare (the ratio of scales in float32).
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { activationRange, refuseActivation } from '../activation';
import { needBroadcast, pairOffsets } from '../broadcast';
import { firstComplaint, needPerTensor, needSameType, needType } from '../checks';
import {
  type FixedMultiplier,
  quantizeMultiplier,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
} from '../fixedPoint';
import { reciprocal } from '../fixedPointFunctions';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { needDivisor } from '../plain';

type Div = OperatorOf<'DIV'>;
const NAME = 'DIV';

function supports(operator: Div, network: Network): string | null {
  const [a, b] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!];
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, a, ['uint8', 'int32', 'float32']),
    () => needSameType(NAME, a, b) ?? needSameType(NAME, a, y),
    () => needPerTensor(NAME, a, b, y),
    () => refuseActivation(NAME, operator.options.activation),
    () => needBroadcast(NAME, a, b, y),
  );
}

/** What a / b is multiplied by. */
export function divMultiplier(a: Tensor, b: Tensor, y: Tensor): FixedMultiplier {
  const { fround } = Math;
  return quantizeMultiplier(fround(scaleOf(a) / fround(scaleOf(b) * scaleOf(y))));
}

function run(operator: Div, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [a, b, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const fixed = divMultiplier(a.tensor, b.tensor, y.tensor);
  const [lowest, highest] = activationRange(operator.options.activation, y.tensor);
  const [za, zb, zy] = [zeroPointOf(a.tensor), zeroPointOf(b.tensor), zeroPointOf(y.tensor)];
  needDivisor(operator, b, zb);
  const [fromA, fromB] = pairOffsets(a, b, y);
  const [as, bs, data] = [integers(a), integers(b), integers(y)];
  for (let i = 0; i < data.length; i++) {
    const value = divide(as[fromA[i]!]! - za, bs[fromB[i]!]! - zb, fixed).value + zy;
    data[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** a / b x multiplier x 2^(shift - 31), and what it is on the way. */
export const divide = (a: number, b: number, fixed: FixedMultiplier) =>
  b < 0 ? divideBy(-a, -b, fixed) : divideBy(a, b, fixed);

function divideBy(a: number, b: number, { multiplier, shift }: FixedMultiplier) {
  const inverse = reciprocal(b);
  const headroom = Math.clz32(a < 0 ? ~a : a) - 1; // bits a can be shifted left by
  const quotient = saturatingRoundingDoublingHighMul(a << headroom, inverse.fraction);
  const right = inverse.shift + headroom - shift;
  const scaled = saturatingRoundingDoublingHighMul(quotient, multiplier);
  // beyond 31 it is below one half; C leaves such a shift undefined
  const value = right > 31 ? 0 : right < 0 ? scaled << -right : roundingDivideByPowerOfTwo(scaled, right);
  return { a, b, fraction: inverse.fraction, headroom, quotient, scaled, right, value };
}

export const div: Kernel<'DIV'> = { inputs: [2, 2], supports, run };
