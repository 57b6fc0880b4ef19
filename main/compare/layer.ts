// One layer of the RTL against golden. In: a layer that was simulated. Out: a verdict as a plain record: equal or not, the
// first sum that differs with everything that is known of it, the pattern of all, clocks. After a difference its tile is
// run once more alone; waves are written by running the job once more.
import path from 'node:path';
import { buildSimulator } from '../simulate/build';
import { DEFAULT_SETTINGS, runJob, writeSettings } from '../simulate/job';
import type { SimulatedLayer } from '../simulate/network';
import { operandsOf, walkDifferences } from '../simulate/places';
import { tellErrors } from '../simulate/protocol';
import type { SumDifference } from '../simulate/record';
import { simulateTile } from '../simulate/simulate';
import { describeLayer } from '../plan/layer';
import { indexOf } from '../tensor/place';
import { type TypedArray, bytesOf } from '../tensor/tensor';
import { DifferenceCounter, type Sizes, guessCause } from './pattern';
import { describeFirst } from './tell';
import type { ClockRange, FirstSum, LayerVerdict, WaveFile } from './verdict';

export interface JudgeOptions {
  readonly appRoot: string;
  readonly cacheFolder: string;
  readonly rtlFolder?: string | undefined;
  readonly signal?: AbortSignal;
}

/** Clocks of waves before the first difference leaves the engine, and after it. */
const WAVES_BEFORE = 1900;
const WAVES_AFTER = 100;
const SHOWN_OPERANDS = 12;

export async function judgeLayer(layer: SimulatedLayer, { signal }: JudgeOptions): Promise<LayerVerdict> {
  const { operator, golden, sumBits, output, simulation, engine } = layer;
  const { runs, expected, packets, accumulators } = simulation;
  const right = golden.outputs[0]!;
  const channels = right.tensor.shape.at(-1) ?? 1;
  const counter = new DifferenceCounter();
  let first: SumDifference | null = null as SumDifference | null;
  walkDifferences(engine, runs, expected, packets, (difference) => {
    first ??= difference;
    counter.add(difference, difference.element === null ? null : difference.element % channels);
  });
  const wrongSums = accumulators
    ? countDifferent(wrap(accumulators, sumBits), wrap(golden.accumulators as Int32Array, sumBits))
    : right.data.length;
  const differing = output ? countDifferent(output.data, right.data) : right.data.length;
  const sums = expected.reduce((sum, { bytes }) => sum + bytes.length / (engine.accumulatorBits / 8), 0);
  const why = tellWrong(layer, counter.count, wrongSums, differing);
  return {
    operator: operator.index,
    name: operator.name,
    sizes: describeLayer(layer.layer),
    result: why === '' ? 'equal' : 'differs',
    why,
    elements: right.data.length,
    differing,
    sums,
    differingSums: counter.count,
    first: first && tellFirst(layer, first),
    pattern: counter.sentence(sizesOf(layer, channels), sums),
    counts: counter.count > 0 ? counter.counts() : null,
    tileAlone: first && (await rerunTile(layer, first, signal)),
    clocks: layer.clocks,
    seconds: layer.seconds,
    waves: null,
  };
}

const wrap = (sums: Int32Array, bits: number): Int32Array =>
  bits === 32 ? sums : sums.map((sum) => (sum << (32 - bits)) >> (32 - bits));

function countDifferent(a: TypedArray, b: TypedArray): number {
  if (Buffer.compare(bytesOf(a), bytesOf(b)) === 0) return 0;
  let count = 0;
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) count++;
  return count;
}

