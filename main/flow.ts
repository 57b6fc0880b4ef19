// READ FIRST. The one way through Goldbench, a function a stage:
//
//     file -> import -> (quantise) -> golden -> plan -> estimate -> simulate -> compare -> (what later rooms add)
//             Network    Network      Tensors   TilePlan Estimate   SimulatedLayer  LayerVerdict
//
// Window (jobs/worker) and command line (cli) call exactly these, so both always do the same thing. Nothing here knows
// of sessions, threads or windows: bytes and values go in, values come out. (simulate runs other programs, which work on files.)
import type { PeArray } from './array/array';
import { type Estimate, estimatePlan } from './estimate/estimate';
import { clocksToSee, judgeLayer, writeWaves } from './compare/layer';
import type { ClockRange, LayerVerdict } from './compare/verdict';
import { type DesignPoint, type SweepRequest, sweepFrom } from './estimate/sweep';
import type { Batch } from './import/batch';
import { describeNetwork } from './import/describe';
import { importNetwork } from './import/import';
import { type PreparedInput, type Preprocessing, readInput } from './import/input';
import type { KernelSet } from './network/arithmetic';
import { truthsOf } from './golden/batch';
import { type Engine, REFERENCE_TS } from './golden/engine';
import { type OperatorResult, runOperators } from './golden/run';
import { supportOf } from './golden/support';
import { userFailure } from './network/failure';
import type { Network } from './network/network';
import type { NetworkView } from './network/view';
import { type Step, stepsOf } from './plan/layers';
import { type PlanOptions, type TilePlan, planNetwork } from './plan/plan';
import { type Regroupings, regroup } from './plan/regroup';
import type { Run } from './quantise/calibrate';
import type { Mixing } from './quantise/choice';
import type { ConvertOptions } from './quantise/convert';
import { type JudgeOptions, type Judgement, type Twin, judge as judgeTwin } from './quantise/judge';
import { suggestMixed } from './quantise/mixed';
import { type Measurement, type PrepareStep, type Prepared, prepare } from './quantise/quantise';
import type { SuggestStep, Suggestion } from './quantise/suggest';
import { removeJob } from './simulate/job';
import { type SimulateOptions, type SimulatedLayer, type SimulatedNetwork, simulateNetwork } from './simulate/network';
import type { TypedArray } from './tensor/tensor';

/** import: a file's bytes become a checked network, and the view of it that people read. */
export function openNetwork(bytes: Uint8Array, fileName: string): { network: Network; view: NetworkView } {
  const { network, problems } = importNetwork(bytes, fileName);
  return {
    network,
    get view() {
      return describeNetwork(network, problems, supportOf); // not every caller shows it
    },
  };
}

/** import: the bytes of a .npy, .bin, .png or .jpg become the value of one input tensor. */
export function prepareInput(
  network: Network,
  tensor: number,
  bytes: Uint8Array,
  fileName: string,
  preprocessing?: Preprocessing,
): PreparedInput {
  const slot = network.tensors[tensor];
  if (!slot || !network.inputs.includes(tensor))
    throw userFailure(
      'input-not-a-network-input',
      `Tensor ${tensor} is not an input of ${network.name}.`,
      `Its inputs are ${network.inputs.map((i) => `${i} (${network.tensors[i]!.name})`).join(', ')}.`,
    );
  return readInput(bytes, fileName, slot, preprocessing);
}

/**
 * quantise: a network of real numbers fused, and what its tensors hold over a batch; runs are golden's. What comes back serves
 * every scheme: `convert` makes the quantised network and its file. `known`: what such a call measured before.
 */
export const prepareQuantisation = (
  network: Network,
  batch: Batch,
  engine: Engine = REFERENCE_TS,
  preprocessing?: Preprocessing,
  known?: Measurement,
): Generator<PrepareStep, Prepared> => prepare(network, batch, runsOn(engine), preprocessing, known);
export { convert } from './quantise/quantise';

/** Where and how inputs of a batch are run. */
export interface Measuring {
  readonly engine?: Engine;
  readonly preprocessing?: Preprocessing | undefined;
  /** Names of classes where the batch brings none. */
  readonly classes?: readonly string[] | null;
  readonly top?: number;
  /** Told of every operator that is run in either network. */
  readonly onResult?: (network: Network, result: OperatorResult) => void;
}

