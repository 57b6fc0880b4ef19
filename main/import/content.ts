// What a file is, judged by its content and never by its name's ending (Netron's way).
// In: its bytes. Out: its format, or words for what it is instead.
import type { Format } from '../network/network';

/** `words` complete the sentence "… is …, not a network Goldbench can read". */
export type Kind =
  { readonly format: Format } | { readonly format: null; readonly words: string; readonly remedy: string };

const CONVERT = 'Convert the network to .tflite or .onnx first.';
const EXTRACT = 'Extract the .tflite or .onnx file first.';

const text = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString('latin1');

/** How a file of that kind begins, at which byte, what to call it, and what to do. */
const SIGNATURES: readonly (readonly [at: number, start: string, words: string, remedy: string])[] = [
  [8, 'TFL3', 'a TFLite file behind a size prefix', 'Drop the first four bytes.'],
  [4, 'TFL1', 'a TFLite file of format version 1', 'Convert the network again with a TensorFlow of 2018 or newer.'],
  [4, 'TFL2', 'a TFLite file of format version 2', 'Convert the network again with a TensorFlow of 2018 or newer.'],
  [4, 'ORTM', 'an ONNX Runtime (.ort) model', CONVERT],
  [0, 'PK\x03\x04', 'a ZIP archive (as .keras, .pt and .task files are)', EXTRACT],
  [0, 'PK\x05\x06', 'an empty ZIP archive', EXTRACT],
  [0, '\x1f\x8b', 'a gzip archive', EXTRACT],
  [0, 'BZh', 'a bzip2 archive', EXTRACT],
  [0, '\xfd7zXZ\0', 'an xz archive', EXTRACT],
  [0, '7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', EXTRACT],
  [257, 'ustar', 'a tar archive', EXTRACT],
  [0, '\x89HDF\r\n\x1a\n', 'an HDF5 file (as Keras .h5 files are)', CONVERT],
  [0, '\x89PNG\r\n\x1a\n', 'a PNG image', 'Open a network first, then give it the image as an input.'],
  [0, '\xff\xd8\xff', 'a JPEG image', 'Open a network first, then give it the image as an input.'],
  [0, '\x93NUMPY', 'a NumPy array (.npy)', 'Open a network first, then give it the array as an input.'],
  [0, 'GGUF', 'a GGUF model', CONVERT],
  [0, '\x7fELF', 'a program for Linux', ''],
  [0, 'MZ', 'a program for Windows', ''],
  [0, 'SQLite format 3\0', 'an SQLite database', 'Open a session with File > Open Session.'],
  [
    0,
    'version https://git-lfs',
    'a Git LFS pointer, which stands for the network',
    'Fetch the network itself with git lfs pull.',
  ],
  [0, '%PDF', 'a PDF document', ''],
];

export function recogniseContent(bytes: Uint8Array): Kind {
  const is = (words: string, remedy = '') => ({ format: null, words, remedy }) as const;
  if (bytes.length === 0)
    return is('an empty file', 'The file may not have been written or fetched completely: get it again.');
  if (text(bytes, 4, 8) === 'TFL3') return { format: 'tflite' };
  for (const [at, start, words, remedy] of SIGNATURES)
    if (text(bytes, at, at + start.length) === start) return is(words, remedy);
  const head = text(bytes, 0, 4096);
  const [first = 0, second = 0, third = 0] = bytes;
  if (first === 0x80 && second >= 2 && second <= 5) return is('a Python pickle (as older PyTorch files are)', CONVERT);
  const versioned = first === 0x08 && second >= 1 && second <= 32;
  if (versioned && second === 1 && third === 0x12) return is('a TensorFlow SavedModel', CONVERT);
  if (versioned && isOnnx(bytes)) return { format: 'onnx' };
  if ((versioned || first === 0x0a) && head.includes('\0'))
    return is('a protobuf message (as ONNX and TensorFlow graphs are)', CONVERT);
  if (/^[\t\n\r\x20-\x7e\x80-\xff]*$/.test(head)) return recogniseText(head);
  return is(
    'of no kind known here: it is neither TFLite (TFL3 at byte 4) nor ONNX',
    'Check that this is the .tflite or .onnx file.',
  );
}

/**
 * ONNX is a protobuf message without a mark: the version of its IR (1), then who made it (2 to 6), then the graph (7) or the
 * operator sets (8), each a tag and a length. Core ML begins alike, but goes on with fields from 10 on.
 */
function isOnnx(bytes: Uint8Array): boolean {
  let at = 2;
  const varint = (): number => {
    let [value, byte, shift] = [0, 0x80, 0];
    for (; byte >= 0x80 && shift < 35; shift += 7) value += ((byte = bytes[at++] ?? 0) & 0x7f) * 2 ** shift;
    return value;
  };
  for (let fields = 0; fields < 8; fields++) {
    const tag = varint();
    if (tag === 0x3a || tag === 0x42) return true;
    const value = [0x12, 0x1a, 0x22, 0x28, 0x32].includes(tag) ? varint() : null;
    if (value === null) return false;
    if (tag !== 0x28) at += value; // a text; 0x28 is the model's version, a number
  }
  return false;
}

function recogniseText(head: string): Kind {
  const is = (words: string, remedy = '') => ({ format: null, words, remedy }) as const;
  const start = head.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(!doctype html|html)/i.test(start))
    return is('a web page', 'Download the file itself (the "raw" file), not the page about it.');
  if (/unsigned\s+char|uint8_t\s/.test(head))
    return is('C source that holds a network as an array', 'Turn it back into a .tflite file first (xxd -r).');
  if (/^[{[]/.test(start)) return is('a JSON text', CONVERT);
  return is('a text', 'Check that this is the .tflite or .onnx file.');
}
