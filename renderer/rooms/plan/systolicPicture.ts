// The array at a clock of a systolic plan. In: a layer, its plan, a clock. Out: the picture. The truth of it is
// plan/systolicClock.ts.
import type { PeArray } from '../../../main/array/array';
import type { Layer } from '../../../main/plan/layer';
import { isInImage, tellElements, tellMac } from '../../../main/plan/layerMac';
import type { SystolicPlan } from '../../../main/plan/plan';
import { type FoldClock, type PeStep, foldAt, layerMacAt, loadClocks, stepOf } from '../../../main/plan/systolicClock';
import { activeFolds } from '../../../main/plan/tiles';
import { IDLE, LOAD, type Picture, WORK, ZERO, tellStep } from './pes';

/** What stays in the PEs, as words and as the letter of its tensor. */
const STAYS = { os: ['sums', 'y'], ws: ['weights', 'w'], is: ['inputs', 'x'] } as const;

export function systolicPicture(layer: Layer, plan: SystolicPlan, array: PeArray, clock: number): Picture {
  const at = foldAt(plan, clock);
  const load = loadClocks(plan, array);
  return {
    does: at.clock < load ? `loads ${STAYS[plan.dataflow][0]}` : 'multiplies',
    where: tellLoops(plan, at),
    next: { title: 'To the next fold', clock: clock - at.clock + at.clocks },
    loads: load > 0,
    groupCores: 1,
    groups: array.cores,
    pieces: activeFolds(plan, at),
    state({ row, core }) {
      const step = stepOf(plan, array, at, row, core);
      if (step.does === 'load') return LOAD;
      if (step.does !== 'multiply') return IDLE;
      return isInImage(layer, layerMacAt(layer, plan, at, step.of)) ? WORK : ZERO;
    },
    tell: ({ row, core }) => `PE ${row}, ${core}: ${tellStepOf(layer, plan, at, stepOf(plan, array, at, row, core))}`,
  };
}

const tellLoops = ({ gemm, tiles, choice }: SystolicPlan, at: FoldClock): string =>
  [
    ...tellStep('run', at.run, gemm.runs),
    ...tellStep('fold down', at.rowFold, tiles.rowFolds),
    ...tellStep('fold across', at.columnFold, tiles.columnFolds),
    ...tellStep('split', at.split, choice.splits),
    ...tellStep('clock of the fold', at.clock, at.clocks),
  ].join(' · ');

function tellStepOf(layer: Layer, plan: SystolicPlan, at: FoldClock, step: PeStep): string {
  const { dataflow } = plan;
  switch (step.does) {
    case 'multiply': {
      const mac = layerMacAt(layer, plan, at, step.of);
      return isInImage(layer, mac) ? tellMac(layer, mac) : 'multiplies a zero';
    }
    case 'load': {
      const mac = layerMacAt(layer, plan, at, step.of);
      const isZero = dataflow === 'is' && !isInImage(layer, mac);
      return `loads ${isZero ? 'a zero of the padding' : tellElements(layer, mac)[STAYS[dataflow][1]]}`;
    }
    case 'wait':
      return 'waits for the first operands';
    case 'pass':
      return 'passes the sum from above on';
    case 'drain':
      return dataflow === 'os' ? 'holds its finished sum' : 'is done with this fold';
    case 'unused':
      return 'outside the layer in this fold';
  }
}
