// What the window may ask for, room by room; golden, quantise and the session have files of their own.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { makeHandlers } from '../../main/ipc/handlers';
import { channels } from '../../preload/contract/channels';
import { caller, withNetwork, withRun } from './caller';
import { FILE, HOSTILE, describeFile, ended, makeBench, makeFolder } from './bench';

describe('the table of handlers', () => {
  it('has one for every channel and no other', () => {
    expect(Object.keys(makeHandlers(makeBench())).sort()).toEqual(Object.keys(channels).sort());
  });
});

describe('app', () => {
  it('tells what the window needs to stand, and keeps the theme', async () => {
    const call = caller(makeBench());
    await call('app.setTheme', { theme: 'light' });
    const start = await call('app.start', {});
    expect(start).toMatchObject({
      theme: 'light',
      session: { name: 'first', networks: [], runs: [] },
      jobs: [],
      failures: [],
    });
    expect(start.recent).toHaveLength(1);
    expect(start.samples).toMatchObject([{ id: 'tiny', labels: ['a'], inputs: [{ file: '7_a.png', label: '7' }] }]);
  });
  it('quits, and shows the log', async () => {
    const bench = makeBench();
    bench.log.info('test', 'a line');
    expect(await caller(bench)('app.log', {})).toMatchObject([{ level: 'info', from: 'test', text: 'a line' }]);
    await caller(bench)('app.quit', {});
    expect(bench.told).toContain('quit');
  });
});

describe('import', () => {
  it('brings a dropped file into the session, as a job with its command line', async () => {
    const { bench, call, network } = await withNetwork();
    expect(await call('import.network', { network })).toEqual(describeFile(FILE));
    expect(await call('jobs.list', {})).toMatchObject([
      { state: 'done', command: 'goldbench import tiny.tflite', progress: 1 },
    ]);
    expect(bench.sessions.current.view().networks).toMatchObject([{ id: network, name: 'tiny' }]);
  });
  it('opens by dialog, and answers null when the dialog was closed', async () => {
    const bench = makeBench();
    expect(await caller(bench)('import.open', {})).toBeNull();
    bench.answers.file = bench.write('other.tflite', FILE);
    const job = await caller(bench)('import.open', {});
    expect(await ended(bench.jobs, job!.id)).toMatchObject({ state: 'done', name: 'Import other.tflite' });
  });
  it('opens a sample, and refuses one that is not there', async () => {
    const bench = makeBench();
    const job = await caller(bench)('import.sample', { sample: 'tiny' });
    expect(await ended(bench.jobs, job.id)).toMatchObject({
      state: 'done',
      command: 'goldbench import resources/samples/tiny/tiny.tflite',
    });
    await expect(caller(bench)('import.sample', { sample: 'none' })).rejects.toMatchObject({ code: 'sample-unknown' });
  });
  it('refuses a grant that was never given, and one for another use', async () => {
    const bench = makeBench();
    await expect(caller(bench)('import.dropped', { grant: 1 })).rejects.toMatchObject({ code: 'grant-unknown' });
    const grant = await bench.grants.give(bench.write('7.png', FILE));
    await expect(caller(bench)('import.dropped', { grant })).rejects.toMatchObject({ code: 'file-ending' });
  });
  it('describes a network anew that another program has described, once, and keeps the new view', async () => {
    const { bench, call, network } = await withNetwork();
    const old = { ...describeFile(FILE), describedBy: 'goldbench 0.0.9', operators: [] };
    bench.sessions.current.addNetwork(old);
    expect(await call('import.network', { network })).toEqual(describeFile(FILE));
    expect(await call('import.network', { network })).toEqual(describeFile(FILE));
    expect(bench.engine.asked.filter(({ verb }) => verb === 'describe')).toHaveLength(1);
  });
  it('tells of a network that the session has not', async () => {
    await expect(caller(makeBench())('import.network', { network: 9 })).rejects.toMatchObject({ kind: 'user' });
  });
});

describe('names from a file', () => {
  it('cross as the texts they are', async () => {
    const { call, network } = await withRun();
    const view = await call('import.network', { network });
    expect(view.tensors[0]!.name).toBe(HOSTILE);
    expect(view.description).toBe(HOSTILE);
  });
});

