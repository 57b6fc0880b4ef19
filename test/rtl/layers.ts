// Random layers for the engine, and their run through the simulator. In: a seed. Out: what the simulator measured, with
// every word of every packet compared, the idle rows of the last block included.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type LayerRun, type Streams, assembleStreams } from '../../main/simulate/assemble';
import type { Engine } from '../../main/simulate/engine';
import { DEFAULT_SETTINGS, type JobSettings, readSums, runJob, writeJob } from '../../main/simulate/job';
import type { PixelView } from '../../main/simulate/pixels';
import type { SimulatorSummary } from '../../main/simulate/protocol';
import { sumProducts } from '../../main/simulate/sums';
import { type EngineLayer, type Tiles, tileLayer } from '../../main/simulate/tiles';
import type { WeightView } from '../../main/simulate/weights';
import { type Window, placeWindow } from '../../main/golden/padding';
import type { Random } from '../oracle/random';

export type Padding = 'same' | 'valid' | 'half';

/** One dimension; 'half' is the paper's own: K//2 before, as much after. Null where no window fits. */
function windowOf(input: number, taps: number, stride: number, padding: Padding): Window | null {
  if (padding === 'half') {
    const before = taps >> 1;
    const output = Math.floor((input + 2 * before - taps) / stride) + 1;
    return output > 0 ? { input, output, taps, stride, dilation: 1, before } : null;
  }
  const window = placeWindow(input, taps, stride, 1, padding);
  return window.output > 0 ? window : null;
}

export interface LayerSizes {
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  readonly map: readonly [height: number, width: number];
  readonly channels: readonly [inputs: number, outputs: number];
  readonly frames?: number;
  readonly padding?: Padding;
}

export function layerOf({
  kernel,
  stride,
  map,
  channels,
  frames = 1,
  padding = 'same',
}: LayerSizes): EngineLayer | null {
  const rows = windowOf(map[0], kernel[0], stride[0], padding);
  const columns = windowOf(map[1], kernel[1], stride[1], padding);
  return rows && columns && { frames, channelsIn: channels[0], channelsOut: channels[1], rows, columns };
}

/** NHWC. */
const viewPixels = ({ rows, columns, channelsIn }: EngineLayer, data: Int8Array): PixelView => ({
  data,
  offset: 0,
  frame: rows.input * columns.input * channelsIn,
  row: columns.input * channelsIn,
  column: channelsIn,
  channel: 1,
});

/** OHWI, as TFLite has it. */
const viewWeights = ({ rows, columns, channelsIn }: EngineLayer, data: Int8Array): WeightView => ({
  data,
  offset: 0,
  tapRow: columns.taps * channelsIn,
  tapColumn: channelsIn,
  input: 1,
  output: rows.taps * columns.taps * channelsIn,
});

/** The layer with random values; of 1 in 8 all are -128, the largest product there is. */
export function fillLayer(layer: EngineLayer, tiles: Tiles, engine: Engine, random: Random): LayerRun {
  const { frames, rows, columns, channelsIn, channelsOut } = layer;
  const isExtreme = random.chance(1 / 8);
  const value = (): number => (isExtreme ? -128 : random.whole(-128, 127));
  const x = viewPixels(layer, new Int8Array(frames * rows.input * columns.input * channelsIn).map(value));
  const w = viewWeights(layer, new Int8Array(channelsOut * rows.taps * columns.taps * channelsIn).map(value));
  const sumRows = tiles.L * engine.rows;
  return { layer, tiles, x, w, sumRows, sums: sumsOf({ layer, tiles, x, w, sumRows }) };
}

/** Of each pass that releases, by definition; a chain of passes releases once, with the sums of all its channels. */
export function sumsOf({ layer, tiles, x, w, sumRows }: Omit<LayerRun, 'sums'>): Int32Array[] {
  const isChain = tiles.passes.some(({ releases }) => !releases);
  const parts = isChain ? [{ from: 0, to: layer.channelsIn }] : tiles.passes;
  return parts.map(({ from, to }) => sumProducts(layer, x, w, sumRows, from, to));
}

