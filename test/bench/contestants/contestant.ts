// What takes part in a benchmark, and how it is timed. In: contestants on one job. Out: seconds of each, measured in turns.
import { median } from '../report';

/** Seconds of one computation. */
export interface Spent {
  /** CPU time of the process, user and system: other processes on the machine hardly touch it. Linux's split of the two is
   * a guess from clock ticks, and their sum is exact. */
  readonly cpu: number;
  readonly wall: number;
  /** The shortest of those measured together, where they were timed one by one. */
  readonly shortest?: number;
}

export interface Contestant<T = Int8Array> {
  readonly name: string;
  /** Which of its implementations it chose, where it tells. */
  readonly implementation?: string;
  /** Computes `times` times; the time of one. */
  run(times: number): Promise<Spent>;
  /** The result (of quantised layers int8) in NHWC, as the last run left it; null where it cannot be compared with the others'. */
  output(): Promise<T | null>;
  close(): Promise<void>;
}

export interface Figures {
  readonly minimum: Spent;
  readonly median: Spent;
  readonly samples: number;
}

/** Times `work`, which runs in this process. */
export async function spend(times: number, work: () => unknown): Promise<Spent> {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  let shortest = Infinity;
  for (let i = 0, from = wall; i < times; i++) {
    const promise = work();
    if (promise instanceof Promise) await promise;
    const until = performance.now();
    shortest = Math.min(shortest, until - from);
    from = until;
  }
  const used = process.cpuUsage(cpu);
  return {
    cpu: (used.user + used.system) / 1e6 / times,
    wall: (performance.now() - wall) / 1e3 / times,
    shortest: shortest / 1e3,
  };
}

const SAMPLE = 0.012; // seconds of CPU, well above what a clock and a cold cache cost
const LEAST_SAMPLES = 3;
const MOST_SAMPLES = 40;

/**
 * Everyone warm once, then in turns, until each has had `seconds` of CPU, and at least 3 samples.
 * `eachTurn` measures what belongs to the same moments: the clock of a processor changes from second to second.
 */
export async function takeTurns(
  contestants: readonly Pick<Contestant, 'run'>[],
  seconds: number,
  eachTurn: () => void = () => {},
): Promise<Figures[]> {
  const states = [];
  for (const contestant of contestants) {
    await contestant.run(1); // packs, compiles, touches its memory
    const { cpu } = await contestant.run(1);
    states.push({
      contestant,
      times: Math.max(1, Math.ceil(SAMPLE / Math.max(cpu, 1e-6))),
      used: 0,
      samples: [] as Spent[],
    });
  }
  for (let turn = 0; turn < MOST_SAMPLES; turn++) {
    const waiting = states.filter(({ used }) => used < seconds || turn < LEAST_SAMPLES);
    if (waiting.length === 0) break;
    eachTurn();
    for (const state of waiting) {
      const spent = await state.contestant.run(state.times);
      state.samples.push(spent);
      state.used += spent.cpu * state.times;
    }
  }
  return states.map(({ samples }) => figuresOf(samples));
}

function figuresOf(samples: readonly Spent[]): Figures {
  const [cpu, wall] = [samples.map((s) => s.cpu), samples.map((s) => s.wall)];
  return {
    // whoever runs on several processors is held up by whatever happens on one of them: least so in a single run
    minimum: { cpu: Math.min(...cpu), wall: Math.min(...samples.map((s) => s.shortest ?? s.wall)) },
    median: { cpu: median(cpu), wall: median(wall) },
    samples: samples.length,
  };
}
