// Every layer of four networks, ours beside the contestants, in turns, one thread. In: the shipped layer tables. Out: JSON
// lines, a table, the targets. What fails here is a wrong result, never a slow one.
import os from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NativeEngine } from '../../main/golden/native/engine';
import { type ChildContestant, startChild } from './contestants/child';
import { type Contestant, type Figures, takeTurns } from './contestants/contestant';
import { type BenchLayer, type LayerValues, depthOfSum, layersOf, makeValues } from './contestants/layer';
import { callOnnxruntime, onnxruntime } from './contestants/onnxruntime';
import { ours, reading } from './contestants/ours';
import { type Ort, loadOrt } from './contestants/peers';
import { type Offer, offerEinsum, offerOneDnn } from './contestants/programs';
import { wasmLayer } from './contestants/wasm';
import { Journal } from './journal';
import { LARGE, type Measured, boundRatio, gainOfPeak, judge, shareOfBound, shareOfPeak } from './targets';

const SECONDS = 0.15; // CPU of each contestant and layer
const NETWORKS = ['vgg-16', 'resnet-50', 'mobilenet-v1', 'alexnet'];
const PEAK_MS = 12; // of wall time in every turn, in slices of a fraction of one, so that some fall between other processes

const journal = new Journal('layers');
const measured: Measured[] = [];
const engine = NativeEngine.open();
const pair = NativeEngine.open({ threads: 2 });
let ort: Ort;
let programs: Offer[];
let onnxruntimeCall: number;
let isQuiet: boolean;

beforeAll(async () => {
  ort = await loadOrt();
  isQuiet = os.loadavg()[0]! < 1;
  onnxruntimeCall = await callOnnxruntime(ort);
  programs = [offerOneDnn(), offerEinsum()];
  const absent = programs.filter((offer) => typeof offer === 'string');
  journal.writeMachine({ isa: engine.isa, onnxruntimeCallMs: onnxruntimeCall * 1e3, absent });
}, 300_000);

afterAll(() => {
  engine.close();
  pair.close();
  if (measured.length === 0) return; // none was chosen
  writeTable(measured);
  journal.writeVerdicts(judge(measured, { isa: engine.isa, onnxruntimeCall, isQuiet }));
});

for (const network of NETWORKS) {
  test(network, { timeout: 3_600_000 }, async () => {
    const rows: Measured[] = [];
    for (const layer of layersOf(network)) rows.push(await measureLayer(network, layer));
    measured.push(...rows);
    writeTotals(network, rows);
    expect(rows.length).toBeGreaterThan(0);
  });
}

async function measureLayer(network: string, layer: BenchLayer): Promise<Measured> {
  const values = makeValues(layer);
  const contestants = await enter(layer, values);
  try {
    let [peak, peak2] = [0, 0];
    const figures = await takeTurns(contestants, SECONDS, () => {
      peak = Math.max(peak, engine.peak(PEAK_MS) / 1e9);
      if (layer.macs > LARGE) peak2 = Math.max(peak2, pair.peak(PEAK_MS) / 1e9);
    });
    await checkAccumulators(layer, values, contestants);
    const beyondOne = await countBeyondOne(contestants);
    const result = {
      network,
      layer,
      peak,
      peak2,
      figures: new Map(contestants.map(({ name }, i) => [name, figures[i]!])),
    };
    const implementations = Object.fromEntries(
      contestants.flatMap(({ name, implementation }) => (implementation ? [[name, implementation]] : [])),
    );
    journal.write({ ...recordOf(result), beyondOne, implementations });
    return result;
  } finally {
    for (const contestant of contestants) await contestant.close();
  }
}

async function enter(layer: BenchLayer, values: LayerValues): Promise<Contestant[]> {
  const contestants: Contestant[] = [ours(layer, values, engine)];
  if (layer.macs > LARGE) contestants.push(ours(layer, values, pair));
  if (layer.kind === 'fullyConnected') contestants.push(reading(layer, values, engine), reading(layer, values, pair));
  for (const type of ['uint8', 'int8'] as const) contestants.push(await onnxruntime(ort, layer, values, type));
  const tflite = await wasmLayer(layer, values);
  if (tflite) contestants.push(tflite);
  for (const offer of programs) {
    if (typeof offer === 'string') continue;
    if (offer.name === 'einsum' && layer.kind === 'depthwise') continue; // the method has no such form
    contestants.push(await startChild(offer, layer, values));
  }
  return contestants;
}

const isChild = (contestant: Contestant): contestant is ChildContestant => contestant.name === 'einsum';

