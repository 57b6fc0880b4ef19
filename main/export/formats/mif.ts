// .mif: initial contents of a memory in Quartus (Intel, "Memory Initialization File definition"), a beat in each line.
// In: packed beats. Out: text; and back.
import { TextBuffer, textOf } from './chunks';
import { bytesOfHex, damaged, joinBytes } from './damaged';

export function* writeMif(bytes: Uint8Array, beatBytes: number): Generator<Uint8Array> {
  const text = new TextBuffer();
  const depth = bytes.length / beatBytes;
  text.text(`WIDTH=${beatBytes * 8};\nDEPTH=${depth};\nADDRESS_RADIX=HEX;\nDATA_RADIX=HEX;\nCONTENT BEGIN\n`);
  for (let beat = 0; beat < depth; beat++) {
    text.address(beat);
    text.text(' : ');
    text.hexNumber(bytes, beat * beatBytes, (beat + 1) * beatBytes);
    text.text(';\n');
    if (text.full) yield text.take();
  }
  text.text('END;\n');
  yield text.take();
}

export function readMif(file: Uint8Array): Uint8Array {
  const lines = textOf(file).split('\n');
  const head = lines.slice(0, 5).join('\n');
  const sizes = /^WIDTH=(\d+);\nDEPTH=(\d+);\nADDRESS_RADIX=HEX;\nDATA_RADIX=HEX;\nCONTENT BEGIN$/.exec(head);
  if (!sizes) throw damaged('.mif', 'its first lines are not width, depth and radixes', 1);
  const [width, depth] = [Number(sizes[1]), Number(sizes[2])];
  if (lines[5 + depth] !== 'END;') throw damaged('.mif', `END does not follow after ${depth} lines`, 6 + depth);
  const beats = lines.slice(5, 5 + depth).map((line, beat) => {
    const parts = /^([0-9A-F]{8}) : ([0-9A-F]+);$/.exec(line);
    if (!parts || parseInt(parts[1]!, 16) !== beat)
      throw damaged('.mif', `'${line.slice(0, 40)}' is not the value of address ${beat}`, beat + 6);
    return bytesOfHex(parts[2]!, width / 8, '.mif', beat + 6);
  });
  return joinBytes(beats);
}
