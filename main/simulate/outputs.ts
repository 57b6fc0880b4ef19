// The stream of sums. For each iteration, and each pass that releases, one packet of words of accumulatorBits:
//
//   words [n < N][l < L][o < W_out][j < S_W][g < E][r < R], packed without gaps, little-endian
//   word = sum of output row l*R + r, column o, channel (t*E + g)*S_W + j; rows and channels beyond the layer's are idle
//   TUSER of the last beat: bits 0..7 tag, 8 a sum of the packet did not fit accumulatorBits, 9 a packet was broken
//
// In: sums of a layer, to say what must come; or what came. Out: packets, or sums. Sums are [N, rows, W_out, C_o], int32.
import type { Engine } from './engine';
import type { EngineLayer, Tiles } from './tiles';

export interface SumPacket {
  readonly tag: number;
  readonly bytes: Uint8Array;
  /** 0xff where the byte is to be compared; null: everywhere. */
  readonly mask: Uint8Array | null;
  readonly overflows: boolean;
}

/** TUSER of the last beat of a packet that must come. */
export const userOf = ({ tag, overflows }: SumPacket): number => tag | (overflows ? 0x100 : 0);
export const isOverflow = (user: number): boolean => ((user >> 8) & 1) === 1;

/** Bytes of one packet. */
export const packetBytes = (layer: EngineLayer, tiles: Tiles, engine: Engine): number =>
  layer.frames *
  tiles.L *
  layer.columns.output *
  layer.columns.stride *
  tiles.E *
  engine.rows *
  (engine.accumulatorBits / 8);

/**
 * The packets that a layer must give.
 * @param sums of each pass that releases; `rows` of them may reach beyond the layer's output, up to L*R; words of rows
 *   that are not given are masked out
 */
export function expectPackets(
  layer: EngineLayer,
  tiles: Tiles,
  engine: Engine,
  sums: readonly Int32Array[],
  rows: number,
  tag: number,
): SumPacket[] {
  const { T, passes } = tiles;
  const packets: SumPacket[] = [];
  for (let t = 0; t < T; t++) {
    let released = 0;
    passes.forEach(({ releases }, at) => {
      if (!releases) return;
      const number = (tag + t * passes.length + at) % 256;
      packets.push(expectPacket(layer, tiles, engine, sums[released++]!, rows, t, number));
    });
  }
  return packets;
}

function expectPacket(
  layer: EngineLayer,
  tiles: Tiles,
  engine: Engine,
  sums: Int32Array,
  rows: number,
  t: number,
  tag: number,
): SumPacket {
  const { accumulatorBits, guardBits } = engine;
  const wordBytes = accumulatorBits / 8;
  const most = guardBits > 0 ? 2 ** (accumulatorBits - 1) : 2 ** 31; // without guard bits no overflow is seen
  const bytes = new Uint8Array(packetBytes(layer, tiles, engine));
  let mask: Uint8Array | null = null;
  let overflows = false;
  const step = layer.columns.output * layer.channelsOut; // from a row to the next
  walkCores(layer, tiles, engine, t, (word, n, row, column, channel) => {
    if (channel >= layer.channelsOut) return; // weights of idle cores are 0
    const given = Math.min(engine.rows, Math.max(0, rows - row));
    let from = ((n * rows + row) * layer.columns.output + column) * layer.channelsOut + channel;
    let at = word * wordBytes;
    for (let r = 0; r < given; r++, from += step) {
      const sum = sums[from]!;
      for (let bit = 0; bit < accumulatorBits; bit += 8) bytes[at++] = sum >> bit;
      if (sum < -most || sum >= most) overflows = true;
    }
    if (given === engine.rows) return;
    mask ??= new Uint8Array(bytes.length).fill(0xff);
    mask.fill(0, at, (word + engine.rows) * wordBytes);
  });
  return { tag, bytes, mask, overflows };
}

/**
 * The sums of a layer, passes added; [N, H_out, W_out, C_o].
 * @param packets the bytes of its packets, in order
 */
export function unpackSums(
  layer: EngineLayer,
  tiles: Tiles,
  engine: Engine,
  packets: readonly Uint8Array[],
): Int32Array {
  const { frames, channelsOut } = layer;
  const [height, width] = [layer.rows.output, layer.columns.output];
  const sums = new Int32Array(frames * height * width * channelsOut);
  const { accumulatorBits } = engine;
  const up = 32 - accumulatorBits;
  const step = width * channelsOut; // from a row to the next
  const perIteration = tiles.passes.filter(({ releases }) => releases).length;
  packets.forEach((bytes, packet) => {
    walkCores(layer, tiles, engine, Math.floor(packet / perIteration), (word, n, row, column, channel) => {
      if (channel >= channelsOut) return;
      let to = ((n * height + row) * width + column) * channelsOut + channel;
      let at = (word * accumulatorBits) / 8;
      for (let r = Math.min(engine.rows, height - row); r > 0; r--, to += step) {
        let sum = 0;
        for (let bit = 0; bit < accumulatorBits; bit += 8) sum |= bytes[at++]! << bit;
        sums[to]! += (sum << up) >> up;
      }
    });
  });
  return sums;
}

/** Where each word of a packet belongs, in the order of the stream, until `visit` answers false. */
export function walkPacket(
  layer: EngineLayer,
  tiles: Tiles,
  engine: Engine,
  t: number,
  visit: (word: number, n: number, row: number, column: number, channel: number) => boolean | void,
): void {
  walkCores(layer, tiles, engine, t, (word, n, row, column, channel) => {
    for (let r = 0; r < engine.rows; r++) if (visit(word + r, n, row + r, column, channel) === false) return false;
    return true;
  });
}

/** The same core by core: `word` and `row` are the first of the R that lie side by side. */
function walkCores(
  layer: EngineLayer,
  tiles: Tiles,
  engine: Engine,
  t: number,
  visit: (word: number, n: number, row: number, column: number, channel: number) => boolean | void,
): void {
  const { stride, output } = layer.columns;
  let word = 0;
  for (let n = 0; n < layer.frames; n++)
    for (let l = 0; l < tiles.L; l++)
      for (let o = 0; o < output; o++)
        for (let j = 0; j < stride; j++)
          for (let g = 0; g < tiles.E; g++, word += engine.rows)
            if (visit(word, n, l * engine.rows, o, (t * tiles.E + g) * stride + j) === false) return;
}
