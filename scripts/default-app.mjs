// @ts-nocheck: app.setAppPath, app.setVersion and Module._load are what a default app needs, and no typing names them
// Stands in for Electron's default app in the carried runtime: `electron [switches] [-r module] path [arguments]`.
// In: process.argv. Out: the app at that path, running as it would under a stock Electron.
import { app } from 'electron/main';
import fs from 'node:fs';
import { createRequire, Module } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { file, preloads } = readArguments(process.argv.slice(1));
if (!file) fail('no app path given (this Electron has no welcome window)');
const folder = path.resolve(file);
Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true });
const fromHere = createRequire(path.join(process.cwd(), 'noop.js'));
for (const name of preloads) fromHere(name.startsWith('.') ? path.resolve(name) : name);
const entry = findEntry(folder);
// import() for ES modules only: a CommonJS main must run before `ready`
if (isModule(entry)) await import(pathToFileURL(entry).href);
else Module._load(entry, null, true);

/** @param {string[]} argv */
function readArguments(argv) {
  const preloads = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i];
    if (argument === '-v' || argument === '--version') print(`v${process.versions.electron}`);
    else if (argument === '-a' || argument === '--abi') print(process.versions.modules);
    else if (argument === '-r' || argument === '--require') preloads.push(argv[++i]);
    else if (argument.startsWith('--app=')) return { file: argument.slice('--app='.length), preloads };
    else if (!argument.startsWith('-')) return { file: argument, preloads };
  }
  return { file: undefined, preloads };
}

/** Takes name, version and main from the app's package.json. @param {string} folder */
function findEntry(folder) {
  const file = path.join(folder, 'package.json');
  try {
    if (!fs.existsSync(file)) {
      const entry = fromHere.resolve(folder);
      app.setAppPath(path.dirname(entry));
      return entry;
    }
    const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (manifest.version) app.setVersion(manifest.version);
    if (manifest.desktopName) app.setDesktopName(manifest.desktopName);
    app.name = manifest.productName ?? manifest.name ?? app.name;
    app.setAppPath(folder);
    return fromHere.resolve(path.resolve(folder, manifest.main ?? 'index.js'));
  } catch (error) {
    return fail(`cannot open the app at ${folder}: ${error.message}`);
  }
}

/** @param {string} entry */
function isModule(entry) {
  if (!entry.endsWith('.js')) return entry.endsWith('.mjs');
  for (let folder = path.dirname(entry); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
    if (path.dirname(folder) === folder) return false;
  }
}

/** @param {string} line */
function print(line) {
  console.log(line);
  process.exit(0);
}

/** @param {string} reason @returns {never} */
function fail(reason) {
  console.error(`electron: ${reason}`);
  process.exit(1);
}
