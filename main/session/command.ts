// The command line that repeats what the window did (shown with every job). In: names and files. Out: one line of
// text that a POSIX shell reads back as exactly those words.
import type { PeArray } from '../array/array';
import { arrayOptions } from '../array/command';
import type { EngineName } from '../golden/engine';
import type { RunOptions } from '../golden/record';
import { type FormatName, LEVELS, type Level, USUAL_ALIGN } from '../export/choice';
import type { PixelChoice } from '../network/pixels';
import { operand, option, quoteCommand } from '../network/shell';

export { quoteCommand };

export const importCommand = (file: string): string => quoteCommand(['goldbench', 'import', operand(file)]);

/** `goldbench golden digits.tflite --input input=7_a.png --kernels reference --engine native --threads 2` */
export function goldenCommand(
  network: string,
  inputs: readonly GivenInput[],
  options: Omit<RunOptions, 'pixels'>,
): string {
  const given = inputWords(inputs);
  const how = [...howOf(options), ...(options.keep === 'outputs' ? ['--keep', options.keep] : [])];
  return quoteCommand(['goldbench', 'golden', operand(network), ...given, ...how]);
}

/** `goldbench compare --session bring-up.sqlite 3 5`: two runs of a session, by their numbers. */
export const compareCommand = (session: string, a: number, b: number): string => compareWords(session, a, String(b));
/** `goldbench compare --session bring-up.sqlite 3 board`: a run and a folder of dumps; one named as a number is no run's. */
export const compareDumpCommand = (session: string, run: number, folder: string): string =>
  compareWords(session, run, /^\d+$/.test(folder) ? `./${folder}` : operand(folder));
const compareWords = (session: string, run: number, other: string): string =>
  quoteCommand(['goldbench', 'compare', ...option('--session', session), String(run), other]);
/** `goldbench golden digits.tflite --batch digits --kernels reference --engine native` */
export const batchCommand = (network: string, source: string, options: Omit<RunOptions, 'keep'>): string =>
  quoteCommand([
    'goldbench',
    'golden',
    operand(network),
    ...option('--batch', source),
    ...pixelWords(options.pixels),
    ...howOf(options),
  ]);

/** The options of a run, without what is usual. */
const howOf = ({ kernels, engine, threads }: Pick<RunOptions, 'kernels' | 'engine' | 'threads'>): string[] => {
  const how = ['--kernels', kernels, '--engine', engine];
  return threads === 1 ? how : [...how, '--threads', String(threads)];
};

/** `goldbench layer digits.tflite --operator 3 --input input=7_a.png --kernels reference --out constants` */
export function layerCommand(
  network: string,
  operator: number,
  inputs: readonly GivenInput[],
  kernels: string,
): string {
  const given = inputWords(inputs);
  return quoteCommand([
    'goldbench',
    'layer',
    operand(network),
    '--operator',
    `${operator}`,
    ...given,
    '--kernels',
    kernels,
    '--out',
    'layer',
  ]);
}

/** What `goldbench quantise` is told beside the network and its inputs; all but the limit as texts. */
export interface QuantisationChoice {
  readonly scheme: string;
  readonly layers: readonly { readonly operator: number; readonly scheme: string | null }[]; // null: it stays real
  readonly method: string;
  readonly ends: 'words' | 'real';
  readonly pixels: PixelChoice;
  readonly limit: number | null; // inputs to calibrate with; null: all
  readonly engine: EngineName;
}

/** What is measured beside: the noise (`isJudged`), longer words within a budget; by other inputs than it is calibrated with; label files. */
export interface MeasuringChoice {
  readonly isJudged: boolean;
  readonly suggest: { readonly budget: string; readonly high: string | null } | null; // null: no suggestion; high null: the next longer
  readonly heldOut: string | null;
  readonly labels: readonly string[];
}

