// .coe: initial contents of a block memory in Vivado (AMD PG058, "COE file"), a beat in each line.
// In: packed beats. Out: text; and back.
import { TextBuffer, textOf } from './chunks';
import { bytesOfHex, damaged, joinBytes } from './damaged';

export function* writeCoe(bytes: Uint8Array, beatBytes: number): Generator<Uint8Array> {
  const text = new TextBuffer();
  text.text('memory_initialization_radix=16;\nmemory_initialization_vector=\n');
  for (let at = 0; at < bytes.length; at += beatBytes) {
    text.hexNumber(bytes, at, at + beatBytes);
    text.text(at + beatBytes < bytes.length ? ',\n' : ';\n');
    if (text.full) yield text.take();
  }
  yield text.take();
}

export function readCoe(file: Uint8Array, beatBytes: number): Uint8Array {
  const text = textOf(file);
  const parts = /^memory_initialization_radix=16;\s*memory_initialization_vector=([^;]*);\s*$/.exec(text);
  if (!parts) throw damaged('.coe', 'it is not a radix of 16, a vector, and the semicolon after it');
  const words = parts[1]!.split(',').map((word) => word.trim());
  return joinBytes(words.map((word, at) => bytesOfHex(word, beatBytes, '.coe', at + 3)));
}
