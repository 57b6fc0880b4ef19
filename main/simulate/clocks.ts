// Clocks of a job beside those in which the array is busy, for engines whose streams never limit. In: the runs of a job.
// Out: the clocks before its first operation, and whether sums ever wait. What a run measured in all is
//   firstFire (fill) + [ fires + stallOut + waitPixels + waitWeights ] + (lastSum - lastFire) (drain).
// Derived from resources/rtl: packet_reader, weights_rotator and output_pipe; held to the RTL by test/rtl/clocks.test.ts.
import type { Engine } from './engine';
import { type EngineLayer, type Tiles, configurePass } from './tiles';

interface Run {
  readonly layer: EngineLayer;
  readonly tiles: Tiles;
}

/** Register stages of the first weights row: skid, header, gearbox, unit, bank. */
const FIRST_ROW_CLOCKS = 5;

/** Clocks before the first operation: the first bank fills at one row a clock. */
export function fillClocks({ layer, tiles }: Run): number {
  return FIRST_ROW_CLOCKS + configurePass(layer, tiles, tiles.passes[0]!).a_last + 1;
}

/** Beats in which the sums of one released output column leave. */
export const columnBeats = ({ layer, tiles }: Run, engine: Engine): number =>
  layer.columns.stride * Math.ceil(tiles.E / engine.outputLanes);

/**
 * Clocks from the last operation to the last beat of sums, where the last column releases and sums drain in time: the
 * beats of the right edge, and the registers behind the array, which are `least` or, by how beats fill up, a few more.
 */
export function drainClocks(run: Run, engine: Engine): { readonly least: number; readonly most: number } | null {
  const { nq_last } = configurePass(run.layer, run.tiles, run.tiles.passes.at(-1)!);
  if (nq_last === 0 || !drainsInTime(run, engine)) return null;
  const beats = nq_last * columnBeats(run, engine);
  return { least: beats + OUTPUT_CLOCKS, most: beats + OUTPUT_CLOCKS + CLOSING_CLOCKS };
}

/** Register stages behind the last operation: array, snapshot, output pipe, writer, skid. */
const OUTPUT_CLOCKS = 5;

/** Clocks from a packet's last lanes until the writer takes the next packet's: its rest goes out, two beats at most. */
const CLOSING_CLOCKS = 3;

/**
 * Whether no sum ever waits for the output: each release has left before the next comes, whichever pass it is of.
 * Releases come every S_W columns; those of the right edge come at once, and the next but w_rel0 + 1 columns later.
 */
export function drainsInTime(run: Run, engine: Engine): boolean {
  const { layer, tiles } = run;
  const beats = columnBeats(run, engine);
  const shift = layer.columns.taps === 1 ? 0 : 1;
  return tiles.passes.every((pass) => {
    const config = configurePass(layer, tiles, pass);
    const column = (pass.to - pass.from) * layer.rows.taps + shift; // clocks
    const between = layer.columns.stride * column;
    const afterEdge = (config.w_rel0 + 1) * column;
    return beats <= between && beats + CLOSING_CLOCKS <= column && config.nq_last * beats + CLOSING_CLOCKS <= afterEdge;
  });
}
