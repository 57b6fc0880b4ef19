// Many inputs at once. In: a folder of images (or .npy, .bin), or one .npy whose first dimension counts the inputs; files
// that say what they show. Out: one item an input, with its label where there is one, read when it is its turn.
// Labels: a folder a class; labels.csv (file,class); names of classes, by index: labels.txt (one a line).
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Failure, userFailure } from '../network/failure';
import { elementCount } from '../network/network';
import { type Npy, isNpy, readNpy, writeNpy } from '../tensor/npy';
import { tellingDisk } from './disk';

export interface BatchItem {
  readonly name: string; // 'cat/3.png', or the row of a .npy
  readonly label: string | null; // what it shows, as written: a class's name or number
  /** The bytes of one input, and the file name that says how to read them. */
  read(): { readonly bytes: Uint8Array; readonly fileName: string };
}

export interface Batch {
  readonly source: string; // folder or file, without its path
  readonly items: readonly BatchItem[];
  /** Names of the classes by index; from labels.txt. */
  readonly classes: readonly string[] | null;
  /** Where every item lies in a folder of its class: the folders, sorted. They are the classes if there are as many. */
  readonly folders: readonly string[] | null;
}

const READABLE = /\.(png|jpe?g|npy|bin)$/i;
const MOST_ITEMS = 100_000;
let collator: Intl.Collator | null = null; // made when it is needed: it reads the tables of all languages, for 30 ms
/** 2.png before 10.png, on every machine. */
const inOrder = (a: string, b: string): number =>
  (collator ??= new Intl.Collator('en', { numeric: true })).compare(a, b);

/**
 * `given` are label files besides those that lie in the folder: .txt names classes, .csv labels files; they win.
 * @throws userFailure file-unreadable, batch-empty, batch-shape, labels-line, labels-of-other-files, labels-file
 */
export function readBatch(place: string, given: readonly string[] = []): Batch {
  const isFolder = tellingDisk(place, () => statSync(place).isDirectory(), 'reading');
  const source = path.basename(path.resolve(place));
  const found = isFolder ? listFolder(place) : rowsOf(place);
  if (found.length === 0) throw nothingIn(source);
  if (found.length > MOST_ITEMS)
    throw userFailure('batch-too-large', `${source} has more than ${MOST_ITEMS} inputs.`, 'Split it.', {
      file: source,
    });
  const { names, table } = readLabelFiles(isFolder ? place : null, given);
  const items = table ? label(found, table) : found;
  const folders = isFolder && !table ? foldersOf(items) : null;
  return { source, items, classes: names, folders };
}

/** Files of the folder, and of its folders, each of which is a class. */
function listFolder(folder: string): BatchItem[] {
  const list = (inside: string): string[] =>
    tellingDisk(folder, () => readdirSync(path.join(folder, inside)), 'reading')
      .filter((name) => !name.startsWith('.'))
      .sort(inOrder);
  const itemOf = (name: string, label: string | null): BatchItem => ({
    name,
    label,
    read: () => ({ bytes: readWhole(path.join(folder, name)), fileName: path.basename(name) }),
  });
  const isFolder = (name: string): boolean =>
    tellingDisk(name, () => statSync(path.join(folder, name)).isDirectory(), 'reading');
  return list('').flatMap((name) => {
    if (READABLE.test(name)) return [itemOf(name, null)];
    if (!isFolder(name)) return [];
    return list(name)
      .filter((file) => READABLE.test(file))
      .map((file) => itemOf(`${name}/${file}`, name));
  });
}

