// One plane of a tensor, fetched. In: where the tensor is, batch and channel. Out: typed values and how its cells map to
// flat positions: a plane is [batch, :, :, channel] of [batches, height, width, channels], row-major.
// A vector (1 x 1 with many channels) has no plane worth seeing: it is shown whole, wrapped.
import { ELEMENT_BYTES } from '../../main/network/network';
import { type TensorAddress, call, fetchBytes } from '../bridge';
import { type TypedArray, decode } from './values';

export interface Plane {
  readonly values: TypedArray;
  readonly width: number; // cells drawn
  readonly height: number;
  readonly channels: number; // to choose from: 1 when wrapped
  readonly batches: number;
  flatOf(x: number, y: number): number | null; // null: no element there
  cellOf(flat: number): { x: number; y: number; batch: number; channel: number };
}

const MOST_WRAPPED = 65_536; // elements

export async function fetchPlane(address: TensorAddress, batch: number, channel: number): Promise<Plane> {
  const found = await call('golden.plane', { ...address, batch, channel });
  const { width, height, channels, batches, type } = found;
  if (width === 1 && height === 1 && channels > 1) {
    const shown = Math.min(channels, MOST_WRAPPED);
    const each = ELEMENT_BYTES[type];
    return wrap(
      decode(type, await fetchBytes(address, batch * channels * each, shown * each)),
      batch,
      channels,
      batches,
    );
  }
  return {
    values: decode(type, Uint8Array.from(found.bytes)),
    width,
    height,
    channels,
    batches,
    flatOf: (x, y) => (x < width && y < height ? ((batch * height + y) * width + x) * channels + channel : null),
    cellOf: (flat) => ({
      channel: flat % channels,
      x: Math.floor(flat / channels) % width,
      y: Math.floor(flat / channels / width) % height,
      batch: Math.floor(flat / channels / width / height),
    }),
  };
}

/** A vector as rows of cells, about twice as wide as high; up to 32 elements stay one row. */
export function wrap(values: TypedArray, batch: number, length: number, batches: number): Plane {
  const n = values.length;
  const width = n <= 32 ? n : Math.ceil(Math.sqrt(2 * n));
  return {
    values,
    width,
    height: Math.ceil(n / width),
    channels: 1,
    batches,
    flatOf: (x, y) => (x < width && y * width + x < n ? batch * length + y * width + x : null),
    cellOf: (flat) => {
      const at = flat % length;
      return { x: at % width, y: Math.floor(at / width), batch: Math.floor(flat / length), channel: 0 };
    },
  };
}
