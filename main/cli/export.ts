// `goldbench export`: a folder that brings the array up in a lab. In: a model, its inputs, an array, a choice of layers,
// levels and formats. Out: the bundle, whole or not at all; with --dry-run only what it would take.
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Verb } from '../cli';
import { exportBundle, openNetwork, prepareInput } from '../flow';
import { type Bundle, type BundleRequest } from '../export/bundle';
import {
  FORMATS,
  LEVELS,
  STREAM_WIDTHS,
  USUAL_ALIGN,
  USUAL_FORMATS,
  USUAL_OPERATIONS,
  isAlign,
  withStreams,
} from '../export/choice';
import { BundleFolder, DryRun } from '../export/folder';
import { measureBundle } from '../export/measure';
import { verifyBundle } from '../export/verify';
import { userFailure } from '../network/failure';
import type { Network } from '../network/network';
import { quoteCommand } from '../session/command';
import { findAppRoot } from '../session/binding';
import { type TypedArray, bytesOf } from '../tensor/tensor';
import { oneModel, parseVerb, readGivenFile } from './files';
import { checkHow, checkPixels, matchInputs } from './inputs';
import { clean, formatTable, print, printJson, printNote, showProgress, thousands } from './print';
import { readArray } from './workload';

const usage =
  'export MODEL --input [NAME=]FILE … [--array PRESET|FILE.json|7x24] [--set FIELD=VALUE …] --out DIR [--layers 0,3-5|all] ' +
  `[--levels ${LEVELS.join(',')}] [--formats ${FORMATS.join(',')}] [--stream-bits 32|64|128|256|512] [--align BYTES] ` +
  '[--modules [--operations 1000]] [--dry-run] [--pixels 0..1|-1..1|0..255] [--kernels reference|builtin|xnnpack] [--json]\n' +
  '  goldbench export --verify BUNDLE [--json]';
const options = {
  input: { type: 'string', multiple: true },
  pixels: { type: 'string' },
  kernels: { type: 'string' },
  engine: { type: 'string' },
  threads: { type: 'string' },
  array: { type: 'string' },
  set: { type: 'string', multiple: true },
  layers: { type: 'string' },
  levels: { type: 'string' },
  formats: { type: 'string' },
  'stream-bits': { type: 'string' },
  align: { type: 'string' },
  modules: { type: 'boolean' },
  operations: { type: 'string' },
  out: { type: 'string' },
  'dry-run': { type: 'boolean' },
  verify: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const runExport: Verb = {
  usage,
  about: 'the vectors of each stream, their expected sums, and a testbench that checks them, as one folder',
  async run(args) {
    const { values, positionals } = parseVerb(args, options, usage);
    if (values.verify !== undefined) return verify(values.verify, args, values.json ?? false);
    const model = oneModel(positionals, usage);
    const isDry = values['dry-run'] === true;
    if (values.out === undefined && !isDry)
      throw userFailure('arguments', 'No folder was given.', 'Give --out DIR, or --dry-run to see the sizes.');
    const { network } = openNetwork(readGivenFile(model), path.basename(model));
    const { kernels, engine } = checkHow(values);
    const request: BundleRequest = {
      ...readInputs(network, values.input ?? [], values.pixels),
      network,
      kernels,
      goldenEngine: engine,
      array: withStreams(readArray(values.array, undefined, values.set), checkStreams(values['stream-bits'])),
      layers: values.layers ?? 'all',
      levels: checkList(values.levels, LEVELS, '--levels', LEVELS),
      formats: checkList(values.formats, FORMATS, '--formats', USUAL_FORMATS),
      align: checkAlign(values.align),
      modules: checkModules(values.modules, values.operations),
      command: quoteCommand(['goldbench', 'export', ...withoutPlace(args)]),
      appRoot: findAppRoot(),
      onProgress: (done, all, bytes) => showProgress(`operator ${done} of ${all}, ${megabytes(bytes)} MB`),
    };
    const bundle = await write(request, isDry ? null : path.resolve(values.out!));
    if (values.json) printJson({ ...bundle, out: isDry ? null : values.out });
    else printBundle(bundle, network, isDry ? null : values.out!);
  },
};

/** Whether a bundle is as it was exported; exit code 1 where it is not. */
function verify(folder: string, args: readonly string[], json: boolean): void {
  if (args.filter((arg) => arg !== '--json').length > (args.includes('--verify') ? 2 : 1))
    throw userFailure(
      'arguments',
      '--verify takes a bundle and nothing else but --json.',
      'goldbench export --verify BUNDLE',
    );
  const { checked, altered } = verifyBundle(path.resolve(folder));
  if (altered.length > 0) process.exitCode = 1;
  if (json) return printJson({ checked, altered });
  for (const { file, what } of altered) print(`${clean(file)} ${what}`);
  print(
    altered.length === 0
      ? `all ${thousands(checked)} files are as they were exported`
      : `${thousands(altered.length)} of ${thousands(checked)} files differ`,
  );
}

/** Into the folder, or nowhere; Ctrl+C leaves nothing. */
async function write(request: BundleRequest, out: string | null): Promise<Bundle> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    if (out === null) return await exportBundle(request, new DryRun(stop.signal));
    const folder = new BundleFolder(out, stop.signal);
    try {
      const bundle = await exportBundle(request, folder);
      folder.finish();
      if (folder.replaces) printNote(`The earlier bundle in ${path.basename(out)} was replaced.`);
      return bundle;
    } finally {
      folder.abandon();
    }
  } finally {
    showProgress('');
    process.off('SIGINT', onInterrupt);
  }
}

