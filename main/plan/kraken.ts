// Kraken's uniform dataflow (arXiv 2112.02793). In: a layer, an array, a batch. Out: the best way to run it, with its
// tiles, clocks and words; or why the array cannot. Equations: kraken paper as in dnn-engine 512cbc9d, nns_config.py.
// What the array sees of a layer (its form) is in krakenForms.ts; the formulas that people read are in estimate/.
import type { PeArray } from '../array/array';
import { type KrakenForm, type KrakenShape, krakenForms } from './krakenForms';
import type { Layer, Pin } from './layer';
import { cutChannels, interleave } from './rtlForm';
import { portsOf } from './rtlPorts';
import { type RtlRun, type RtlWaits, countWaits, rtlPasses } from './rtlWaits';
import { Best, type Certificate, type Objective, checkPin, evenChunks, pinFailure } from './search';
import { type Traffic, dramBytes, transferClocks } from './transfer';

/** What can be chosen. Ties go to the first in this order: fewer chunks, direct before folded, upright, map, blocks of output rows, fewer merged, fewer passes. */
export interface KrakenChoice {
  readonly form: 'direct' | 'folded'; // folded: the stride becomes channels
  readonly turned: boolean; // rows and columns change places
  readonly flat: boolean; // a 1x1 kernel: all pixels are rows of one product
  readonly blocks: 'output' | 'input'; // which rows are cut into row blocks; the published engine cuts the input's
  readonly merge: number; // groups run as one, with zeros between them
  readonly passes: number; // of the input channels, where the weights SRAM is too shallow for all
  readonly chunks: number; // equal parts of the batch, one after the other
}

/** The paper's letters. */
export interface KrakenTiles {
  readonly G: number; // cores of an elastic group
  readonly E: number; // elastic groups
  readonly T: number; // iterations
  readonly L: number; // row blocks
  readonly F: number; // extra rows of a block's words
  readonly runs: number; // merged groups of each chunk of the batch, one after the other
  readonly channelsIn: number; // of a run, zeros between merged groups included
  readonly channelsOut: number;
  readonly passes: number;
  readonly shiftClocks: number; // q_s
  readonly clocks: number; // Q, stalls not included
  readonly stallClocks: number;
  readonly waits: RtlWaits; // for streams of sums and weights, which the stalls include
  readonly traffic: Traffic;
  readonly bytes: number; // in DRAM
}

export interface KrakenPlan {
  readonly dataflow: 'kraken';
  readonly choice: KrakenChoice;
  readonly shape: KrakenShape;
  readonly tiles: KrakenTiles;
  readonly inferences: number; // of a chunk of the batch
  readonly certificate: Certificate;
}

/** What each choice can be, in words. */
export const KRAKEN_CHOICES: Readonly<Record<keyof KrakenChoice, string>> = {
  form: 'direct or folded',
  turned: 'no or yes',
  flat: 'no or yes',
  blocks: 'output or input',
  merge: '1 to the number of groups',
  passes: 'a whole number, as many as the weights SRAM needs or more',
  chunks: 'a whole number that divides the batch',
};

/** Row blocks: each map of a dilation is cut by itself. */
const countRowBlocks = ({ heights }: KrakenShape, rows: number): number =>
  heights.reduce((sum, height) => sum + Math.ceil(height / rows), 0);

/** Input channels that fit the weights SRAM at once; below 1 the layer cannot run. */
export const channelsPerPass = ({ strideW, kernelH }: KrakenShape, array: PeArray): number =>
  Math.floor((array.weightsSramDepthWords - array.configWords) / (strideW * kernelH));

/** The same as if sums and weights never had to wait: what no candidate falls below. */
type FreeTiles = Omit<KrakenTiles, 'waits'>;

