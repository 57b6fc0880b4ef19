// A layer as a product of matrices [P, K] x [K, M], the way systolic arrays see it: P output pixels, K elements of the
// window, M filters. In: a layer and a batch. Out: the sizes, and how many words of the input a block of P and K needs.
// Neighbouring pixels share input: the DMA fetches whole input rows of the channels concerned, or the elements one by
// one where those are fewer. Zeros of the padding are not fetched.
import { type Layer, countCompulsoryWords, countUsed } from './layer';
import { greatestDivisor } from './rtlPorts';

export interface Gemm {
  readonly runs: number; // groups or products of each chunk of the batch, one after the other
  readonly pixels: number; // P, of all frames
  readonly window: number; // K
  readonly filters: number; // M
  readonly channels: number; // innermost in K
  readonly frames: number;
  readonly outputRows: number; // of a frame
  readonly outputColumns: number;
  readonly usedRows: number; // of a frame of the input
  readonly usedColumns: number;
  readonly stride: number; // of rows
  readonly reach: number; // input rows behind one output row
  readonly usedPixelWords: number; // of one run: each word once
}

/** @param chunks equal parts of the batch, each run by itself */
export function gemmOf(layer: Layer, batch: number, chunks = 1): Gemm {
  const gemm = chunkGemm(layer, batch / chunks);
  return { ...gemm, runs: gemm.runs * chunks };
}

function chunkGemm(layer: Layer, batch: number): Gemm {
  if (layer.kind === 'product') {
    const { products, rows, depth, columns, isShared } = layer;
    const pixels = isShared ? rows * batch : rows;
    return {
      runs: isShared ? products : products * batch,
      pixels,
      window: depth,
      filters: columns,
      channels: depth,
      frames: 1,
      outputRows: pixels,
      outputColumns: 1,
      usedRows: pixels,
      usedColumns: 1,
      stride: 1,
      reach: 1,
      usedPixelWords: pixels * depth,
    };
  }
  const { groups, inputChannels, outputChannels, rows, columns } = layer;
  const frames = layer.frames * batch;
  return {
    runs: groups,
    pixels: frames * rows.output * columns.output,
    window: rows.taps * columns.taps * inputChannels,
    filters: outputChannels,
    channels: inputChannels,
    frames,
    outputRows: rows.output,
    outputColumns: columns.output,
    usedRows: countUsed(rows),
    usedColumns: countUsed(columns),
    stride: rows.stride,
    reach: (rows.taps - 1) * rows.dilation + 1,
    usedPixelWords: countCompulsoryWords(layer, batch).pixels / groups,
  };
}

/** Words of the input for blocks of p pixels and k window elements: of the largest block, and of all blocks together. */
export function countPixelWords(gemm: Gemm, p: number, k: number): { largest: number; sum: number } {
  const windowBlocks = Math.ceil(gemm.window / k);
  const lastK = gemm.window - (windowBlocks - 1) * k;
  let [largest, sum] = [0, 0];
  for (const [count, pixels, frames] of pixelBlocks(gemm, p)) {
    if (count === 0) continue;
    const words = blockWords(gemm, pixels, frames, k);
    largest = Math.max(largest, words);
    sum += count * ((windowBlocks - 1) * words + blockWords(gemm, pixels, frames, lastK));
  }
  return { largest, sum };
}

/**
 * The blocks of p pixels, by the frames that they touch: whole ones touch as many as each other, or one more, since every
 * frame that does not begin with a block is touched by two; the last one, which may be smaller, ends with a frame.
 */
function pixelBlocks(
  { pixels, frames }: Gemm,
  p: number,
): (readonly [count: number, pixels: number, frames: number])[] {
  const frame = pixels / frames;
  const whole = Math.ceil(pixels / p) - 1;
  const last = pixels - whole * p;
  const ofLast = Math.ceil(last / frame);
  const begun = Math.floor((frames - 1) / (p / greatestDivisor(frame, p))); // frames that begin with a block, after the first
  const ofWhole = whole + frames - 1 - begun - (ofLast - 1);
  const fewest = whole > 0 ? Math.floor(ofWhole / whole) : 0;
  const more = ofWhole - fewest * whole;
  return [
    [whole - more, p, fewest],
    [more, p, fewest + 1],
    [1, last, ofLast],
  ];
}

/** @param outFrames that the block touches */
function blockWords(gemm: Gemm, p: number, outFrames: number, k: number): number {
  const { outputColumns, outputRows, frames, stride, reach, usedRows, usedColumns, channels } = gemm;
  const whole = p % outputColumns === 0 || p === gemm.pixels;
  const outRows = Math.min(frames * outputRows, Math.ceil(p / outputColumns) + (whole ? 0 : 1));
  const overlapping = Math.min(stride, reach);
  const inRows = Math.min(frames * usedRows, (outRows - outFrames) * overlapping + outFrames * reach);
  return Math.min(p * k, inRows * usedColumns * Math.min(channels, k));
}
