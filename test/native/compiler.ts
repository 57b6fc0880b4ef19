// The C++ compiler for tests that look at the kernels from outside: what the files of native/kernels need, and a place for
// what was built from them. In: native/kernels/sources.cmake. Out: objects and programs, cached under what they are made of.
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot, root } from '../../scripts/cache.mjs';

export const kernelsFolder = path.join(root, 'native', 'kernels');

const works = (command: string): boolean => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
const ownCompiler = process.env.CXX || 'c++';

/** What this machine lacks to run such a test, as a sentence, or null. */
export const lacks = (...tools: readonly string[]): string | null => {
  if (process.platform === 'win32') return 'skipped: made for GCC and Clang';
  const missing = [ownCompiler, ...tools].find((tool) => !works(tool));
  return missing ? `skipped: ${missing} not present` : null;
};

/** The instruction sets compiled for an architecture, with the switches the addon's build gives them. */
export function isaSwitches(architecture: string = process.arch): Map<string, string[]> {
  const text = readFileSync(path.join(kernelsFolder, 'sources.cmake'), 'utf8');
  const switches = new Map([['scalar', []] as [string, string[]]]);
  for (const [, isa, list] of text.matchAll(/set\(switches_(\w+) ([^)]*)\)/g)) switches.set(isa!, list!.split(' ')); // GCC's come last
  for (const isa of switches.keys())
    if ((isa === 'neon') !== (architecture === 'arm64') && isa !== 'scalar') switches.delete(isa);
  return switches;
}

export interface Unit {
  readonly name: string; // of the object
  readonly source: string;
  readonly switches: readonly string[];
}

/** What driver.cc is made of beside the instruction sets' own files: it compares all kernels with their definition. */
export const driverUnits = (switches: readonly string[]): Unit[] => [
  ...['layer', 'memory', 'packing', 'parts', 'real', 'threads', 'elementwise', 'winograd'].map((name) => ({
    name,
    source: path.join(kernelsFolder, `${name}.cc`),
    switches,
  })),
  { name: 'driver', source: path.join(__dirname, 'driver.cc'), switches },
];

/** Compiles and links `units`; the folder holds NAME.o of each and `program`. Made once for the same sources and switches. */
export async function build(
  units: readonly Unit[],
  linking: readonly string[],
  compiler = ownCompiler,
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([units, linking, compiler]));
  hash.update(spawnSync(compiler, ['--version'], { encoding: 'utf8' }).stdout);
  for (const file of [...filesIn(kernelsFolder), ...filesIn(__dirname)])
    if (/\.(cc|h|inl)$/.test(file)) hash.update(readFileSync(file));
  const folder = path.join(cacheRoot, 'test', `kernels-${hash.digest('hex').slice(0, 20)}`);
  if (existsSync(folder)) return folder;
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  const launcher = works('ccache') ? ['ccache', compiler] : [compiler];
  const waiting = [...units];
  const compileAll = async (): Promise<void> => {
    for (let unit; (unit = waiting.shift());)
      await call([
        ...launcher,
        '-std=c++20',
        '-ffp-contract=off',
        `-I${kernelsFolder}`,
        ...unit.switches,
        '-c',
        unit.source,
        '-o',
        path.join(work, `${unit.name}.o`),
      ]);
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, compileAll));
  await call([
    compiler,
    ...linking,
    ...units.map(({ name }) => path.join(work, `${name}.o`)),
    '-pthread',
    '-o',
    path.join(work, 'program'),
  ]);
  if (existsSync(folder)) rmSync(work, { recursive: true });
  else renameSync(work, folder);
  return folder;
}

async function call([command, ...args]: readonly string[]): Promise<void> {
  await promisify(execFile)(command!, args, { maxBuffer: 64 << 20 });
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => path.join(folder, name));
