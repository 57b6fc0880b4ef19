// LOGISTIC and TANH: int8 and uint8 as a table of 256 values computed in float32, int16 as a table with straight lines
// between its points (../interpolation.ts); TFLite's optimised kernels compute int16 of power-of-two scales in fixed point.
// In: x. Out: y on the one scale TFLite allows. TFLite's reference kernels take this table; TFLite Micro's fixed-point form gives the same on all data at hand.
// Sources: kernels/activations.cc {Sigmoid,Tanh}Prepare, internal/common.h LUTPopulate.
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { needSymmetricInt16 } from '../checks';
import { roundHalfAway } from '../fixedPoint';
import { logistic16, saturate16, tanh16 } from '../fixedPoint16';
import { inputScaling, interpolate, powerOfTwoShift } from '../interpolation';
import { type Kernel, inputTensor, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers, supportsUnary } from '../unary';

type Curve = OperatorOf<'LOGISTIC' | 'TANH'>;
const { fround } = Math;

export const CURVES: Readonly<Record<Curve['kind'], { steps: number; compute: (real: number) => number }>> = {
  LOGISTIC: { steps: 256, compute: (real) => fround(1 / fround(1 + fround(Math.exp(-real)))) },
  TANH: { steps: 128, compute: (real) => fround(Math.tanh(real)) },
};

/** Where real zero lies: LOGISTIC fills the type from its lowest value, TANH lies about its middle. */
const zeroPointFor = (kind: Curve['kind'], type: 'int8' | 'uint8' | 'int16'): number =>
  type === 'int16' ? 0 : INTEGER_RANGE[type]![0] + (kind === 'LOGISTIC' ? 0 : 128);

function supports(operator: Curve, network: Network): string | null {
  const complaint = supportsUnary(operator, network, ['int8', 'uint8', 'int16']);
  if (complaint) return complaint;
  const { kind, name } = operator;
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  const steps = y.type === 'int16' ? 32768 : CURVES[kind].steps;
  const zeroPoint = zeroPointFor(kind, y.type as 'int8' | 'uint8' | 'int16');
  if (x.type === 'int16' && inputScaling(kind, scaleOf(x)).multiplier > 65535)
    return `${name} of int16 takes inputs of a scale up to 5.3; its input's is ${scaleOf(x)}.`;
  return scaleOf(y) === 1 / steps && zeroPointOf(y) === zeroPoint
    ? needSymmetricInt16(name, x)
    : `${name} of ${y.type} needs an output of scale 1/${steps} and zero point ${zeroPoint}; it has ${scaleOf(y)} and ${zeroPointOf(y)}.`;
}

function run(
  { kind }: Curve,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  if (x.tensor.type === 'int16') {
    mapIntegers(x, y, wideCurve(kind, scaleOf(x.tensor), arithmetic));
    return null;
  }
  const { steps, compute } = CURVES[kind];
  const [scale, zx, zy] = [scaleOf(x.tensor), zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  mapIntegers(x, y, (raw) => roundHalfAway(fround(compute(fround(scale * (raw - zx))) * steps)) + zy);
  return null;
}

/** int16, from raw to raw. */
export function wideCurve(kind: Curve['kind'], scale: number, arithmetic: Arithmetic): (raw: number) => number {
  const shift = arithmetic === 'fixed' ? powerOfTwoShift(kind, scale) : null;
  if (shift === null) return interpolate(kind, inputScaling(kind, scale));
  return kind === 'LOGISTIC' ? logistic16 : (raw) => tanh16(saturate16(raw * 2 ** shift), 3);
}

export const logistic: Kernel<'LOGISTIC'> = { inputs: [1, 1], supports, run };
export const tanh: Kernel<'TANH'> = { inputs: [1, 1], supports, run };