describe('plan', () => {
  it('gives the layers of a network, and what the command line calls it', async () => {
    const { call, network } = await withNetwork();
    expect(await call('plan.steps', { network })).toEqual({
      steps: [{ host: { name: '0 ADD', operator: 0, why: 'no multiply-accumulate layer' } }],
      file: 'resources/samples/tiny/tiny.tflite',
    });
  });
  it('opens a text by dialog, of its kind only, and not a huge one', async () => {
    const bench = makeBench();
    const call = caller(bench);
    expect(await call('plan.openFile', { kind: 'table' })).toBeNull();
    bench.answers.file = bench.write('mine.csv', new TextEncoder().encode('Layer, M\n'));
    expect(await call('plan.openFile', { kind: 'table' })).toEqual({ name: 'mine.csv', text: 'Layer, M\n' });
    await expect(call('plan.openFile', { kind: 'plan' })).rejects.toMatchObject({ code: 'file-ending' });
    bench.answers.file = bench.write('huge.json', new Uint8Array(4 * 2 ** 20 + 1));
    await expect(call('plan.openFile', { kind: 'array' })).rejects.toMatchObject({ code: 'file-too-large' });
  });
  it('saves what the page made where the user chose, however long it is, and pictures byte by byte', async () => {
    const bench = makeBench();
    const call = caller(bench);
    const content = 'layer conv1: form=direct\n'.repeat(10_000);
    const request = { name: 'a plan.txt', content, encoding: 'utf8' } as const;
    expect(await call('plan.saveFile', request)).toBeNull();
    bench.answers.save = path.join(bench.folder, 'mine.txt');
    expect(await call('plan.saveFile', request)).toBe('mine.txt');
    expect(readFileSync(bench.answers.save, 'utf8')).toBe(content);
    await call('plan.saveFile', { name: 'chart.png', content: 'iVBORw==', encoding: 'base64' });
    expect([...readFileSync(bench.answers.save)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });
  it.each(['../x.txt', 'x.sh', '.txt', 'a/b.txt', 'x'])('refuses the name %s', async (name) => {
    const call = caller(makeBench());
    await expect(call('plan.saveFile', { name, content: '', encoding: 'utf8' })).rejects.toMatchObject({
      code: 'bad-request',
    });
  });
});

describe('simulate', () => {
  const choice = { layers: 'all', chain: false, seed: 2, throttle: 60, waves: null, otherRtl: false } as const;
  const array = { ...namedArray('4x12'), energy: { ...namedArray('4x12').energy } };

  it('runs on the inputs of a golden run; what the RTL made is a run, its record is kept and goes with it', async () => {
    const { bench, call, network, run: golden } = await withRun();
    const started = await call('simulate.start', { golden, array, ...choice });
    expect(started).toMatchObject({ verb: 'simulate', name: 'Simulation of tiny on kraken-4x12' });
    expect(started.command).toMatch(/^goldbench simulate .*--array kraken-4x12 --throttle 60 --seed 2$/);
    const job = await ended(bench.jobs, started.id);
    const run = job.result!.run!;
    expect(await call('simulate.result', { run })).toMatchObject({ array: 'kraken-4x12', isEqual: true, seed: 2 });
    expect(await call('simulate.list', { network })).toMatchObject([{ run, golden, array: 'kraken-4x12' }]);
    expect(await call('golden.result', { run })).toMatchObject({ state: 'done', engine: 'rtl kraken-4x12' });
    expect(bench.log.lines().map(({ text }) => text)).toContain('layer 0 ADD: equal');
    const waves = path.join(bench.sessions.current.file.replace('.sqlite', '.waves'), `run-${run}`);
    mkdirSync(waves, { recursive: true });
    await call('session.removeRun', { run });
    expect(existsSync(waves)).toBe(false);
    expect(await call('simulate.list', { network })).toEqual([]);
    await expect(call('simulate.result', { run })).rejects.toMatchObject({ code: 'no-such-simulation' });
  });

  it('refuses an array that is none, with the sentence of the array room', async () => {
    const { call, run: golden } = await withRun();
    const wrong = { ...array, strideMax: -1 };
    await expect(call('simulate.start', { golden, array: wrong, ...choice })).rejects.toMatchObject({
      code: 'array-field',
      message: expect.stringContaining('strideMax is -1'),
    });
  });
});

describe('export', () => {
  const array = { ...namedArray('4x12'), energy: { ...namedArray('4x12').energy } };
  const choice = {
    array,
    layers: [0],
    levels: ['packed', 'raw'],
    modules: true,
    formats: ['npy', 'mem'],
    streamBits: 64,
    align: 16,
  } as const;
  const given = (golden: number) => ({
    golden,
    ...choice,
    layers: [0],
    levels: [...choice.levels],
    formats: [...choice.formats],
  });

  it('writes into a folder of a free name, keeps what was written, and opens it by its number', async () => {
    const { bench, call, network, run: golden } = await withRun();
    const { command, folder } = await call('export.describe', given(golden));
    expect(folder).toBe('tiny-kraken-4x12-bundle');
    expect(command).toMatch(
      /^goldbench export .*--kernels reference --engine [a-z-]+ --array kraken-4x12 --layers 0 --levels raw,packed --modules --formats mem,npy --stream-bits 64 --align 16 --out bundle$/,
    );
    expect(await call('export.size', given(golden))).toMatchObject({ files: 7, bytes: 120 });
    bench.answers.file = makeFolder();
    const places = [folder, `${folder}-2`].map((name) => path.join(bench.answers.file!, name));
    for (const place of places) {
      const started = await call('export.start', given(golden));
      expect(started).toMatchObject({ verb: 'export', command });
      expect(await ended(bench.jobs, started!.id)).toMatchObject({ state: 'done', result: { network } });
      expect(existsSync(place)).toBe(true);
    }
    writeFileSync(path.join(places[1]!, 'manifest.json'), 'other');
    const list = () => call('export.list', { network });
    expect(await list()).toMatchObject([
      { folder: places[0], state: 'whole', run: golden, command, bytes: 120 },
      { state: 'changed' },
    ]);
    const [{ id: bundle }] = (await list()) as unknown as [{ id: number }];
    await call('export.openFolder', { bundle });
    expect(bench.told).toContain(places[0]);
    rmSync(places[0]!, { recursive: true });
    expect(await list()).toMatchObject([{ state: 'gone' }, {}]);
    await expect(call('export.openFolder', { bundle })).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(call('export.openFolder', { bundle: 99 })).rejects.toMatchObject({ code: 'no-such-bundle' });
  });
  it('removes a bundle from the list, and its folder only when asked and when it is as it was written', async () => {
    const { bench, call, network, run: golden } = await withRun();
    bench.answers.file = makeFolder();
    for (let i = 0; i < 2; i++) await ended(bench.jobs, (await call('export.start', given(golden)))!.id);
    const listed = async () => (await call('export.list', { network })).map(({ id }) => id);
    expect(await listed()).toEqual([1, 2]);
    expect(await call('export.remove', { bundle: 1 })).toBe(false); // the dialog was closed
    expect(await listed()).toEqual([1, 2]);
    bench.answers.removal = 'list';
    expect(await call('export.remove', { bundle: 1 })).toBe(true);
    expect(await listed()).toEqual([2]);
    expect(readdirSync(bench.answers.file)).toHaveLength(2);
    bench.answers.removal = 'disk';
    expect(await call('export.remove', { bundle: 2 })).toBe(true);
    expect(await listed()).toEqual([]);
    expect(readdirSync(bench.answers.file)).toEqual(['tiny-kraken-4x12-bundle']);
    await expect(call('export.remove', { bundle: 2 })).rejects.toMatchObject({ code: 'no-such-bundle' });

    await ended(bench.jobs, (await call('export.start', given(golden)))!.id);
    writeFileSync(path.join(bench.answers.file, 'tiny-kraken-4x12-bundle-2', 'notes.txt'), 'mine');
    expect(await call('export.remove', { bundle: 3 })).toBe(false); // the dialog does not offer the disk
    expect(bench.told.at(-1)).toBe('The folder tiny-kraken-4x12-bundle-2 stays: no export has put notes.txt there.');
    expect(readdirSync(bench.answers.file)).toHaveLength(2);
  });
  it('leaves nothing when it is cancelled, and does nothing when the dialog is closed', async () => {
    const { bench, call, network, run: golden } = await withRun();
    expect(await call('export.start', given(golden))).toBeNull();
    bench.answers.file = makeFolder();
    bench.engine.isSlow = true;
    const started = await call('export.start', given(golden));
    await vi.waitFor(() => expect(readdirSync(bench.answers.file!)).toHaveLength(1));
    await call('jobs.cancel', { job: started!.id });
    expect(await ended(bench.jobs, started!.id)).toMatchObject({ state: 'cancelled' });
    expect(readdirSync(bench.answers.file)).toEqual([]);
    expect(await call('export.list', { network })).toEqual([]);
  });
  it('counts only what was asked for last', async () => {
    const { bench, call, run: golden } = await withRun();
    bench.engine.isSlow = true;
    const first = call('export.size', given(golden));
    const refused = expect(first).rejects.toMatchObject({ kind: 'cancelled' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    bench.engine.isSlow = false;
    expect(await call('export.size', given(golden))).toMatchObject({ bytes: 120 });
    await refused;
  });
  it('previews a packet of the run', async () => {
    const { call, run: golden } = await withRun();
    const at = { run: 0, iteration: 0, pass: 0, from: { pixels: 0, weights: 0, sums: 0 } };
    expect(await call('export.preview', { ...given(golden), operator: 0, at })).toEqual({
      why: 'operator 0 of 0, 1 values',
    });
    await expect(call('export.preview', { ...given(golden), operator: 5, at })).rejects.toMatchObject({
      code: 'run-not-finished',
    });
  });
  it.each([
    ['an array that is none', { array: { ...array, strideMax: -1 } }, 'array-field'],
    ['an alignment that is none', { align: 48 }, 'export-align'],
  ])('refuses %s', async (_, wrong, code) => {
    const { call, run: golden } = await withRun();
    await expect(call('export.describe', { ...given(golden), ...wrong })).rejects.toMatchObject({ code });
  });
});
