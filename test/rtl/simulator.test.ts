// The simulator as a program: its cache, how it is stopped, what it says of a job it cannot run, waves on demand.
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../main/network/failure';
import { assembleStreams } from '../../main/simulate/assemble';
import { buildSimulator } from '../../main/simulate/build';
import { DEFAULT_SETTINGS, runJob, writeJob } from '../../main/simulate/job';
import { Processes } from '../../main/simulate/processes';
import type { SimulatorSummary } from '../../main/simulate/protocol';
import { tileLayer } from '../../main/simulate/tiles';
import { runTool, startTool } from '../../main/simulate/tools';
import { Random } from '../oracle/random';
import { fillLayer, layerOf, randomRun, withFolder } from './layers';
import { ENGINES, appRoot, isFull, need, simulatorOf } from './simulators';

const engine = ENGINES['odd sizes, wide streams'];

/** A job that runs for a while: with one beat of sums in a hundred clocks. */
function writeSlowJob(folder: string): void {
  const layer = layerOf({ kernel: [3, 3], stride: [1, 1], map: [60, 60], channels: [2, 40] })!;
  const run = fillLayer(layer, tileLayer(layer, engine), engine, new Random(1));
  writeJob(folder, { ...assembleStreams(engine, [run]), settings: { ...DEFAULT_SETTINGS, sumPercent: 1 } });
}

