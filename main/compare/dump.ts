// Dumps from elsewhere: a simulator's or an FPGA's memory, without type or shape of its own. In: a .bin of raw little-endian
// elements, or a .mem as $writememh writes it, and the type and shape of what it is compared with. Out: its elements.
//   .mem  hexadecimal words between blanks, // and /* */ comments, @ADDRESS (of a word) goes there. A word shorter than an
//         element is one, its sign extended; a longer one holds several, the least significant first.
import { userFailure } from '../network/failure';
import { type ElementType, ELEMENT_BYTES, elementCount } from '../network/network';
import { type TypedArray, viewBytes } from '../tensor/tensor';

export const isDump = (file: string): boolean => /\.(bin|mem|hex)$/i.test(file);

/** @throws userFailure dump-length, dump-word naming the file, and the line */
export function readDump(bytes: Uint8Array, file: string, type: ElementType, shape: readonly number[]): TypedArray {
  const wanted = elementCount(shape) * ELEMENT_BYTES[type];
  const raw = /\.bin$/i.test(file)
    ? bytes
    : readWords(new TextDecoder().decode(bytes), file, ELEMENT_BYTES[type], wanted, type);
  if (raw.length === wanted) return viewBytes(type, raw.slice(), elementCount(shape));
  throw userFailure(
    'dump-length',
    `${file} holds ${raw.length} bytes, but ${type} [${shape.join(', ')}] has ${wanted}.`,
    'Dump the whole tensor and nothing else.',
    { file },
  );
}

function readWords(text: string, file: string, elementBytes: number, most: number, type: ElementType): Uint8Array {
  const digits = elementBytes * 2;
  const bytes = new Uint8Array(most);
  let at = 0;
  let end = 0;
  let wordBytes = 0; // of the first word: addresses count words of this length
  const clear = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
  clear.split('\n').forEach((whole, index) => {
    for (const word of whole
      .replace(/\/\/.*/, '')
      .trim()
      .split(/\s+/)) {
      const place = { file, line: index + 1 };
      const refuse = (why: string) =>
        userFailure(
          'dump-word',
          `${file}, line ${index + 1}: '${word.slice(0, 40)}' ${why}.`,
          'Write it with $writememh.',
          place,
        );
      if (word === '') continue;
      const address = /^@([0-9a-f]{1,8})$/i.exec(word)?.[1];
      if (address !== undefined) {
        if (wordBytes === 0 && parseInt(address, 16) !== 0) throw refuse('comes before any word has shown its length');
        at = parseInt(address, 16) * wordBytes;
        continue;
      }
      const plain = word.replace(/_/g, '');
      if (!/^[0-9a-f]+$/i.test(plain))
        throw refuse(/[xz]/i.test(plain) ? 'is not known: the memory was never written' : 'is no hexadecimal word');
      const isShort = plain.length < digits;
      if (!isShort && plain.length % digits !== 0)
        throw refuse(`has ${plain.length} digits, which are no whole elements of ${digits}`);
      const full = isShort ? extend(plain, digits, type) : plain;
      wordBytes ||= full.length / 2;
      if (at + full.length / 2 > most) throw refuse(`is one word too many: ${most} bytes are wanted`);
      for (let i = full.length; i > 0; i -= 2) bytes[at++] = parseInt(full.slice(i - 2, i), 16);
      end = Math.max(end, at);
    }
  });
  return bytes.subarray(0, end);
}

const extend = (word: string, digits: number, type: ElementType): string => {
  const isNegative = type !== 'uint8' && type !== 'bool' && parseInt(word[0]!, 16) >= 8;
  return word.padStart(digits, isNegative ? 'f' : '0');
};
