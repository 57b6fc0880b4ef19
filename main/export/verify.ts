// Whether a bundle is as it was exported. In: its folder. Out: every file that is missing or altered, with the first byte that is
// wrong and the word it belongs to. The hashes of the manifest find the file; the place comes from the same vector in another
// format, which is written once more in the format of the altered file.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { tellingDisk } from '../import/disk';
import { Failure, userFailure } from '../network/failure';
import { indexOf } from '../tensor/place';
import { type FileRecord, MANIFEST } from './folder';
import { FILE_FORMATS, type FileFormat, narrowWords } from './formats/formats';
import { type Vector, WORD_BITS, headerBeats, packVector, unpackWords } from './vector';

/** A vector as the manifest lists it. */
interface Listed extends Omit<Vector, 'words' | 'header' | 'path'> {
  readonly vector: string;
  readonly signed: boolean;
  readonly headerBytes: number;
  readonly files: readonly FileRecord[];
}
interface Manifest {
  readonly kind: string;
  readonly align: number;
  readonly vectors: readonly Listed[];
  readonly files: readonly FileRecord[];
}

export interface Altered {
  readonly file: string; // within the bundle
  readonly what: string; // 'is missing', 'byte 17 is 0x41 …, word 3 [0, 1, 0]'
}

/** @throws userFailure 'bundle-not-one' where the folder holds no bundle */
export function verifyBundle(folder: string): { readonly checked: number; readonly altered: readonly Altered[] } {
  const manifest = readManifest(folder);
  const altered: Altered[] = [];
  for (const vector of manifest.vectors) {
    const states = vector.files.map((record) => ({ record, bytes: readFile(folder, record) }));
    const sound = states.find(({ record, bytes }) => isSound(record, bytes) && formatOf(record) !== 'npy'); // .npy has no header
    for (const { record, bytes } of states)
      if (!isSound(record, bytes))
        altered.push({
          file: record.path,
          what: tellPlace(vector, record, bytes, sound && decode(vector, sound.record, sound.bytes!), manifest.align),
        });
  }
  for (const record of manifest.files) {
    const bytes = readFile(folder, record);
    if (!isSound(record, bytes)) altered.push({ file: record.path, what: tellSize(record, bytes) });
  }
  return { checked: manifest.vectors.reduce((sum, { files }) => sum + files.length, manifest.files.length), altered };
}

/** Every file that the manifest of a bundle lists, without itself. @throws userFailure 'bundle-not-one' */
export function listedFiles(folder: string): FileRecord[] {
  const { vectors, files } = readManifest(folder);
  return [...vectors.flatMap((vector) => vector.files), ...files];
}

function readManifest(folder: string): Manifest {
  const file = path.join(folder, MANIFEST);
  const refuse = (): Failure =>
    userFailure(
      'bundle-not-one',
      `${path.basename(folder)} holds no bundle: its ${MANIFEST} is missing or damaged.`,
      'Give a folder that goldbench export made.',
      { file: MANIFEST },
    );
  if (!existsSync(file)) throw refuse();
  try {
    const manifest = JSON.parse(tellingDisk(file, () => readFileSync(file, 'utf8'), 'reading')) as Manifest;
    if (manifest.kind === 'goldbench bundle' && Array.isArray(manifest.vectors) && Array.isArray(manifest.files))
      return manifest;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw refuse();
}

const readFile = (folder: string, record: FileRecord): Uint8Array | null => {
  const file = path.join(folder, record.path);
  return existsSync(file) ? tellingDisk(file, () => readFileSync(file), 'reading') : null;
};

const isSound = (record: FileRecord, bytes: Uint8Array | null): boolean =>
  bytes !== null && createHash('sha256').update(bytes).digest('hex') === record.sha256;

const formatOf = (record: FileRecord): FileFormat => path.extname(record.path).slice(1) as FileFormat;

/** The vector of a file, its packed beats read back. */
function decode(listed: Listed, record: FileRecord, bytes: Uint8Array): Vector {
  const { vector, signed, headerBytes, shape, wordBits, beatBits, level, about, order } = listed;
  const count = shape.reduce((all, size) => all * size, 1);
  const bits = WORD_BITS.find((known) => known === wordBits)!;
  const zeros = narrowWords(new Int32Array(count), bits);
  const like: Vector = {
    path: vector,
    level,
    about,
    order,
    shape,
    wordBits: bits,
    beatBits,
    header: new Uint8Array(headerBytes),
    words: zeros,
  };
  const packed = FILE_FORMATS[formatOf(record)].read(bytes, like);
  const start = (headerBeats(like) * beatBits) / 8;
  const words = unpackWords(packed.subarray(start), bits, count, signed);
  return {
    ...like,
    header: packed.slice(0, headerBytes),
    words: signed ? narrowWords(words, bits) : Uint8Array.from(words),
  };
}

const tellSize = (record: FileRecord, bytes: Uint8Array | null): string =>
  bytes === null
    ? 'is missing'
    : bytes.length === record.bytes
      ? 'is altered'
      : `has ${bytes.length} bytes of ${record.bytes}`;

function tellPlace(
  listed: Listed,
  record: FileRecord,
  bytes: Uint8Array | null,
  vector: Vector | undefined,
  align: number,
): string {
  const what = tellSize(record, bytes);
  if (bytes === null || !vector) return what;
  const right = Buffer.concat([...FILE_FORMATS[formatOf(record)].write(vector, packVector(vector), align)]);
  const at = right.findIndex((byte, index) => byte !== bytes[index]);
  const hex = (byte: number | undefined): string =>
    byte === undefined ? 'missing' : `0x${byte.toString(16).padStart(2, '0')}`;
  const byte = at < 0 ? '' : `: byte ${at} is ${hex(bytes[at])} and was ${hex(right[at])}`;
  return `${what}${byte}${tellWord(listed, record, bytes, vector)}`;
}

/** The first word that differs, or what is wrong with the text. */
function tellWord(listed: Listed, record: FileRecord, bytes: Uint8Array, right: Vector): string {
  try {
    const { words } = decode(listed, record, bytes);
    const at = words.findIndex((word, index) => word !== right.words[index]);
    return at < 0
      ? ''
      : `; word ${at} [${indexOf(right.shape, at).join(', ')}] is ${words[at]} and was ${right.words[at]}`;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `; ${error.message}`;
  }
}
