// Clocks in which the engine of resources/rtl does nothing because a stream holds it up. In: its loops, and its ports. Out:
// how long final sums wait for those before them to leave, and products for the next bank of weights; exact to the clock,
// as test/rtl/clocks.test.ts holds the RTL to. No sum of products of sizes gives them, for sums and weights wait for each
// other, and ragged beats carry over; so the loops are walked, but whole rounds at a time as soon as a state comes back.
import type { Window } from '../golden/padding';
import { isChain, lastReleased, streamedOf } from './rtlForm';
import { CLOSING_CLOCKS, type Release, type RtlPorts, OutputPath, PACKETS_AHEAD, WeightPath } from './rtlPorts';

/** Iterations that are alike, one after the other. */
export interface RtlRun {
  readonly iterations: number;
  readonly groups: number; // E
  readonly passes: readonly RtlPass[];
}

/** What one pass does: for each row block its columns, for each column its products, and a shift. */
export interface RtlPass {
  readonly weightRows: number;
  readonly blocks: number; // N L
  readonly columns: number; // streamed
  readonly products: number; // clocks of a column
  readonly shift: number; // q_s
  readonly stride: number; // S_W
  readonly firstRelease: number; // column; every S_W-th from there releases, too
  readonly edge: number; // output columns that the last column releases; 0: none, nor any other
}

export interface RtlWaits {
  readonly fill: number; // clocks before the first operation: the first bank fills
  readonly sums: number;
  readonly weights: number;
  readonly drain: number; // clocks from the last operation until the last sums have left
}

/** Clocks between the issue of an operation and that in which its sums are kept, or wait. */
const keepClocks = ({ multiplierRegister }: RtlPorts): number => (multiplierRegister ? 3 : 2);

/**
 * Waits from the first operation to the last, of runs in one go. Those after the last belong to the drain.
 * @param inFull walks even where it is plain that no sum waits
 */
export const countWaits = (runs: readonly RtlRun[], ports: RtlPorts, inFull = false): RtlWaits =>
  runs.length === 0 ? { fill: 0, sums: 0, weights: 0, drain: 0 } : new Walk(runs, ports, !inFull).count();

interface Pending {
  readonly slot: number; // in which its sums are kept
  readonly release: Release;
}

/** Slots are clocks in which the pipeline moves; the clock of a slot is later by the waits of sums before it. */
class Walk {
  private slot = 0;
  private sums = 0;
  private weights = 0;
  private pending: Pending[] = [];
  private readonly output: OutputPath;
  private readonly banks: WeightPath;
  private readonly isCalm: boolean;

  constructor(
    private readonly runs: readonly RtlRun[],
    private readonly ports: RtlPorts,
    mayBeCalm: boolean,
  ) {
    this.output = new OutputPath(ports);
    this.banks = new WeightPath(ports, weightRowsOf(runs));
    this.isCalm = mayBeCalm && this.drainsInTime();
  }

  count(): RtlWaits {
    const fill = this.banks.readyAt(0);
    this.slot = fill;
    for (const { iterations, groups, passes } of this.runs) {
      const lanes = this.lanesOf(groups);
      this.repeat(iterations, passes.length, () => {
        for (const pass of passes) this.runPass(pass, lanes);
      });
    }
    if (this.isCalm) this.runLastBlock();
    const { sums, weights } = this;
    const last = this.slot - 1 + sums;
    this.settle(Infinity);
    return { fill, sums, weights, drain: this.output.finish() - last };
  }

  /** Cores whose sums leave in each beat of a walk through the groups. */
  private lanesOf(groups: number): readonly number[] {
    const { outputLanes } = this.ports;
    return Array.from({ length: Math.ceil(groups / outputLanes) }, (_, at) =>
      Math.min(outputLanes, groups - at * outputLanes),
    );
  }

  /** Whether no sum ever waits, since each release has left before the next comes, whichever pass it is of. */
  private drainsInTime(): boolean {
    let [longest, shortest, longestEdge, shortestEdge] = [0, Infinity, 0, Infinity];
    for (const { groups, passes } of this.runs)
      for (const { products, shift, stride, columns, firstRelease, edge } of passes) {
        const [leaves, column] = [stride * this.output.walkClocks(this.lanesOf(groups)), products + shift];
        longest = Math.max(longest, leaves);
        shortest = Math.min(shortest, column);
        longestEdge = Math.max(longestEdge, edge * leaves);
        shortestEdge = Math.min(shortestEdge, (Math.min(firstRelease, columns - 1) + 1) * column);
      }
    return longest + CLOSING_CLOCKS <= shortest && longestEdge + CLOSING_CLOCKS <= shortestEdge;
  }

  /**
   * Does `work` so many times; once a state comes back, the rounds between are left out.
   * @param packets of weights in each, 0 where the banks do not matter: then the next packets must be alike, too
   */
  private repeat(times: number, packets: number, work: () => void): void {
    const seen = new Map<string, readonly [at: number, slot: number, sums: number, weights: number]>();
    const last = packets === 0 ? times : times - Math.ceil(PACKETS_AHEAD / packets) - 1;
    for (let at = 0; at < times; at++) {
      if (at < last && times > 2) {
        const state = this.state(packets > 0);
        const before = seen.get(state);
        if (before) {
          const round = at - before[0];
          const rounds = Math.floor((last - at) / round);
          this.skip(rounds, [this.slot - before[1], this.sums - before[2], this.weights - before[3]], round * packets);
          at += rounds * round;
          seen.clear();
          if (at === times) return;
        } else seen.set(state, [at, this.slot, this.sums, this.weights]);
      }
      work();
    }
  }

