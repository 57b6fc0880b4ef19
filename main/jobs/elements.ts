// Elements of a tensor straight from the file they lie in. In: a file, and where, of what type and shape. Out: typed
// arrays of a part of it, so that looking at a tensor never takes the memory of all of it.
import fs from 'node:fs';
import path from 'node:path';
import { type Failure, userFailure } from '../network/failure';
import { ELEMENT_BYTES, elementCount } from '../network/network';
import { diskFailure } from '../import/disk';
import { holds, type TypedArray, unpackInt4, viewBytes } from '../tensor/tensor';
import type { TensorBytes } from './protocol';

/** Opens the file for `work`, which reads elements [first, first + count) of the flattened tensor. */
export function withElements<T>(source: TensorBytes, work: (read: ReadElements) => T): T {
  if (!holds(source.type) && source.type !== 'float16')
    throw userFailure('type-not-shown', `Values of type ${source.type} cannot be shown.`, 'Choose another tensor.');
  const handle = openFile(source.path);
  try {
    return work((first, count) => readElements(handle, source, first, count));
  } finally {
    fs.closeSync(handle);
  }
}
export type ReadElements = (first: number, count: number) => TypedArray;

/** The type that the values of a tensor are shown in: int4 and float16 have no arrays of their own. */
export function shownType({ type }: TensorBytes): 'int8' | 'uint8' | 'bool' | 'int16' | 'int32' | 'int64' | 'float32' {
  switch (type) {
    case 'int4':
      return 'int8';
    case 'float16':
      return 'float32';
    case 'string':
    case 'other':
      throw new TypeError(`values of type ${type} cannot be shown`);
    default:
      return type;
  }
}

function readElements(handle: number, source: TensorBytes, first: number, count: number): TypedArray {
  const { type, offset } = source;
  if (first < 0 || first + count > elementCount(source.shape)) throw new RangeError('elements outside of the tensor');
  if (type === 'int4') {
    const from = first >> 1; // the byte that holds the first
    const bytes = readBytes(handle, source.path, offset + from, Math.ceil((first + count) / 2) - from);
    return unpackInt4(bytes, first & 1, count);
  }
  const size = ELEMENT_BYTES[type];
  const bytes = readBytes(handle, source.path, offset + first * size, count * size);
  return type === 'float16' ? widenFloat16(new Uint16Array(bytes.buffer)) : viewBytes(type, bytes, count);
}

/** IEEE 754 binary16 to binary32, exactly. */
function widenFloat16(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
}

function readBytes(handle: number, file: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const read = fs.readSync(handle, bytes, done, length - done, offset + done);
    if (read === 0) throw tooShort(file, offset + length);
    done += read;
  }
  return bytes;
}

function openFile(file: string): number {
  try {
    return fs.openSync(file, 'r');
  } catch (error) {
    throw diskFailure(error, file, 'reading');
  }
}

const tooShort = (file: string, needed: number): Failure =>
  userFailure(
    'value-too-short',
    `The stored value ${path.basename(file)} ends before byte ${needed}: it is damaged.`,
    'Run or open the network again: that stores it anew.',
    { file: path.basename(file) },
  );
