// Taking a bundle away from the disk. In: what the session keeps of it. Out: what would go, or why its folder has to stay; and the
// folder, gone. Only files that its manifest lists are deleted, one by one, and what its own scripts built: never anything else.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { tellingDisk } from '../import/disk';
import { userFailure } from '../network/failure';
import { BUILD, MANIFEST, findForeign, listFolder } from './folder';
import type { BundleRecord } from './record';
import { listedFiles } from './verify';

export interface Removable {
  readonly files: readonly string[]; // within the bundle, the manifest last
  readonly altered: readonly string[]; // those that somebody has changed since the export
  readonly built: boolean; // the bundle's scripts have left something, too
}

/** What may be deleted, or the sentence that tells why the folder stays. */
export type Survey = Removable | { readonly stays: string };

/** A file system's clock may be this much coarser than ours (FAT: 2 s). */
const COARSE_MS = 2000;

/** Looks, and changes nothing. */
export function surveyBundle(record: BundleRecord): Survey {
  const { folder, manifest } = record;
  const name = path.basename(folder);
  if (!fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory())
    return { stays: `The folder ${name} is not where it was put.` };
  const place = path.join(folder, MANIFEST);
  if (!fs.existsSync(place)) return { stays: `The folder ${name} stays: its ${MANIFEST} is missing.` };
  const text = tellingDisk(place, () => fs.readFileSync(place), 'reading');
  if (createHash('sha256').update(text).digest('hex') !== manifest)
    return { stays: `The folder ${name} stays: its ${MANIFEST} is not that of this export.` };
  return tellingDisk(folder, () => surveyFiles(record), 'reading');
}

/** By what lies there, not by what is listed: a list could name a file elsewhere. */
function surveyFiles({ folder, startedAt, ms }: BundleRecord): Survey {
  const foreign = findForeign(folder);
  if (foreign !== null)
    return { stays: `The folder ${path.basename(folder)} stays: no export has put ${foreign} there.` };
  const bytes = new Map(listedFiles(folder).map((file) => [file.path, file.bytes]));
  const written = Date.parse(startedAt) + ms + COARSE_MS;
  const isAltered = (file: string): boolean => {
    const { size, mtimeMs } = fs.lstatSync(path.join(folder, file));
    return size !== bytes.get(file) || mtimeMs > written;
  };
  const files = listFolder(folder).filter((file) => file !== MANIFEST);
  return {
    files: [...files, MANIFEST],
    altered: files.filter(isAltered),
    built: fs.existsSync(path.join(folder, BUILD)),
  };
}

/** What would go, as sentences. */
export function tellRemovable({ bytes }: BundleRecord, { files, altered, built }: Removable): string {
  const one = altered.length === 1;
  return [
    `On the disk are ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB${built ? ', and what its scripts built' : ''}.`,
    ...(altered.length > 0
      ? [
          `${one ? `${altered[0]} was` : `${altered.length} of them, such as ${altered[0]}, were`} changed after the export.`,
        ]
      : []),
    'The command line in the list makes the same bundle once more.',
  ].join(' ');
}

/**
 * Deletes a bundle's files, and its folders as far as they are empty then. The manifest goes last: what was cut short can be
 * taken up again.
 * @throws userFailure 'bundle-stays', with nothing deleted
 */
export function eraseBundle(record: BundleRecord): void {
  const { folder } = record;
  const survey = surveyBundle(record);
  if ('stays' in survey)
    throw userFailure('bundle-stays', survey.stays, 'Remove it from the list alone, or delete the folder by hand.', {
      file: path.basename(folder),
    });
  tellingDisk(folder, () => {
    fs.rmSync(path.join(folder, BUILD), { recursive: true, force: true });
    for (const file of survey.files) fs.unlinkSync(path.join(folder, file));
    const folders = new Set(survey.files.flatMap(foldersOf));
    for (const inner of [...folders].sort((a, b) => b.length - a.length)) removeEmpty(path.join(folder, inner));
    removeEmpty(folder);
  });
}

/** The folders above a file, within the bundle. */
const foldersOf = (file: string): string[] =>
  file
    .split('/')
    .slice(0, -1)
    .map((_, i, parts) => parts.slice(0, i + 1).join('/'));

/** What came into it meanwhile is somebody's, and stays. */
function removeEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' && (error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw error;
  }
}
