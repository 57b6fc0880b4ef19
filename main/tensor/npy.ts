// NumPy's .npy files. In: a file's bytes, or a type, a shape and values. Out: the values in row-major order, or bytes.
// Format (numpy.lib.format): "\x93NUMPY", version, header length, a Python dict as text, then the raw elements.
import { type ElementType, ELEMENT_BYTES, elementCount } from '../network/network';
import { type Failure, userFailure } from '../network/failure';
import { type TypedArray, allocate, bytesOf, viewBytes } from './tensor';

export interface Npy {
  readonly type: ElementType;
  readonly shape: number[];
  readonly data: TypedArray;
  readonly stored: string; // NumPy's name of the type in the file: float64 is rounded to float32 on reading
}

/** NumPy's type words; byte order '<' or none ('|'). */
const STORED: Readonly<Record<string, readonly [name: string, type: ElementType]>> = {
  i1: ['int8', 'int8'],
  u1: ['uint8', 'uint8'],
  i2: ['int16', 'int16'],
  i4: ['int32', 'int32'],
  i8: ['int64', 'int64'],
  f4: ['float32', 'float32'],
  f8: ['float64', 'float32'],
  b1: ['bool', 'bool'],
};
const WRITTEN: Readonly<Partial<Record<ElementType, string>>> = {
  int4: '|i1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  int32: '<i4',
  int64: '<i8',
  float32: '<f4',
  bool: '|b1',
};

const MAX_RANK = 32; // NumPy's own
const MAX_BYTES = 0x7fffffff;

const damaged = (what: string, offset = 0): Failure =>
  userFailure('npy-damaged', `The .npy file is damaged: ${what}.`, 'Save it again with numpy.save.', { offset });

/** Does the content begin as a .npy file does? */
export const isNpy = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 6)).toString('latin1') === '\x93NUMPY';

/** Versions 1 to 3, little-endian; Fortran order is turned into row-major. Throws userFailure. */
export function readNpy(bytes: Uint8Array): Npy {
  const { descr, fortran, shape, start } = readHeader(bytes);
  const stored = STORED[/^[<|](?<word>[a-z]\d)$/.exec(descr)?.groups?.word ?? ''];
  if (!stored)
    throw userFailure(
      'npy-type',
      `The .npy file holds values of NumPy type '${descr}', which is not supported.`,
      `Supported are little-endian ${Object.values(STORED)
        .map(([name]) => name)
        .join(', ')}: convert it with .astype().`,
    );
  const [name, type] = stored;
  const size = name === 'float64' ? 8 : ELEMENT_BYTES[type];
  const count = elementCount(shape);
  if (count * size > MAX_BYTES)
    throw userFailure('npy-too-large', `The .npy file declares ${count} elements; less than 2 GiB is supported.`);
  const body = bytes.subarray(start);
  if (body.length !== count * size)
    throw damaged(
      `shape [${shape.join(', ')}] of ${name} needs ${count * size} bytes, but ${body.length} follow`,
      start,
    );
  const flat = name === 'float64' ? readDoubles(body, count) : viewBytes(type, body.slice(), count);
  return { type, shape, data: fortran ? toRowMajor(flat, type, shape) : flat, stored: name };
}

/** A version 1.0 file; int4 (kept one value a byte) is written as int8. Values of types NumPy lacks throw TypeError. */
export function writeNpy(type: ElementType, shape: readonly number[], data: TypedArray): Uint8Array {
  const descr = WRITTEN[type];
  if (!descr) throw new TypeError(`values of type ${type} cannot be written as .npy`);
  if (data.length !== elementCount(shape))
    throw new RangeError(`${data.length} values do not fill [${shape.join(', ')}]`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const header = Math.ceil((10 + text.length + 1) / 64) * 64; // the elements begin at a multiple of 64
  const file = new Uint8Array(header + data.byteLength);
  file.set(Buffer.from('\x93NUMPY\x01\x00', 'latin1'));
  new DataView(file.buffer).setUint16(8, header - 10, true);
  file.set(Buffer.from(`${text.padEnd(header - 11)}\n`, 'latin1'), 10);
  file.set(bytesOf(data), header);
  return file;
}

function readHeader(bytes: Uint8Array): { descr: string; fortran: boolean; shape: number[]; start: number } {
  if (!isNpy(bytes)) throw damaged('it does not begin with \\x93NUMPY');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw damaged(`its version ${version} is none of 1, 2, 3`, 6);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw damaged('it ends within its header', bytes.length);
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) throw damaged('it ends within its header', bytes.length);
  const text = Buffer.from(bytes.subarray(start, Math.min(end, start + 65536))).toString('latin1');
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const tuple = /'shape':\s*\(\s*((?:\d+\s*,\s*)*\d*)\s*\)/.exec(text)?.[1];
  if (tuple === undefined || !order) throw damaged('its header lacks shape or fortran_order', start);
  if (descr === undefined)
    throw userFailure('npy-type', 'The .npy file holds records, not plain values.', 'Save one plain array.', {
      offset: start,
    });
  const shape = tuple
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  if (shape.length > MAX_RANK || shape.some((dimension) => !Number.isSafeInteger(dimension)))
    throw damaged(`its shape (${tuple.slice(0, 80)}) is impossible`, start);
  return { descr, fortran: order === 'True', shape, start: end };
}

function readDoubles(body: Uint8Array, count: number): Float32Array {
  const doubles = new Float64Array(body.slice().buffer, 0, count);
  return Float32Array.from(doubles);
}

/** Fortran order runs the first index fastest. */
function toRowMajor(from: TypedArray, type: ElementType, shape: readonly number[]): TypedArray {
  const to = allocate(type, from.length);
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  for (let i = 0; i < to.length; i++) {
    to[i] = from[index.reduce((sum, value, axis) => sum + value * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return to;
}
