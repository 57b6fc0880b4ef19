// What a bundle is made of. In: nothing. Out: the type of a vector, and its words as the bytes that cross a port.
//
//   word      wordBits of two's complement, packed without gaps, the first in the least significant bits
//   beat      beatBits: what a stream moves in a clock, and what a memory file has in a line; its first byte is bits 7..0
//   packet    a header in beats of its own (where there is one), then the words; both end on a whole beat, filled with 0
import type { IntegerArray } from '../tensor/tensor';
import type { Level } from './choice';

export const WORD_BITS = [4, 8, 16, 24, 32] as const;
export type WordBits = (typeof WORD_BITS)[number];

export interface Vector {
  readonly path: string; // within the bundle, without ending: 'layers/00_CONV_2D/r0_t0_p0_weights'
  readonly level: Level | 'constants' | 'modules';
  readonly about: string;
  readonly words: IntegerArray;
  readonly shape: readonly number[];
  readonly order: string; // what the dimensions are, the outermost first: 'n l w ci s r'
  readonly wordBits: WordBits;
  readonly beatBits: number; // a multiple of 8
  readonly header: Uint8Array; // empty where there is none
}

/** Words a beat begins with; where words do not divide a beat they run on into the next one. */
export const lanesOf = ({ beatBits, wordBits }: Pick<Vector, 'beatBits' | 'wordBits'>): number => beatBits / wordBits;

export const headerBeats = ({ header, beatBits }: Pick<Vector, 'header' | 'beatBits'>): number =>
  Math.ceil((header.length * 8) / beatBits);

/** Bytes of the vector before the last beat is filled up: what TKEEP counts. */
export const usedBytes = (vector: Vector): number =>
  (headerBeats(vector) * vector.beatBits) / 8 + Math.ceil((vector.words.length * vector.wordBits) / 8);

export const beatCount = (vector: Vector): number => Math.ceil((usedBytes(vector) * 8) / vector.beatBits);

/** The vector as it crosses the port: whole beats. */
export function packVector(vector: Vector): Uint8Array {
  const beatBytes = vector.beatBits / 8;
  const start = headerBeats(vector) * beatBytes;
  const bytes = new Uint8Array(beatCount(vector) * beatBytes);
  bytes.set(vector.header);
  packWords(vector.words, vector.wordBits, bytes.subarray(start));
  return bytes;
}

/** Writes the low `bits` of each word, least significant first, to the start of `to`, which holds zeros. */
export function packWords(words: IntegerArray, bits: WordBits, to: Uint8Array): void {
  if (bits === 4) return words.forEach((word, i) => (to[i >> 1]! |= (word & 15) << (i % 2 === 0 ? 0 : 4)));
  const size = bits / 8;
  if (size === words.BYTES_PER_ELEMENT) return to.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  for (let i = 0, at = 0; i < words.length; i++)
    for (let shift = 0, word = words[i]!; shift < bits; shift += 8) to[at++] = word >> shift;
}

/** `count` words out of packed bytes, with their sign or without. */
export function unpackWords(bytes: Uint8Array, bits: WordBits, count: number, signed: boolean): Int32Array {
  const words = new Int32Array(count);
  const up = 32 - bits;
  for (let i = 0; i < count; i++) {
    let word = 0;
    if (bits === 4) word = bytes[i >> 1]! >> (i % 2 === 0 ? 0 : 4);
    else for (let b = 0; b < bits / 8; b++) word |= bytes[(i * bits) / 8 + b]! << (8 * b);
    words[i] = signed ? (word << up) >> up : (word << up) >>> up;
  }
  return words;
}
