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
  /** 0xff where the byte is to be compared. */
  readonly mask: Uint8Array;
  readonly overflows: boolean;
}

/** TUSER of the last beat of a packet that must come. */
export const userOf = ({ tag, overflows }: SumPacket): number => tag | (overflows ? 0x100 : 0);
export const isOverflow = (user: number): boolean => ((user >> 8) & 1) === 1;
export const isDamaged = (user: number): boolean => ((user >> 9) & 1) === 1;

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
  const most = 2 ** (accumulatorBits - 1);
  const bytes = new Uint8Array(packetBytes(layer, tiles, engine));
  const mask = new Uint8Array(bytes.length).fill(0xff);
  let overflows = false;
  walkPacket(layer, tiles, engine, t, (word, n, row, column, channel) => {
    if (channel >= layer.channelsOut) return; // weights of idle cores are 0
    if (row >= rows) {
      mask.fill(0, word * wordBytes, (word + 1) * wordBytes);
      return;
    }
    const sum = sums[((n * rows + row) * layer.columns.output + column) * layer.channelsOut + channel]!;
    for (let b = 0; b < wordBytes; b++) bytes[word * wordBytes + b] = sum >> (8 * b);
    overflows ||= guardBits > 0 && (sum < -most || sum >= most);
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
  const wordBytes = engine.accumulatorBits / 8;
  const up = 32 - engine.accumulatorBits;
  const perIteration = tiles.passes.filter(({ releases }) => releases).length;
  packets.forEach((bytes, at) => {
    walkPacket(layer, tiles, engine, Math.floor(at / perIteration), (word, n, row, column, channel) => {
      if (row >= height || channel >= channelsOut) return;
      let sum = 0;
      for (let b = 0; b < wordBytes; b++) sum |= bytes[word * wordBytes + b]! << (8 * b);
      sums[((n * height + row) * width + column) * channelsOut + channel]! += (sum << up) >> up;
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
  const { stride, output } = layer.columns;
  let word = 0;
  for (let n = 0; n < layer.frames; n++)
    for (let l = 0; l < tiles.L; l++)
      for (let o = 0; o < output; o++)
        for (let j = 0; j < stride; j++)
          for (let g = 0; g < tiles.E; g++)
            for (let r = 0; r < engine.rows; r++, word++)
              if (visit(word, n, l * engine.rows + r, o, (t * tiles.E + g) * stride + j) === false) return;
}
