// A layer as a product of matrices [P, K] x [K, M], the way systolic arrays see it: P output pixels, K elements of the
// window, M filters. In: a layer and a batch. Out: the sizes, and how many words of the input a block of P and K needs.
// Neighbouring pixels share input: the DMA fetches whole input rows of the channels concerned, or the elements one by
// one where those are fewer. Zeros of the padding are not fetched.
import { type Layer, countCompulsoryWords, countUsed } from './layer';

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
      runs: isShared ? products : products * batch, pixels, window: depth, filters: columns, channels: depth, frames: 1,
      outputRows: pixels, outputColumns: 1, usedRows: pixels, usedColumns: 1, stride: 1, reach: 1, usedPixelWords: pixels * depth,
    }; // prettier-ignore
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
  const pixelBlocks = Math.ceil(gemm.pixels / p);
  const windowBlocks = Math.ceil(gemm.window / k);
  const lastP = gemm.pixels - (pixelBlocks - 1) * p;
  const lastK = gemm.window - (windowBlocks - 1) * k;
  const largest = blockWords(gemm, p, k);
  const sum =
    (pixelBlocks - 1) * ((windowBlocks - 1) * largest + blockWords(gemm, p, lastK)) +
    (windowBlocks - 1) * blockWords(gemm, lastP, k) +
    blockWords(gemm, lastP, lastK);
  return { largest, sum };
}

function blockWords(gemm: Gemm, p: number, k: number): number {
  const { outputColumns, outputRows, frames, stride, reach, usedRows, usedColumns, channels } = gemm;
  const whole = p % outputColumns === 0 || p === gemm.pixels;
  const outRows = Math.min(frames * outputRows, Math.ceil(p / outputColumns) + (whole ? 0 : 1));
  const outFrames = Math.ceil(outRows / outputRows);
  const overlapping = Math.min(stride, reach);
  const inRows = Math.min(frames * usedRows, (outRows - outFrames) * overlapping + outFrames * reach);
  return Math.min(p * k, inRows * usedColumns * Math.min(channels, k));
}
