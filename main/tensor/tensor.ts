// Values of tensors. In: element type, shape, bytes. Out: typed arrays over those bytes, row-major.
// Little-endian hosts only: so are the files and every machine Electron runs on; checked once below.
import { type ElementType, type Tensor, ELEMENT_BYTES, elementCount } from '../network/network';

if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) throw new Error('Goldbench needs a little-endian machine.');

export type IntegerArray = Int8Array | Uint8Array | Int16Array | Int32Array;
export type TypedArray = IntegerArray | Float32Array | BigInt64Array;

/** The value of one tensor during or after a run. */
export interface TensorValue {
  readonly tensor: Tensor;
  readonly data: TypedArray;
}

const MAKERS: Partial<Record<ElementType, (buffer: ArrayBufferLike, offset: number, count: number) => TypedArray>> = {
  int4: (b, o, n) => new Int8Array(b, o, n), // unpacked, one value a byte
  int8: (b, o, n) => new Int8Array(b, o, n),
  uint8: (b, o, n) => new Uint8Array(b, o, n),
  bool: (b, o, n) => new Uint8Array(b, o, n),
  int16: (b, o, n) => new Int16Array(b, o, n),
  int32: (b, o, n) => new Int32Array(b, o, n),
  int64: (b, o, n) => new BigInt64Array(b, o, n),
  float32: (b, o, n) => new Float32Array(b, o, n),
};

/** Can values of this type be held? float16, string and other cannot (yet). */
export const holds = (type: ElementType): boolean => type in MAKERS;

/** A zero-filled array for `count` elements, in shared memory when asked (so that threads can read it). */
export function allocate(type: ElementType, count: number, shared = false): TypedArray {
  const bytes = ELEMENT_BYTES[type] * count;
  return viewOf(type, shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes), 0, count);
}

/** Typed view of bytes; copies when the offset is not aligned for the type. */
export function viewBytes(type: ElementType, bytes: Uint8Array, count: number): TypedArray {
  const size = ELEMENT_BYTES[type];
  if (bytes.byteLength < size * count)
    throw new RangeError(`${bytes.byteLength} bytes hold fewer than ${count} ${type}`);
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return viewOf(type, aligned.buffer, aligned.byteOffset, count);
}

/** The value of a tensor whose bytes are in the file. */
export function readConstant({ type, shape, data }: Pick<Tensor, 'type' | 'shape' | 'data'>): TypedArray {
  if (!data) throw new TypeError('the tensor is no constant');
  const count = elementCount(shape);
  return type === 'int4' ? unpackInt4(data, 0, count) : viewBytes(type, data, count);
}

/** `count` values from `first`, which lie two a byte, the first in the low half (TFLite's schema.fbs, INT4). */
export function unpackInt4(bytes: Uint8Array, first: number, count: number): Int8Array {
  return Int8Array.from({ length: count }, (_, i) => {
    const byte = bytes[(first + i) >> 1]!;
    return ((first + i) & 1 ? byte << 24 : byte << 28) >> 28; // sign extension of a nibble
  });
}

/** The opposite: two values a byte. */
export const packInt4 = (values: ArrayLike<number | bigint>): Uint8Array =>
  Uint8Array.from(
    { length: Math.ceil(values.length / 2) },
    (_, i) => (Number(values[2 * i]) & 15) | (Number(values[2 * i + 1] ?? 0) << 4),
  );

/** The bytes of a value, without copying. */
export const bytesOf = (data: TypedArray): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Bytes a tensor of this type and shape takes once unpacked. */
export const byteCount = (tensor: Pick<Tensor, 'type' | 'shape'>): number =>
  ELEMENT_BYTES[tensor.type] * elementCount(tensor.shape);

/** Typed view of a buffer from a byte on that is aligned for the type. */
export function viewOf(type: ElementType, buffer: ArrayBufferLike, offset: number, count: number): TypedArray {
  const make = MAKERS[type];
  if (!make) throw new TypeError(`values of type ${type} cannot be held`);
  return make(buffer, offset, count);
}
