// A stream as its beats. In: the preview of a packet's stream. Out: a row for each beat, of fields where it is a header's, else of
// words; each cell with a short text, and the sentence that tells what it is.
import type { StreamPreview, WordPreview } from '../../../main/export/record';
import { group, typeset } from '../../parts/number';

export interface Cell {
  readonly text: string;
  readonly about: string;
  readonly kind: 'header' | 'word' | 'none'; // none: a word that stands for no element
}

export interface BeatRow {
  readonly beat: number;
  readonly cells: readonly Cell[];
}

export function beatRows({ header, headerBeats, beatBits, wordBits, words }: StreamPreview): BeatRow[] {
  const isFirst = words[0]?.word === 0;
  const fields = Array.from({ length: isFirst ? headerBeats : 0 }, (_, beat): BeatRow => {
    const own = header.filter(({ at }) => Math.floor(at / beatBits) === beat);
    return { beat, cells: own.map((field) => fieldCell(field, beat, beatBits)) };
  });
  const beats = [...new Set(words.map(({ beat }) => beat))];
  const payload = beats.map((beat) => ({
    beat,
    cells: words.filter((word) => word.beat === beat).map((word) => wordCell(word, wordBits)),
  }));
  return [...fields, ...payload];
}

function fieldCell(
  { name, about, at, bits, value }: StreamPreview['header'][number],
  beat: number,
  beatBits: number,
): Cell {
  const where = `header, beat ${beat}, ${bitsOf(at % beatBits, bits)}`;
  return {
    text: `${name} ${value}`,
    about: `${where}: ${name} = ${group(value)}${about && `, ${about}`}`,
    kind: 'header',
  };
}

const wordCell = ({ word, beat, bit, value, about, element }: WordPreview, wordBits: number): Cell => ({
  text: typeset(String(value)),
  about: `word ${group(word)}, beat ${group(beat)}, ${bitsOf(bit, wordBits)}: ${typeset(String(value))} = ${typeset(about)}`,
  kind: element === null ? 'none' : 'word',
});

/** 'bits 15:8', as a SystemVerilog range. */
const bitsOf = (at: number, bits: number): string => (bits === 1 ? `bit ${at}` : `bits ${at + bits - 1}:${at}`);