export function tileFreely(
  shape: KrakenShape,
  array: PeArray,
  merge: number,
  passes: number,
  chunks: number,
): FreeTiles {
  const { frames, kernelH, kernelW, strideH, strideW, columns, outputColumns } = shape;
  const { rows, cores } = array;
  const G = kernelW + strideW - 1;
  const E = Math.floor(cores / G);
  const runs = chunks * Math.ceil(shape.groups / merge);
  const channelsIn = shape.channelsIn * merge;
  const channelsOut = shape.channelsOut * merge;
  const T = Math.ceil(channelsOut / (strideW * E));
  const L = countRowBlocks(shape, rows);
  const F = Math.ceil(kernelH / strideH) - 1;
  const shift = kernelW === 1 ? 0 : 1;
  const clocks =
    runs * T * (passes * array.configClocks + frames * L * columns * (passes * shift + channelsIn * kernelH));
  const packets = runs * T * passes * shape.maps;
  const traffic = {
    pixelWords: runs * T * frames * L * columns * channelsIn * Math.min(strideH, kernelH) * (rows + F),
    weightWords: runs * T * shape.maps * cores * kernelH * channelsIn * strideW,
    outputWords: runs * T * passes * frames * L * outputColumns * strideW * E * rows,
    outputReadWords: 0,
    pixelPackets: packets,
    weightPackets: packets,
    outputPackets: packets,
  };
  const bytes = dramBytes(traffic, array);
  const { pixelStream, dram } = transferClocks(traffic, array, bytes);
  const stall = Math.max(0, pixelStream - clocks, dram - clocks);
  return {
    G,
    E,
    T,
    L,
    F,
    runs,
    channelsIn,
    channelsOut,
    passes,
    shiftClocks: shift,
    clocks,
    stallClocks: stall,
    traffic,
    bytes,
  };
}

/**
 * With the waits of the engine in resources/rtl, exact to the clock. Pixels and DRAM are counted by their averages and
 * overlap with them: what takes longest hides the others. An array whose streams never limit is no exception: its engine
 * has lanes for 4 cores' sums, enough for every convolution that the paper measures, which therefore never wait; smaller
 * ones, as of depthwise layers, do.
 */
export function addWaits(shape: KrakenShape, array: PeArray, tiles: FreeTiles): KrakenTiles {
  const waits = countWaits(runsOf(shape, array, tiles), portsOf(array));
  return { ...tiles, waits, stallClocks: Math.max(tiles.stallClocks, waits.sums + waits.weights) };
}

/** The loops as the engine runs them: the maps of a dilation one after the other. */
function runsOf(shape: KrakenShape, array: PeArray, { E, T, runs, channelsIn, passes }: FreeTiles): RtlRun[] {
  const { frames, heights, kernelH } = shape;
  const channels = cutChannels(channelsIn, passes);
  return heights.flatMap((height) =>
    interleave(shape.cols).map(({ window }): RtlRun => {
      const blocks = frames * Math.ceil(height / array.rows);
      return { iterations: runs * T, groups: E, passes: rtlPasses(window, kernelH, channels, blocks) };
    }),
  );
}

/** The best plan of a layer, or a sentence why the array cannot run it. */
export function planKraken(
  layer: Layer,
  array: PeArray,
  batch: number,
  objective: Objective,
  pin: Pin = {},
): KrakenPlan | string {
  checkPin(pin, KRAKEN_CHOICES, layer, 'kraken');
  const best = new Best<Omit<KrakenPlan, 'certificate'>>(objective);
  const complaints: string[] = [];
  const candidates: Candidate[] = [];
  // not even a batch at once is always best: of a chunk that is a single row block the passes are a chain, and release once
  for (const chunks of evenChunks(batch).filter((count) => holds(pin, 'chunks', count)))
    for (const form of krakenForms(layer, batch / chunks)) {
      if (!allows(pin, form)) continue;
      const complaint = 'why' in form ? form.why : refuseShape(form.shape, array);
      if (complaint !== null) complaints.push(complaint);
      else if (!('why' in form)) listCandidates(form, array, pin, chunks, batch / chunks, candidates);
    }
  chooseCandidate(candidates, array, objective, best);
  const result = best.result();
  if (result) return { ...result.found, certificate: result.certificate };
  if (Object.keys(pin).length > 0 && complaints.length === 0) throw pinFailure(layer, pin, KRAKEN_CHOICES);
  return [...new Set(complaints)].join('; ');
}

interface Candidate {
  readonly choice: KrakenChoice;
  readonly shape: KrakenShape;
  readonly free: FreeTiles;
  readonly inferences: number;
  readonly place: number; // in the order of ties
}

