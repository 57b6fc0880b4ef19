// Single wrong operands: a bit of one pixel or one weight flipped on its way in. Each must be reported in the packet and
// at the byte where, by definition, the first sum changes: the right layer, iteration, block, row and core.
import { expect, it } from 'vitest';
import { assembleStreams } from '../../main/simulate/assemble';
import { DEFAULT_SETTINGS, runJob, writeJob } from '../../main/simulate/job';
import type { SumPacket } from '../../main/simulate/outputs';
import { Random } from '../oracle/random';
import { randomRun, sumsOf, tellRun, withFolder } from './layers';
import { ENGINES, isFull, need, simulatorOf } from './simulators';

it('a wrong bit is reported where it shows first', { timeout: 600_000 }, async (test) => {
  await need(test, 'verilator');
  const engine = ENGINES['odd sizes, wide streams'];
  const simulator = await simulatorOf(engine, { checked: true });
  const random = new Random(31);
  let seen = 0;
  for (let trial = 0; seen < (isFull ? 200 : 15); trial++) {
    const runs = [randomRun(engine, random), randomRun(engine, random)];
    const right = assembleStreams(engine, runs);
    const hit = runs[random.whole(0, 1)]!;
    const words = random.chance(0.5) ? hit.x.data : hit.w.data;
    words[random.whole(0, words.length - 1)]! ^= 1 << random.whole(0, 7);
    const wrong = assembleStreams(
      engine,
      runs.map((run) => (run === hit ? { ...run, sums: sumsOf(run) } : run)),
    );
    const first = firstDifference(right.expected, wrong.expected);
    if (!first) continue; // it met only zeros or padding
    seen++;
    const summary = await withFolder((folder) => {
      writeJob(folder, {
        ...wrong,
        expected: right.expected,
        settings: { ...DEFAULT_SETTINGS, seed: trial, sumPercent: 70 },
      });
      return runJob(simulator, folder);
    });
    const told = { difference: summary.difference, packet: summary.packet, byte: summary.byte, end: summary.end };
    expect(told, runs.map(tellRun).join('; ')).toEqual({ difference: 'value', ...first, end: 'complete' });
  }
});

function firstDifference(a: readonly SumPacket[], b: readonly SumPacket[]): { packet: number; byte: number } | null {
  for (const [packet, { bytes }] of a.entries()) {
    const byte = bytes.findIndex((value, at) => value !== b[packet]!.bytes[at]);
    if (byte >= 0) return { packet, byte };
  }
  return null;
}
