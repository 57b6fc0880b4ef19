// .bin: the bytes as they lie in memory for a DMA, little-endian, filled with 0 up to a multiple of `align`.
// In: packed beats. Out: bytes; and back.
import { damaged } from './damaged';

const CHUNK = 1 << 20;

export const alignedLength = (length: number, align: number): number => Math.ceil(length / align) * align;

export function* writeBin(bytes: Uint8Array, align: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
  const fill = alignedLength(bytes.length, align) - bytes.length;
  if (fill > 0) yield new Uint8Array(fill);
}

/** @param length bytes before the filling */
export function readBin(file: Uint8Array, length: number): Uint8Array {
  if (file.length < length) throw damaged('.bin', `it has ${file.length} bytes of ${length}`);
  if (file.subarray(length).some((byte) => byte !== 0)) throw damaged('.bin', 'there is something behind its end');
  return file.subarray(0, length);
}
