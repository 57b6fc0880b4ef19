// LOGISTIC and TANH, int8 and uint8, as a table of 256 values computed in float32. In: x. Out: y on the one scale TFLite
// allows. TFLite's reference kernels take this table; TFLite Micro's fixed-point form gives the same on all data at hand.
// Sources: kernels/activations.cc {Sigmoid,Tanh}Prepare, internal/common.h LUTPopulate.
import type { Network, OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { roundHalfAway } from '../fixedPoint';
import { type Kernel, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers, supportsUnary } from '../unary';

type Curve = OperatorOf<'LOGISTIC' | 'TANH'>;
const { fround } = Math;

const CURVES: Readonly<Record<Curve['kind'], { steps: number; compute: (real: number) => number }>> = {
  LOGISTIC: { steps: 256, compute: (real) => fround(1 / fround(1 + fround(Math.exp(-real)))) },
  TANH: { steps: 128, compute: (real) => fround(Math.tanh(real)) },
};

/** Where real zero lies: LOGISTIC fills the type from its lowest value, TANH lies about its middle. */
const zeroPointFor = (kind: Curve['kind'], type: 'int8' | 'uint8'): number =>
  INTEGER_RANGE[type]![0] + (kind === 'LOGISTIC' ? 0 : 128);

function supports(operator: Curve, network: Network): string | null {
  const complaint = supportsUnary(operator, network, ['int8', 'uint8']);
  if (complaint) return complaint;
  const { kind, name } = operator;
  const y = outputTensor(operator, network);
  const zeroPoint = zeroPointFor(kind, y.type as 'int8');
  return scaleOf(y) === 1 / CURVES[kind].steps && zeroPointOf(y) === zeroPoint
    ? null
    : `${name} of ${y.type} needs an output of scale 1/${CURVES[kind].steps} and zero point ${zeroPoint}; it has ${scaleOf(y)} and ${zeroPointOf(y)}.`;
}

function run({ kind }: Curve, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const { steps, compute } = CURVES[kind];
  const [scale, zx, zy] = [scaleOf(x.tensor), zeroPointOf(x.tensor), zeroPointOf(y.tensor)];
  mapIntegers(x, y, (raw) => roundHalfAway(fround(compute(fround(scale * (raw - zx))) * steps)) + zy);
  return null;
}

export const logistic: Kernel<'LOGISTIC'> = { inputs: [1, 1], supports, run };
export const tanh: Kernel<'TANH'> = { inputs: [1, 1], supports, run };