const PAIRS = [
  [1, 1],
  [3, 1],
  [5, 1],
  [3, 2],
  [7, 2],
  [11, 4],
  [2, 2],
  [3, 3],
  [2, 1],
  [4, 1],
  [5, 2],
  [6, 2],
  [7, 1],
  [11, 1],
  [7, 3],
  [4, 4],
  [5, 4],
  [2, 3],
  [3, 4],
] as const;

/** A layer that the engine can run. */
export function randomRun(engine: Engine, random: Random): LayerRun {
  for (;;) {
    const layer = random.chance(1 / 8) ? randomProduct(engine, random) : randomConvolution(engine, random);
    if (!layer) continue;
    let tiles: Tiles;
    try {
      tiles = tileLayer(layer, engine, random.chance(0.1) ? random.whole(2, 3) : 1);
    } catch {
      continue; // not for this engine
    }
    if (layer.channelsOut * layer.channelsIn * tiles.clocks > 3e8) continue;
    return fillLayer(layer, tiles, engine, random);
  }
}

function randomConvolution(engine: Engine, random: Random): EngineLayer | null {
  const [kernel, stride] = random.pick(random.chance(0.5) ? PAIRS.slice(0, 6) : PAIRS);
  const [kernelW, strideW] = random.chance(0.1) ? random.pick(PAIRS) : ([kernel, stride] as const);
  const groups = Math.floor(engine.cores / (kernelW + strideW - 1)) * strideW;
  return layerOf({
    kernel: [kernel, kernelW],
    stride: [stride, strideW],
    map: [random.whole(1, 4 * engine.rows), random.whole(1, 24)],
    channels: [
      random.chance(0.66) ? random.whole(1, 6) : random.whole(1, 20),
      random.whole(1, Math.max(1, groups * (random.chance(0.5) ? 1 : 3))),
    ],
    frames: random.chance(0.75) ? 1 : random.whole(2, 3),
    padding: random.pick(['same', 'valid', 'half']),
  });
}

function randomProduct(engine: Engine, random: Random): EngineLayer | null {
  const rows = random.chance(0.5) ? random.whole(1, engine.rows) : random.whole(1, 3 * engine.rows);
  const depth = random.chance(0.25) && rows <= engine.rows ? 3 * engine.weightsSramDepthWords : 60;
  return layerOf({
    kernel: [1, 1],
    stride: [1, 1],
    map: [rows, 1],
    channels: [random.whole(1, depth), random.whole(1, 3 * engine.cores)],
  });
}

/** 'K3S2 9x14 4->17 same': enough to see what failed. */
export function tellRun({ layer, tiles }: LayerRun): string {
  const { rows, columns, channelsIn, channelsOut, frames } = layer;
  return `K${rows.taps}x${columns.taps} S${rows.stride}x${columns.stride} P${rows.before},${columns.before} ${rows.input}x${columns.input}->${rows.output}x${columns.output} C${channelsIn}->${channelsOut} N${frames} T${tiles.T} L${tiles.L} E${tiles.E} passes ${tiles.passes.length}`;
}

/** A folder that is gone when the work is done. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'goldbench-rtl-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface Simulated {
  readonly streams: Streams;
  readonly summary: SimulatorSummary;
  readonly packets: { readonly bytes: Uint8Array; readonly user: number }[];
}

/** Runs the layers in one job, back to back; `change` may spoil the streams first. */
export async function simulateRuns(
  simulator: string,
  engine: Engine,
  runs: readonly LayerRun[],
  settings: Partial<JobSettings> = {},
  change: (streams: Streams) => Streams = (streams) => streams,
): Promise<Simulated> {
  const streams = change(assembleStreams(engine, runs));
  return withFolder(async (folder) => {
    writeJob(folder, { ...streams, settings: { ...DEFAULT_SETTINGS, ...settings } });
    const summary = await runJob(simulator, folder);
    return { streams, summary, packets: readSums(folder) };
  });
}
