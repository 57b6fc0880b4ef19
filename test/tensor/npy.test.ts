// .npy files, as NumPy writes them and as they should not be.
import { describe, expect, it } from 'vitest';
import { Failure } from '../../main/network/failure';
import type { ElementType } from '../../main/network/network';
import { readNpy, writeNpy } from '../../main/tensor/npy';
import type { TypedArray } from '../../main/tensor/tensor';

/** A file with the given header text and body. */
function npy(header: string, body: ArrayBufferView, version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12;
  const text = `${header}\n`;
  const file = new Uint8Array(start + text.length + body.byteLength);
  file.set(Buffer.from('\x93NUMPY', 'latin1'));
  file[6] = version;
  const view = new DataView(file.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  file.set(Buffer.from(text, 'latin1'), start);
  file.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), start + text.length);
  return file;
}
const dict = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

describe('writeNpy', () => {
  it.each<[ElementType, number[], TypedArray]>([
    ['int8', [2, 3], Int8Array.of(-128, -1, 0, 1, 2, 127)],
    ['uint8', [4], Uint8Array.of(0, 1, 254, 255)],
    ['bool', [2], Uint8Array.of(0, 1)],
    ['int16', [1, 2], Int16Array.of(-32768, 32767)],
    ['int32', [], Int32Array.of(-2147483648)],
    ['int64', [2], BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n)],
    ['float32', [0, 5], new Float32Array(0)],
  ])('%s comes back as it was', (type, shape, data) => {
    const file = writeNpy(type, shape, data);
    expect(file.length - data.byteLength).toBe(64 * Math.floor((file.length - data.byteLength) / 64));
    const back = readNpy(file);
    expect(back).toEqual({ type, shape: [...shape], data, stored: type });
  });

  it('writes the header NumPy writes', () => {
    const text = Buffer.from(writeNpy('int8', [1, 2], Int8Array.of(65, 66))).toString('latin1');
    expect(text.slice(0, 8)).toBe('\x93NUMPY\x01\x00');
    expect(text.slice(10)).toMatch(/^\{'descr': '\|i1', 'fortran_order': False, 'shape': \(1, 2\), \} *\nAB$/);
  });

  it('refuses what it cannot write', () => {
    expect(() => writeNpy('string', [1], Int8Array.of(1))).toThrow(TypeError);
    expect(() => writeNpy('int8', [2], Int8Array.of(1))).toThrow(RangeError);
  });
});

describe('readNpy', () => {
  it('reads versions 2 and 3', () => {
    for (const version of [2, 3])
      expect(readNpy(npy(dict('<i2', '(2,)'), Int16Array.of(1, -1), version)).data).toEqual(Int16Array.of(1, -1));
  });
  it('turns Fortran order into row-major', () => {
    const columns = Int32Array.of(1, 4, 2, 5, 3, 6); // [[1, 2, 3], [4, 5, 6]]
    expect(readNpy(npy(dict('<i4', '(2, 3)', 'True'), columns)).data).toEqual(Int32Array.of(1, 2, 3, 4, 5, 6));
  });
  it('turns a Fortran array of three dimensions into row-major', () => {
    const value = (i: number, j: number, k: number) => 100 * i + 10 * j + k;
    const fortran: number[] = [],
      rows: number[] = [];
    for (let k = 0; k < 4; k++) for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) fortran.push(value(i, j, k));
    for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) rows.push(value(i, j, k));
    const { data } = readNpy(npy(dict('<i2', '(2, 3, 4)', 'True'), Int16Array.from(fortran)));
    expect(data).toEqual(Int16Array.from(rows));
  });
  it('rounds float64 to float32', () => {
    expect(readNpy(npy(dict('<f8', '(2,)'), Float64Array.of(0.1, -2)))).toMatchObject({
      type: 'float32',
      stored: 'float64',
      data: Float32Array.of(0.1, -2),
    });
  });
  it('reads bytes that are not aligned', () => {
    const file = npy(dict('<i4', '(1,)'), Int32Array.of(77));
    const larger = new Uint8Array(file.length + 1);
    larger.set(file, 1);
    expect(readNpy(larger.subarray(1)).data).toEqual(Int32Array.of(77));
  });

  const one = Int8Array.of(1);
  it.each([
    ['The .npy file is damaged: it does not begin with \\x93NUMPY.', Uint8Array.of(1, 2, 3)],
    [
      'The .npy file is damaged: its version 9 is none of 1, 2, 3.',
      npy(dict('|i1', '(1,)'), one, 1).map((b, i) => (i === 6 ? 9 : b)),
    ],
    ['The .npy file is damaged: it ends within its header.', npy(dict('|i1', '(1,)'), one).subarray(0, 20)],
    ['The .npy file is damaged: its header lacks shape or fortran_order.', npy("{'descr': '|i1'}", one)],
    ['The .npy file is damaged: shape [3] of int8 needs 3 bytes, but 1 follow.', npy(dict('|i1', '(3,)'), one)],
    [
      'The .npy file is damaged: shape [] of int8 needs 1 bytes, but 2 follow.',
      npy(dict('|i1', '()'), Int8Array.of(1, 2)),
    ],
    ["The .npy file holds values of NumPy type '>i4', which is not supported.", npy(dict('>i4', '(1,)'), one)],
    ["The .npy file holds values of NumPy type '|O', which is not supported.", npy(dict('|O', '(1,)'), one)],
    [
      'The .npy file holds records, not plain values.',
      npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }", one),
    ],
    [
      'The .npy file declares 1000000000000 elements; less than 2 GiB is supported.',
      npy(dict('|i1', '(1000000, 1000000)'), one),
    ],
    [
      'The .npy file is damaged: its shape (99999999999999999999,) is impossible.',
      npy(dict('|i1', '(99999999999999999999,)'), one),
    ],
  ])('%s', (sentence, file) => {
    let failure: unknown;
    try {
      readNpy(file);
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ kind: 'user', message: sentence });
  });
});
