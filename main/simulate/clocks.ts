// Clocks of a job beside those in which the array is busy, where pixels and weights never limit. In: the runs of a job.
// Out: the clocks before its first operation, and in how many sums wait for the output. What a run measured in all is
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
 * Told only of output streams that take all lanes in a clock.
 */
export function drainsInTime(run: Run, engine: Engine): boolean {
  const { layer, tiles } = run;
  if (engine.outputLanes * engine.rows * engine.accumulatorBits > engine.outputStreamBits) return false;
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

/** Clocks between the issue of an operation and that in which its sums are kept, or wait. */
const keepClocks = ({ multiplierRegister }: Engine): number => (multiplierRegister ? 3 : 2);

/**
 * Clocks in which final sums wait for those before them to leave, while nothing else waits: the output path of
 * resources/rtl, clock by clock, between the operations that release. Waits after the last operation belong to the drain.
 */
export function outputStallClocks(runs: readonly Run[], engine: Engine): number {
  if (runs.every((run) => drainsInTime(run, engine))) return 0;
  const output = new OutputPath(engine);
  const last = runs.reduce((sum, { tiles }) => sum + tiles.clocks, 0) - 1;
  let stall = 0;
  let counted = 0;
  for (const { operation, beats, lanes, isLast } of walkReleases(runs, engine)) {
    const waited = output.keep(operation + stall, beats, lanes, isLast) - operation - stall;
    stall += waited;
    if (operation + keepClocks(engine) <= last) counted += waited;
  }
  return counted;
}

interface Release {
  readonly operation: number; // of the job, after which the sums are final
  readonly beats: number;
  readonly lanes: readonly number[]; // used in the beats of one walk through the groups, again and again
  readonly isLast: boolean; // of its packet
}

function* walkReleases(runs: readonly Run[], engine: Engine): Generator<Release> {
  let operation = 0;
  for (const { layer, tiles } of runs) {
    const { E, T, L, passes } = tiles;
    const lanes = Array.from({ length: Math.ceil(E / engine.outputLanes) }, (_, at) => Math.min(engine.outputLanes, E - at * engine.outputLanes)); // prettier-ignore
    const configs = passes.map((pass) => configurePass(layer, tiles, pass));
    for (let t = 0; t < T; t++)
      for (const { ph0, ph_rel, w_rel0, sw1, nq_last, ci1, kw1 } of configs) {
        const products = (ci1 + 1) * layer.rows.taps;
        const blocks = layer.frames * L;
        for (let block = 0; block < blocks; block++)
          for (let w = 0; w < tiles.columns; w++) {
            const isEdge = w === tiles.columns - 1;
            const columns = isEdge ? nq_last : (ph0 + w) % (sw1 + 1) === ph_rel && w >= w_rel0 ? 1 : 0;
            const beats = columns * (sw1 + 1) * lanes.length;
            if (beats > 0) yield { operation: operation + products - 1, beats, lanes, isLast: isEdge && block === blocks - 1 }; // prettier-ignore
            operation += products + (kw1 > 0 ? 1 : 0);
          }
      }
  }
}

/** Output pipe and packet writer of resources/rtl with a sink that always takes: the same registers, the same clocks. */
class OutputPath {
  private clock = 0;
  private left = 0; // beats of the snapshot still to go
  private lanes: readonly number[] = [];
  private isLast = false;
  private offered: { readonly bytes: number; readonly isLast: boolean } | null = null; // m_valid of the output pipe
  private count = 0; // bytes in the writer
  private isClosing = false;
  private readonly laneBytes: number;
  private readonly beatBytes: number;
  private readonly room: number;

  constructor({ rows, accumulatorBits, outputStreamBits, outputLanes }: Engine) {
    this.laneBytes = (rows * accumulatorBits) / 8;
    this.beatBytes = outputStreamBits / 8;
    this.room = outputLanes * this.laneBytes + this.beatBytes;
  }

  /** The clock in which the snapshot of a release that comes in `clock` is taken. */
  keep(clock: number, beats: number, lanes: readonly number[], isLast: boolean): number {
    while (this.clock < clock && !this.isIdle()) this.step();
    this.clock = Math.max(this.clock, clock);
    while (this.left > 1 || (this.left === 1 && !this.canPush())) this.step();
    const taken = this.clock;
    this.step(); // the last beat of the snapshot before leaves in the same clock
    [this.left, this.lanes, this.isLast] = [beats, lanes, isLast];
    return taken;
  }

  private isIdle = (): boolean => this.left === 0 && this.offered === null && !this.isClosing && this.count < this.beatBytes; // prettier-ignore
  private takes = (): boolean => !this.isClosing && this.count <= this.room;
  private canPush = (): boolean => this.offered === null || this.takes();

  private step(): void {
    const [takes, push] = [this.takes(), this.left > 0 && this.canPush()];
    const put = takes ? this.offered : null;
    const isWhole = this.count >= this.beatBytes;
    const ends = this.isClosing && this.count <= this.beatBytes;
    if (isWhole) this.count -= this.beatBytes;
    else if (this.isClosing) this.count = 0;
    if (put) [this.count, this.isClosing] = [this.count + put.bytes, put.isLast];
    else if (ends) this.isClosing = false;
    if (takes) this.offered = null;
    if (push) {
      const at = this.lanes.length - 1 - ((this.left - 1) % this.lanes.length);
      this.left--;
      this.offered = { bytes: this.lanes[at]! * this.laneBytes, isLast: this.isLast && this.left === 0 };
    }
    this.clock++;
  }
}
