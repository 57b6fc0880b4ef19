// The simulator of an engine, made by Verilator once for each (RTL, parameters, tools, flags) and kept in the cache
// folder. In: an engine and where our sources lie. Out: the path of an executable (native/sim/main.cc tells its use).
// It is built in a folder of its own and put in place by one rename, so that nobody ever sees half of one.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { tellingDisk } from '../import/disk';
import { userFailure } from '../network/failure';
import type { Engine } from './engine';
import { type Dut, WRAPPER, checkPorts, dutFiles, isDut, readDut, wrapDut } from './dut';
import { generateHeader, generatePackage } from './generate';
import { runTool } from './tools';
import { askTools } from './versions';

export interface BuildOptions {
  readonly appRoot: string; // holds resources/rtl and native/sim
  readonly cacheFolder: string;
  /** The engine's SystemVerilog, where it is not ours: a changed copy of resources/rtl, or a design with a DUT file. */
  readonly rtlFolder?: string | undefined;
  /** With waves: the executable can write an FST file, which costs build time, not speed. */
  readonly waves?: boolean;
  /** With the checker's assertions, at a fraction of the speed. */
  readonly checked?: boolean;
  /** What askTools answers, where it was asked before: the tools start while something else is done. */
  readonly tools?: Promise<string[]>;
  readonly signal?: AbortSignal;
  readonly onStep?: (sentence: string) => void;
}

/** In the order in which they must be read: packages before their users. */
const PACKAGES = ['kraken_pkg.sv', 'operation_pkg.sv'];
const CHECKER = 'engine_checker.sv';

// -O1 is both the quickest to build and the fastest to run, measured against -O2 and -O3 at 7x96; beside it what takes
// several sums of a row at a time (pe_array.sv)
const VECTORS = '-ftree-slp-vectorize -ftree-loop-vectorize';
// all of the model in one file: its parts are small, and Verilator's headers cost each of them more than its own lines
const COMPILER_FLAGS = [`OPT_FAST=-O1 -march=native ${VECTORS}`, 'OPT_GLOBAL=-O1', 'VM_PARALLEL_BUILDS=0'];
const TARGETS = ['Vengine__ALL.o', 'Vengine']; // what takes longest begins first
// words and loops that Verilator spells out: a row of sums is as many as the array has cores, above its defaults of 64;
// and no loops made of them again, which cost the vectors, and which 5.006 forgets to declare a counter for in assertions
const SPELLED_OUT = ['--expand-limit', '1024', '--unroll-count', '1024', '--unroll-stmts', '1000000', '-fno-reloop'];
const JOBS = Math.min(4, os.availableParallelism());

const building = new Map<string, Promise<string>>();

/** The user's cache folder, as scripts/cache.mjs finds it. */
export const defaultCacheFolder = (): string =>
  path.resolve(
    process.env.GOLDBENCH_CACHE ||
      path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'goldbench'),
  );

/** Our SystemVerilog files in reading order, without the generated package and the checker. */
export const rtlFiles = (appRoot: string, folder = path.join(appRoot, 'resources/rtl')): string[] => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sv') && file !== CHECKER);
  return sortFiles(files).map((file) => path.join(folder, file));
};

const sortFiles = (files: readonly string[]): string[] => [
  ...PACKAGES.filter((file) => files.includes(file)),
  ...files.filter((file) => !PACKAGES.includes(file)).sort(),
];

/**
 * The executable that simulates the engine, from the cache or new.
 * @throws Failure 'verilator-missing', 'verilator-old', 'compiler-missing' (unavailable); 'cancelled'
 */
export async function buildSimulator(engine: Engine, options: BuildOptions): Promise<string> {
  const tools = await (options.tools ?? askTools(options.cacheFolder));
  const { rtlFolder } = options;
  const dut = rtlFolder !== undefined && isDut(rtlFolder) ? readDut(rtlFolder, engine) : null;
  const sources = collectSources(engine, options, dut);
  const flags = verilatorFlags(options, dut);
  const key = hashBuild(sources, [...flags, ...COMPILER_FLAGS, ...tools, os.cpus()[0]?.model ?? '']);
  const target = path.join(options.cacheFolder, 'simulators', key);
  const executable = path.join(target, 'engine');
  if (existsSync(executable)) return executable;
  const running =
    building.get(target) ?? build(sources, flags, target, options, dut).finally(() => building.delete(target));
  building.set(target, running);
  await running;
  return executable;
}

/** What goes into the build: names under the build folder, and contents. */
type Sources = ReadonlyMap<string, string>;

const dutOrder = ({ sources }: Dut): string[] => [
  PACKAGES[0]!,
  ...sources.map((file) => path.basename(file)),
  `${WRAPPER}.sv`,
];

