// Unpacks a zip file to disk entry by entry, so that memory stays small whatever the archive's size.
// In: a zip file. Out: files, with their modes and symbolic links, below one folder.
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import yauzl from 'yauzl';

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;

/**
 * yauzl refuses absolute names and `..`; links that lead out of the folder are refused here.
 * @param {string} zip
 * @param {string} folder made if absent
 * @param {(name: string) => string | undefined} [rename] the entry's path below `folder`; undefined leaves it out
 * @throws Error when the archive is damaged or an entry would leave the folder
 */
export async function unzip(zip, folder, rename = (name) => name) {
  const archive = await yauzl.openPromise(zip);
  for await (const entry of archive.eachEntry()) {
    const name = entry.fileName.endsWith('/') ? undefined : rename(entry.fileName);
    if (!name) continue;
    const file = path.join(folder, name);
    const mode = entry.externalFileAttributes >>> 16;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const content = await archive.openReadStreamPromise(entry);
    if ((mode & FILE_TYPE) === SYMLINK) linkInside(folder, file, await text(content));
    else await pipeline(content, fs.createWriteStream(file, { mode: mode & 0o777 || 0o644 }));
  }
}

/** @param {string} folder @param {string} file @param {string} target */
function linkInside(folder, file, target) {
  const end = path.resolve(path.dirname(file), target);
  if (!end.startsWith(path.resolve(folder) + path.sep)) throw new Error(`the link ${file} leads out of its folder`);
  fs.symlinkSync(target, file);
}
