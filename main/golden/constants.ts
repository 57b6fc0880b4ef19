// Index tensors (axes, paddings, sizes, permutations) that must be in the file, so that shapes are known before a run.
// In: a constant int32 or int64 tensor. Out: its values as numbers.
import type { Tensor } from '../network/network';
import { ELEMENT_BYTES } from '../network/network';
import { viewBytes } from '../tensor/tensor';
import { needConstant } from './checks';

/** The tensor's bytes are in the file and are int32 or int64; `what` in the plural: 'axes'. */
export const needIndices = (name: string, what: string, tensor: Tensor): string | null =>
  needConstant(name, what, tensor) ??
  (tensor.type === 'int32' || tensor.type === 'int64'
    ? null
    : `${name} with ${tensor.type} ${what} is not supported; int32 and int64 are.`);

/** The values of a tensor that `needIndices` has let pass. */
export const readIndices = ({ type, data }: Tensor): number[] =>
  Array.from(viewBytes(type, data!, data!.length / ELEMENT_BYTES[type]), Number);

/** A dimension counted from the front; negative ones count from the back. Null when it is outside. */
export const dimensionOf = (axis: number, rank: number): number | null =>
  axis >= -rank && axis < rank ? (axis < 0 ? axis + rank : axis) : null;