/** The rows of a .npy, each as a .npy of its own, so that it is read like any other input. */
function rowsOf(file: string): BatchItem[] {
  const bytes = readWhole(file);
  const name = path.basename(file);
  if (!isNpy(bytes))
    throw userFailure(
      'batch-not-npy',
      `${name} is no .npy file.`,
      'Give a folder of images, or a .npy whose first dimension counts the inputs.',
      { file: name },
    );
  const npy = readNpy(bytes);
  const [count, ...shape] = npy.shape;
  if (count === undefined || elementCount(npy.shape) === 0)
    throw userFailure(
      'batch-shape',
      `${name} has the shape [${npy.shape.join(', ')}]: it holds no inputs.`,
      'Its first dimension must count them.',
      { file: name },
    );
  return Array.from({ length: count }, (_, row) => ({
    name: String(row),
    label: null,
    read: () => ({ bytes: sliceOf(npy, row, shape), fileName: name }),
  }));
}

function sliceOf({ type, data }: Npy, row: number, shape: readonly number[]): Uint8Array {
  const each = elementCount(shape);
  return writeNpy(type, shape, data.slice(row * each, (row + 1) * each) as Npy['data']);
}

const foldersOf = (items: readonly BatchItem[]): string[] | null =>
  items.some(({ label }) => label === null) ? null : [...new Set(items.map(({ label }) => label!))].sort(inOrder);

function readLabelFiles(folder: string | null, given: readonly string[]) {
  const lying = (name: string): string[] =>
    folder !== null && existsSync(path.join(folder, name)) ? [path.join(folder, name)] : [];
  const wrong = given.find((file) => !/\.(txt|csv)$/i.test(file));
  if (wrong !== undefined)
    throw userFailure(
      'labels-file',
      `${path.basename(wrong)} is neither .txt nor .csv.`,
      'Name classes in a .txt, one a line; label files in a .csv: file,class.',
      { file: path.basename(wrong) },
    );
  const pick = (ending: RegExp, name: string): string | undefined =>
    given.findLast((file) => ending.test(file)) ?? lying(name)[0];
  const [txt, csv] = [pick(/\.txt$/i, 'labels.txt'), pick(/\.csv$/i, 'labels.csv')];
  return { names: txt === undefined ? null : readNames(txt), table: csv === undefined ? null : readTable(csv) };
}

const readNames = (file: string): string[] =>
  textOf(file)
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());

interface Table {
  readonly file: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** Lines of file,class; the first may be a heading. */
function readTable(file: string): Table {
  const name = path.basename(file);
  const labels = new Map<string, string>();
  for (const [i, line] of textOf(file).split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const cells = [...line.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)].map(([, quoted, bare]) =>
      (quoted?.replaceAll('""', '"') ?? bare ?? '').trim(),
    );
    const [key, value] = cells;
    if (!key || !value)
      throw userFailure(
        'labels-line',
        `Line ${i + 1} of ${name} is not file,class.`,
        'Write a file, a comma and its class on each line.',
        { file: name, line: i + 1 },
      );
    if (i > 0 || !/^(file|name|image|path|row|index)s?(name)?$/i.test(key))
      labels.set(key.replaceAll('\\', '/'), value);
  }
  return { file: name, labels };
}

/** A line names an item as it is listed, or by its last part. */
function label(items: readonly BatchItem[], { file, labels }: Table): BatchItem[] {
  const labelled = items.map((item) => ({
    ...item,
    label: labels.get(item.name) ?? labels.get(path.posix.basename(item.name)) ?? null,
  }));
  if (labelled.some((item) => item.label !== null)) return labelled;
  throw userFailure(
    'labels-of-other-files',
    `${file} names none of the ${items.length} inputs.`,
    `Name them as they are listed: ${items
      .slice(0, 3)
      .map(({ name }) => name)
      .join(', ')}.`,
    { file },
  );
}

const textOf = (file: string): string =>
  Buffer.from(readWhole(file))
    .toString('utf8')
    .replace(/^\uFEFF/, '');

function readWhole(file: string): Uint8Array {
  const bytes = tellingDisk(file, () => readFileSync(file), 'reading');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const nothingIn = (source: string): Failure =>
  userFailure(
    'batch-empty',
    `${source} holds no .png, .jpg, .npy or .bin file.`,
    'Choose the folder that holds them, or the one above folders named after their classes.',
    { file: source },
  );
