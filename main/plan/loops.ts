// A layer's plan as a loop nest. In: a planned layer and its array. Out: lines of text, outermost loop first.
import type { PeArray } from '../array/array';
import type { KrakenPlan } from './kraken';
import { MAPPINGS, type ArrayPlan, type SystolicPlan } from './plan';

export const loopNest = (plan: ArrayPlan, array: PeArray): string[] =>
  plan.dataflow === 'kraken' ? krakenNest(plan, array) : systolicNest(plan, array);

/** Indents each line below the one before; loops of one step are left out. */
function indent(lines: readonly (string | { readonly loop: string; readonly count: number })[]): string[] {
  const shown = lines.filter((line) => typeof line === 'string' || line.count > 1);
  return shown.map(
    (line, depth) => '  '.repeat(depth) + (typeof line === 'string' ? line : `for ${line.loop} of ${line.count}`),
  );
}

/** The loops round everything else. */
const outerLoops = (runs: number, { chunks }: { readonly chunks: number }, inferences: number) => [
  { loop: `chunk of the batch: ${inferences} inferences`, count: chunks },
  { loop: 'run (group)', count: runs / chunks },
];

function krakenNest({ shape, tiles, choice, inferences }: KrakenPlan, array: PeArray): string[] {
  const { T, E, G, L, passes, channelsIn, shiftClocks, runs } = tiles;
  const inner = indent([
    ...outerLoops(runs, choice, inferences),
    {
      loop: `iteration: ${Math.min(shape.strideW * E, tiles.channelsOut)} output channels in ${E} groups of ${G} cores`,
      count: T,
    },
    { loop: 'pass: load the weights of some input channels', count: passes },
    { loop: 'frame', count: shape.frames },
    { loop: `row block: ${array.rows} output rows`, count: L },
    { loop: 'input column', count: shape.columns },
    { loop: 'input channel', count: Math.ceil(channelsIn / passes) },
    { loop: 'kernel row', count: shape.kernelH },
    `${array.rows} × ${array.cores} PEs multiply and accumulate`,
  ]);
  return shiftClocks === 0
    ? inner
    : [...inner, 'after each input column: one clock in which sums move to the next core'];
}

function systolicNest({ dataflow, gemm, choice, tiles, inferences }: SystolicPlan, array: PeArray): string[] {
  const mapping = MAPPINGS[dataflow];
  const loops = {
    r: { loop: `block of ${mapping.r}`, count: choice.rowBlocks },
    c: { loop: `block of ${mapping.c}`, count: choice.columnBlocks },
    t: { loop: `split of ${mapping.t}`, count: choice.splits },
  };
  return indent([
    ...outerLoops(gemm.runs, choice, inferences),
    ...([...choice.order] as ('r' | 'c' | 't')[]).map((letter) => loops[letter]),
    { loop: `fold of ${array.rows} ${mapping.r}`, count: Math.ceil(tiles.rowFolds / choice.rowBlocks) },
    { loop: `fold of ${array.cores} ${mapping.c}`, count: Math.ceil(tiles.columnFolds / choice.columnBlocks) },
    `${array.rows} × ${array.cores} PEs: ${Math.ceil(tiles.time / choice.splits)} ${mapping.t} stream through, ${tiles.overhead} clocks to fill and drain`,
  ]);
}