const runsOn = (engine: Engine = REFERENCE_TS, onResult?: Measuring['onResult']): Run =>
  function* (network, inputs) {
    for (const result of runOperators(network, 'reference', inputs, engine, false)) {
      onResult?.(network, result);
      yield result;
    }
  };

const judging = (
  real: Network,
  batch: Batch,
  { engine, preprocessing, classes, top, onResult }: Measuring,
): JudgeOptions => ({
  run: runsOn(engine, onResult),
  preprocessing,
  truths: truthsOf(real, batch, classes),
  ...(top !== undefined && { top }),
});

/** quantise: what it cost: the noise of every operator, worst first; agreement of both networks, and how often each is right. */
export const judge = (real: Network, twin: Twin, batch: Batch, how: Measuring = {}): Generator<number, Judgement> =>
  judgeTwin(real, twin, batch, judging(real, batch, how));

/** quantise: which layers deserve the longer words of another scheme, within a budget of bytes or of quality; each step is measured. */
export const suggest = (
  prepared: Prepared,
  batch: Batch,
  choice: ConvertOptions,
  mixing: Mixing,
  how: Measuring = {},
): Generator<SuggestStep, Suggestion> =>
  suggestMixed(prepared, batch, choice, mixing, judging(prepared.fused.network, batch, how));

/** golden: every operator in execution order, one result at a time, so that a caller can store, show and stop. */
export function golden(
  network: Network,
  kernels: KernelSet,
  inputs: ReadonlyMap<number, TypedArray>,
  engine: Engine = REFERENCE_TS,
  keepAccumulators = true,
): Generator<OperatorResult, void> {
  return runOperators(network, kernels, inputs, engine, keepAccumulators);
}

/** golden, many times: every input of a batch in turn, of which only the scores are kept. */
export { runBatch } from './golden/batch';

/** plan: every operator as a layer the array could run, or as the host's, with the reason. (A layer table has its own.) */
export const layersOf = (network: Network): Step[] => stepsOf(network);

/** plan: the best way of each layer onto the array, with the proof that no other is better. */
export const plan = (name: string, steps: readonly Step[], array: PeArray, options?: PlanOptions): TilePlan =>
  planNetwork(name, steps, array, options);

/** plan: the same PEs as another R x C, where that is better; with the proof over all of them. */
export const planRegrouped = (
  name: string,
  steps: readonly Step[],
  array: PeArray,
  options?: PlanOptions,
): Regroupings => regroup(name, steps, array, options);

/** estimate: clocks, traffic and energy of a plan; every number can be told with its formula. */
export const estimate = (tilePlan: TilePlan): Estimate => estimatePlan(tilePlan);

/** sweep: one network on many arrays, one design after the other, so that a caller can store, show, stop and go on. */
export const sweep = (request: SweepRequest, from = 0): Generator<DesignPoint, void> => sweepFrom(request, from);

/**
 * simulate and compare: layers through the RTL, several at a time, each judged against golden to the bit.
 * @param waves clocks of the one layer that is run; null: round the first difference, where there is one
 */
export async function simulate(
  network: Network,
  array: PeArray,
  inputs: ReadonlyMap<number, TypedArray>,
  options: SimulateOptions & {
    readonly waves: ClockRange | null;
    readonly keepsJobs?: boolean; // also of layers that are equal
    readonly onVerdict?: (verdict: LayerVerdict) => void; // as each layer is done
  },
): Promise<SimulatedNetwork & { readonly verdicts: readonly LayerVerdict[] }> {
  const judged: { layer: SimulatedLayer | null; verdict: LayerVerdict }[] = [];
  const done = await simulateNetwork(network, array, inputs, options, async (layer) => {
    const verdict = await judgeLayer(layer, options);
    const isNeeded = options.waves !== null || verdict.result === 'differs';
    if (!isNeeded && !options.keepsJobs) await removeJob(layer.folder); // while other layers are computed
    options.onVerdict?.(verdict);
    judged.push({ verdict, layer: isNeeded ? layer : null }); // equal ones may go
  });
  judged.sort((a, b) => a.verdict.operator - b.verdict.operator);
  const seen = judged.find(({ layer }) => layer !== null);
  if (seen) {
    const waves = await writeWaves(seen.layer!, options.waves ?? clocksToSee(seen.verdict), options);
    seen.verdict = { ...seen.verdict, waves };
  }
  return { ...done, verdicts: judged.map(({ verdict }) => verdict) };
}

/** export: a network's run on an array as vectors, testbench and scripts, in a folder or only counted. */
export { exportBundle } from './export/bundle';
