// PAD with the output's zero point (0 for unquantised types): any type. In: x, constant paddings [rank, 2] int32 or int64.
// Out: y. Source: reference/pad.h, kernels/pad.cc.
import type { Network, OperatorOf, Tensor } from '../../network/network';
import { type TensorValue, viewBytes } from '../../tensor/tensor';
import { firstComplaint, needConstant, needCount, needSameQuantization, needSameType, needShape } from '../checks';
import { type Kernel, inputTensor, outputTensor, zeroPointOf } from '../kernel';
import { stridesOf } from '../offsets';

type Pad = OperatorOf<'PAD'>;
const NAME = 'PAD';

function supports(operator: Pad, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const paddings = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needSameType(NAME, x, y),
    () => needSameQuantization(NAME, x, y),
    () => needConstant(NAME, 'paddings', paddings),
    () => (/^int(32|64)$/.test(paddings.type) ? null : `${NAME} with ${paddings.type} paddings is not supported; int32 and int64 are.`), // prettier-ignore
    () => needCount(NAME, paddings, 2 * x.shape.length),
    () => {
      const amounts = readPaddings(paddings);
      if (amounts.some((amount) => amount < 0)) return `${NAME} with negative paddings is not supported.`;
      return needShape(
        NAME,
        y,
        x.shape.map((dimension, d) => amounts[2 * d]! + dimension + amounts[2 * d + 1]!),
      );
    },
  );
}

/** before, after for every dimension. */
const readPaddings = (paddings: Tensor): number[] => {
  const size = paddings.type === 'int64' ? 8 : 4;
  return Array.from(viewBytes(paddings.type, paddings.data!, paddings.data!.length / size), Number);
};

function run(_: Pad, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [x, paddings, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const zero = zeroPointOf(y.tensor);
  if (y.data instanceof BigInt64Array) y.data.fill(BigInt(zero));
  else y.data.fill(zero);
  const before = Array.from(paddings.data, Number).filter((_, i) => i % 2 === 0);
  const shape = x.tensor.shape;
  const strides = stridesOf(y.tensor.shape);
  const line = shape.at(-1) ?? 1;
  const index = new Array<number>(Math.max(0, shape.length - 1)).fill(0);
  for (let from = 0; from < x.data.length; from += line) {
    let to = before.at(-1) ?? 0;
    for (let d = 0; d < index.length; d++) to += (index[d]! + before[d]!) * strides[d]!;
    y.data.set(x.data.subarray(from, from + line) as never, to);
    for (let d = index.length - 1; d >= 0 && (index[d] = index[d]! + 1) === shape[d]; d--) index[d] = 0;
  }
  return null;
}

export const pad: Kernel<'PAD'> = { inputs: [2, 2], supports, run };
