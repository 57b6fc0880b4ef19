// CAST between integers, bool and float32, as C casts. In: x. Out: y of the same shape. Floats outside the output's range
// and NaN, which C leaves undefined, saturate and become 0. Source: kernels/cast.cc.
import type { ElementType } from '../../network/network';
import { INTEGER_RANGE } from '../activation';
import { firstComplaint, needShape, needType } from '../checks';
import { type Kernel, inputTensor, listText, outputTensor } from '../kernel';

const NAME = 'CAST';
const TYPES: readonly ElementType[] = ['int8', 'uint8', 'int16', 'int32', 'int64', 'float32', 'bool'];

/** A value of `from` as one of `to`; storing it wraps an integer to the type's width. */
export function converter(from: ElementType, to: ElementType): (value: number | bigint) => number | bigint {
  if (to === 'bool') return (value) => (Number(value) !== 0 ? 1 : 0);
  if (to === 'float32') return Number;
  if (to === 'int64') return from === 'float32' ? (value) => BigInt(truncate(Number(value), LONG)) : BigInt;
  if (from === 'float32') return (value) => truncate(Number(value), INTEGER_RANGE[to]!);
  return (value) => (typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : value);
}

/** Ends of int64 as far as doubles reach: the upper one is the next below 2^63. */
const LONG = [-(2 ** 63), 2 ** 63 - 1024] as const;

/** Without its fraction, saturated; NaN becomes 0. */
const truncate = (value: number, [lowest, highest]: readonly [number, number]): number =>
  Math.min(highest, Math.max(lowest, Math.trunc(value) || 0));

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
    const convert = converter(x!.tensor.type, y!.tensor.type);
    const out = y!.data;
    for (let i = 0; i < out.length; i++) out[i] = convert(x!.data[i]!);
    return null;
  },
};