function readInputs(
  network: Network,
  given: readonly string[],
  pixels: string | undefined,
): Pick<BundleRequest, 'inputs' | 'inputFacts'> {
  const inputs = new Map<number, TypedArray>();
  const inputFacts = matchInputs(network, given).map(([tensor, file]) => {
    const { data } = prepareInput(network, tensor, readGivenFile(file), path.basename(file), checkPixels(pixels));
    inputs.set(tensor, data);
    const sha256 = createHash('sha256').update(bytesOf(data)).digest('hex');
    return { tensor, name: network.tensors[tensor]!.name, source: path.basename(file), sha256 };
  });
  return { inputs, inputFacts };
}

/** Left out: as the array says. */
function checkStreams(given: string | undefined): number | null {
  if (given === undefined) return null;
  const found = STREAM_WIDTHS.find((bits) => String(bits) === given);
  if (found) return found;
  throw userFailure(
    'arguments',
    `--stream-bits ${given} is no width of a stream.`,
    `Give one of ${STREAM_WIDTHS.join(', ')}.`,
  );
}

function checkList<T extends string>(
  given: string | undefined,
  known: readonly T[],
  option: string,
  otherwise: readonly T[],
): readonly T[] {
  if (given === undefined) return otherwise;
  const words = given.split(',');
  const unknown = words.find((word) => !known.includes(word as T));
  if (unknown !== undefined)
    throw userFailure('arguments', `${option} ${given}: there is no '${unknown}'.`, `Choose from ${known.join(', ')}.`);
  return known.filter((word) => words.includes(word));
}

function checkAlign(given = String(USUAL_ALIGN)): number {
  const align = Number(given);
  if (isAlign(align)) return align;
  throw userFailure('arguments', `--align ${given} is no power of two up to 4096.`, 'Give bytes, such as 64.');
}

/** Operations of each layer for the vectors of single modules; 0 without them. */
function checkModules(modules: boolean | undefined, given: string | undefined): number {
  if (!modules && given !== undefined)
    throw userFailure(
      'arguments',
      '--operations says how long the vectors of single modules are, which were not asked for.',
      'Add --modules.',
    );
  const operations = Number(given ?? USUAL_OPERATIONS);
  if (Number.isSafeInteger(operations) && operations >= 1) return modules ? operations : 0;
  throw userFailure(
    'arguments',
    `--operations ${given} is no count of operations.`,
    'Give a whole number, such as 1000.',
  );
}

/** The same bundle has the same bytes wherever it is put: its place is not part of its command. */
function withoutPlace(args: readonly string[]): string[] {
  const at = args.indexOf('--out');
  const rest = args.filter((arg, index) => !arg.startsWith('--out=') && (at < 0 || (index !== at && index !== at + 1)));
  return [...rest, '--out', 'bundle'];
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function printBundle(bundle: Bundle, network: Network, out: string | null): void {
  const { layers, host, files, bytes } = measureBundle(bundle);
  print(
    formatTable(layers, [
      { title: 'layer', right: true, cell: ({ operator }) => operator },
      { title: 'operator', cell: ({ operator }) => network.operators[operator]!.name },
      { title: 'packets', right: true, cell: ({ packets }) => thousands(packets) },
      { title: 'clocks', right: true, cell: ({ clocks }) => thousands(clocks) },
      { title: 'vectors', right: true, cell: ({ vectors }) => thousands(vectors) },
      { title: 'bytes', right: true, cell: ({ bytes }) => thousands(bytes) },
    ]),
  );
  print(
    `\n${thousands(files)} files, ${thousands(bytes)} bytes${out === null ? '; nothing was written' : ` in ${clean(out)}`}`,
  );
  for (const { operator, name, why } of host) print(`on the host: operator ${operator} (${name}): ${why}`);
  if (out !== null && bundle.files.some(({ path }) => path === 'run_icarus.sh'))
    print(`check it: ${quoteCommand([`${out}/run_verilator.sh`])} or ${quoteCommand([`${out}/run_icarus.sh`])}`);
}
