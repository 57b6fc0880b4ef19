// The two streams of the engine in resources/rtl that can hold its array up, as registers that move from clock to clock:
// sums on their way out (output_pipe, packet_writer), and weights on their way into the banks (packet_reader,
// weights_rotator). In: an array. Out: what waits depend on, and the two paths; rtlWaits.ts runs them beside the loops.
// The host is as fast as the streams: it always has a beat, and always takes one.
import type { PeArray } from '../array/array';
import { freeWidth, outputLanes } from './rtlForm';

/** Of the array; widths of streams are settled. The engine of simulate/engine.ts has the same fields. */
export interface RtlPorts {
  readonly rows: number;
  readonly cores: number;
  readonly weightBits: number;
  readonly accumulatorBits: number;
  readonly weightStreamBits: number;
  readonly outputStreamBits: number;
  readonly outputLanes: number;
  readonly multiplierRegister: boolean;
}

export function portsOf(array: PeArray): RtlPorts {
  const { rows, cores, weightBits, accumulatorBits, weightStreamBits, outputStreamBits } = array;
  const lanes = outputLanes(array);
  return {
    rows,
    cores,
    weightBits,
    accumulatorBits,
    outputLanes: lanes,
    multiplierRegister: false,
    weightStreamBits: weightStreamBits || freeWidth(weightBitsPerClock(array)),
    outputStreamBits: outputStreamBits || freeWidth(lanes * rows * accumulatorBits),
  };
}

/** A row of weights; 256 at least, so that a header costs no more beats than a small array's rows. */
export const weightBitsPerClock = ({ cores, weightBits }: Pick<PeArray, 'cores' | 'weightBits'>): number =>
  Math.max(256, cores * weightBits);

/** Bits of the header of a packet of weights; simulate/headers.ts has its fields. */
export const WEIGHT_HEADER_BITS = 192;

/** Packets that may be on their way beyond the one that is read: in the other bank, and open in the reader. */
export const PACKETS_AHEAD = 3;

/** Clocks until the reader has its first beat: reset, skid. */
const FIRST_BEAT_CLOCKS = 2;

/** Clocks from a packet's last lanes until the writer takes the next packet's: its rest goes out, two beats at most. */
export const CLOSING_CLOCKS = 3;

/** Clocks from the writer's last beat until the host takes it: its own register, skid. */
const SINK_CLOCKS = 2;

/** Sums released by one operation. */
export interface Release {
  readonly beats: number;
  readonly lanes: readonly number[]; // used in the beats of one walk through the groups, again and again
  readonly isLast: boolean; // of its packet
}

/** Output pipe and packet writer with a sink that always takes: the same registers, the same clocks. */
export class OutputPath {
  private clock = 0;
  private left = 0; // beats of the snapshot still to go
  private lanes: readonly number[] = [];
  private isLast = false;
  private offered = 0; // bits that the output pipe has for the writer
  private offeredLast = false;
  private count = 0; // bits in the writer
  private isClosing = false;
  private sent = 0; // clock of the last beat that left the writer
  private readonly laneBits: number;
  private readonly beatBits: number;
  private readonly room: number;

  constructor({ rows, accumulatorBits, outputStreamBits, outputLanes }: RtlPorts) {
    this.laneBits = rows * accumulatorBits;
    this.beatBits = outputStreamBits;
    this.room = outputLanes * this.laneBits + this.beatBits;
  }

  /** The clock in which the snapshot of a release that comes in `clock` is taken. */
  keep(clock: number, { beats, lanes, isLast }: Release): number {
    this.advance(clock);
    while (this.left > 1 || (this.left === 1 && !this.canPush())) this.step();
    const taken = this.clock;
    this.step(); // the last beat of the snapshot before leaves in the same clock
    this.left = beats;
    this.lanes = lanes;
    this.isLast = isLast;
    return taken;
  }

  /** The clock in which the last beat goes to the host, if nothing more is released. */
  finish(): number {
    while (!this.isIdle()) this.step();
    return this.sent + SINK_CLOCKS;
  }

  /** As if beats of a packet, all as full as these, had long left: what is less than a beat of the stream stays. */
  leave(columns: number, lanes: readonly number[]): void {
    this.count = (columns * lanes.reduce((sum, used) => sum + used, 0) * this.laneBits) % this.beatBits;
  }

  /** Clocks in which the sums of a walk through the groups leave, at most. */
  walkClocks = (lanes: readonly number[]): number =>
    lanes.reduce((sum, used) => sum + Math.max(1, Math.ceil((used * this.laneBits) / this.beatBits)), 0);

  /** All that the future depends on, as seen in `clock`. */
  state(clock: number): string {
    this.advance(clock);
    const { left, isLast, offered, offeredLast, count, isClosing } = this;
    return `${this.clock - clock},${left},${isLast},${offered},${offeredLast},${count},${isClosing}`;
  }

  /** As if so many clocks had passed and nothing had changed. */
  skip(clocks: number): void {
    this.clock += clocks;
  }

  private advance(clock: number): void {
    while (this.clock < clock && !this.isIdle()) this.step();
    this.clock = Math.max(this.clock, clock);
  }

  private isIdle = (): boolean =>
    this.left === 0 && this.offered === 0 && !this.isClosing && this.count < this.beatBits;
  private takes = (): boolean => !this.isClosing && this.count <= this.room;
  private canPush = (): boolean => this.offered === 0 || this.takes();