function collectSources(engine: Engine, { appRoot, checked, rtlFolder }: BuildOptions, dut: Dut | null): Sources {
  const sources = new Map([
    ['rtl/kraken_pkg.sv', generatePackage(engine)],
    ['sim/engine_parameters.h', generateHeader(engine)],
  ]);
  const checker = path.join(appRoot, 'resources/rtl', CHECKER);
  if (dut) {
    for (const [name, text] of dutFiles(rtlFolder!, dut)) sources.set(`rtl/${name}`, text);
    sources.set(`rtl/${WRAPPER}.sv`, wrapDut(dut));
  } else
    for (const file of [...findRtl(appRoot, rtlFolder), ...(checked ? [checker] : [])])
      sources.set(`rtl/${path.basename(file)}`, readFileSync(file, 'utf8'));
  const harness = path.join(appRoot, 'native/sim');
  for (const file of readdirSync(harness)
    .filter((name) => /\.(cc|h)$/.test(name))
    .sort())
    sources.set(`sim/${file}`, readFileSync(path.join(harness, file), 'utf8'));
  return sources;
}

/** @throws userFailure rtl-missing where a folder of the user's holds no engine */
function findRtl(appRoot: string, folder: string | undefined): string[] {
  if (folder === undefined) return rtlFiles(appRoot);
  const files = tellingDisk(folder, () => rtlFiles(appRoot, folder)).filter(
    (file) => path.basename(file) !== PACKAGES[0],
  );
  if (files.some((file) => path.basename(file) === 'engine.sv')) return files;
  throw userFailure(
    'rtl-missing',
    `The folder ${path.basename(folder)} holds no engine.sv.`,
    'Give a changed copy of resources/rtl, or a design of your own with a dut.json (resources/rtl/README.md).',
  );
}

const verilatorFlags = ({ waves, checked }: BuildOptions, dut: Dut | null): string[] => [
  ...['--cc', '--exe', '-O3', '--x-assign', 'fast', '--Mdir', 'obj', '--prefix', 'Vengine', ...SPELLED_OUT],
  ...(dut ? ['--top-module', WRAPPER, '-Wno-fatal', '-Irtl'] : ['--top-module', 'engine']), // the warnings are its maker's
  ...(checked ? ['--assert'] : ['--noassert']),
  ...(waves ? ['--trace-fst'] : []),
  ...['-CFLAGS', '-std=c++17 -DVL_USER_STOP -I../sim'],
];

function hashBuild(sources: Sources, settings: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const [name, text] of sources) hash.update(`\0${name}\0${text}`);
  return hash.digest('hex').slice(0, 32);
}

let buildCount = 0;

async function build(
  sources: Sources,
  flags: readonly string[],
  target: string,
  options: BuildOptions,
  dut: Dut | null,
): Promise<string> {
  const work = `${target}.${process.pid}.${buildCount++}`;
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    for (const folder of ['rtl', 'sim', 'done']) mkdirSync(path.join(work, folder), { recursive: true });
    for (const [name, text] of sources) writeFileSync(path.join(work, name), text);
    const rtl = dut
      ? dutOrder(dut)
      : sortFiles([...sources.keys()].filter((name) => name.startsWith('rtl/')).map((name) => path.basename(name)));
    if (dut)
      await checkPorts(
        dut,
        rtl.map((file) => `rtl/${file}`),
        work,
        options.signal,
      );
    const harness = [...sources.keys()].filter((name) => name.endsWith('.cc'));
    options.onStep?.('Verilator translates the RTL.');
    await step(
      'verilator',
      [...flags, ...rtl.map((file) => `rtl/${file}`), ...harness.map((name) => `../${name}`)],
      work,
      options,
    );
    options.onStep?.('The compiler builds the simulator.');
    const cache = (await isPresent('ccache')) ? ['OBJCACHE=ccache'] : ['OBJCACHE='];
    await step(
      'make',
      ['-s', '-j', String(JOBS), '-C', 'obj', '-f', 'Vengine.mk', ...cache, ...COMPILER_FLAGS, ...TARGETS],
      work,
      options,
    );
    cpSync(path.join(work, 'obj/Vengine'), path.join(work, 'done/engine'));
    putInPlace(path.join(work, 'done'), target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function step(
  command: string,
  args: readonly string[],
  cwd: string,
  { signal, rtlFolder }: BuildOptions,
): Promise<void> {
  const { code, stdout, stderr } = await runTool(command, args, { cwd, signal });
  if (code === 0) return;
  const words = `${stderr}\n${stdout}`
    .split('\n')
    .filter((line) => /^%|error/i.test(line))
    .slice(0, 5)
    .join('\n');
  if (rtlFolder !== undefined)
    throw userFailure(
      'rtl-build',
      `${command} could not build the RTL in ${path.basename(rtlFolder)}: ${words}`,
      'Mend it; modules and ports of the top are those of resources/rtl/engine.sv.',
    );
  throw new Error(`${command} could not build the simulator:\n${words || stderr.slice(-2000)}`);
}

function putInPlace(made: string, target: string): void {
  try {
    renameSync(made, target);
  } catch (error) {
    // another process was first: the content is the same
    if (!existsSync(path.join(target, 'engine'))) throw error;
  }
}

/** Whether the program starts at all. */
export async function isPresent(command: string): Promise<boolean> {
  try {
    await runTool(command, ['--version']);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
