// The beats of a stream as rows: header fields where they lie, words by the beat in which they begin, whatever their width.
import { describe, expect, it } from 'vitest';
import type { StreamPreview } from '../../main/export/record';
import { beatRows } from '../../renderer/rooms/export/beats';

const word = (number: number, wordBits: number, beatBits: number, header: number) => ({
  word: number,
  beat: header + Math.floor((number * wordBits) / beatBits),
  bit: (number * wordBits) % beatBits,
  value: -number,
  about: number === 2 ? 'padding' : `input[${number}]`,
  element: number === 2 ? null : number,
});
const stream: StreamPreview = {
  stream: 'pixels',
  path: 'p',
  shape: [6],
  order: 'word',
  wordBits: 24,
  beatBits: 32,
  beats: 7,
  headerBeats: 2,
  count: 6,
  header: [
    { name: 'check', about: '', at: 0, bits: 8, value: 90 },
    { name: 'magic', about: 'which stream', at: 8, bits: 8, value: 161 },
    { name: 'keep', about: 'adds', at: 40, bits: 1, value: 1 },
  ],
  words: Array.from({ length: 6 }, (_, i) => word(i, 24, 32, 2)),
};

describe('the rows of a stream', () => {
  const rows = beatRows(stream);
  it('are its header’s beats, then those in which words begin', () => {
    expect(rows.map(({ beat, cells }) => [beat, ...cells.map(({ text }) => text)])).toEqual([
      [0, 'check 90', 'magic 161'],
      [1, 'keep 1'],
      [2, '0', '−1'],
      [3, '−2'],
      [4, '−3'],
      [5, '−4', '−5'],
    ]);
  });
  it('tell bits as a range of their beat', () => {
    expect(rows[0]!.cells[1]!.about).toBe('header, beat 0, bits 15:8: magic = 161, which stream');
    expect(rows[1]!.cells[0]!.about).toBe('header, beat 1, bit 8: keep = 1, adds');
    expect(rows[3]!.cells[0]).toEqual({ text: '−2', about: 'word 2, beat 3, bits 39:16: −2 = padding', kind: 'none' });
  });
  it('begin without the header further on', () => {
    expect(beatRows({ ...stream, words: stream.words.slice(3) }).map(({ beat }) => beat)).toEqual([4, 5]);
  });
});
