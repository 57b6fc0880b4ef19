// `goldbench simulate`: layers of a network through the RTL. In: a model, its inputs, an array. Out: each layer equal to golden
// or not, measured clocks beside estimated; where one differs, the first wrong sum, the pattern, and waves round it.
// With --out the jobs stay there, each a folder that the simulator can run again.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Verb } from '../cli';
import type { LayerVerdict, SimulationRecord, WaveFile } from '../compare/verdict';
import { recordSimulation, sumClocks, throttled } from '../compare/simulation';
import { openNetwork, prepareInput, simulate } from '../flow';
import { tellingDisk } from '../import/disk';
import { cancelled, userFailure } from '../network/failure';
import { findAppRoot } from '../session/binding';
import { quoteCommand } from '../session/command';
import { defaultCacheFolder, isPresent } from '../simulate/build';
import { oneModel, parseVerb, readGivenFile } from './files';
import { checkHow, checkPixels, matchInputs } from './inputs';
import { clean, formatTable, print, printJson, showProgress, thousands } from './print';
import { checkWhole, readArray } from './workload';

const usage =
  'simulate MODEL --input [NAME=]FILE … [--array PRESET|FILE.json|7x96] [--set FIELD=VALUE …] [--layers 0,3-5|all] [--chain] [--seed N] [--throttle P] ' +
  '[--waves [--clocks A..B]] [--jobs 2] [--rtl DIR] [--pixels R] [--kernels S] [--out DIR] [--json]';
const options = {
  input: { type: 'string', multiple: true },
  pixels: { type: 'string' },
  kernels: { type: 'string' },
  array: { type: 'string' },
  set: { type: 'string', multiple: true },
  layers: { type: 'string' },
  chain: { type: 'boolean' },
  seed: { type: 'string' },
  throttle: { type: 'string' },
  clocks: { type: 'string' },
  waves: { type: 'boolean' },
  jobs: { type: 'string' },
  rtl: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
} as const;
type Values = ReturnType<typeof parseVerb<typeof options>>['values'];

