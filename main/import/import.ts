// The door of the import room. In: a file's bytes and name. Out: a checked, immutable Network and the problems met, or a
// user failure that says what is wrong and where.
import { createHash } from 'node:crypto';
import { userFailure } from '../network/failure';
import type { Format, Network } from '../network/network';
import type { Problem } from '../network/problem';
import { recogniseContent } from './content';
import { readOnnxModel } from './onnx/read';
import { type Content, readModel } from './tflite/read';
import type { Reading } from './place';
import { cleanText } from './text';

const READERS: Readonly<Record<Format, (bytes: Uint8Array, reading: Reading) => Content>> = {
  tflite: readModel,
  onnx: readOnnxModel,
};

/** Reads a network of any supported format, which is judged by content. Constants are views of `bytes` (or of a copy). */
export function importNetwork(bytes: Uint8Array, fileName: string): { network: Network; problems: Problem[] } {
  const file = cleanText(fileName.replace(/^.*[\\/]/, ''));
  const kind = recogniseContent(bytes);
  if (kind.format === null)
    throw userFailure('import-format', `${file} is ${kind.words}, not a network Goldbench can read.`, kind.remedy, {
      file,
      offset: 0,
    });
  // A constant's byteOffset is its place in the file; and a Buffer's slice() would not copy, where one must be aligned.
  const whole = bytes.byteOffset === 0 ? new Uint8Array(bytes.buffer, 0, bytes.length) : new Uint8Array(bytes);
  const problems: Problem[] = [];
  const content = READERS[kind.format](whole, { file, problems });
  const network: Network = {
    name: file.replace(/\.[^.]*$/, '') || file,
    format: kind.format,
    sha256: createHash('sha256').update(whole).digest('hex'),
    fileBytes: whole.length,
    ...content,
  };
  return { network, problems };
}