/** The author's method and ours must agree on every accumulator: both are exact. */
async function checkAccumulators(layer: BenchLayer, values: LayerValues, contestants: Contestant[]): Promise<void> {
  const einsum = contestants.find(isChild);
  if (!einsum) return;
  const [theirs, mine] = [await einsum.accumulators(), ours(layer, values, engine).accumulators()];
  expect(theirs!.length, layer.name).toBe(mine.length);
  expect(
    mine.findIndex((sum, i) => sum !== theirs![i]),
    `${layer.name}: first differing accumulator`,
  ).toBe(-1);
}

/** Share of outputs that are more than 1 away from ours, by contestant. Some are fast by saturating sums of two products. */
async function countBeyondOne(contestants: readonly Contestant[]): Promise<Record<string, number>> {
  const mine = (await contestants[0]!.output())!;
  const shares: Record<string, number> = {};
  for (const contestant of contestants.slice(1)) {
    const theirs = await contestant.output();
    if (!theirs) continue;
    expect(theirs.length).toBe(mine.length);
    shares[contestant.name] =
      mine.reduce((count, value, i) => count + (Math.abs(value - theirs[i]!) > 1 ? 1 : 0), 0) / mine.length;
  }
  return shares;
}

/** Times in ms, speed in GMAC/s of CPU time, and how many times as long as ours each took, by minima and by medians. */
function recordOf(measured: Measured): Record<string, unknown> {
  const { network, layer, peak, peak2, figures } = measured;
  const mine = figures.get('goldbench')!;
  const tell = (f: Figures) => ({
    cpuMs: { min: f.minimum.cpu * 1e3, median: f.median.cpu * 1e3 },
    wallMs: { min: f.minimum.wall * 1e3, median: f.median.wall * 1e3 },
    gmacs: layer.macs / f.minimum.cpu / 1e9,
    ratio: { min: f.minimum.cpu / mine.minimum.cpu, median: f.median.cpu / mine.median.cpu },
    samples: f.samples,
  });
  return {
    network,
    layer: layer.name,
    sizes: layer.sizes,
    count: layer.count,
    kind: layer.kind,
    mmac: layer.macs / 1e6,
    k: depthOfSum(layer),
    peakGmacs: peak,
    ofPeak: shareOfPeak(measured),
    ofBound: shareOfBound(measured),
    // what a layer at the bound, every product multiplied, would be times onnxruntime; and what two threads' registers are times one's
    boundRatio: boundRatio(measured),
    peak2Gmacs: peak2,
    gainOfPeak: gainOfPeak(measured),
    contestants: Object.fromEntries([...figures].map(([name, f]) => [name, tell(f)])),
  };
}

/** A network as the sum of its layers, each as often as it occurs; of a contestant that ran them all. */
function writeTotals(network: string, rows: readonly Measured[]): void {
  const names = [...new Set(rows.flatMap(({ figures }) => [...figures.keys()]))];
  const whole = names.filter((name) => rows.every(({ figures }) => figures.has(name)));
  const sum = (of: (m: Measured) => number): number => rows.reduce((total, m) => total + of(m) * m.layer.count, 0);
  const cpuMs = Object.fromEntries(
    whole.map((name) => [name, sum(({ figures }) => figures.get(name)!.minimum.cpu * 1e3)]),
  );
  journal.write({ network, sumOfLayers: cpuMs, mmac: sum(({ layer }) => layer.macs / 1e6) });
}

const PEERS = ['onnxruntime u8s8', 'onnxruntime s8s8', 'TFLite WASM', 'oneDNN', 'einsum', 'goldbench 2 threads'];

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function writeTable(rows: readonly Measured[]): void {
  const head = [
    'layer',
    'sizes',
    'MMAC',
    'GMAC/s',
    'of peak',
    'of bound',
    ...PEERS.map((name) => `x ${name}`),
    'bound x onnxruntime u8s8',
    'x 2 peaks',
  ];
  journal.writeTable(
    head,
    rows.map((row) => {
      const { network, layer, figures } = row;
      const mine = figures.get('goldbench')!.minimum;
      const gmacs = layer.macs / mine.cpu / 1e9;
      const ratios = PEERS.map((name) => {
        const theirs = figures.get(name)?.minimum;
        if (!theirs) return '-';
        return (name.endsWith('threads') ? mine.wall / theirs.wall : theirs.cpu / mine.cpu).toPrecision(3);
      });
      return [
        `${network} ${layer.name}`,
        layer.sizes,
        (layer.macs / 1e6).toFixed(1),
        gmacs.toFixed(1),
        percent(shareOfPeak(row)),
        percent(shareOfBound(row)),
        ...ratios,
        ...[boundRatio(row), gainOfPeak(row)].map((value) => value?.toPrecision(3) ?? '-'),
      ];
    }),
  );
}
