// The range an operator's output is clamped to. In: the fused activation and the output tensor. Out: raw lowest, highest.
// Sources: tflite/kernels/kernel_util.cc CalculateActivationRangeQuantized; XNNPACK xnn_qs8_quantize, xnn_qu8_quantize.
import type { Arithmetic } from '../network/arithmetic';
import type { Activation, ElementType, Tensor } from '../network/network';
import { roundHalfAway, roundHalfEven } from './fixedPoint';

/** Lowest and highest raw value of the integer types. */
export const INTEGER_RANGE: Partial<Record<ElementType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
};

/** Real limits of each activation that clamps; tanh and sign_bit are not clamps and no quantised kernel takes them. */
const REAL_LIMITS: Partial<Record<Activation, readonly [number, number]>> = {
  none: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu6: [0, 6],
  relu_n1_to_1: [-1, 1],
};

/** Lowest and highest real number of an activation that clamps (TFLite takes the others for none: refuseActivation). */
export const realRange = (activation: Activation): readonly [number, number] => REAL_LIMITS[activation]!;

/** Why this fused activation cannot run, or null. */
export const refuseActivation = (name: string, activation: Activation): string | null =>
  activation in REAL_LIMITS
    ? null
    : `${name} with the fused activation ${activation} is not supported; none, relu, relu6 and relu_n1_to_1 are.`;

/** Of these, the limits too are XNNPACK's. */
const XNNPACKS: ReadonlySet<Arithmetic> = new Set(['float32', 'vadd']);

/**
 * The integer range of `output` (per-tensor quantised) under `activation`, inclusive. TFLite rounds limit / scale half away
 * from zero and adds the zero point; XNNPACK adds it in float32 and rounds the sum half to even: they part on ties.
 */
export function activationRange(
  activation: Activation,
  output: Tensor,
  arithmetic: Arithmetic = 'exact',
): readonly [number, number] {
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  const scale = output.quantization!.scale[0]!;
  const zeroPoint = output.quantization!.zeroPoint[0]!;
  const [from, to] = REAL_LIMITS[activation]!;
  const { fround } = Math;
  const quantize = XNNPACKS.has(arithmetic)
    ? (real: number): number => roundHalfEven(fround(fround(real / scale) + zeroPoint))
    : (real: number): number => zeroPoint + roundHalfAway(fround(real / scale));
  return [
    from === -Infinity ? lowest : Math.max(lowest, quantize(from)),
    to === Infinity ? highest : Math.min(highest, quantize(to)),
  ];
}
