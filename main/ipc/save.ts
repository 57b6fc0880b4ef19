// Saving to where the user chose. In: a tensor or run of the session. Out: a .npy, or the folder that the command line
// writes with --out. Nothing is ever half written: aside first, then by rename.
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { TensorRef } from '../../preload/contract/channels';
import { userFailure } from '../network/failure';
import { elementCount } from '../network/network';
import { writeNpy } from '../tensor/npy';
import { holds, viewBytes } from '../tensor/tensor';
import type { Workbench } from './workbench';

/** The file name written, or null when the user closed the dialog. */
export async function saveTensor({ dialogs, sessions }: Workbench, ref: TensorRef): Promise<string | null> {
  const { sha256, offset, length, type, shape, name } = sessions.tensors.find(ref);
  const count = elementCount(shape);
  // int4 constants lie packed in the file: their bytes are not their values.
  if (!holds(type) || type === 'int4')
    throw userFailure(
      'tensor-type-not-saved',
      `${name} has values of type ${type}, which .npy files cannot hold.`,
      'Save another tensor.',
      { tensor: ref.tensor },
    );
  const session = sessions.current;
  const file = await dialogs.saveTensor(`${fileName(name)}${ref.what === 'value' ? '' : `.${ref.what}`}.npy`);
  if (file === null) return null;
  const bytes = session.readBlob(sha256).subarray(offset, offset + length);
  await writeWhole(file, writeNpy(type, [...shape], viewBytes(type, bytes, count)));
  return path.basename(file);
}

/** The name of the folder written, or null when the user closed the dialog. */
export async function saveRun({ dialogs, engine, sessions }: Workbench, id: number): Promise<string | null> {
  const session = sessions.current;
  const { network, record, state } = session.run(id);
  if (!record)
    throw userFailure('run-not-finished', `Run ${id} cannot be saved: it is ${state}.`, 'Choose a finished run.');
  const parent = await dialogs.saveFolder();
  if (parent === null) return null;
  const name = `${fileName(record.network.name)}-run-${id}`;
  const { folder: blobs } = session.blobs;
  await engine.request('save', { blobs, folder: path.join(parent, name), record, view: session.network(network) });
  return name;
}

/** A tensor's name comes from the network's file: what is left of it here is safe as a file name everywhere. */
export function fileName(name: string): string {
  const safe = name
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^[.-]+/, '')
    .slice(0, 80);
  return safe || 'tensor';
}

export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const aside = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    const handle = await open(aside, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const name = path.basename(file);
    throw userFailure(
      'file-not-written',
      `${name} could not be written (${code}).`,
      'Choose another folder, or make room.',
      { file: name },
      error,
    );
  }
}
