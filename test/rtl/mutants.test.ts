// Is the bench awake? The RTL with one fault built in: a stuck bit, a swapped bank, an index that is off by one. Each
// must show as a difference, a failed assertion or a timeout; none passes and none hangs. Each costs a build of its own:
// the seeded form takes one, `npm run test:full` all.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../main/network/failure';
import { Random } from '../oracle/random';
import { randomRun, simulateRuns } from './layers';
import { ENGINES, appRoot, engineOf, isFull, need, simulatorOf } from './simulators';

interface Mutant {
  readonly what: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const mutant = (what: string, file: string, from: string, to: string): Mutant => ({ what, file, from, to });

const MUTANTS: readonly Mutant[] = [
  mutant(
    'the output stream gives up a word',
    'skid.sv',
    'if (free) m_valid <= spare_valid || put;',
    'm_valid <= free && (spare_valid || put);',
  ),
  mutant('a bit of the sums is stuck', 'pe_array.sv', 'kept <= sum;', "kept <= sum | ROW_BITS'(16) << SUM_BITS;"),
  mutant(
    'a bit of a pixel is stuck',
    'pixel_shifter.sv',
    'assign x = words[R*WORD_BITS-1:0];',
    "assign x = words[R*WORD_BITS-1:0] | (R*WORD_BITS)'(4);",
  ),
  mutant(
    'the banks are swapped',
    'weights_rotator.sv',
    'assign q = rd_bank_q ? q1 : q0;',
    'assign q = rd_bank_q ? q0 : q1;',
  ),
  mutant('a bank is written while it is read', 'weights_rotator.sv', 'avail && !bank_full[wr_bank]', 'avail'),
  mutant(
    'the address starts again too late',
    'sequencer.sv',
    "32'(a) == 32'(cfg.a_last)",
    "32'(a) == 32'(cfg.a_last) + 1",
  ),
  mutant('columns release one too early', 'sequencer.sv', "w >= 16'(cfg.w_rel0)", "w + 16'd1 >= 16'(cfg.w_rel0)"),
  mutant('the last column is not the last', 'sequencer.sv', 'w_last ? cfg.kw_last : cfg.kw1', 'cfg.kw1'),
  mutant('the phase is ignored where sums start', 'sequencer.sv', "op.start   = ph_next == 2'd0", "op.start   = 1'b1"),
  mutant('sub-words all have the same taps', 'sequencer.sv', "3'(s) < cfg.s_full ? cfg.f : cfg.f - 4'd1", 'cfg.f'),
  mutant(
    'sums go on from the block before',
    'sequencer.sv',
    "w == 16'd0 || !shifts",
    "(w == 16'd0 && blk == 20'd0) || !shifts",
  ),
  mutant(
    'a shift is left out',
    'sequencer.sv',
    'if (k_last && shifts) in_shift',
    "if (k_last && shifts && ci != 16'd1) in_shift",
  ),
  mutant('sums shift too far', 'pe_array.sv', '(sum << SUM_BITS) & keep', 'sum << SUM_BITS'),
  mutant('nothing waits for the snapshot', 'output_pipe.sv', 'op.rel && (!busy || (push && walked))', 'op.rel'),
  mutant('the group is one core too wide', 'output_pipe.sv', "16'(g1) + 16'd1", "16'(g1) + 16'd2"),
  mutant(
    'groups are walked backwards',
    'output_pipe.sv',
    "base + 16'(d) * group_cores",
    "base + 16'(LANES - 1 - d) * group_cores",
  ),
  mutant(
    'the gearbox takes a word too many',
    'packet_reader.sv',
    'count - amount : count',
    'count - amount + 1 : count',
  ),
  mutant(
    'padding is taken for words',
    'packet_reader.sv',
    "final_beat ? COUNT_BITS'(missing)",
    "1'b0 ? COUNT_BITS'(missing)",
  ),
  mutant('units of full size are refused', 'packet_reader.sv', 'unit_words <= MOST_WORDS', 'unit_words < MOST_WORDS'),
  mutant(
    'the last beat keeps too much',
    'packet_writer.sv',
    "{BEAT_BYTES{1'b1}} << count",
    "{BEAT_BYTES{1'b1}} << (count + 1)",
  ),
  mutant('overflow is not told', 'output_pipe.sv', 'overflow || lost, tag', "1'b0, tag"),
];

/** A copy of our sources with the fault in it. */
function mutate({ file, from, to }: Mutant): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'goldbench-mutant-'));
  for (const folder of ['resources/rtl', 'native/sim'])
    cpSync(path.join(appRoot, folder), path.join(root, folder), { recursive: true });
  const target = path.join(root, 'resources/rtl', file);
  const text = readFileSync(target, 'utf8');
  expect(text.split(from).length, `${file} has '${from}' once`).toBe(2);
  writeFileSync(target, text.replace(from, to));
  return root;
}

/** Accumulators of 16 bits overflow now and then; the seeded form takes an engine that other tests build as well. */
const ENGINE = isFull
  ? engineOf(
      { rows: 2, cores: 14, accumulatorBits: 16, weightsSramDepthWords: 40, outputStreamBits: 128 },
      { outputLanes: 2 },
    )
  : ENGINES['odd sizes, wide streams'];

describe('a fault in the RTL', () => {
  for (const fault of isFull ? MUTANTS : MUTANTS.slice(0, 1))
    it(`is seen: ${fault.what}`, { timeout: 120_000 }, async (test) => {
      await need(test, 'verilator');
      const root = mutate(fault);
      try {
        const simulator = await simulatorOf(ENGINE, { checked: true, appRoot: root });
        expect(await isSeen(simulator)).toBe(true);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    });
});

it('nothing is seen without a fault', { timeout: 120_000 }, async (test) => {
  await need(test, 'verilator');
  expect(await isSeen(await simulatorOf(ENGINE, { checked: true }))).toBe(false);
});

async function isSeen(simulator: string): Promise<boolean> {
  const random = new Random(77);
  for (let batch = 0; batch < 10; batch++) {
    const runs = Array.from({ length: 3 }, () => randomRun(ENGINE, random));
    const settings = { seed: batch, pixelPercent: 80, weightPercent: 80, sumPercent: 50, watchdogClocks: 5000 };
    try {
      const { summary } = await simulateRuns(simulator, ENGINE, runs, settings);
      if (summary.end !== 'complete' || summary.differences > 0 || summary.errors > 0) return true;
    } catch (error) {
      if (error instanceof Failure && error.code === 'assertion') return true;
      throw error;
    }
  }
  return false;
}
