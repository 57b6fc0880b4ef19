// The weight stream of a layer. In: an int8 filter, seen through strides. Out: for each iteration and pass one packet:
//
//   header with the configuration, then rows of C words [p < S_W][ci][s < sub-words][f < taps of s], without gaps
//   row set p belongs to the columns of phase (before + p) mod S_W, so that the first column starts at address 0
//   core g*G + j + kw holds w[f*S_H + s][kw][ci][co], co = (t*E + g)*S_W + j, for the kw of that phase; others hold 0
import type { Engine } from './engine';
import { WEIGHT_MAGIC, packWeightHeader } from './headers';
import type { StreamBuilder } from './stream';
import { type EngineLayer, type Pass, type Tiles, configurePass } from './tiles';

/** [kernel row, kernel column, input channel, output channel] of int8 values anywhere in an array. */
export interface WeightView {
  readonly data: Int8Array;
  readonly offset: number;
  readonly tapRow: number; // elements from one kernel row to the next
  readonly tapColumn: number;
  readonly input: number;
  readonly output: number;
  /** Where groups were merged: the weights of the first of them, and what each has; `next` elements lie between two. */
  readonly merged?: {
    readonly of: WeightView;
    readonly inputs: number;
    readonly outputs: number;
    readonly next: number;
  };
}

export const offsetIn = (
  w: WeightView,
  kernelRow: number,
  kernelColumn: number,
  channelIn: number,
  channelOut: number,
): number => w.offset + kernelRow * w.tapRow + kernelColumn * w.tapColumn + channelIn * w.input + channelOut * w.output;

/** The element of the operator's own weights; null for the zeros between groups that were merged. */
export function weightOf(
  w: WeightView,
  kernelRow: number,
  kernelColumn: number,
  channelIn: number,
  channelOut: number,
): number | null {
  if (!w.merged) return offsetIn(w, kernelRow, kernelColumn, channelIn, channelOut);
  const { of, inputs, outputs, next } = w.merged;
  const group = Math.floor(channelIn / inputs);
  if (group !== Math.floor(channelOut / outputs)) return null;
  return group * next + offsetIn(of, kernelRow, kernelColumn, channelIn % inputs, channelOut % outputs);
}

/** Appends the packets of a layer; `tag` numbers the first, the others count on. */
export function packWeights(
  stream: StreamBuilder,
  layer: EngineLayer,
  tiles: Tiles,
  engine: Engine,
  w: WeightView,
  tag: number,
): void {
  const { T, passes } = tiles;
  const configs = passes.map((pass) => configurePass(layer, tiles, pass));
  for (let t = 0; t < T; t++)
    passes.forEach((pass, at) => {
      const number = (tag + t * passes.length + at) % 256;
      const rows = packRows(layer, tiles, engine, w, pass, t);
      const header = { magic: WEIGHT_MAGIC, tag: number, extra: 0, words: rows.length };
      stream.packet(stream.store(packWeightHeader(header, configs[at]!)), stream.store(rows));
    });
}

function packRows(layer: EngineLayer, tiles: Tiles, engine: Engine, w: WeightView, pass: Pass, t: number): Uint8Array {
  const { rows, columns } = layer;
  const words = new Int8Array(columns.stride * (pass.to - pass.from) * rows.taps * engine.cores);
  walkRows(layer, tiles, engine, pass, (row, kh, channel, phase) => {
    const source = w.offset + kh * w.tapRow + channel * w.input;
    walkCores(layer, tiles, t, phase, (core, kw, co) => {
      words[row + core] = w.data[source + kw * w.tapColumn + co * w.output]!;
    });
  });
  return new Uint8Array(words.buffer);
}

/** Which weights each row of C words holds, in the order of the stream, until `visit` answers false. */
export function walkRows(
  { rows, columns }: EngineLayer,
  tiles: Tiles,
  engine: Engine,
  pass: Pass,
  visit: (word: number, kernelRow: number, channelIn: number, phase: number) => boolean | void,
): void {
  let word = 0;
  for (let p = 0; p < columns.stride; p++)
    for (let ci = pass.from; ci < pass.to; ci++)
      for (let s = 0; s < tiles.subWords; s++)
        for (let kh = s; kh < rows.taps; kh += rows.stride, word += engine.cores)
          if (visit(word, kh, ci, (columns.before + p) % columns.stride) === false) return;
}

/** The cores that hold a weight in the rows of one phase, and which; the others hold 0. */
export function walkCores(
  { channelsOut, columns }: EngineLayer,
  { E, G }: Tiles,
  t: number,
  phase: number,
  visit: (core: number, kernelColumn: number, channelOut: number) => void,
): void {
  const { stride, taps } = columns;
  for (let g = 0; g < E; g++)
    for (let j = 0; j < stride; j++) {
      const co = (t * E + g) * stride + j;
      if (co >= channelsOut) return;
      for (let kw = phase; kw < taps; kw += stride) visit(g * G + j + kw, kw, co);
    }
}
