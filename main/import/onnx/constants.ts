// Constants of an ONNX file. In: a stored tensor. Out: type, shape and little-endian bytes (a view of the file where it lies
// there as it is needed), checked; and from bytes to numbers and back.
// Type numbers: onnx/onnx.proto3 TensorProto.DataType.
import { type ElementType, type Quantization, ELEMENT_BYTES, elementCount } from '../../network/network';
import { type TypedArray, allocate, bytesOf, holds, viewBytes } from '../../tensor/tensor';
import { gather, stridesOf } from '../../tensor/offsets';
import { type Reading, refuse } from '../place';
import { shortText } from '../text';
import type { StoredTensor } from './model';

/** In the file's own order of dimensions. */
export interface Constant {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  readonly quantization?: Quantization;
}

const TYPES: Readonly<Record<number, ElementType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
};
const TYPE_NAMES: Readonly<Record<number, string>> = {
  4: 'uint16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};

export const typeOf = (number: number): ElementType => TYPES[number] ?? 'other';
export const typeName = (number: number): string => TYPES[number] ?? TYPE_NAMES[number] ?? `type ${number}`;

const MAX_RANK = 8;
const MAX_BYTES = 0x7fffffff;

/** What is wrong with a shape, or null. */
export function complainAboutShape(shape: readonly number[], type: ElementType): string | null {
  const shown = `has the shape [${shape.join(', ')}]`;
  if (shape.length > MAX_RANK) return `has ${shape.length} dimensions; at most ${MAX_RANK} are supported`;
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) return `${shown}, which cannot be`;
  if (!(elementCount(shape) * Math.max(1, ELEMENT_BYTES[type]) <= MAX_BYTES))
    return `${shown}; tensors of less than 2 GiB are supported`;
  return null;
}

/** @throws userFailure naming the tensor and its place. */
export function readConstant(tensor: StoredTensor, name: string, reading: Reading): Constant {
  const type = typeOf(tensor.type);
  const bad = (code: string, what: string, remedy = ''): never =>
    refuse(reading, code, `constant ${shortText(name)} ${what}.`, { offset: tensor.offset }, remedy);
  if (tensor.isExternal)
    bad(
      'onnx-external-data',
      'keeps its values in another file, and that was not read with it',
      'Save the network as one file: onnx.save(onnx.load(file), one_file) in Python.',
    );
  if (!holds(type))
    bad('onnx-constant-type', `is ${typeName(tensor.type)}, which is not supported`, 'Export the network in float32.');
  const complaint = complainAboutShape(tensor.shape, type);
  if (complaint) bad('onnx-shape', complaint);
  const data = bytesIn(tensor, type);
  const expected = elementCount(tensor.shape) * ELEMENT_BYTES[type];
  if (data.length !== expected)
    bad(
      'onnx-constant-length',
      `is ${type} of shape [${tensor.shape.join(', ')}] and needs ${expected} bytes, but has ${data.length}`,
    );
  return { type, shape: tensor.shape, data };
}

function bytesIn({ raw, floats, ints }: StoredTensor, type: ElementType): Uint8Array {
  if (raw) return raw;
  if (type === 'float32') return floats.length === 1 ? floats[0]! : new Uint8Array(Buffer.concat(floats));
  return bytesOfNumbers(type, ints);
}

export function bytesOfNumbers(type: ElementType, numbers: readonly number[]): Uint8Array {
  const data = allocate(type, numbers.length);
  if (data instanceof BigInt64Array) numbers.forEach((n, i) => (data[i] = BigInt.asIntN(64, BigInt(Math.trunc(n)))));
  else data.set(numbers);
  return bytesOf(data);
}

export const makeConstant = (type: ElementType, shape: readonly number[], numbers: readonly number[]): Constant => ({
  type,
  shape,
  data: bytesOfNumbers(type, numbers),
});

export const valuesOf = ({ type, shape, data }: Constant): TypedArray => viewBytes(type, data, elementCount(shape));
export const numbersOf = (constant: Constant): number[] => Array.from(valuesOf(constant), Number);

/** The constant with dimension d of the new shape being dimension order[d] of the old. */
export function transposeConstant({ quantization, ...constant }: Constant, order: readonly number[]): Constant {
  const moved = transposeData(constant, order);
  return quantization ? { ...moved, quantization: { ...quantization, axis: order.indexOf(quantization.axis) } } : moved;
}

function transposeData(constant: Constant, order: readonly number[]): Constant {
  const { type, shape } = constant;
  const strides = stridesOf(shape);
  const to = order.map((d) => shape[d]!);
  if (keepsElements(shape, order)) return { ...constant, shape: to };
  const carrier = CARRIERS[ELEMENT_BYTES[type]]!;
  const data = allocate(carrier, elementCount(shape));
  const toStrides = order.map((d) => strides[d]!);
  gather(viewBytes(carrier, constant.data, data.length), toStrides, to, data);
  return { type, shape: to, data: bytesOf(data) };
}

/** Types that move elements of so many bytes without looking at them. */
const CARRIERS: Partial<Record<number, ElementType>> = { 1: 'uint8', 2: 'int16', 4: 'int32', 8: 'int64' };

/** Does every element stay where it is, since only dimensions of 1 change places? */
export function keepsElements(shape: readonly number[], order: readonly number[]): boolean {
  const wide = order.filter((d) => shape[d] !== 1);
  return wide.every((d, i) => i === 0 || wide[i - 1]! < d);
}