  private state(withBanks: boolean): string {
    const clock = this.slot + this.sums;
    const pending = this.pending
      .map(({ slot, release }) => `${slot - this.slot},${release.beats},${release.isLast}`)
      .join(';');
    return `${pending}|${this.output.state(clock)}|${withBanks ? this.banks.state(clock) : ''}`;
  }

  private skip(rounds: number, [slots, sums, weights]: readonly [number, number, number], packets: number): void {
    const clocks = rounds * (slots + sums);
    this.slot += rounds * slots;
    this.sums += rounds * sums;
    this.weights += rounds * weights;
    this.pending = this.pending.map((one) => ({ ...one, slot: one.slot + rounds * slots }));
    this.output.skip(clocks);
    if (packets > 0) this.banks.skip(clocks, rounds * packets);
  }

  private runPass(pass: RtlPass, lanes: readonly number[]): void {
    this.waitForWeights();
    if (this.isCalm) this.slot += pass.blocks * blockClocks(pass);
    else {
      this.repeat(pass.blocks - 1, 0, () => this.runBlock(pass, lanes, false));
      this.runBlock(pass, lanes, true);
    }
    this.banks.release(this.slot - 1 + this.sums);
  }

  /** Once more, with the sums that it releases. */
  private runLastBlock(): void {
    const { groups, passes } = this.runs.at(-1)!;
    const pass = passes.at(-1)!;
    const lanes = this.lanesOf(groups);
    this.slot -= blockClocks(pass);
    this.output.leave((pass.blocks - 1) * pass.stride * (countInner(pass) + pass.edge), lanes);
    this.runBlock(pass, lanes, true);
  }

  private waitForWeights(): void {
    this.settle(this.slot);
    const ready = this.banks.readyAt(this.slot + this.sums);
    while (this.slot + this.sums < ready) {
      // sums that come to be kept meanwhile hold the pipeline up, and the banks need not be waited for so long
      const next = Math.min(ready - this.sums, this.pending[0]?.slot ?? Infinity);
      this.weights += next - this.slot;
      this.slot = next;
      this.settle(this.slot);
    }
  }

  private runBlock(pass: RtlPass, lanes: readonly number[], isLast: boolean): void {
    const { columns, products, shift, stride, firstRelease, edge } = pass;
    const column = products + shift;
    const beats = stride * lanes.length;
    const one = { beats, lanes, isLast: false };
    const inner = countInner(pass);
    if (inner > 0) {
      this.issue(firstRelease * column);
      this.runColumn(products, shift, one);
      this.repeat(inner - 1, 0, () => {
        this.issue((stride - 1) * column);
        this.runColumn(products, shift, one);
      });
    }
    this.issue((columns - 1 - (inner > 0 ? firstRelease + (inner - 1) * stride + 1 : 0)) * column);
    this.runColumn(products, shift, edge > 0 ? { beats: edge * beats, lanes, isLast } : null);
  }

  private runColumn(products: number, shift: number, release: Release | null): void {
    this.issue(products);
    if (release) this.pending.push({ slot: this.slot - 1 + keepClocks(this.ports), release });
    this.issue(shift);
  }

  private issue(operations: number): void {
    this.slot += operations;
    this.settle(this.slot - 1);
  }

  /** Sums that are to be kept in a slot up to this. */
  private settle(upTo: number): void {
    while (this.pending.length > 0 && this.pending[0]!.slot <= upTo) {
      const { slot, release } = this.pending.shift()!;
      const clock = slot + this.sums;
      this.sums += this.output.keep(clock, release) - clock;
    }
  }
}

const blockClocks = ({ columns, products, shift }: RtlPass): number => columns * (products + shift);

/** Columns of a block that release before the last. */
const countInner = ({ columns, stride, firstRelease, edge }: RtlPass): number =>
  edge > 0 && firstRelease < columns - 1 ? 1 + Math.floor((columns - 2 - firstRelease) / stride) : 0;

/** Rows of weights in a packet, by its number; 0 beyond the last. Asked in rising order: a dilation has thousands of runs. */
function weightRowsOf(runs: readonly RtlRun[]): (packet: number) => number {
  let [run, first] = [0, 0]; // the run of the packet asked for last, and its first packet
  return (packet) => {
    for (; run < runs.length; run++) {
      const { iterations, passes } = runs[run]!;
      const packets = iterations * passes.length;
      if (packet < first + packets) return passes[(packet - first) % passes.length]!.weightRows;
      first += packets;
    }
    return 0;
  };
}

/** Columns along which nothing of a layer is dilated, as the engine streams them. @param channels of each pass */
export function rtlPasses(
  { taps, stride, before, ...window }: Window,
  kernelH: number,
  channels: readonly number[],
  blocks: number,
): RtlPass[] {
  const columns = streamedOf({ taps, stride, before, ...window });
  const chained = isChain(taps, columns, blocks);
  const edge = lastReleased({ taps, stride, before, ...window }, columns).length;
  return channels.map((count, at) => ({
    weightRows: stride * count * kernelH,
    blocks,
    columns,
    products: count * kernelH,
    shift: taps === 1 ? 0 : 1,
    stride,
    firstRelease: Math.max(0, taps - 1 - before),
    edge: chained && at < channels.length - 1 ? 0 : edge,
  }));
}
