// A run as a folder: run.json and one .npy (raw integers) per operator output, in execution order. In: a run's record
// and its bytes. Out: files that NumPy reads and `goldbench compare` will. The folder appears whole or not at all.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { diskFailure, tellingDisk } from '../import/disk';
import { userFailure } from '../network/failure';
import type { NetworkView } from '../network/view';
import { writeNpy } from '../tensor/npy';
import { viewBytes } from '../tensor/tensor';
import type { RunRecord, StoredTensor } from './record';

/** File name of each stored tensor: `003_CONV_2D.npy`, `.1.npy` for a second output, `.accumulator.npy`, `.unclamped.npy`, `input_0.npy`. */
export function nameRunFiles(record: RunRecord, view: NetworkView): ReadonlyMap<StoredTensor, string> {
  const files = new Map<StoredTensor, string>();
  record.inputs.forEach((input, i) => files.set(input, `input_${i}.npy`));
  for (const { operator, outputs, accumulator, unclamped } of record.operators) {
    const name = view.operators[operator]!.name.replace(/[^A-Za-z0-9_]+/g, '_');
    const stem = `${String(operator).padStart(3, '0')}_${name}`;
    outputs.forEach((output, i) => files.set(output, i === 0 ? `${stem}.npy` : `${stem}.${i}.npy`));
    if (accumulator) files.set(accumulator, `${stem}.accumulator.npy`);
    if (unclamped) files.set(unclamped, `${stem}.unclamped.npy`);
  }
  return files;
}

/** How many of a folder's files are written. */
export interface Saved {
  readonly done: number;
  readonly total: number;
}

/**
 * Writes the folder, file by file. It may exist when it is empty or holds an earlier run (which is replaced); anything else
 * stays untouched, and so does everything when it is stopped on the way.
 */
export function* saveRunFolder(
  folder: string,
  record: RunRecord,
  view: NetworkView,
  read: (sha256: string) => Uint8Array,
): Generator<Saved, void> {
  const target = path.resolve(folder);
  checkRunFolder(target, record.network.sha256);
  const made = `${target}.part-${process.pid}`;
  tellingDisk(target, () => mkdirSync(made, { recursive: true }));
  try {
    const files = nameRunFiles(record, view);
    let done = 0;
    for (const [stored, file] of files) {
      const count = stored.statistics.count;
      const data = viewBytes(stored.type, read(stored.sha256), count);
      writeFileSync(path.join(made, file), writeNpy(stored.type, stored.shape, data));
      yield { done: ++done, total: files.size };
    }
    writeFileSync(path.join(made, 'run.json'), JSON.stringify(listFiles(record, view, files), null, 2) + '\n');
    rmSync(target, { recursive: true, force: true });
    renameSync(made, target);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    throw diskFailure(error, target);
  }
}

/**
 * Only a folder that is empty, or wholly an earlier run of this network, may be replaced: nobody's file is ever deleted.
 * Asked before a run too, so that nobody waits for a run that cannot be saved.
 * @returns whether an earlier run is there
 * @throws userFailure not-a-folder, folder-not-empty, folder-of-other-network
 */
export function checkRunFolder(folder: string, sha256: string): boolean {
  const target = path.resolve(folder);
  const place = { file: path.basename(target) };
  if (existsSync(target) && !statSync(target).isDirectory())
    throw userFailure('not-a-folder', `${place.file} is a file, not a folder.`, 'Choose a new folder.', place);
  const present = existsSync(target) ? tellingDisk(target, () => readdirSync(target), 'reading') : [];
  const foreign = present.find((file) => file !== 'run.json' && !file.endsWith('.npy'));
  if (present.length === 0) return false;
  if (present.includes('run.json') && !foreign) {
    refuseOtherNetwork(target, sha256);
    return true;
  }
  throw userFailure(
    'folder-not-empty',
    `The folder ${path.basename(target)} holds files that are not an earlier run${foreign ? `, such as ${foreign}` : ''}.`,
    'Choose an empty or a new folder.',
    { file: path.basename(target) },
  );
}

function refuseOtherNetwork(target: string, sha256: string): void {
  const file = path.basename(target);
  const text = readFileSync(path.join(target, 'run.json'), 'utf8');
  if (text.includes(`"sha256": "${sha256}"`)) return;
  throw userFailure(
    'folder-of-other-network',
    `The folder ${file} holds a run of another network.`,
    'Choose an empty or a new folder, or remove that run yourself.',
    { file },
  );
}

/** run.json: the record, with names, files and quantization beside the hashes. */
function listFiles(record: RunRecord, view: NetworkView, files: ReadonlyMap<StoredTensor, string>) {
  const describe = (stored: StoredTensor) => {
    const { name, quantization } = view.tensors[stored.tensor]!;
    return { ...stored, name, quantization, file: files.get(stored) };
  };
  return {
    ...record,
    inputs: record.inputs.map(describe),
    operators: record.operators.map((operator) => ({
      ...operator,
      name: view.operators[operator.operator]!.name,
      outputs: operator.outputs.map(describe),
      accumulator: operator.accumulator && describe(operator.accumulator),
      ...(operator.unclamped && { unclamped: describe(operator.unclamped) }),
    })),
  };
}