/** `goldbench quantise net.tflite --images photos --out net-int8.tflite --layer 12=16x8 --method mse --pixels=-1..1 --judge` */
export function quantiseCommand(
  network: string,
  images: string,
  out: string,
  choice: QuantisationChoice,
  { isJudged, suggest, heldOut, labels }: MeasuringChoice,
): string {
  const { scheme, layers, method, ends, pixels, limit, engine } = choice;
  const how = [
    ...['--scheme', scheme],
    ...layers.flatMap((layer) => ['--layer', `${layer.operator}=${layer.scheme ?? 'real'}`]),
    ...(method === 'min-max' ? [] : ['--method', method]),
    ...(ends === 'words' ? [] : ['--ends', ends]),
    ...pixelWords(pixels),
    ...(limit === null ? [] : ['--limit', String(limit)]),
    ...['--engine', engine],
    ...(isJudged ? ['--judge'] : []),
    ...(suggest === null ? [] : ['--suggest', suggest.budget]),
    ...(suggest === null || suggest.high === null ? [] : ['--high', suggest.high]),
    ...(heldOut === null ? [] : option('--held-out', heldOut)),
    ...labels.flatMap((file) => option('--labels', file)),
  ];
  return quoteCommand([
    'goldbench',
    'quantise',
    operand(network),
    ...option('--images', images),
    ...option('--out', out),
    ...how,
  ]);
}

/** What `goldbench simulate` is told beside the network and its inputs. */
export interface SimulateChoice {
  readonly kernels: string;
  readonly array: PeArray;
  readonly layers: readonly number[] | 'all';
  readonly chain: boolean;
  readonly seed: number;
  readonly throttle: number;
  readonly waves: { readonly from: number; readonly to: number } | null;
  readonly rtl: string | null;
}

/** `goldbench simulate digits.tflite --input input=7_a.png --array kraken-7x96 --layers 3,4 --seed 2 --throttle 60` */
export function simulateCommand(
  network: string,
  inputs: readonly GivenInput[],
  { kernels, array, layers, chain, seed, throttle, waves, rtl }: SimulateChoice,
): string {
  const given = inputWords(inputs);
  const how = [
    ...(layers === 'all' ? [] : ['--layers', layers.join(',')]),
    ...(chain ? ['--chain'] : []),
    ...(throttle < 100 ? ['--throttle', String(throttle)] : []),
    ...(throttle < 100 || seed !== 1 ? ['--seed', String(seed)] : []), // of the registers' first values, too
    ...(waves ? ['--waves', '--clocks', `${waves.from}..${waves.to}`] : []),
    ...(rtl === null ? [] : option('--rtl', rtl)),
  ];
  return quoteCommand([
    'goldbench',
    'simulate',
    operand(network),
    ...given,
    '--kernels',
    kernels,
    ...arrayOptions(array),
    ...how,
  ]);
}

/** What `goldbench export` is told beside the network and its inputs. */
export interface ExportChoice {
  readonly kernels: string;
  readonly engine: string;
  readonly array: PeArray;
  readonly layers: readonly number[] | 'all';
  readonly levels: readonly Level[];
  readonly modules: boolean;
  readonly formats: readonly FormatName[];
  readonly streamBits: number | null; // null: as the array says
  readonly align: number;
}

/** `goldbench export digits.tflite --input input=7_a.png --kernels reference --array kraken-7x24 --formats mem,bin --out bundle` */
export function exportCommand(network: string, inputs: readonly GivenInput[], choice: ExportChoice): string {
  const { kernels, engine, array, layers, levels, modules, formats, streamBits, align } = choice;
  const how = [
    ...(layers === 'all' ? [] : ['--layers', layers.join(',')]),
    ...(levels.length === LEVELS.length ? [] : ['--levels', levels.join(',')]),
    ...(modules ? ['--modules'] : []),
    '--formats',
    formats.join(','),
    ...(streamBits === null ? [] : ['--stream-bits', String(streamBits)]),
    ...(align === USUAL_ALIGN ? [] : ['--align', String(align)]),
  ];
  return quoteCommand([
    'goldbench',
    'export',
    operand(network),
    ...inputWords(inputs),
    '--kernels',
    kernels,
    '--engine',
    engine,
    ...arrayOptions(array),
    ...how,
    '--out',
    'bundle',
  ]);
}

/** A file as the value of an input, by the input's name; of an image, what was chosen for its pixels. */
interface GivenInput {
  readonly tensor: string;
  readonly file: string;
  readonly pixels?: PixelChoice | undefined;
}
/** All images of a run are prepared by one choice. */
const inputWords = (inputs: readonly GivenInput[]): string[] => [
  ...inputs.flatMap(({ tensor, file }) => option('--input', `${tensor}=${file}`)),
  ...pixelWords(inputs.find(({ pixels }) => pixels !== undefined)?.pixels ?? 'file'),
];
const pixelWords = (pixels: PixelChoice): string[] => (pixels === 'file' ? [] : option('--pixels', pixels));