/** The sentence that says what is wrong; '' where golden and RTL agree in every word, packet and signal. */
function tellWrong(
  { simulation, engine, tells }: SimulatedLayer,
  words: number,
  wrongSums: number,
  outputs: number,
): string {
  const { summary, accumulators, overflows, clocks } = simulation;
  const { end, packets, expectedPackets } = { ...summary, expectedPackets: simulation.expected.length };
  if (end === 'timeout')
    return `Nothing moved any more after clock ${summary.clocks}: ${packets} of ${expectedPackets} packets of sums came.`;
  if (summary.errors > 0) return `The engine reports: ${tellErrors(summary.errors).join('; ')}.`;
  if (!accumulators || packets !== expectedPackets)
    return `${packets} packets of sums came, some too short or too long; ${expectedPackets} must come.`;
  const told = `${outputs} output element${outputs === 1 ? '' : 's'}`;
  if (words > 0) return `${words} sum${words === 1 ? ' differs' : 's differ'}, and ${told}.`;
  if (wrongSums > 0 && overflows)
    return `${wrongSums} sums do not fit ${engine.accumulatorBits} bits and wrapped; ${told} differ${outputs === 1 ? 's' : ''}.`;
  if (wrongSums > 0) return `${wrongSums} sums differ.`;
  if (summary.differences > 0)
    return `Packet ${summary.packet} differs in its ${summary.difference}: ${summary.actual} came, ${summary.expected} is right.`;
  if (tells && summary.fires !== clocks) return `The array was busy in ${summary.fires} clocks, not in ${clocks}.`;
  return '';
}

const sizesOf = ({ simulation: { runs }, engine }: SimulatedLayer, channel: number): Sizes => ({
  channel,
  core: engine.cores,
  row: engine.rows,
  iteration: Math.max(...runs.map(({ tiles }) => tiles.T)),
  block: Math.max(...runs.map(({ tiles }) => tiles.L)),
  column: Math.max(...runs.map(({ tiles }) => tiles.columns)),
});

function tellFirst({ simulation, golden, output, tells }: SimulatedLayer, first: SumDifference): FirstSum {
  const { summary, runs } = simulation;
  const { tensor, data } = golden.outputs[0]!;
  const { element } = first;
  const operands = operandsOf(runs[first.run]!, first);
  const waited = summary.stallOut + summary.waitPixels + summary.waitWeights > 0;
  const found = {
    ...first,
    elementIndex: element === null ? null : indexOf(tensor.shape, element),
    goldenOutput: element === null ? null : Number(data[element]),
    rtlOutput: element === null || !output ? null : Number(output.data[element]),
    clock: summary.clock,
    issuedAt: waited || !tells ? null : summary.firstFire + first.operation,
    operands: operands.length,
    shownOperands: operands.slice(0, SHOWN_OPERANDS),
    cause: guessCause(first, operands),
  };
  return { ...found, told: describeFirst(found) };
}

const rerunTile = (
  { simulator, engine, simulation, folder, settings }: SimulatedLayer,
  first: SumDifference,
  signal: AbortSignal | undefined,
): Promise<boolean> =>
  simulateTile(simulator, engine, simulation.runs[first.run]!, first, path.join(folder, 'tile'), settings, { signal });

/** The clocks round a layer's first difference; where it has none, its first ones. */
export function clocksToSee({ first, result, clocks }: LayerVerdict): ClockRange {
  const at = first?.clock ?? (result === 'equal' ? 0 : clocks.total);
  return { from: Math.max(0, at - WAVES_BEFORE), to: at + WAVES_AFTER };
}

/** Runs a layer's job once more, by an executable that can write waves. */
export async function writeWaves(
  { engine, folder, settings }: SimulatedLayer,
  { from, to }: ClockRange,
  { appRoot, cacheFolder, rtlFolder, signal }: JudgeOptions,
): Promise<WaveFile> {
  const simulator = await buildSimulator(engine, { appRoot, cacheFolder, rtlFolder, waves: true, signal });
  writeSettings(folder, { ...DEFAULT_SETTINGS, ...settings, wavesFrom: from, wavesTo: to });
  await runJob(simulator, folder, { signal });
  return { file: path.join(folder, 'waves.fst'), from, to };
}
