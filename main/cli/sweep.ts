// `goldbench sweep`: many arrays for one network. In: as goldbench estimate, with lists of values for some parameters.
// Out: the Pareto front (or all designs); with --state a file that a later call goes on from.
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Verb } from '../cli';
import {
  AXES,
  AXIS_OPTION,
  type Axis,
  type DesignPoint,
  type SweepState,
  startSweep,
  stepSweep,
  sweepFront,
} from '../estimate/sweep';
import { FIRST_GOALS, type Metric, readGoals, tellGoals } from '../estimate/metric';
import { type Shown, sweepChart } from '../estimate/sweepChart';
import { drawChart } from '../estimate/svg';
import { readValues } from '../estimate/values';
import { cancelled, userFailure } from '../network/failure';
import { parseVerb, readGivenFile } from './files';
import { describeArray, oneWorkload, save } from './plan';
import { clean, formatTable, print, printJson, showProgress, thousands } from './print';
import { checkObjective, checkWhole, readArray, readWorkload } from './workload';

const usage =
  'sweep MODEL|TABLE [--array …] [--set FIELD=VALUE …] [--dataflow …] [--objective clocks|traffic] [--rows 4..16] [--cols 24,48,96] [--sram …] [--clock …] [--dram …] [--batch …] [--goals fps,energy,area,traffic] [--all] [--state FILE.json] [--svg FILE.svg] [--json]';
const STEP = 10; // designs between two looks at Ctrl+C

export const runSweep: Verb = {
  usage,
  about:
    'the Pareto front of arrays (--goals: fps, energy, area, traffic, or latency, bandwidth, clock …); lists are 4..16, 4..16:2 or 24,48,96',
  async run(args) {
    const text = { type: 'string' } as const;
    const options = {
      array: text,
      set: { type: 'string', multiple: true },
      dataflow: text,
      objective: text,
      rows: text,
      cols: text,
      sram: text,
      clock: text,
      dram: text,
      batch: text,
      goals: text,
      state: text,
      svg: text,
      all: { type: 'boolean' },
      json: { type: 'boolean' },
    } as const;
    const { values, positionals } = parseVerb(args, options, usage);
    const workload = readWorkload(oneWorkload(positionals, usage));
    const array = readArray(values.array, values.dataflow, values.set);
    const objective = checkObjective(values.objective);
    const goals = values.goals === undefined ? FIRST_GOALS : readGoals(values.goals);
    const given: Partial<Record<Axis, number[]>> = {};
    for (const axis of AXES) {
      const list = values[AXIS_OPTION[axis] as keyof typeof values] as string | undefined;
      if (list !== undefined) given[axis] = readValues(list, `--${AXIS_OPTION[axis]}`);
    }
    const fresh = startSweep(array, checkWhole(undefined, '--batch', 1), given);
    // a state belongs to one network, one array and one objective
    const key = JSON.stringify({ workload, array, objective });
    const state = await runAll(
      resume(values.state, key, fresh),
      (state) => stepSweep(state, workload.steps, array, STEP, objective),
      (state) => values.state !== undefined && save(values.state, JSON.stringify({ key, ...state })),
    );
    const front = sweepFront(state, goals);
    if (values.svg !== undefined)
      save(values.svg, drawChart(sweepChart(state, `${workload.name} on arrays like ${array.name}`, shownOf(goals))));
    if (values.json)
      return printJson({
        network: workload.name,
        array,
        axes: state.axes,
        goals,
        front: front.map(({ index }) => index),
        points: state.points,
      });
    print(`${clean(workload.name)} on arrays like ${describeArray(array)}\n`);
    printPoints(values.all ? state.points : front, new Set(front));
    print(`\n${thousands(state.total)} designs, ${thousands(front.length)} on the front of ${tellGoals(goals)}`);
    const failed = state.points.filter(({ why, hostLayers }) => why !== null || hostLayers > 0).length;
    if (failed > 0) print(`${thousands(failed)} designs cannot run every layer and are not on the front`);
  },
};

/** The picture shows what is weighed: area and frames per second where they are, else the first two goals. */
function shownOf(goals: readonly Metric[]): Shown {
  const [y = 'fps', x = 'area'] = goals.includes('fps') && goals.includes('area') ? [] : goals;
  return { x, y, goals };
}

/** Steps to the end with a progress line; Ctrl+C stops between two steps, and what is done is kept. */
async function runAll(
  start: SweepState,
  step: (state: SweepState) => SweepState,
  keep: (state: SweepState) => void,
): Promise<SweepState> {
  let state = start;
  let stop = false;
  const onInterrupt = () => (stop = true);
  process.once('SIGINT', onInterrupt);
  try {
    while (state.points.length < state.total && !stop) {
      state = step(state);
      showProgress(`design ${state.points.length} of ${state.total}`);
      await setImmediate(); // lets the signal in
    }
    keep(state);
    if (stop) throw cancelled('The sweep');
    return state;
  } finally {
    showProgress('');
    process.off('SIGINT', onInterrupt);
  }
}

/** The state in the file where it is of this very sweep; a fresh one where there is none. */
function resume(file: string | undefined, key: string, fresh: SweepState): SweepState {
  if (file === undefined || !existsSync(file)) return fresh;
  const refuse = () =>
    userFailure('sweep-state', `${file} holds the state of another sweep.`, 'Name another file, or remove this one.', {
      file,
    });
  let kept: SweepState & { key?: unknown };
  try {
    kept = JSON.parse(new TextDecoder().decode(readGivenFile(file))) as SweepState & { key?: unknown };
  } catch {
    throw refuse(); // not JSON: certainly no state of ours
  }
  if (kept.key !== key || JSON.stringify(kept.axes) !== JSON.stringify(fresh.axes)) throw refuse();
  return { axes: kept.axes, total: kept.total, points: kept.points };
}

function printPoints(points: readonly DesignPoint[], front: ReadonlySet<DesignPoint>): void {
  print(
    formatTable(points, [
      ...AXES.map((axis) => ({ title: AXIS_OPTION[axis], right: true, cell: (p: DesignPoint) => p[axis] })),
      { title: 'fps', right: true, cell: (p) => p.fps.toFixed(2) },
      { title: 'utilisation %', right: true, cell: (p) => p.utilisationPercent.toFixed(1) },
      { title: 'mJ/frame', right: true, cell: (p) => p.millijoulesPerFrame.toFixed(3) },
      { title: 'area mm2', right: true, cell: (p) => p.areaMm2.toFixed(2) },
      { title: 'MB/frame', right: true, cell: (p) => p.megabytesPerFrame.toFixed(2) },
      {
        title: '',
        most: 100,
        cell: (p) => p.why ?? (p.hostLayers > 0 ? `${p.hostLayers} layers on the host` : front.has(p) ? 'front' : ''),
      },
    ]),
  );
}
