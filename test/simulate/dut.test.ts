// A design of the user's own in the harness: its ports are checked against its DUT file before anything is built, its sums
// equal golden, and a fault in it is told like one in ours.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { judgeLayer } from '../../main/compare/layer';
import { defaultCacheFolder, isPresent } from '../../main/simulate/build';
import { type Dut, DUT_FILE, readDut } from '../../main/simulate/dut';
import { defineEngine } from '../../main/simulate/engine';
import { simulateNetwork } from '../../main/simulate/network';
import { need } from '../rtl/simulators';
import { CHIP, writeChip } from './dut';
import { SMALL_ARRAY, appRoot, openDigits, simulateDigits, withTemporary } from './faulty';

const TIMEOUT = { timeout: 180_000 };
const engine = defineEngine(namedArray(SMALL_ARRAY));

describe('a design of the user’s own', () => {
  it('equals golden and takes the clocks of the estimate', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    const { verdicts } = await withTemporary((folder) => simulateDigits(folder, { rtlFolder: writeChip(folder) }));
    expect(verdicts.map(({ result }) => result)).toEqual(Array(8).fill('equal'));
    for (const { clocks } of verdicts) expect(clocks.difference).toMatchObject({ stream: 0, stall: 0 });
  });

  it('is told at its place where it is wrong; without events its clocks are in one part', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    await withTemporary(async (folder) => {
      const design = writeChip(folder, { events: {}, open: [...CHIP.open, ...Object.values(CHIP.events)] });
      const grid = path.join(design, 'grid.sv');
      const text = readFileSync(grid, 'utf8');
      const wrong = text.replace(
        'if (snap) kept[c*R+r] <= sum[c*R+r];',
        'if (snap) kept[c*R+r] <= c == 5 && r == 2 ? ~sum[c*R+r] : sum[c*R+r];',
      );
      expect(wrong).not.toBe(text);
      writeFileSync(grid, wrong);
      const { network, inputs } = openDigits();
      const options = {
        appRoot,
        cacheFolder: defaultCacheFolder(),
        rtlFolder: design,
        folder,
        kernels: 'reference',
        layers: [0, 10],
        settings: {},
        processes: 1,
        chain: false,
      } as const;
      await simulateNetwork(network, namedArray(SMALL_ARRAY), inputs, options, async (layer) => {
        const { result, counts, clocks } = await judgeLayer(layer, options);
        expect(result).toBe(layer.operator.index === 0 ? 'differs' : 'equal'); // the last layer has one row only
        expect((counts?.core ?? []).map(([core]) => core)).toEqual(result === 'equal' ? [] : [5]);
        expect(clocks.parts).toEqual({ fill: 0, stream: clocks.total, configure: 0, stall: 0, drain: 0 });
        expect([clocks.difference, clocks.formula]).toEqual([null, null]);
      });
    });
  });

  it.each([
    ['a port that is missing', { clock: 'clock' }, /chip has no port 'clock' \(dut\.json, clock\)\./],
    ['a port that is not named', { open: ['led'] }, /dut\.json does not name port 'err' of chip; .* under open\./],
    [
      'a port of another width',
      { sums: { ...CHIP.sums, keep: 'out_user', user: 'out_keep' } },
      /Port 'out_user' of chip has 10 bits, and sums\.keep needs \d+\./,
    ],
    [
      'a source that is no SystemVerilog',
      { sources: ['dut.json'] },
      /Verilator does not take the sources of dut\.json: %Error/,
    ],
  ])('%s is told before anything is built', TIMEOUT, async (_, changes, sentence) => {
    if (!(await isPresent('verilator'))) return void console.log('skipped: verilator not present');
    const steps: string[] = [];
    await withTemporary(async (folder) => {
      const design = writeChip(folder, changes);
      const onProgress = (_done: number, _total: number, note: string) => void steps.push(note);
      await expect(simulateDigits(folder, { layers: [0], rtlFolder: design, onProgress })).rejects.toThrow(sentence);
    });
    expect(steps).not.toContain('The compiler builds the simulator.');
  });

  it.each<[string, object, RegExp]>([
    [
      'a stream of another width',
      { pixels: { ...CHIP.pixels, bits: 96 } },
      /dut\.json, pixels\.bits: 96 bits, and the stream of the array has \d+\..*--set pixelStreamBits=96/,
    ],
    [
      'every stream of another width',
      { pixels: { ...CHIP.pixels, bits: 96 }, sums: { ...CHIP.sums, bits: 96 } },
      /pixels\.bits: 96 .*; sums\.bits: 96 .*--set pixelStreamBits=96 --set outputStreamBits=96/,
    ],
    ['a port named twice', { clock: 'px_valid' }, /port 'px_valid' is named twice/],
    ['a field that is missing', { top: undefined }, /dut\.json, top: /],
    ['a field that is none', { tops: 'chip' }, /dut\.json: /],
    [
      'a source outside the folder',
      { sources: ['../chip.sv'] },
      /dut\.json, sources\.0: a file inside the folder is wanted/,
    ],
  ])('%s is told', async (_, changes, sentence) => {
    const read = (folder: string): Dut => readDut(writeChip(folder, changes), engine);
    await withTemporary(async (folder) => {
      let told = '';
      try {
        read(folder);
      } catch (error) {
        const { message, remedy } = error as Error & { readonly remedy: string };
        told = `${message} ${remedy}`;
      }
      expect(told).toMatch(sentence);
    });
  });

  it('whose DUT file is no JSON is told', () =>
    withTemporary(async (folder) => {
      const design = writeChip(folder);
      writeFileSync(path.join(design, DUT_FILE), '{');
      expect(() => readDut(design, engine)).toThrow(/dut\.json is no JSON/);
    }));
});
