// Looking at a tensor: one plane of it, or its histogram. In: where its bytes lie. Out: small things a page can draw.
// Reads the file in pieces: a plane of a tensor of hundreds of MB takes milliseconds, and no more memory than itself.
import type { TensorPlane } from '../../preload/contract/views';
import { userFailure } from '../network/failure';
import { elementCount } from '../network/network';
import { computeHistogram, computeStatistics, type Histogram, type TensorStatistics } from '../tensor/statistics';
import { allocate, bytesOf, type TypedArray } from '../tensor/tensor';
import { shownType, withElements, type ReadElements } from './elements';
import type { TensorBytes } from './protocol';

const PIECE = 1 << 20; // elements read at once
/** From this many elements between two of one channel, reading each alone beats reading all between (measured). */
const FAR_APART = 4096;
/** More than any screen has, and a message that crosses processes in a moment. */
const PLANE_LIMIT = 16 << 20;

interface Layout {
  readonly batches: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * How a shape is laid out as planes. Rank 4 is [N, H, W, C], and so are weights, [O, H, W, I]. Ranks above have their
 * leading dimensions flattened into N; rank 3 is [H, W, C]; rank 2 is one plane of rows; rank 1 one row; rank 0 one dot.
 */
export function layOut(shape: readonly number[]): Layout {
  if (shape.length <= 2)
    return { batches: 1, height: shape.length === 2 ? shape[0]! : 1, width: shape.at(-1) ?? 1, channels: 1 };
  const [height, width, channels] = shape.slice(-3) as [number, number, number];
  return { batches: elementCount(shape.slice(0, -3)), height, width, channels };
}

/** One channel of one batch. @throws userFailure: no such plane, too large to draw, value damaged */
export function readPlane(source: TensorBytes & { readonly batch: number; readonly channel: number }): TensorPlane {
  const { batch, channel } = source;
  const { batches, height, width, channels } = layOut(source.shape);
  const size = height * width;
  if (!(batch >= 0 && batch < batches && channel >= 0 && channel < channels))
    throw userFailure(
      'plane-outside',
      `Batch ${batch}, channel ${channel} lies outside of a tensor of shape [${source.shape.join(', ')}].`,
      `It has ${batches} batches and ${channels} channels.`,
    );
  if (size > PLANE_LIMIT)
    throw userFailure(
      'plane-too-large',
      `A plane of ${height} x ${width} is too large to draw.`,
      'Look at its values instead.',
    );
  const first = batch * size * channels + channel;
  const type = shownType(source);
  const data = withElements(source, (read) => gather(read, allocate(type, size), first, channels));
  return { type, height, width, channels, batches, bytes: bytesOf(data) };
}

/** Fills `plane` with every `step`-th element from `first` on. */
function gather(read: ReadElements, plane: TypedArray, first: number, step: number): TypedArray {
  const perPiece = step >= FAR_APART ? 1 : Math.max(1, Math.floor(PIECE / step));
  for (let done = 0; done < plane.length; done += perPiece) {
    const count = Math.min(perPiece, plane.length - done);
    const piece = read(first + done * step, (count - 1) * step + 1); // not beyond the last: the tensor may end there
    for (let i = 0; i < count; i++) plane[done + i] = piece[i * step]!;
  }
  return plane;
}

/** Over the whole tensor, in two passes: its range, then its bins. */
export function readHistogram(source: TensorBytes & { readonly zeroPoint: number }): Histogram {
  const total = elementCount(source.shape);
  const type = shownType(source);
  return withElements(source, (read) => {
    const pieces = function* (): Generator<TypedArray> {
      for (let first = 0; first < total; first += PIECE) yield read(first, Math.min(PIECE, total - first));
    };
    let range: TensorStatistics | null = null;
    for (const piece of pieces()) range = widen(range, computeStatistics(type, piece, source.zeroPoint));
    if (!range) return { from: 0, to: 0, bins: [] }; // a tensor without elements
    // The same range gives the same bins for every piece, so the counts simply add up
    let sum: number[] | null = null;
    let edges = { from: 0, to: 0 };
    for (const piece of pieces()) {
      const { bins, ...rest } = computeHistogram(piece, range, type !== 'float32');
      edges = rest;
      sum = sum ? sum.map((count, i) => count + bins[i]!) : [...bins];
    }
    return { ...edges, bins: sum! };
  });
}

/** Range of both; computeHistogram needs no more of the statistics. Pieces without a finite value have no range. */
function widen(a: TensorStatistics | null, b: TensorStatistics): TensorStatistics {
  if (!a || a.count === a.nonFinite) return b;
  if (b.count === b.nonFinite) return a;
  return { ...a, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
