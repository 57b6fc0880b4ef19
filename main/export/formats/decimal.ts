// .txt: one decimal number in each line. The bytes of a header come first, as words of 8 bits; what fills a beat is not
// written. In: a vector. Out: text; and back.
import type { IntegerArray } from '../../tensor/tensor';
import { NEWLINE, TextBuffer, textOf } from './chunks';
import { damaged } from './damaged';

export function* writeDecimal(header: Uint8Array, words: IntegerArray): Generator<Uint8Array> {
  const text = new TextBuffer();
  for (const part of [new Int8Array(header.buffer, header.byteOffset, header.length), words])
    for (let i = 0; i < part.length; i++) {
      text.decimal(part[i]!);
      text.character(NEWLINE);
      if (text.full) yield text.take();
    }
  yield text.take();
}

export function readDecimal(file: Uint8Array, headerBytes: number): { header: Uint8Array; words: Int32Array } {
  const lines = textOf(file).split('\n');
  if (lines.pop() !== '') throw damaged('.txt', 'its last line does not end', lines.length + 1);
  const numbers = lines.map((line, index) => {
    if (!/^-?\d{1,10}$/.test(line)) throw damaged('.txt', `'${line.slice(0, 40)}' is no whole number`, index + 1);
    return Number(line);
  });
  return { header: Uint8Array.from(numbers.slice(0, headerBytes)), words: Int32Array.from(numbers.slice(headerBytes)) };
}
