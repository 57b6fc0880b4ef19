// Elements of a tensor as people read them. In: type, shape, raw bytes. Out: typed arrays, indices, text.
// Raw integers stay raw; real = scale[c] x (q - zeroPoint[c]) (TFLite, "8-bit quantization specification").
import { ELEMENT_BYTES, type ElementType, type Quantization, elementCount } from '../../main/network/network';
import { flatOf, indexOf } from '../../main/tensor/place';
import { realOf } from '../../main/tensor/scores';
import { type TypedArray, holds, viewBytes } from '../../main/tensor/tensor';
import { group, real } from './number';

export { flatOf, indexOf };
export type { TypedArray };
export type Format = 'decimal' | 'hex' | 'real';

/** Bytes -> elements; a last partial element is left out. */
export function decode(type: ElementType, bytes: Uint8Array): TypedArray {
  return viewBytes(type, bytes, Math.floor(bytes.byteLength / ELEMENT_BYTES[type]));
}

export const canShow = (type: ElementType): boolean => holds(type);
export const isInteger = (type: ElementType): boolean => type !== 'float32' && type !== 'float16';

/** The lowest and highest value a type can store; null where saturation has no meaning. */
export function limitsOf(type: ElementType): readonly [number, number] | null {
  switch (type) {
    case 'int4':
      return [-8, 7];
    case 'int8':
      return [-128, 127];
    case 'uint8':
      return [0, 255];
    case 'int16':
      return [-32768, 32767];
    default:
      return null;
  }
}

/** Two's complement in the type's width: int8 -1 -> 'ff'; float32 as its bits. */
export function hexOf(raw: number | bigint, type: ElementType): string {
  const digits = ELEMENT_BYTES[type] * 2;
  if (type === 'float32') return new Uint32Array(Float32Array.of(Number(raw)).buffer)[0]!.toString(16).padStart(8, '0');
  return BigInt.asUintN(digits * 4, BigInt(raw))
    .toString(16)
    .padStart(digits, '0');
}

/**
 * What was typed in "go to": '0, 3, 5, 2' or '[0, 3, 5, 2]' is an index, '1234' a flat position, '0x4d2' a byte address
 * (of any byte of the element; `each` = bytes of one). Null: nothing of these, or outside the shape.
 */
export function parsePlace(shape: readonly number[], text: string, each: number): number | null {
  const bare = text.trim();
  const within = (flat: number): number | null => (flat < elementCount(shape) ? flat : null);
  if (/^0x[\da-f]+$/i.test(bare)) return within(Math.floor(Number(bare) / each));
  const listed = /^\[(.*)\]$/.exec(bare)?.[1];
  const parts = (listed ?? bare).trim().split(/\s*[,;]\s*|\s+/);
  if (parts.some((part) => !/^\d+$/.test(part))) return null;
  const numbers = parts.map(Number);
  return listed !== undefined || numbers.length > 1 ? flatOf(shape, numbers) : within(numbers[0]!);
}

/** What "go to" takes for this shape, as a sentence; `axes` names its dimensions. */
export function tellPlaces(shape: readonly number[], axes: readonly string[], each: number): string {
  const count = elementCount(shape);
  const index = shape.length > 1 ? `${axes.join(', ')} within [${shape.join(', ')}], ` : '';
  return `Write ${index}an element from 0 to ${group(count - 1)}, or a byte from 0x0 to 0x${(count * each - 1).toString(16)}.`;
}

/** Index along the quantization axis of the element at `flat`. */
export function channelOf(shape: readonly number[], quantization: Quantization | null, flat: number): number {
  if (!quantization || quantization.scale.length < 2) return 0;
  return indexOf(shape, flat)[quantization.axis] ?? 0;
}

/** How a flat tensor breaks into rows of at most `most` values without crossing the last dimension's end. */
export interface RowPlan {
  readonly rows: number;
  start(row: number): number;
  length(row: number): number;
  rowOf(flat: number): number;
}
export function planRows(shape: readonly number[], most: number): RowPlan {
  const count = elementCount(shape);
  const last = Math.max(1, shape.at(-1) ?? 1);
  if (last <= most) {
    const per = Math.floor(most / last) * last;
    return {
      rows: Math.ceil(count / per),
      start: (row) => row * per,
      length: (row) => Math.min(per, count - row * per),
      rowOf: (flat) => Math.floor(flat / per),
    };
  }
  const pieces = Math.ceil(last / most);
  return {
    rows: (count / last) * pieces,
    start: (row) => Math.floor(row / pieces) * last + (row % pieces) * most,
    length: (row) => Math.min(most, last - (row % pieces) * most),
    rowOf: (flat) => Math.floor(flat / last) * pieces + Math.floor((flat % last) / most),
  };
}

/** Characters one value may take in a column of the values view. */
export function cellWidth(type: ElementType, format: Format): number {
  if (format === 'hex') return ELEMENT_BYTES[type] * 2;
  if (format === 'real' || !isInteger(type)) return 11;
  return { 1: 4, 2: 6, 4: 11, 8: 20 }[ELEMENT_BYTES[type]] ?? 11;
}

/** One value, not padded. Decimals in a dense grid carry no thousands: columns line up by themselves. */
export function valueText(
  raw: number | bigint,
  type: ElementType,
  format: Format,
  quantization: Quantization | null,
  channel = 0,
): string {
  if (format === 'hex') return hexOf(raw, type);
  if (format === 'real') return real(realOf(raw, quantization, channel));
  return isInteger(type) ? String(raw).replace('-', '\u2212') : real(Number(raw));
}

/** What hover and screen reader are told of one element. */
export function tellElement(
  shape: readonly number[],
  flat: number,
  raw: number | bigint,
  type: ElementType,
  quantization: Quantization | null,
): string {
  const channel = channelOf(shape, quantization, flat);
  const at = `[${indexOf(shape, flat).join(', ')}]`;
  const value = isInteger(type) ? `${group(raw)} (0x${hexOf(raw, type)})` : real(Number(raw));
  return quantization ? `${at} = ${value} · real ${real(realOf(raw, quantization, channel))}` : `${at} = ${value}`;
}
