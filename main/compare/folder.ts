// A folder, or one file, as a side of a comparison. In: the path of a run's folder, of a folder of .npy files, or of a .npy
// file; or dumps (.bin, .mem), which take type and shape from the tensor they are compared with. Out: its tensors, in execution
// order as far as the files' names tell it. Hashes in run.json are not believed: what is compared is what lies there.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { diskFailure, tellingDisk } from '../import/disk';
import { Failure, userFailure } from '../network/failure';
import { readNpy } from '../tensor/npy';
import { type Kept, inOrder } from './compare';
import { isDump, readDump } from './dump';

/** Both sides; what one of them has as a dump takes type and shape from the other. @throws userFailure no-tensors, dump-type */
export function readSides(a: string, b: string): [Kept[], Kept[]] {
  const [typedA, typedB] = [readSide(a), readSide(b)];
  const sides: [Kept[], Kept[]] = [
    [...typedA, ...readDumps(a, typedA, typedB)].sort(byPlace),
    [...typedB, ...readDumps(b, typedB, typedA)].sort(byPlace),
  ];
  const empty = [a, b][sides.findIndex((side) => side.length === 0)];
  if (empty === undefined) return sides;
  const file = path.basename(empty);
  if (isFolder(empty))
    throw userFailure(
      'no-tensors',
      `The folder ${file} holds no .npy file, and no .bin or .mem that is named as one of the other side.`,
      'Give the folder of a run (goldbench golden … --out DIR), .npy files, or dumps named as they are.',
      { file },
    );
  throw userFailure('dump-type', `${file} tells neither type nor shape.`, 'Give a .npy as the other side.', { file });
}

/**
 * A folder as the other side of a run of a session: .npy files, and dumps named as the run's tensors are.
 * @throws userFailure not-a-folder, no-tensors
 */
export function readBeside(folder: string, run: readonly Kept[]): Kept[] {
  const file = path.basename(folder);
  if (!isFolder(folder))
    throw userFailure(
      'not-a-folder',
      `${file} is a file; a run is compared with a folder.`,
      'Give the folder it lies in.',
      { file },
    );
  const typed = readSide(folder);
  const side = [...typed, ...readDumps(folder, typed, run)].sort(byPlace);
  const known = new Set(run.map(({ label }) => label));
  if (side.some(({ label }) => known.has(label))) return side;
  const example = (run.find(({ what }) => what === 'output') ?? run[0])?.label.replace(/npy$/, '');
  throw userFailure(
    'no-tensors',
    `The folder ${file} holds no .npy, .bin or .mem file that is named as a tensor of the run.`,
    example === undefined
      ? 'Choose another run: this one kept nothing.'
      : `Name the files as those of a saved run: ${example}npy, ${example}bin or ${example}mem, and so on.`,
    { file },
  );
}

const list = (folder: string): string[] => tellingDisk(folder, () => readdirSync(folder), 'reading');

const byPlace = (a: Kept, b: Kept): number => inOrder(a, b) || a.label.localeCompare(b.label, 'en', { numeric: true });

/** The .npy files of a folder, or the file itself; dumps are left out. */
function readSide(given: string): Kept[] {
  if (!isFolder(given)) return isDump(given) ? [] : [{ ...readTensor(given), label: 'value' }];
  const files = list(given).filter((name) => name.endsWith('.npy'));
  return files.map((name) => readTensor(path.join(given, name)));
}

/** A dump stands for the .npy of its name; where both are there, the .npy counts. */
function readDumps(given: string, own: readonly Kept[], others: readonly Kept[]): Kept[] {
  if (!isFolder(given)) {
    const alone = isDump(given) ? others.map((other) => likeOther(given, other)) : [];
    for (const { open } of alone) open(() => {}); // beside others one that cannot be read is told as theirs; alone it is all there is
    return alone;
  }
  const known = new Set(own.map(({ label }) => label));
  return list(given)
    .filter(isDump)
    .flatMap((name) => {
      const label = name.replace(/\.[^.]*$/, '.npy');
      const other = others.find((kept) => kept.label === label);
      return other && !known.has(label) ? [likeOther(path.join(given, name), other)] : [];
    });
}

function likeOther(file: string, other: Kept): Kept {
  const { type, shape } = other;
  return {
    ...other,
    sha256: null,
    open: (work) => {
      const data = readDump(readBytes(file), path.basename(file), type, shape);
      return work((first, count) => data.subarray(first, first + count));
    },
  };
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
    throw diskFailure(error, given, 'reading');
  }
}

function readBytes(file: string): Uint8Array {
  try {
    const bytes = readFileSync(file);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    throw diskFailure(error, file, 'reading');
  }
}

function read(file: string): ReturnType<typeof readNpy> {
  const bytes = readBytes(file);
  try {
    return readNpy(bytes);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { kind, code, message, remedy, place } = error;
    throw new Failure(kind, code, message, remedy, { ...place, file: path.basename(file) }, error);
  }
}
