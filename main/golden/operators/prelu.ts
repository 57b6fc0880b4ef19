// PRELU with numpy broadcasting of alpha: int8 and uint8. In: x, alpha. Out: y = x above zero, alpha x below it.
// Sources: reference/prelu.h BroadcastPrelu4DSlow, kernels/activations.cc PreluPrepare (ratios in float32).
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { needBroadcast, pairOffsets } from '../broadcast';
import { firstComplaint, needPerTensor, needSameType, needShape, needType } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';

type Prelu = OperatorOf<'PRELU'>;
const NAME = 'PRELU';

function supports(operator: Prelu, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const alpha = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(NAME, x, ['int8', 'uint8']),
    () => needSameType(NAME, x, alpha) ?? needSameType(NAME, x, y),
    () => needPerTensor(NAME, x, alpha, y),
    () => needBroadcast(NAME, x, alpha, y) ?? needShape(NAME, y, x.shape),
  );
}

function run(_: Prelu, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, alpha, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const { above, below } = preluMultipliers(x.tensor, alpha.tensor, y.tensor);
  const [zx, za, zy] = [zeroPointOf(x.tensor), zeroPointOf(alpha.tensor), zeroPointOf(y.tensor)];
  const [lowest, highest] = INTEGER_RANGE[y.tensor.type]!;
  const [fromX, fromAlpha] = pairOffsets(x, alpha, y);
  const [xs, alphas, data] = [integers(x), integers(alpha), integers(y)];
  for (let i = 0; i < data.length; i++) {
    const centred = xs[fromX[i]!]! - zx;
    const exact = centred >= 0 ? centred : centred * (alphas[fromAlpha[i]!]! - za);
    const { multiplier, shift } = centred >= 0 ? above : below;
    const value = multiplyByQuantizedMultiplier(exact, multiplier, shift) + zy;
    data[i] = value < lowest ? lowest : value > highest ? highest : value;
  }
  return null;
}

/** What x is multiplied by above its zero point, and x times alpha below it. */
export function preluMultipliers(
  x: Tensor,
  alpha: Tensor,
  y: Tensor,
): Readonly<Record<'above' | 'below', FixedMultiplier>> {
  const [sx, sy] = [scaleOf(x), scaleOf(y)];
  return {
    above: quantizeMultiplier(Math.fround(sx / sy)),
    below: quantizeMultiplier(Math.fround(Math.fround(sx * scaleOf(alpha)) / sy)),
  };
}

export const prelu: Kernel<'PRELU'> = { inputs: [2, 2], supports, run };
