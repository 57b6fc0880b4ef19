// A folder, or one file, as a side of a comparison. In: the path of a run's folder, of a folder of .npy files, or of a .npy
// file. Out: its tensors, in execution order as far as the files' names tell it. Hashes in run.json are not believed: what
// is compared is what lies there.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { diskFailure } from '../import/disk';
import { Failure, userFailure } from '../network/failure';
import { readNpy } from '../tensor/npy';
import { type Kept, inOrder } from './compare';

/** @throws userFailure no-tensors, and what reading a file may fail with */
export function readSide(given: string): Kept[] {
  if (!isFolder(given)) return [{ ...readTensor(given), label: 'value' }];
  const files = readdirSync(given).filter((name) => name.endsWith('.npy'));
  if (files.length === 0)
    throw userFailure(
      'no-tensors',
      `The folder ${path.basename(given)} holds no .npy file.`,
      'Give the folder of a run (goldbench golden … --out DIR), or .npy files.',
      { file: path.basename(given) },
    );
  return files
    .map((name) => readTensor(path.join(given, name)))
    .sort((a, b) => inOrder(a, b) || a.label.localeCompare(b.label, 'en', { numeric: true }));
}

/** Only its header is kept; the elements are read again when they are compared. */
function readTensor(file: string): Kept {
  const label = path.basename(file);
  const { type, shape } = read(file);
  return {
    label,
    ...placeOf(label),
    tensor: null,
    type,
    shape,
    sha256: null,
    open: (work) => {
      const { data } = read(file);
      return work((first, count) => data.subarray(first, first + count));
    },
  };
}

/** By the names that golden/folder.ts gives: `input_0.npy`, `003_CONV_2D.npy`, `003_CONV_2D.accumulator.npy`. */
function placeOf(label: string): Pick<Kept, 'operator' | 'what'> {
  const number = /^(\d+)_/.exec(label)?.[1];
  if (number === undefined) return { operator: null, what: /^input_\d+\.npy$/.test(label) ? 'input' : 'output' };
  return { operator: Number(number), what: label.endsWith('.accumulator.npy') ? 'accumulator' : 'output' };
}

export function isFolder(given: string): boolean {
  try {
    return statSync(given).isDirectory();
  } catch (error) {
    throw diskFailure(error, given);
  }
}

function read(file: string): ReturnType<typeof readNpy> {
  try {
    const bytes = readFileSync(file);
    return readNpy(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (!(error instanceof Failure)) throw diskFailure(error, file);
    const { kind, code, message, remedy, place } = error;
    throw new Failure(kind, code, message, remedy, { ...place, file: path.basename(file) }, error);
  }
}