  private step(): void {
    const takes = this.takes();
    const push = this.left > 0 && (this.offered === 0 || takes);
    const put = takes ? this.offered : 0;
    const isWhole = this.count >= this.beatBits;
    const ends = this.isClosing && this.count <= this.beatBits;
    if (isWhole || this.isClosing) this.sent = this.clock;
    if (isWhole) this.count -= this.beatBits;
    else if (this.isClosing) this.count = 0;
    if (put > 0) {
      this.count += put;
      this.isClosing = this.offeredLast;
    } else if (ends) this.isClosing = false;
    if (takes) this.offered = 0;
    if (push) {
      const at = this.lanes.length - 1 - ((this.left - 1) % this.lanes.length);
      this.left--;
      this.offered = this.lanes[at]! * this.laneBits;
      this.offeredLast = this.isLast && this.left === 0;
    }
    this.clock++;
  }
}

/** Packet reader and the two banks, with a source that always has a beat. Words are a core's weights. */
export class WeightPath {
  private clock = FIRST_BEAT_CLOCKS;
  private headerBeats = 0; // of the packet that comes, so far; all of them: its rows come
  private missing = 0; // bits of that packet which have not come
  private count = 0; // bits in the reader
  private open: number[] = []; // packets in the reader, the oldest first: rows still to hand out
  private unit: 'none' | 'row' | 'last row' = 'none'; // handed out
  private full = 0; // banks
  private packet = 0; // the next that comes
  private readonly rowBits: number;
  private readonly beatBits: number;
  private readonly headBeats: number;
  private readonly longestRound: number; // clocks until the reader holds as much again, where rows come and go evenly

  /** @param rowsOf of a packet, by its number; 0 beyond the last */
  constructor(
    { cores, weightBits, weightStreamBits }: RtlPorts,
    private readonly rowsOf: (packet: number) => number,
  ) {
    this.rowBits = cores * weightBits;
    this.beatBits = weightStreamBits;
    this.headBeats = Math.ceil(WEIGHT_HEADER_BITS / weightStreamBits);
    this.longestRound = Math.max(this.rowBits, this.beatBits) / greatestDivisor(this.rowBits, this.beatBits);
  }

  /** The clock, `clock` or later, in which the next bank is there to be read. */
  readyAt(clock: number): number {
    this.advance(clock);
    while (this.full === 0) this.jump(Infinity);
    return this.clock;
  }

  /** The bank is read for the last time in `clock`. */
  release(clock: number): void {
    this.advance(clock);
    this.step();
    this.full--;
  }

  state(clock: number): string {
    this.advance(clock);
    return `${this.clock - clock},${this.registers()}`;
  }

  skip(clocks: number, packets: number): void {
    this.clock += clocks;
    this.packet += packets;
  }

  private registers(): string {
    const { headerBeats, missing, count, open, unit, full } = this;
    return `${headerBeats},${missing},${count},${open.join(' ')},${unit},${full}`;
  }

  private advance(clock: number): void {
    while (this.clock < clock) this.jump(clock);
  }

  /** One clock, or many at once: up to `clock` where nothing moves, or as many rounds in which rows come and go evenly. */
  private jump(clock: number): void {
    const { count, unit, full, missing, clock: from } = this;
    const packets = this.open.length;
    const rows = this.open[0] ?? 0;
    if (!this.step()) this.clock = Math.max(this.clock, Math.min(clock, Number.MAX_SAFE_INTEGER));
    const isEven = (): boolean =>
      this.headerBeats === this.headBeats && this.open.length === packets && packets > 0 && this.full === full;
    for (let left = this.longestRound; left > 0 && this.clock < clock && isEven(); left--) {
      if (this.count === count && this.unit === unit) {
        const [clocks, came, went] = [this.clock - from, missing - this.missing, rows - this.open[0]!];
        const roundsOf = (all: number, one: number): number => (one > 0 ? Math.floor(all / one) - 2 : Infinity);
        const rounds = Math.min(
          Math.floor((clock - this.clock) / clocks),
          roundsOf(this.missing, came),
          roundsOf(this.open[0]!, went),
        );
        if (rounds <= 0) return;
        this.clock += rounds * clocks;
        this.missing -= rounds * came;
        this.open[0]! -= rounds * went;
        return;
      }
      this.step();
    }
  }

  /** False where nothing moved. */
  private step(): boolean {
    const { rowBits, beatBits } = this;
    const takes = this.unit !== 'none' && this.full < 2;
    const fetches = (this.unit === 'none' || takes) && this.open.length > 0 && this.count >= rowBits;
    const hasRoom = this.count <= 2 * rowBits;
    const isHeader = this.headerBeats < this.headBeats;
    const mayOpen = this.open.length < 2;
    if (takes && this.unit === 'last row') this.full++;
    if (takes) this.unit = 'none';
    if (fetches) {
      this.count -= rowBits;
      this.unit = this.open[0] === 1 ? 'last row' : 'row';
      if (this.open[0] === 1) this.open.shift();
      else this.open[0]!--;
    }
    const comes = isHeader ? mayOpen && this.readHeader() : hasRoom;
    if (comes && !isHeader) {
      const came = Math.min(beatBits, this.missing);
      this.count += came;
      this.missing -= came;
      if (this.missing === 0) this.headerBeats = 0;
    }
    this.clock++;
    return takes || fetches || comes;
  }

  /** A beat of it; false behind the last packet. */
  private readHeader(): boolean {
    const rows = this.rowsOf(this.packet);
    if (rows === 0) return false;
    if (++this.headerBeats === this.headBeats) {
      this.packet++;
      this.missing = rows * this.rowBits;
      this.open.push(rows);
    }
    return true;
  }
}

/** The greatest that two numbers have in common. */
export const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));
