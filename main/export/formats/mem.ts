// .mem: what $readmemh reads (IEEE 1800, 21.4), a beat in each line, the most significant byte first.
// In: packed beats. Out: text; and back.
import { NEWLINE, TextBuffer, textOf } from './chunks';
import { bytesOfHex, damaged, joinBytes } from './damaged';

export function* writeMem(bytes: Uint8Array, beatBytes: number): Generator<Uint8Array> {
  const text = new TextBuffer();
  for (let at = 0; at < bytes.length; at += beatBytes) {
    text.hexNumber(bytes, at, at + beatBytes);
    text.character(NEWLINE);
    if (text.full) yield text.take();
  }
  yield text.take();
}

/** Comments are passed over; an address may only stand where the next beat would lie anyway. */
export function readMem(file: Uint8Array, beatBytes: number): Uint8Array {
  const beats: Uint8Array[] = [];
  textOf(file)
    .split('\n')
    .forEach((whole, index) => {
      for (const word of whole
        .replace(/\/\/.*/, '')
        .split(/\s+/)
        .filter(Boolean)) {
        if (!word.startsWith('@')) beats.push(bytesOfHex(word, beatBytes, '.mem', index + 1));
        else if (parseInt(word.slice(1), 16) !== beats.length)
          throw damaged('.mem', `address ${word} leaves a gap after ${beats.length} beats`, index + 1);
      }
    });
  return joinBytes(beats);
}
