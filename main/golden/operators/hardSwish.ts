// HARD_SWISH, y = x clamp(x + 3, 0, 6) / 6, int8 and uint8, in 16-bit fixed point. In: x. Out: y.
// Sources: reference/hard_swish.h HardSwish, kernels/activations.cc HardSwishPrepare (ratios in float32).
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { type FixedMultiplier, quantizeMultiplier, roundingDivideByPowerOfTwo } from '../fixedPoint';
import { type Kernel, inputTensor, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers, supportsUnary } from '../unary';

type HardSwish = OperatorOf<'HARD_SWISH'>;
const NAME = 'HARD_SWISH';
const { fround } = Math;

/** Inputs are shifted left by 7 bits, as far as int16 lets them. */
const HIRES = 128;
const hiresScale = (x: Tensor): number => fround(scaleOf(x) / HIRES);

function supports(operator: HardSwish, network: Network): string | null {
  const complaint = supportsUnary(operator, network, ['int8', 'uint8']);
  if (complaint) return complaint;
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return quantizeMultiplier(fround(hiresScale(x) / scaleOf(y))).shift <= 0
    ? null
    : `${NAME} needs an output scale of at least 1/128 of its input's; ${scaleOf(y)} is too small for ${scaleOf(x)}.`;
}

function run(_: HardSwish, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const { toOutput, toRelu } = hardSwishConstants(x.tensor, y.tensor);
  const [zx, zy] = [zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  mapIntegers(x, y, (raw) => {
    const hires = (raw - zx) * HIRES;
    const unshifted = multiplyHigh16(hires, toOutput.multiplier);
    const relu = (scaleToRelu(hires, toRelu) + 32768) >> 1; // from -1..1 to 0..1
    return toInt16(roundingDivideByPowerOfTwo(multiplyShares(relu, unshifted), -toOutput.shift) + zy);
  });
  return null;
}

/** What the shifted input is multiplied by on its way to the output, and to a third of itself in Q0.15 (3 becomes 1). */
export const hardSwishConstants = (x: Tensor, y: Tensor) => ({
  toOutput: narrow(quantizeMultiplier(fround(hiresScale(x) / scaleOf(y)))),
  toRelu: narrow(quantizeMultiplier(fround(hiresScale(x) / fround(3 / 32768)))),
});

/** SaturatingDoublingHighMul of int16: no rounding. */
export const multiplyShares = (a: number, b: number): number => Math.trunc((a * b) / 32768) + 0;

/** x / 3 in Q0.15, saturated at the ends; the last bit of a left shift is kept back for after the rounding. */
export function scaleToRelu(hires: number, { multiplier, shift }: FixedMultiplier): number {
  const shifted = shift > 0 ? saturate16(hires * 2 ** (shift - 1)) : hires;
  const scaled = multiplyHigh16(shifted, multiplier);
  if (shift > 0) return saturate16(scaled * 2);
  return roundingDivideByPowerOfTwo(scaled, -shift);
}

/** The multiplier's upper 16 bits, rounded (DownScaleInt32ToInt16Multiplier). */
const narrow = ({ multiplier, shift }: FixedMultiplier): FixedMultiplier => ({
  multiplier: Math.min(32767, Math.floor((multiplier + 32768) / 65536)),
  shift,
});

const saturate16 = (value: number): number => Math.min(32767, Math.max(-32768, value));
export const toInt16 = (value: number): number => (value << 16) >> 16;

/** SaturatingRoundingDoublingHighMul of int16; the multiplier is above 0, so that nothing overflows. */
export const multiplyHigh16 = (a: number, multiplier: number): number => (a * multiplier + 0x4000) >> 15;

export const hardSwish: Kernel<'HARD_SWISH'> = { inputs: [1, 1], supports, run };
