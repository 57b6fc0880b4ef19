// .hex: Intel's records (Intel Hexadecimal Object File Format, revision A, 1988), byte addresses from 0: data (00), upper
// half of the address (04), end (01). Objcopy, Quartus and most programmers read it. In: packed beats. Out: text; and back.
import { NEWLINE, TextBuffer, textOf } from './chunks';
import { damaged, joinBytes } from './damaged';

const RECORD_BYTES = 32;
const DATA = 0;
const END = 1;
const UPPER_ADDRESS = 4;

export function* writeIntelHex(bytes: Uint8Array): Generator<Uint8Array> {
  const text = new TextBuffer();
  for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
    const upper = Math.floor(at / 0x10000);
    if (at % 0x10000 === 0) record(text, 0, UPPER_ADDRESS, Uint8Array.of(upper >> 8, upper));
    record(text, at % 0x10000, DATA, bytes.subarray(at, at + RECORD_BYTES));
    if (text.full) yield text.take();
  }
  record(text, 0, END, new Uint8Array());
  yield text.take();
}

function record(text: TextBuffer, address: number, type: number, data: Uint8Array): void {
  let sum = data.length + (address >> 8) + address + type;
  text.text(':');
  text.hexByte(data.length);
  text.hexByte(address >> 8);
  text.hexByte(address & 255);
  text.hexByte(type);
  for (const byte of data) {
    text.hexByte(byte);
    sum += byte;
  }
  text.hexByte(-sum & 255); // all bytes of a record add up to 0
  text.character(NEWLINE);
}

export function readIntelHex(file: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let [length, upper, ended] = [0, 0, false];
  textOf(file)
    .split('\n')
    .forEach((text, index) => {
      if (text === '' || ended) return;
      const line = index + 1;
      const bytes = Uint8Array.from(Buffer.from(text.slice(1), 'hex'));
      if (!text.startsWith(':') || bytes.length * 2 !== text.length - 1 || bytes.length !== bytes[0]! + 5)
        throw damaged('.hex', 'a line is no record', line);
      if (bytes.reduce((sum, byte) => (sum + byte) & 255, 0) !== 0) throw damaged('.hex', 'a checksum is wrong', line);
      const [type, data] = [bytes[3]!, bytes.subarray(4, -1)];
      if (type === END) ended = true;
      else if (type === UPPER_ADDRESS) upper = (data[0]! << 8) | data[1]!;
      else if (type !== DATA) throw damaged('.hex', `there is a record of type ${type}`, line);
      else if (upper * 0x10000 + (bytes[1]! << 8) + bytes[2]! !== length)
        throw damaged('.hex', 'a record leaves a gap', line);
      else {
        parts.push(data);
        length += data.length;
      }
    });
  if (!ended) throw damaged('.hex', 'the record that ends it is missing');
  return joinBytes(parts);
}