export const runSimulate: Verb = {
  usage,
  about: "the engine's RTL against golden to the bit, its clocks beside the estimate; exit code 1 where they differ",
  async run(args) {
    const { values, positionals } = parseVerb(args, options, usage);
    const model = oneModel(positionals, usage);
    const { network } = openNetwork(readGivenFile(model), path.basename(model));
    const rule = checkPixels(values.pixels);
    const inputs = new Map(
      matchInputs(network, values.input ?? []).map(([tensor, file]) => {
        return [tensor, prepareInput(network, tensor, readGivenFile(file), path.basename(file), rule).data] as const;
      }),
    );
    const array = readArray(values.array, undefined, values.set);
    const { kernels, engine: golden } = checkHow(values);
    const layers = checkLayers(values.layers);
    const waves = checkWaves(values, layers);
    const [seed, throttle] = [checkWhole(values.seed, '--seed', 1), checkThrottle(values.throttle)];
    const processes = checkWhole(values.jobs, '--jobs', Math.min(2, os.availableParallelism()));
    const settings = throttled(seed, throttle);
    const folder = makeFolder(values.out);
    const [startedAt, start] = [new Date().toISOString(), performance.now()];
    let keeps = values.out !== undefined;
    const chain = values.chain ?? false;
    try {
      const done = await interruptible((signal) =>
        simulate(network, array, inputs, {
          appRoot: findAppRoot(),
          cacheFolder: defaultCacheFolder(),
          rtlFolder: values.rtl,
          folder,
          kernels,
          golden,
          layers,
          settings,
          processes,
          chain,
          waves,
          signal,
          keepsJobs: keeps,
          onProgress: (count, total, note) => showProgress(`${count} of ${total} · ${note}`),
        }),
      );
      const choice = {
        network: { name: network.name, sha256: network.sha256 },
        array,
        kernels,
        chain,
        seed,
        throttle,
        startedAt,
        outputs: network.outputs,
      };
      const record = recordSimulation(choice, done, performance.now() - start);
      keeps ||= record.layers.some((layer) => layer.waves !== null);
      if (values.json) printJson(record);
      else await printSimulation(record, { model, values, folder });
      if (!record.isEqual) process.exitCode = 1;
    } finally {
      showProgress('');
      if (!keeps) rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Ctrl+C stops what runs, and what it started. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await work(abort.signal);
  } catch (error) {
    throw abort.signal.aborted ? cancelled('The simulation') : error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function makeFolder(out: string | undefined): string {
  if (out === undefined) return mkdtempSync(path.join(os.tmpdir(), 'goldbench-simulate-'));
  const folder = path.resolve(out);
  tellingDisk(folder, () => mkdirSync(folder, { recursive: true }));
  return folder;
}

/** '0,3-5' or 'all'. */
function checkLayers(given = 'all'): readonly number[] | 'all' {
  if (given === 'all') return 'all';
  return given.split(',').flatMap((part) => {
    const [from, to = from] =
      /^(\d{1,6})(?:-(\d{1,6}))?$/
        .exec(part.trim())
        ?.slice(1)
        .map((text) => text && Number(text)) ?? [];
    if (typeof from === 'number' && typeof to === 'number' && to >= from)
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    throw userFailure(
      'arguments',
      `--layers ${given} is not understood at '${part}'.`,
      'Give numbers of operators such as 0,3-5, or all.',
    );
  });
}

function checkThrottle(given: string | undefined): number {
  const percent = checkWhole(given, '--throttle', 100);
  if (percent <= 100) return percent;
  throw userFailure(
    'arguments',
    `--throttle ${given} is above 100.`,
    'Give the chance of valid and ready in a clock, from 1 to 100 percent.',
  );
}

/** Null: round the first difference. */
function checkWaves({ waves, clocks }: Values, layers: readonly number[] | 'all') {
  if (clocks === undefined && !waves) return null;
  const isOne = layers !== 'all' && layers.length === 1;
  if (!isOne)
    throw userFailure('arguments', 'Waves of chosen clocks are of one layer.', 'Give --layers with one number.');
  if (clocks === undefined) return { from: 0, to: 2000 };
  const [from, to] = /^(\d{1,12})\.\.(\d{1,12})$/.exec(clocks)?.slice(1).map(Number) ?? [];
  if (from === undefined || to === undefined || to < from)
    throw userFailure('arguments', `--clocks ${clocks} is no range.`, 'Give two clocks, such as 0..2000.');
  if (to - from > 100_000)
    throw userFailure(
      'arguments',
      `--clocks ${clocks} are ${to - from} clocks, whose waves would fill the disk.`,
      'Give at most 100,000.',
    );
  return { from, to };
}

async function printSimulation(
  record: SimulationRecord,
  { model, values, folder }: { readonly model: string; readonly values: Values; readonly folder: string },
): Promise<void> {
  const { layers, host, chain, throttle, seed } = record;
  const how = [
    `kernel set ${record.kernels}`,
    `valid and ready in ${throttle === 100 ? 'every clock' : `${throttle} % of clocks`}, seed ${seed}`,
    chain && 'chained',
  ];
  print(
    `${clean(record.network.name)} on ${record.rows} x ${record.cores} PEs (${clean(record.array)}), ${how.filter(Boolean).join(', ')}\n`,
  );
  print(tableOf(layers));
  print(`\n${record.conclusion}`);
  const { measured, estimated, busy } = sumClocks(layers);
  const seconds = layers.reduce((sum, layer) => sum + layer.seconds, 0);
  print(
    `${thousands(measured)} clocks measured, ${thousands(estimated)} estimated, the array busy in ${thousands(busy)}; ${(record.ms / 1000).toFixed(2)} s, the simulations alone ${seconds.toFixed(2)} s, side by side`,
  );
  tellBest(layers);
  for (const { waves, operator } of layers) if (waves) await tellWaves(waves, operator);
  const wrong = layers.find(({ result }) => result === 'differs');
  if (wrong) printDifference(wrong, model, values);
  if (host.length > 0)
    print(`golden computes what the engine does not: operators ${host.map(({ operator }) => operator).join(', ')}`);
  if (values.out !== undefined) print(`the jobs lie in ${folder}, one folder a layer`);
}

const tableOf = (layers: readonly LayerVerdict[]): string =>
  formatTable(layers, [
    { title: '#', right: true, cell: (l) => l.operator },
    { title: 'layer', cell: (l) => l.name },
    { title: 'sizes', cell: (l) => l.sizes },
    { title: 'sums', right: true, cell: (l) => thousands(l.sums) },
    { title: 'differ', right: true, cell: (l) => thousands(l.differingSums) },
    { title: 'result', cell: (l) => (l.result === 'equal' ? 'equal' : 'DIFFERS') },
    { title: 'estimated', right: true, cell: (l) => (l.clocks.estimated ? thousands(l.clocks.estimated.total) : '') },
    { title: 'measured', right: true, cell: (l) => thousands(l.clocks.total) },
    ...(['fill', 'stream', 'configure', 'stall', 'drain'] as const).map((part) => ({
      title: `+${part}`,
      right: true,
      cell: (l: LayerVerdict) => signed(l.clocks.difference?.[part]),
    })),
    { title: 's', right: true, cell: (l) => l.seconds.toFixed(2) },
  ]);

const signed = (value: number | undefined): string =>
  value === undefined ? '' : value === 0 ? '0' : `${value > 0 ? '+' : '−'}${thousands(Math.abs(value))}`;

/** The plan may know a better form of a layer than the engine's streams have. */
function tellBest(layers: readonly LayerVerdict[]): void {
  const better = layers.filter(({ clocks }) => (clocks.estimated?.best ?? null) !== null);
  if (better.length === 0) return;
  const told = better.map(({ operator, clocks }) => `${operator} (${thousands(clocks.estimated!.best!)})`);
  print(`estimated in the form the engine runs; the best plan has another, with fewer clocks, for ${told.join(', ')}`);
}

function printDifference({ operator, first, pattern, tileAlone }: LayerVerdict, model: string, values: Values): void {
  if (!first) return;
  print(`\nfirst difference, in the order in which sums leave the engine: operator ${operator}`);
  for (const line of first.told) print(`  ${line}`);
  print(`  ${pattern}`);
  if (tileAlone !== null)
    print(
      tileAlone
        ? '  The tile is wrong when it runs alone, too.'
        : '  The tile alone is right: the fault needs what runs before it.',
    );
  if (first.elementIndex) print(`  every product: ${whyCommand(operator, first.elementIndex, model, values)}`);
}

function whyCommand(
  operator: number,
  element: readonly number[],
  model: string,
  { input = [], pixels, kernels }: Values,
): string {
  const given = [
    ...input.flatMap((one) => ['--input', one]),
    ...(pixels ? [`--pixels=${pixels}`] : []),
    ...(kernels ? ['--kernels', kernels] : []),
  ];
  return quoteCommand([
    'goldbench',
    'why',
    model,
    ...given,
    '--operator',
    String(operator),
    '--element',
    element.join(','),
  ]);
}

async function tellWaves({ file, from, to }: WaveFile, operator: number): Promise<void> {
  const viewer = (await isPresent('gtkwave')) || !(await isPresent('surfer')) ? 'gtkwave' : 'surfer';
  const missing = (await isPresent(viewer)) ? '' : ' (not installed: sudo apt-get install gtkwave)';
  print(`waves of layer ${operator}, clocks ${thousands(from)} to ${thousands(to)}: ${viewer} ${file}${missing}`);
}
