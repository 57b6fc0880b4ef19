// Where the program and its native parts lie. In: this file's own folder. Out: paths.
// Works from the sources (tests), from out/main/*.js, and from a package (app.asar).
import fs from 'node:fs';
import path from 'node:path';

/** The folder of our package.json: the first one above this file. In a package it is app.asar. */
export function findAppRoot(from = __dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (fs.existsSync(description) && isOurs(description)) return folder;
    if (folder === path.dirname(folder)) throw new Error(`no package.json of goldbench above ${from}`);
  }
}

const isOurs = (description: string): boolean =>
  (JSON.parse(fs.readFileSync(description, 'utf8')) as { name?: unknown }).name === 'goldbench';

/** A .node file cannot be loaded out of an asar archive: packaged, ours lie beside it in resources/native. */
export function nativeFolder(root = findAppRoot()): string {
  const resources = (process as { resourcesPath?: string }).resourcesPath;
  const isPackaged = resources !== undefined && path.dirname(root) === resources;
  return isPackaged ? path.join(resources, 'native') : path.join(root, 'native', 'build', 'Release');
}
