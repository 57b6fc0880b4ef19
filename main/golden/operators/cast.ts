// CAST between integers, bool and float32, as C casts. In: x. Out: y of the same shape. Floats outside the output's range
// and NaN, which C leaves undefined, saturate and become 0. Source: kernels/cast.cc.
import type { ElementType } from '../../network/network';
import type { TensorValue, TypedArray } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { firstComplaint, needShape, needType } from '../checks';
import { type Kernel, inputTensor, listText, outputTensor } from '../kernel';

const NAME = 'CAST';
const TYPES: readonly ElementType[] = ['int8', 'uint8', 'int16', 'int32', 'int64', 'float32', 'bool'];

function run(x: TensorValue, y: TensorValue): void {
  const out = y.data;
  const convert = converter(x.data, y.tensor.type);
  for (let i = 0; i < out.length; i++) out[i] = convert(x.data[i]!);
}

function converter(from: TypedArray, to: ElementType): (value: number | bigint) => number | bigint {
  if (to === 'bool') return (value) => (Number(value) !== 0 ? 1 : 0);
  const whole = from instanceof Float32Array ? truncate : (value: number | bigint) => value;
  if (to === 'int64') return (value) => BigInt.asIntN(64, BigInt(from instanceof Float32Array ? Math.trunc(Number(value)) || 0 : value)); // prettier-ignore
  if (to === 'float32') return Number;
  return (value) => (typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : whole(value, to)); // storing wraps

  function truncate(value: number | bigint, type: ElementType = to): number {
    const [lowest, highest] = INTEGER_RANGE[type]!;
    return Math.min(highest, Math.max(lowest, Math.trunc(Number(value)) || 0));
  }
}

export const cast: Kernel<'CAST'> = {
  inputs: [1, 1],
  supports: (operator, network) => {
    const x = inputTensor(operator, network, 0)!;
    const y = outputTensor(operator, network);
    return firstComplaint(
      () => needType(NAME, x, TYPES),
      () => (TYPES.includes(y.type) ? null : `${NAME} to ${y.type} is not supported; ${listText(TYPES)} are.`),
      () => needShape(NAME, y, x.shape),
    );
  },
  run: (_, [x], [y]) => {
    run(x!, y!);
    return null;
  },
};
