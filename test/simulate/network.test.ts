// A network through the RTL: every layer equals golden, its clocks equal the estimate but for fill and drain, which equal
// their formulas; chained and throttled too. A fault in one PE is told at its place, and leaves waves.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { countOutputs } from '../../main/compare/simulation';
import { parseScheme } from '../../main/network/scheme';
import { layersOnEngine } from '../../main/simulate/network';
import { constant, oneOperator, q, slot } from '../golden/oneOperator';
import { need } from '../rtl/simulators';
import { STUCK_BIT, openDigits, simulateDigits, simulateOn, withTemporary, writeFaultyRtl } from './faulty';

const TIMEOUT = { timeout: 180_000 }; // each needs a build where the cache is cold

describe('the digits on a small array', () => {
  it('equal golden in every word, and the estimate in every clock', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    const { verdicts, host } = await withTemporary((folder) => simulateDigits(folder));
    expect(verdicts.map(({ operator }) => operator)).toEqual([0, 2, 3, 4, 6, 7, 8, 10]);
    expect(host.map(({ operator }) => operator)).toEqual([1, 5, 9, 11]);
    for (const { result, why, differing, differingSums, clocks, operator } of verdicts) {
      const place = `operator ${operator}`;
      expect({ result, why, differing, differingSums }, place).toEqual({
        result: 'equal',
        why: '',
        differing: 0,
        differingSums: 0,
      });
      const { difference, formula, parts, total } = clocks;
      expect(difference, place).toMatchObject({ stream: 0, configure: 0, stall: 0 });
      expect(
        Object.values(parts).reduce((a, b) => a + b),
        place,
      ).toBe(total);
      expect(parts.fill, place).toBe(formula!.fill);
      if (formula!.drain === null) continue;
      expect(parts.drain, place).toBeGreaterThanOrEqual(formula!.drain[0]);
      expect(parts.drain, place).toBeLessThanOrEqual(formula!.drain[1]);
    }
    expect(verdicts.filter(({ clocks }) => clocks.formula!.drain !== null).length).toBeGreaterThan(4);
  });

  it('leave their jobs only where that is asked for', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    for (const keepsJobs of [false, true])
      await withTemporary(async (folder) => {
        await simulateDigits(folder, { layers: [0, 10], keepsJobs });
        expect(readdirSync(folder)).toEqual(keepsJobs ? ['000_CONV_2D', '010_FULLY_CONNECTED'] : []);
      });
  });

  for (const seed of [1, 2])
    it(`equal golden chained, with random valid and ready (seed ${seed})`, TIMEOUT, async (test) => {
      await need(test, 'verilator');
      const settings = { seed, pixelPercent: 60, weightPercent: 60, sumPercent: 30 };
      const done = await withTemporary((folder) => simulateDigits(folder, { chain: true, settings }));
      expect(done.verdicts.map(({ result }) => result)).toEqual(done.verdicts.map(() => 'equal'));
      expect(done.verdicts.some(({ clocks }) => clocks.parts.stall > 0)).toBe(true);
      expect(countOutputs(done, openDigits().network.outputs)).toBe(0);
    });

  it('equal golden chained in Kraken’s scheme, too', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    const scheme = parseScheme('kraken:8,8,24');
    const done = await withTemporary((folder) => simulateDigits(folder, { chain: true }, scheme));
    expect(done.verdicts.map(({ result }) => result)).toEqual(done.verdicts.map(() => 'equal'));
    expect(new Set(done.verdicts.map(({ differing }) => differing))).toEqual(new Set([0]));
    expect(countOutputs(done, openDigits().network.outputs)).toBe(0);
  });

  it.for([
    ['wrap', 'equal', 0],
    ['saturate', 'differs', 6],
  ] as const)(
    'sums beyond the accumulator, of a scheme that says %s: %s',
    TIMEOUT,
    async ([overflow, result, differing], test) => {
      await need(test, 'verilator');
      const words = (shape: number[], value: number, constant?: true) => ({
        type: 'int8' as const,
        bits: 8,
        shape,
        quantization: q(1),
        data: new Int8Array(shape[0]! * shape[1]!).fill(value),
        ...(constant && { constant }),
      });
      const slots = [words([2, 600], 127), words([3, 600], 127, true)]; // 9,677,400: 24 bits hold 8,388,607
      const y = { type: 'int8' as const, bits: 8, shape: [2, 3], quantization: q(2 ** 17) };
      const one = oneOperator('FULLY_CONNECTED', slots, y, {
        activation: 'none',
        keepNumDims: false,
        shuffledWeights: false,
      });
      const network = { ...one.network, scheme: parseScheme(`shift:8,8,24,${overflow}`) };
      const { verdicts } = await withTemporary((folder) => simulateOn(folder, network, one.inputs, { layers: [0] }));
      expect(verdicts[0]).toMatchObject({
        result,
        differing,
        differingSums: 0,
        why: result === 'equal' ? '' : expect.stringMatching(/^6 sums do not fit 24 bits and wrapped; 6/),
      });
    },
  );

  it('a stuck bit is told at its core, row and bit, and its waves are written', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    await withTemporary(async (folder) => {
      const { verdicts } = await simulateDigits(folder, { rtlFolder: writeFaultyRtl(folder) });
      const wrong = verdicts.filter(({ result }) => result === 'differs');
      expect(wrong.map(({ operator }) => operator)).toEqual([0, 2, 3, 4, 6, 7, 8]); // the last layer has one row only
      for (const { first, counts, pattern, tileAlone, operator } of wrong) {
        const place = `operator ${operator}`;
        expect(first, place).toMatchObject({ core: STUCK_BIT.core, row: STUCK_BIT.row });
        expect(first!.expected ^ first!.actual, place).toBe(16);
        expect(
          counts!.core.map(([core]) => core),
          place,
        ).toEqual([STUCK_BIT.core]);
        expect(
          counts!.row.map(([row]) => row),
          place,
        ).toEqual([STUCK_BIT.row]);
        expect(pattern, place).toMatch(/^All \d+ wrong sums are in .*core 5, PE row 2.*, and differ in bit 4 alone\.$/);
        expect(tileAlone, place).toBe(true);
        expect(first!.cause).toBe('Bit 4 of the sum differs alone.');
      }
      const { waves, first } = wrong[0]!;
      expect(wrong.slice(1).every((verdict) => verdict.waves === null)).toBe(true);
      expect(waves!.to).toBeGreaterThan(first!.clock);
      expect(statSync(waves!.file).size).toBeGreaterThan(1000);
    });
  });

  it('the operands of the first difference make the sum that is right', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    await withTemporary(async (folder) => {
      const { verdicts } = await simulateDigits(folder, { rtlFolder: writeFaultyRtl(folder), layers: [0] });
      const { operands, shownOperands, expected, goldenOutput, elementIndex } = verdicts[0]!.first!;
      expect(shownOperands).toHaveLength(operands); // 3x3x1: all are shown
      expect(shownOperands.reduce((sum, { x, w }) => sum + x * w, 0)).toBe(expected);
      expect(elementIndex).toHaveLength(4);
      expect(goldenOutput).not.toBeNull();
    });
  });

  it('waves of chosen clocks are written of one layer that is equal', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    await withTemporary(async (folder) => {
      const { verdicts } = await simulateDigits(folder, { layers: [10], waves: { from: 0, to: 50 } });
      expect(verdicts[0]).toMatchObject({ result: 'equal', waves: { from: 0, to: 50 } });
      expect(readFileSync(path.join(folder, '010_FULLY_CONNECTED/waves.fst')).length).toBeGreaterThan(500);
    });
  });

  it('is cancelled, and leaves no process behind', TIMEOUT, async (test) => {
    await need(test, 'verilator');
    await withTemporary(async (folder) => {
      const stop = new AbortController();
      const settings = { sumPercent: 1 };
      const onProgress = (_: number, __: number, note: string): void => {
        if (/layer 0/.test(note)) stop.abort();
      };
      const run = simulateDigits(folder, { signal: stop.signal, settings, onProgress });
      await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
      expect(spawnSync('ps', ['-o', 'args', '--ppid', String(process.pid)], { encoding: 'utf8' }).stdout).not.toContain(
        'simulators',
      );
    });
  });
});

