// Operators of two inputs that broadcast by numpy's rule. In: two values and an output. Out: which element of each meets
// which of the output. Shared by ADD, SUB, MUL, MAXIMUM, MINIMUM and PRELU.
import type { Tensor } from '../network/network';
import type { TensorValue } from '../tensor/tensor';
import { needShape } from './checks';
import { shapeText } from './kernel';
import { broadcastOffsets, broadcastShape, padRank } from '../tensor/offsets';

/** a and b broadcast to y's shape. */
export function needBroadcast(name: string, a: Tensor, b: Tensor, y: Tensor): string | null {
  const shape = broadcastShape(a.shape, b.shape);
  return shape
    ? needShape(name, y, shape)
    : `${name} cannot broadcast ${shapeText(a.shape)} and ${shapeText(b.shape)} to one shape.`;
}

/** Do a's elements repeat in y, over and over in their own order: of y's shape, of its last dimensions, or one number? */
export function repeatsIn({ tensor: a }: TensorValue, { tensor: y }: TensorValue): boolean {
  const first = a.shape.findIndex((size) => size !== 1);
  const own = first < 0 ? [] : a.shape.slice(first);
  return own.every((size, d) => size === y.shape.at(d - own.length));
}

/** For every element of y, the offset in a and the offset in b. */
export function pairOffsets(a: TensorValue, b: TensorValue, y: TensorValue): [fromA: Int32Array, fromB: Int32Array] {
  const shape = y.tensor.shape;
  const offsets = ({ tensor }: TensorValue): Int32Array => broadcastOffsets(padRank(tensor.shape, shape.length), shape);
  return [offsets(a), offsets(b)];
}