/** Every number of merged groups, each in as few passes as the weights SRAM allows, as the engine runs them; more are the pin's. */
function listCandidates(
  form: KrakenForm,
  array: PeArray,
  pin: Pin,
  chunks: number,
  inferences: number,
  candidates: Candidate[],
): void {
  const { form: name, turned, flat, blocks, shape } = form;
  for (const { merge, passes } of passesOf(form, array, pin)) {
    const choice = { form: name, turned, flat, blocks, merge, passes, chunks };
    const free = tileFreely(shape, array, merge, passes, chunks);
    candidates.push({ choice, shape, free, inferences, place: candidates.length });
  }
}

/** The least costly without waits come first: once they cost as much as the best with its waits, the rest is excluded. */
function chooseCandidate(
  candidates: Candidate[],
  array: PeArray,
  objective: Objective,
  best: Best<Omit<KrakenPlan, 'certificate'>>,
): void {
  const clocks = ({ free }: Candidate): number => free.clocks + free.stallClocks;
  const byClocks = (a: Candidate, b: Candidate): number => clocks(a) - clocks(b);
  const byBytes = (a: Candidate, b: Candidate): number => a.free.bytes - b.free.bytes;
  const [first, second] = objective === 'clocks' ? [byClocks, byBytes] : [byBytes, byClocks];
  candidates.sort((a, b) => first(a, b) || second(a, b) || a.place - b.place);
  for (const one of candidates) {
    const { choice, shape, free, inferences, place } = one;
    if (!best.canImprove(clocks(one), free.bytes, place)) {
      best.prune(1);
      continue;
    }
    const tiles = addWaits(shape, array, free);
    const cost = { clocks: tiles.clocks + tiles.stallClocks, bytes: tiles.bytes };
    if (best.offer(cost.clocks, cost.bytes, place))
      best.keep({ dataflow: 'kraken', choice, shape, tiles, inferences }, cost, place);
  }
}

/** For each number of merged groups that the pin allows: the fewest passes over the input channels, or as many as it says. */
function* passesOf(
  { shape }: KrakenForm,
  array: PeArray,
  pin: Pin,
): Generator<{ readonly merge: number; readonly passes: number }> {
  const perPass = channelsPerPass(shape, array);
  for (let merge = 1; merge <= shape.groups; merge++) {
    if (!holds(pin, 'merge', merge)) continue;
    const channels = shape.channelsIn * merge;
    const fewest = Math.ceil(channels / perPass);
    const passes = pin.passes === undefined ? fewest : Number(pin.passes);
    if (passes >= fewest && passes <= channels && passes % 1 === 0) yield { merge, passes };
  }
}

const holds = (pin: Pin, name: keyof KrakenChoice, value: unknown): boolean =>
  pin[name] === undefined || pin[name] === tellChoice(value);

/** A choice's value as plans write it. */
export const tellChoice = (value: unknown): string => (value === true ? 'yes' : value === false ? 'no' : String(value));

const allows = (pin: Pin, form: Pick<KrakenChoice, 'form' | 'turned' | 'flat' | 'blocks'>): boolean =>
  holds(pin, 'form', form.form) &&
  holds(pin, 'turned', form.turned) &&
  holds(pin, 'flat', form.flat) &&
  holds(pin, 'blocks', form.blocks);

/** Why the array cannot run the shape, or null. */
function refuseShape(shape: KrakenShape, array: PeArray): string | null {
  const { kernelH, kernelW, strideH, strideW } = shape;
  const { kernelMax, strideMax, cores } = array;
  if (Math.max(kernelH, kernelW) > kernelMax)
    return `its ${kernelH}×${kernelW} kernel is larger than the array's ${kernelMax}`;
  if (Math.max(strideH, strideW) > strideMax)
    return `its stride of ${Math.max(strideH, strideW)} is larger than the array's ${strideMax}`;
  if (kernelW + strideW - 1 > cores)
    return `an elastic group of ${kernelW + strideW - 1} cores does not fit the array's ${cores}`;
  if (shape.columns * shape.heights.length === 0) return 'all taps of its kernel lie in the padding';
  if (channelsPerPass(shape, array) < 1)
    return `the weights of one channel (${strideW * kernelH} words) do not fit the weights SRAM`;
  return null;
}
