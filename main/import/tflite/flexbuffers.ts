// Options of custom operators: a FlexBuffers map of names to numbers. In: its bytes. Out: the map; every read is checked.
// Format (flatbuffers.dev, "FlexBuffers internals"): the last byte is the root's width, the one before it its packed type, and
// the root's value lies before those. Offsets count backwards. Entries of other types than numbers and bools are left out.

/** @throws RangeError where the bytes are no map, or point outside themselves. */
export function readFlexMap(bytes: Uint8Array): Map<string, number | boolean> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.byteLength;
  const rootWidth = end > 2 ? bytes[end - 1]! : 0;
  if (bytes[end - 2]! >> 2 !== MAP) throw new RangeError('no map');
  const width = widthOf(bytes[end - 2]!);
  const values = follow(view, end - 2 - rootWidth, rootWidth);
  const count = readWhole(view, values - width, width);
  const keyWidth = readWhole(view, values - 2 * width, width);
  const keys = follow(view, values - 3 * width, width);
  if (count * width > end) throw new RangeError('more entries than bytes');
  const map = new Map<string, number | boolean>();
  for (let i = 0; i < count; i++) {
    const type = view.getUint8(values + count * width + i);
    const value = readValue(view, values + i * width, width, type);
    if (value !== null) map.set(readText(bytes, follow(view, keys + i * keyWidth, keyWidth)), value);
  }
  return map;
}

const [INT, UINT, FLOAT, INDIRECT_INT, INDIRECT_UINT, INDIRECT_FLOAT, MAP, BOOL] = [1, 2, 3, 6, 7, 8, 9, 26] as const;

/** A packed type's lower two bits are the logarithm of the width of what it points to. */
const widthOf = (packed: number): number => 1 << (packed & 3);

function readValue(view: DataView, at: number, width: number, packed: number): number | boolean | null {
  switch (packed >> 2) {
    case INT:
      return readWhole(view, at, width, true);
    case UINT:
      return readWhole(view, at, width);
    case FLOAT:
      return readReal(view, at, width);
    case BOOL:
      return readWhole(view, at, width) !== 0;
    case INDIRECT_INT:
      return readWhole(view, follow(view, at, width), widthOf(packed), true);
    case INDIRECT_UINT:
      return readWhole(view, follow(view, at, width), widthOf(packed));
    case INDIRECT_FLOAT:
      return readReal(view, follow(view, at, width), widthOf(packed));
    default:
      return null;
  }
}

function readWhole(view: DataView, at: number, width: number, signed = false): number {
  switch (width) {
    case 1:
      return signed ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return signed ? view.getInt16(at, true) : view.getUint16(at, true);
    case 4:
      return signed ? view.getInt32(at, true) : view.getUint32(at, true);
    case 8:
      return Number(signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
    default:
      throw new RangeError(`a width of ${width}`);
  }
}

function readReal(view: DataView, at: number, width: number): number {
  if (width === 4) return view.getFloat32(at, true);
  if (width === 8) return view.getFloat64(at, true);
  throw new RangeError(`a real number of ${width} bytes`);
}

/** Where an offset points to: always before itself. */
function follow(view: DataView, at: number, width: number): number {
  const target = at - readWhole(view, at, width);
  if (target < 0 || target > at) throw new RangeError('an offset that points outside');
  return target;
}

function readText(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  if (end < 0) throw new RangeError('a name without an end');
  return new TextDecoder().decode(bytes.subarray(at, end));
}
