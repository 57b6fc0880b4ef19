// The array at a clock of a Kraken plan. In: a layer, its plan, a clock. Out: the picture. The truth of it is
// plan/krakenClock.ts.
import type { PeArray } from '../../../main/array/array';
import type { KrakenPlan } from '../../../main/plan/kraken';
import { type ArrayClock, clockAt, layerMacOf, workOf } from '../../../main/plan/krakenClock';
import type { Layer } from '../../../main/plan/layer';
import { tellMac } from '../../../main/plan/layerMac';
import { activePieces } from '../../../main/plan/tiles';
import { IDLE, type PePlace, type Picture, WORK, ZERO, tellStep } from './pes';

const DOES = { configure: 'is configured', multiply: 'multiplies', shift: 'passes sums to the next core' } as const;

export function krakenPicture(layer: Layer, plan: KrakenPlan, array: PeArray, clock: number): Picture {
  const { shape, tiles } = plan;
  const at = clockAt(plan, array, clock);
  const perColumn = (tiles.channelsIn / tiles.passes) * shape.kernelH + tiles.shiftClocks; // the next one does the same for the next outputs
  return {
    does: DOES[at.does],
    where: tellLoops(plan, at),
    next: { title: 'To the next input column', clock: clock + perColumn },
    loads: false,
    groupCores: tiles.G,
    groups: tiles.E,
    pieces: activePieces(plan, at),
    state({ row, core }) {
      const work = workOf(plan, array, at, row, core);
      return !work ? IDLE : layerMacOf(layer, plan, at, work) ? WORK : ZERO;
    },
    tell: (place) => tellPe(layer, plan, array, at, place),
  };
}

function tellLoops({ tiles, shape }: KrakenPlan, at: ArrayClock): string {
  const loops = [
    ...tellStep('run', at.run, tiles.runs),
    ...tellStep('iteration', at.iteration, tiles.T),
    ...tellStep('pass', at.pass, tiles.passes),
  ];
  if (at.does !== 'configure')
    loops.push(
      ...tellStep('frame', at.frame, shape.frames),
      ...tellStep('row block', at.block, tiles.L),
      ...tellStep('column', at.column, shape.columns),
    );
  if (at.does === 'multiply')
    loops.push(
      ...tellStep('input channel', at.channelIn, tiles.channelsIn),
      ...tellStep('kernel row', at.kernelRow, shape.kernelH),
    );
  return loops.join(' · ');
}

/** One PE in words: 'PE 3, 17 (group 5, core 2): y[0, 12, 5, 9] += x[0, 12, 6, 4] · w[9, 1, 2, 4]'. */
function tellPe(layer: Layer, plan: KrakenPlan, array: PeArray, at: ArrayClock, { row, core }: PePlace): string {
  const { G, E } = plan.tiles;
  const elastic = Math.floor(core / G);
  const who =
    elastic < E ? `PE ${row}, ${core} (group ${elastic}, core ${core % G})` : `PE ${row}, ${core} (in no group)`;
  if (at.does !== 'multiply') return `${who}: ${at.does === 'shift' ? 'passes its sum on' : 'waits'}`;
  const work = workOf(plan, array, at, row, core);
  if (!work) return `${who}: idle`;
  const mac = layerMacOf(layer, plan, at, work);
  return mac ? `${who}: ${tellMac(layer, mac)}` : `${who}: multiplies a zero`;
}