describe('what cannot be simulated is said', () => {
  const { network } = openDigits();
  it('words longer than the array’s', () => {
    const array = namedArray('4x12');
    const { layers, host } = layersOnEngine(
      { ...network, scheme: parseScheme('kraken:8,8,28') },
      { ...array, accumulatorBits: 24 },
    );
    expect(layers.size).toBe(0);
    expect(host[0]!.why).toBe("its sums have 28 bits, but the array's accumulatorBits is 24");
  });

  it('a kernel whose taps all lie in the padding', () => {
    const { network: apart } = oneOperator(
      'CONV_2D',
      [
        slot('int8', [1, 1, 4, 2], q(0.1), new Int8Array(8)),
        constant('int8', [8, 2, 3, 2], q(0.1), new Int8Array(96)),
        constant('int32', [8], q(0.01), new Int32Array(8)),
      ],
      { type: 'int8', shape: [1, 1, 4, 8], quantization: q(0.1) },
      { padding: 'same', strideH: 1, strideW: 1, dilationH: 3, dilationW: 2, activation: 'none' },
    );
    const { layers, host } = layersOnEngine(apart, namedArray('4x12'));
    expect(layers.size).toBe(0);
    expect(host[0]!.why).toMatch(
      /^The engine has nothing to add up: all taps of the dilated kernel lie in the padding/,
    );
  });

  it('another dataflow', () => {
    expect(() => layersOnEngine(network, namedArray('systolic-16x16'))).toThrow(/the RTL is Kraken's/);
  });

  it('a layer that the engine does not run, with the reason', async () => {
    await withTemporary(async (folder) => {
      await expect(simulateDigits(folder, { layers: [1] })).rejects.toMatchObject({
        code: 'simulate-layer',
        message: 'Operator 1 does not run on the engine: no multiply-accumulate layer',
        remedy: 'Its layers are 0, 2, 3, 4, 6, 7, 8, 10.',
      });
      await expect(simulateDigits(folder, { layers: [99] })).rejects.toMatchObject({ code: 'simulate-layer' });
      expect(existsSync(path.join(folder, '001_MAX_POOL_2D'))).toBe(false);
    });
  });

  it("RTL that cannot be built, with the tool's own words", TIMEOUT, async (test) => {
    await need(test, 'verilator');
    await withTemporary(async (folder) => {
      const rtlFolder = writeFaultyRtl(folder, { file: 'skid.sv', from: 'module skid', to: 'modul skid' });
      await expect(simulateDigits(folder, { rtlFolder })).rejects.toMatchObject({
        kind: 'user',
        code: 'rtl-build',
        message: expect.stringContaining('skid.sv'),
      });
      await expect(simulateDigits(folder, { rtlFolder: folder })).rejects.toMatchObject({ code: 'rtl-missing' });
    });
  });
});