describe('the simulator', () => {
  it('is built once, and found again', async (test) => {
    await need(test, 'verilator');
    const first = await simulatorOf(engine, { checked: true });
    const built = statSync(first).mtimeMs;
    const started = performance.now();
    expect(await simulatorOf(engine, { checked: true })).toBe(first);
    expect(statSync(first).mtimeMs).toBe(built);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(readdirSync(path.dirname(path.dirname(first))).filter((name) => name.includes(`.${process.pid}.`))).toEqual(
      [],
    );
  });

  it('leaves nothing behind when its build is cancelled', async (test) => {
    await need(test, 'verilator');
    const cacheFolder = mkdtempSync(path.join(os.tmpdir(), 'goldbench-cache-'));
    try {
      const stop = new AbortController();
      const build = buildSimulator(engine, {
        appRoot,
        cacheFolder,
        signal: stop.signal,
        onStep: () => setTimeout(() => stop.abort(), 20),
      });
      await expect(build).rejects.toMatchObject({ kind: 'cancelled' });
      expect(readdirSync(path.join(cacheFolder, 'simulators'))).toEqual([]);
    } finally {
      rmSync(cacheFolder, { recursive: true, force: true });
    }
  });

  it('stops at once when it is told to, and says so', async (test) => {
    await need(test, 'verilator');
    const simulator = await simulatorOf(engine, { checked: true });
    await withFolder(async (folder) => {
      writeSlowJob(folder);
      const stop = new AbortController();
      let stopped = 0;
      const onProgress = (): void => {
        if (stopped === 0) stopped = performance.now();
        stop.abort();
      };
      await expect(runJob(simulator, folder, { onProgress, signal: stop.signal })).rejects.toMatchObject({
        kind: 'cancelled',
      });
      expect(stopped).toBeGreaterThan(0);
      expect(performance.now() - stopped).toBeLessThan(1000); // 200 ms on a quiet machine
      // what had come was written before the end
      expect(existsSync(path.join(folder, 'sums.bin'))).toBe(true);
    });
  });

  it('says what is wrong with a job', async (test) => {
    await need(test, 'verilator');
    const simulator = await simulatorOf(engine, { checked: true });
    const bad = async (spoil: (folder: string) => void): Promise<{ code: number | null; said: string }> =>
      withFolder(async (folder) => {
        const run = randomRun(engine, new Random(8));
        writeJob(folder, { ...assembleStreams(engine, [run]), settings: DEFAULT_SETTINGS });
        spoil(folder);
        const { code, stderr } = await runTool(simulator, [folder]);
        return { code, said: stderr.replaceAll(folder, 'JOB').trim() };
      });
    const put = (name: string, text: string) => (folder: string) => writeFileSync(path.join(folder, name), text);
    const cut = (name: string) => (folder: string) => truncateSync(path.join(folder, name), 4);
    expect(await bad(put('job.json', '{"version": 2}'))).toEqual({
      code: 4,
      said: 'JOB/job.json is not of version 1.',
    });
    expect(await bad(put('job.json', '{"version" 1}'))).toEqual({
      code: 4,
      said: "job.json: ':' is missing at byte 11.",
    });
    expect(await bad(put('job.json', '{"version":1,"seed":[2]}'))).toEqual({
      code: 4,
      said: "job.json: '' at byte 20 is no whole number, boolean or string.",
    });
    expect(await bad((folder) => rmSync(path.join(folder, 'weights.bin')))).toEqual({
      code: 4,
      said: 'JOB/weights.bin cannot be read.',
    });
    expect(await bad(cut('pixels.segments'))).toEqual({
      code: 4,
      said: 'JOB/pixels.segments does not hold whole records.',
    });
    expect(await bad(cut('pixels.bin'))).toEqual({
      code: 4,
      said: 'pixels.segments: a segment lies outside the stream.',
    });
    expect(await bad(cut('expected.bin'))).toEqual({ code: 4, said: 'expected.packets and expected.bin disagree.' });
    expect(await bad(put('job.json', '{"version":1,"sumPercent":0}'))).toEqual({
      code: 4,
      said: 'A percentage in job.json is not from 1 to 100.',
    });
  });

  it('runs jobs from stdin as it runs each alone, and goes on after one that it cannot read', async (test) => {
    await need(test, 'verilator');
    const simulator = await simulatorOf(engine, { checked: true });
    await withFolder(async (folder) => {
      const random = new Random(11);
      const jobs = Array.from({ length: 4 }, (_, at) => path.join(folder, `job "${at}"`));
      jobs.forEach((job, seed) => {
        const runs = [randomRun(engine, random), randomRun(engine, random)];
        writeJob(job, { ...assembleStreams(engine, runs), settings: { ...DEFAULT_SETTINGS, seed, sumPercent: 80 } });
      });
      const sumsOf = (job: string): Buffer => readFileSync(path.join(job, 'sums.bin'));
      const alone: { summary: SimulatorSummary; sums: Buffer }[] = [];
      for (const job of jobs) alone.push({ summary: await runJob(simulator, job), sums: sumsOf(job) });
      for (const job of jobs) rmSync(path.join(job, 'sums.bin'));
      const processes = new Processes(simulator, 1);
      const absent = expect(processes.run(path.join(folder, 'absent'), 1)).rejects.toThrow(
        /^The simulator ended with 4: .*absent\/job\.json cannot be read\.$/,
      );
      const together = await Promise.all(jobs.map((job) => processes.run(job, 1)));
      await Promise.all([absent, processes.close()]);
      jobs.forEach((job, at) => {
        expect(together[at]).toMatchObject(alone[at]!.summary);
        expect(sumsOf(job)).toEqual(alone[at]!.sums);
      });
    });
  });

  it('stops at once, whether it waits for a job or runs one from stdin', async (test) => {
    await need(test, 'verilator');
    const simulator = await simulatorOf(engine, { checked: true });
    await withFolder(async (folder) => {
      const waiting = new AbortController();
      const { finished } = startTool(simulator, ['-'], { signal: waiting.signal });
      setTimeout(() => waiting.abort(), 100);
      await expect(finished).rejects.toMatchObject({ kind: 'cancelled' });
      writeSlowJob(folder);
      const stop = new AbortController();
      const processes = new Processes(simulator, 1, stop.signal);
      let stopped = 0;
      const running = processes.run(folder, 1, () => {
        stopped ||= performance.now();
        stop.abort();
      });
      await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
      expect(performance.now() - stopped).toBeLessThan(1000); // 200 ms on a quiet machine
      expect(existsSync(path.join(folder, 'sums.bin'))).toBe(true);
    });
  });

  it('names the first difference', async (test) => {
    await need(test, 'verilator');
    const simulator = await simulatorOf(engine, { checked: true });
    const streams = assembleStreams(engine, [randomRun(engine, new Random(9)), randomRun(engine, new Random(10))]);
    const packet = streams.expected.length - 1;
    const bytes = streams.expected[packet]!.bytes.slice();
    const byte = bytes.length - 2;
    bytes[byte]! ^= 0x40;
    const expected = streams.expected.map((one, at) => (at === packet ? { ...one, bytes } : one));
    await withFolder(async (folder) => {
      writeJob(folder, { ...streams, expected, settings: DEFAULT_SETTINGS });
      const summary = await runJob(simulator, folder);
      expect(summary).toMatchObject({
        end: 'complete',
        differences: 1,
        difference: 'value',
        packet,
        byte,
        expected: bytes[byte],
        actual: bytes[byte]! ^ 0x40,
      });
      expect(summary.clock).toBe(summary.lastSum);
    });
  });

  it('is refused where Verilator is missing', async () => {
    const before = process.env.PATH;
    process.env.PATH = '/nowhere';
    try {
      await expect(simulatorOf(engine)).rejects.toSatisfy(
        (error) =>
          error instanceof Failure &&
          error.code === 'verilator-missing' &&
          error.remedy.includes('apt-get install verilator'),
      );
    } finally {
      process.env.PATH = before;
    }
  });

  // a build of its own, with FST
  if (isFull)
    it('writes waves of the clocks asked for', { timeout: 120_000 }, async (test) => {
      await need(test, 'verilator');
      const simulator = await simulatorOf(engine, { waves: true });
      await withFolder(async (folder) => {
        const streams = assembleStreams(engine, [randomRun(engine, new Random(12))]);
        writeJob(folder, { ...streams, settings: { ...DEFAULT_SETTINGS, wavesFrom: 10, wavesTo: 60 } });
        expect((await runJob(simulator, folder)).differences).toBe(0);
        const waves = readFileSync(path.join(folder, 'waves.fst'));
        expect(waves[0]).toBe(0); // FST_BL_HDR
        // header block: start and end time, big-endian, behind type and length
        expect([waves.readBigUInt64BE(9), waves.readBigUInt64BE(17)]).toEqual([100n, 605n]);
      });
    });
});
