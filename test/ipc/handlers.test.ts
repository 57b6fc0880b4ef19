import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { makeHandlers } from '../../main/ipc/handlers';
import { readNpy } from '../../main/tensor/npy';
import { channels } from '../../preload/contract/channels';
import { OPTIONS } from '../session/samples';
import { caller } from './caller';
import { FILE, HOSTILE, describeFile, ended, makeBench, makeFolder } from './bench';

async function withNetwork() {
  const bench = makeBench();
  const call = caller(bench);
  const grant = await bench.grants.give(bench.write('tiny.tflite', FILE));
  const job = await ended(bench.jobs, (await call('import.dropped', { grant })).id);
  return { bench, call, network: job.result!.network! };
}

async function withRun() {
  const { bench, call, network } = await withNetwork();
  const grant = await bench.grants.give(bench.write('7.npy', Uint8Array.of(1)));
  const input = await call('golden.droppedInput', { network, tensor: 0, grant });
  const started = await call('golden.run', { network, ...OPTIONS, inputs: [{ tensor: 0, input: input.id }] });
  const job = await ended(bench.jobs, started.id);
  return { bench, call, network, input, job, run: job.result!.run! };
}

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

describe('golden', () => {
  it('runs: the run is recorded, with the command line that repeats it', async () => {
    const { bench, call, network, run, job } = await withRun();
    // the network of the test is the sample's file, so its command names the file of the checkout
    expect(job.command).toMatch(/^goldbench golden resources\/samples\/tiny\/tiny\.tflite --input \$'/);
    expect(job.command).toMatch(/=7\.npy' --kernels reference --engine reference-ts$/);
    const result = await call('golden.result', { run });
    expect(result).toMatchObject({ id: run, network, state: 'done', command: job.command });
    expect(result.record!.operators).toHaveLength(1);
    expect(bench.engine.asked.map(({ verb }) => verb)).toEqual(['import', 'input', 'golden']);
  });
  it('offers the engines, and remembers with the session how to run', async () => {
    const { bench, call } = await withRun();
    const offers = await call('golden.engines', {});
    expect(offers.find(({ name }) => name === 'reference-ts')).toMatchObject({ why: null });
    expect((await call('app.start', {})).session.options).toBeNull();
    const options = { kernels: 'xnnpack', engine: 'native', threads: 2, keep: 'outputs' } as const;
    expect((await call('golden.choose', options)).options).toEqual(options);
    expect(bench.sessions.current.view().options).toEqual(options);
  });
  it('compares two runs, with the command line that does the same', async () => {
    const { bench, call, network, input, run } = await withRun();
    bench.engine.output = Int8Array.of(11, 22, 30, 44);
    const job = await call('golden.run', { network, ...OPTIONS, inputs: [{ tensor: 0, input: input.id }] });
    const other = (await ended(bench.jobs, job.id)).result!.run!;
    const { comparison, command, a, b } = await call('compare.runs', { a: run, b: other });
    expect(command).toBe(`goldbench compare --session first.sqlite ${run} ${other}`);
    expect([a.id, b.id]).toEqual([run, other]);
    expect(bench.jobs.list().at(-1)).toMatchObject({ verb: 'compare', state: 'done', command, result: { network } });
    expect(comparison).toMatchObject({ isEqual: false, elements: 8, differing: 1, first: 1 });
    expect(comparison.tensors[1]).toMatchObject({
      label: '000_ADD.npy',
      largest: 3,
      first: { index: [0, 2], a: 33, b: 30 },
    });
    expect(await call('compare.channels', { network, tensor: 2, what: 'value', a: run, b: other })).toEqual([
      0, 0, 1, 0,
    ]);
    expect(await call('compare.runs', { a: run, b: run })).toMatchObject({ comparison: { isEqual: true } });
    await expect(call('compare.runs', { a: run, b: 99 })).rejects.toMatchObject({ code: 'no-such-run' });
  });
  it('gives a comparison up when its job is cancelled', async () => {
    const { bench, call, run } = await withRun();
    bench.engine.isSlow = true;
    const comparing = call('compare.runs', { a: run, b: run });
    const rejected = expect(comparing).rejects.toMatchObject({ kind: 'cancelled' });
    await expect.poll(() => bench.jobs.list().at(-1)!.verb).toBe('compare');
    bench.jobs.cancel(bench.jobs.list().at(-1)!.id);
    await rejected;
    expect(bench.jobs.list().at(-1)!.state).toBe('cancelled');
  });
  it('takes a value of a sample with its preprocessing', async () => {
    const { bench, call, network } = await withNetwork();
    const input = await call('golden.sampleInput', { network, tensor: 0, sample: 'tiny', file: '7_a.png' });
    expect(input.source).toBe('sample tiny/7_a.png');
    expect(bench.engine.asked.at(-1)!.args).toMatchObject({ preprocessing: { scale: 0.5, offset: 1 } });
    expect(await call('golden.inputs', { network })).toEqual([input]);
    const job = await call('golden.run', { network, ...OPTIONS, inputs: [{ tensor: 0, input: input.id }] });
    expect(job.command).toContain('=resources/samples/tiny/inputs/7_a.png');
    await ended(bench.jobs, job.id);
    await expect(
      call('golden.sampleInput', { network, tensor: 0, sample: 'tiny', file: 'sample.json' }),
    ).rejects.toMatchObject({ code: 'sample-input-unknown' });
  });
  it('takes a value by dialog', async () => {
    const { bench, call, network } = await withNetwork();
    expect(await call('golden.chooseInput', { network, tensor: 0 })).toBeNull();
    bench.answers.file = bench.write('v.bin', FILE);
    expect(await call('golden.chooseInput', { network, tensor: 0 })).toMatchObject({ source: 'v.bin', tensor: 0 });
  });
  it('refuses missing, double and foreign inputs before any job starts', async () => {
    const { bench, call, network } = await withNetwork();
    const run = (inputs: { tensor: number; input: number }[]) => call('golden.run', { network, ...OPTIONS, inputs });
    await expect(run([])).rejects.toMatchObject({ code: 'input-missing' });
    await expect(run([{ tensor: 0, input: 9 }])).rejects.toMatchObject({ code: 'input-of-other-tensor' });
    await expect(run([{ tensor: 0, input: 1 }, { tensor: 0, input: 1 }])).rejects.toMatchObject({ code: 'input-twice' }); // prettier-ignore
    expect(bench.jobs.list()).toHaveLength(1);
  });
  it('marks a failed run as failed, with the reason, and the job too', async () => {
    const { bench, call, network, input } = await withRun();
    bench.engine.fault = new Error('the worker broke');
    const job = await call('golden.run', { network, ...OPTIONS, inputs: [{ tensor: 0, input: input.id }] });
    expect(await ended(bench.jobs, job.id)).toMatchObject({ state: 'failed', failure: { kind: 'bug' } });
    const summary = bench.sessions.current.view().runs.at(-1)!;
    expect(summary).toMatchObject({ state: 'failed', failure: { kind: 'bug' } });
    expect(bench.log.lines().some(({ text }) => text.includes('the worker broke\n'.trim()))).toBe(true);
  });
  it('cancels a run at once, and marks it so', async () => {
    const { bench, call, network, input } = await withRun();
    bench.engine.isSlow = true;
    const job = await call('golden.run', { network, ...OPTIONS, inputs: [{ tensor: 0, input: input.id }] });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const start = performance.now();
    await call('jobs.cancel', { job: job.id });
    expect(await ended(bench.jobs, job.id)).toMatchObject({ state: 'cancelled' });
    expect(performance.now() - start).toBeLessThan(200);
    expect(bench.sessions.current.view().runs.at(-1)).toMatchObject({ state: 'cancelled' });
  });
  it('asks the engine for planes and histograms of run values and of constants', async () => {
    const { bench, call, network, run } = await withRun();
    expect(await call('golden.plane', { network, run, tensor: 2, what: 'value', batch: 0, channel: 1 })).toMatchObject({
      width: 4,
    });
    const { blobs } = bench.sessions.current;
    const record = (await call('golden.result', { run })).record!;
    const output = record.operators[0]!.outputs[0]!.sha256;
    expect(bench.engine.asked.at(-1)!.args).toEqual({
      path: blobs.pathOf(output),
      offset: 0,
      type: 'int8',
      shape: [1, 4],
      batch: 0,
      channel: 1,
    });
    await call('golden.histogram', { network, run: null, tensor: 1, what: 'value' });
    expect(bench.engine.asked.at(-1)!.args).toEqual({
      path: blobs.pathOf(describeFile(FILE).sha256),
      offset: 4,
      type: 'int8',
      shape: [1, 4],
      zeroPoint: 3,
    });
    expect(await call('golden.histogram', { network, run, tensor: 0, what: 'value' })).toMatchObject({ bins: [4] });
  });
  it.each([
    [{ tensor: 99, run: 1, what: 'value' }, 'tensor-unknown'],
    [{ tensor: 2, run: null, what: 'value' }, 'tensor-has-no-value'],
    [{ tensor: 2, run: 1, what: 'accumulator' }, 'tensor-not-in-run'],
    [{ tensor: 2, run: 77, what: 'value' }, 'no-such-run'],
  ] as const)('says what is wrong with %j', async (ref, code) => {
    const { call, network } = await withRun();
    await expect(call('golden.histogram', { network, ...ref })).rejects.toMatchObject({ kind: 'user', code });
  });
  it('does not show a run as one of another network', async () => {
    const { bench, call, run } = await withRun();
    bench.answers.file = bench.write('second.tflite', Uint8Array.of(...FILE, 9));
    const job = await ended(bench.jobs, (await call('import.open', {}))!.id);
    const network = job.result!.network!;
    await expect(call('golden.histogram', { network, run, tensor: 2, what: 'value' })).rejects.toMatchObject({
      code: 'run-of-other-network',
    });
  });
  it('forgets a removed run', async () => {
    const { call, network, run } = await withRun();
    await call('golden.histogram', { network, run, tensor: 2, what: 'value' });
    expect((await call('session.removeRun', { run })).runs).toEqual([]);
    await expect(call('golden.histogram', { network, run, tensor: 2, what: 'value' })).rejects.toMatchObject({
      code: 'no-such-run',
    });
  });
});

describe('saving', () => {
  it('writes one tensor as .npy, constants too', async () => {
    const { bench, call, network, run } = await withRun();
    expect(await call('golden.saveTensor', { network, run, tensor: 2, what: 'value' })).toBeNull();
    bench.answers.save = path.join(bench.folder, 'out.npy');
    expect(await call('golden.saveTensor', { network, run, tensor: 2, what: 'value' })).toBe('out.npy');
    expect(readNpy(readFileSync(bench.answers.save))).toMatchObject({
      type: 'int8',
      shape: [1, 4],
      data: Int8Array.of(11, 22, 33, 44),
    });
    await call('golden.saveTensor', { network, run: null, tensor: 1, what: 'value' });
    expect(readNpy(readFileSync(bench.answers.save)).data).toEqual(Int8Array.of(1, 2, 3, 4));
    expect(readdirSync(bench.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
  it('says so when the folder cannot be written', async () => {
    const { bench, call, network, run } = await withRun();
    bench.answers.save = path.join(bench.folder, 'none', 'out.npy');
    await expect(call('golden.saveTensor', { network, run, tensor: 2, what: 'value' })).rejects.toMatchObject({
      code: 'file-not-written',
    });
  });
  it('names a damaged value instead of saving it', async () => {
    const { bench, call, network, run } = await withRun();
    const { sha256 } = (await call('golden.result', { run })).record!.operators[0]!.outputs[0]!;
    writeFileSync(bench.sessions.current.blobs.pathOf(sha256), 'bad!');
    bench.answers.save = path.join(bench.folder, 'out.npy');
    await expect(call('golden.saveTensor', { network, run, tensor: 2, what: 'value' })).rejects.toMatchObject({
      code: 'blob-damaged',
    });
    expect(existsSync(bench.answers.save)).toBe(false);
  });
  it('writes a run as a folder, and never over foreign files', async () => {
    const { bench, call, run } = await withRun();
    expect(await call('golden.saveRun', { run })).toBeNull();
    bench.answers.file = bench.folder;
    const name = await call('golden.saveRun', { run });
    expect(readdirSync(path.join(bench.folder, name!)).sort()).toEqual(['000_ADD.npy', 'input_0.npy', 'run.json']);
    mkdirSync(path.join(bench.folder, 'mine', name!), { recursive: true });
    writeFileSync(path.join(bench.folder, 'mine', name!, 'diary.txt'), 'dear diary');
    bench.answers.file = path.join(bench.folder, 'mine');
    await expect(call('golden.saveRun', { run })).rejects.toMatchObject({ code: 'folder-not-empty' });
    expect(readFileSync(path.join(bench.folder, 'mine', name!, 'diary.txt'), 'utf8')).toBe('dear diary');
  });
});

describe('session', () => {
  it('makes a new one, never over another, and keeps the old as recent', async () => {
    const { bench, call } = await withNetwork();
    expect(await call('session.new', {})).toBeNull();
    bench.answers.save = path.join(bench.folder, 'second.sqlite');
    expect(await call('session.new', {})).toMatchObject({ name: 'second', networks: [] });
    await expect(call('session.new', {})).rejects.toMatchObject({ code: 'session-exists' });
    const { recent } = await call('app.start', {});
    expect(recent.map(({ name }) => name)).toEqual(['second', 'first']);
    expect(await call('session.openRecent', { recent: recent[1]!.id })).toMatchObject({
      name: 'first',
      networks: [{ name: 'tiny' }],
    });
    // numbers stay with their files although the order has changed
    expect((await call('app.start', {})).recent.map(({ id }) => id)).toEqual([recent[1]!.id, recent[0]!.id]);
    await expect(call('session.openRecent', { recent: 99 })).rejects.toMatchObject({ code: 'recent-unknown' });
  });
  it('opens by dialog; a file that is no session leaves the present one open', async () => {
    const bench = makeBench();
    const call = caller(bench);
    expect(await call('session.open', {})).toBeNull();
    bench.answers.file = bench.write('bad.sqlite', new TextEncoder().encode('this is no database at all, only text'));
    await expect(call('session.open', {})).rejects.toMatchObject({ kind: 'user' });
    expect(readFileSync(bench.answers.file, 'utf8')).toMatch(/^this is no database/);
    expect(bench.sessions.current.view().name).toBe('first');
  });
  it('does not change while a job writes to it', async () => {
    const { bench, call, network, input } = await withRun();
    bench.engine.isSlow = true;
    const job = await call('golden.run', { network, ...OPTIONS, inputs: [{ tensor: 0, input: input.id }] });
    bench.answers.save = path.join(bench.folder, 'second.sqlite');
    await expect(call('session.new', {})).rejects.toMatchObject({ code: 'session-busy' });
    expect(existsSync(bench.answers.save)).toBe(false);
    await call('jobs.cancel', { job: job.id });
    await ended(bench.jobs, job.id);
    expect(await call('session.new', {})).toMatchObject({ name: 'second' });
  });
  it('is found again at the next start, with its runs', async () => {
    const folder = makeFolder();
    const first = makeBench(folder);
    first.answers.save = path.join(folder, 'mine.sqlite');
    await caller(first)('session.new', {});
    first.sessions.close();
    expect(await caller(makeBench(folder))('app.start', {})).toMatchObject({ session: { name: 'mine' }, failures: [] });
  });
  it.each([
    ['damaged', 'not a database'],
    ['empty of sense', 'SQLite format 3\0'],
  ])('that is %s at the start is told, left alone, and a fresh one opened', async (_what, content) => {
    const folder = makeFolder();
    const first = makeBench(folder);
    const { file } = first.sessions.current;
    first.sessions.close();
    writeFileSync(file, content.repeat(100));
    const { failures, session } = await caller(makeBench(folder))('app.start', {});
    expect(failures).toHaveLength(1);
    expect(failures[0]!.sentence).toContain('first');
    expect(session.name).toBe('session-2');
    expect(readFileSync(file, 'utf8')).toBe(content.repeat(100));
  });
});

describe('one operator', () => {
  it('is asked about with the values it read, constants left to the network', async () => {
    const { bench, call, network, run } = await withRun();
    expect(await call('golden.why', { run, operator: 0, position: 0, element: 2 })).toEqual({
      explanation: { element: 2, arithmetic: 'double' },
      text: '2 values',
    });
    const { args } = bench.engine.asked.at(-1)! as { args: { values: { tensor: number }[] } };
    expect(args.values.map(({ tensor }) => tensor)).toEqual([0, 2]);
    await expect(call('golden.why', { run, operator: 9, position: 0, element: 0 })).rejects.toMatchObject({ code: 'run-not-finished' }); // prettier-ignore
    await expect(call('golden.why', { run, operator: 0, position: 3, element: 0 })).rejects.toMatchObject({ code: 'output-unknown' }); // prettier-ignore
    await expect(call('golden.layer', { network, operator: 9, kernels: 'reference' })).rejects.toMatchObject({ code: 'operator-unknown' }); // prettier-ignore
  });
  it('gets its sums and values before clamping on demand, and keeps them', async () => {
    const { bench, call, network, run } = await withRun();
    const ref = { network, run, tensor: 2, what: 'unclamped' } as const;
    await expect(call('golden.histogram', ref)).rejects.toMatchObject({ code: 'tensor-not-in-run' });
    const job = await call('golden.derive', { run, operator: 0 });
    expect(job.command).toMatch(
      /^goldbench layer .*tiny\.tflite --operator 0 --input .* --kernels reference --out layer$/,
    );
    expect(await ended(bench.jobs, job.id)).toMatchObject({ state: 'done', result: { network, run } });
    const { record } = await call('golden.result', { run });
    expect(record!.operators[0]!.unclamped).toMatchObject({ tensor: 2 });
    expect(await call('golden.histogram', ref)).toBeDefined();
    bench.answers.save = path.join(bench.folder, 'unclamped.npy');
    expect(await call('golden.saveTensor', ref)).toBe('unclamped.npy');
    await call('session.removeRun', { run });
  });
  it('is saved into a folder that was chosen', async () => {
    const { bench, call, network } = await withRun();
    expect(await call('golden.saveLayer', { network, operator: 0, kernels: 'builtin' })).toBeNull();
    bench.answers.file = bench.folder;
    expect(await call('golden.saveLayer', { network, operator: 0, kernels: 'builtin' })).toBe('tiny-layer-0-builtin');
  });
});

describe('a batch', () => {
  const HOW = { kernels: 'reference', engine: 'reference-ts', threads: 1 } as const;

  it('is chosen by dialog, run, kept, saved and removed', async () => {
    const { bench, call, network } = await withRun();
    bench.answers.file = null;
    expect(await call('batch.start', { network, ...HOW, from: 'folder' })).toBeNull();
    bench.answers.file = path.join(bench.folder, 'samples');
    const job = (await call('batch.start', { network, ...HOW, from: 'folder' }))!;
    expect(job).toMatchObject({ verb: 'batch', name: 'Batch samples through tiny' });
    expect(job.command).toMatch(
      /^goldbench golden .*tiny\.tflite --batch samples --kernels reference --engine reference-ts$/,
    );
    const { result } = await ended(bench.jobs, job.id);
    const { batch } = result as { batch: number };
    expect(await call('batch.list', { network })).toMatchObject([
      { id: batch, source: 'samples', summary: { count: 1 } },
    ]);
    expect(await call('batch.result', { batch })).toMatchObject({ source: 'samples', entries: [{ name: 'a.png' }] });
    bench.answers.save = path.join(bench.folder, 'table.csv');
    expect(await call('batch.save', { batch })).toBe('table.csv');
    expect(readFileSync(bench.answers.save, 'utf8')).toContain('a.png,,,');
    await call('batch.remove', { batch });
    expect(await call('batch.list', { network })).toEqual([]);
    await expect(call('batch.result', { batch })).rejects.toMatchObject({ code: 'no-such-batch' });
  });
  it('takes a folder where a folder is asked for, and a file where a file is', async () => {
    const { bench, call, network } = await withRun();
    bench.answers.file = bench.write('a.npy', new Uint8Array(4));
    await expect(call('batch.start', { network, ...HOW, from: 'folder' })).rejects.toMatchObject({
      code: 'not-a-folder',
    });
    bench.answers.file = bench.folder;
    await expect(call('batch.start', { network, ...HOW, from: 'file' })).rejects.toMatchObject({ kind: 'user' });
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
    await expect(call('plan.saveFile', { name, content: '', encoding: 'utf8' })).rejects.toMatchObject({ code: 'bad-request' }); // prettier-ignore
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
    await expect(call('simulate.start', { golden, array: wrong, ...choice })).rejects.toMatchObject({ code: 'array-field', message: expect.stringContaining('strideMax is -1') }); // prettier-ignore
  });
});

describe('quantise', () => {
  const usual = { scheme: 'int8', layers: [], method: 'min-max', ends: 'words', pixels: '0..1', limit: null, judged: 'same' } as const; // prettier-ignore
  const given = (network: number, more = {}) => ({ network, ...usual, layers: [{ operator: 0, scheme: '16x8' }], ...more }); // prettier-ignore

  it('takes inputs that were pointed at; the result is a network of the session, and its record is listed at both', async () => {
    const { bench, call, network } = await withNetwork();
    await expect(call('quantise.start', given(network))).rejects.toMatchObject({ code: 'quantise-inputs' });
    expect(await call('quantise.chooseInputs', { use: 'calibrate', from: 'folder' })).toBeNull();
    const photos = path.join(bench.folder, 'photos');
    mkdirSync(photos);
    bench.answers.file = photos;
    expect(await call('quantise.chooseInputs', { use: 'calibrate', from: 'folder' })).toBe('photos');
    const command = await call('quantise.command', given(network));
    expect(command).toMatch(/^goldbench quantise .*tiny\.tflite --images photos --out tiny-int8\.tflite --scheme int8 --layer 0=16x8 --engine [a-z-]+ --judge$/); // prettier-ignore
    const started = await call('quantise.start', given(network));
    expect(started).toMatchObject({ verb: 'quantise', name: 'Quantising tiny as int8', command });
    const { network: result, quantisation } = (await ended(bench.jobs, started.id)).result!;
    expect(bench.engine.asked.at(-1)).toMatchObject({ verb: 'quantise', args: { place: photos, judged: photos } });
    expect(await call('import.network', { network: result! })).toMatchObject({ name: 'tiny-int8' });
    const listed = { id: quantisation, network, result, name: 'tiny-int8', scheme: 'int8', source: 'photos', outputSqnr: null }; // prettier-ignore
    for (const one of [network, result!]) expect(await call('quantise.list', { network: one })).toMatchObject([listed]);
    expect(await call('quantise.result', { quantisation: quantisation! })).toMatchObject({ network, result, command });
    bench.answers.save = path.join(bench.folder, 'out.tflite');
    expect(await call('quantise.save', { quantisation: quantisation! })).toBe('out.tflite');
    expect([...readFileSync(bench.answers.save)]).toEqual([0x1c, 0, 0, 0, 5, 6, 7, 8]);
    await expect(call('quantise.result', { quantisation: 99 })).rejects.toMatchObject({ code: 'no-such-quantisation' });
  });

  it('says what is wrong with a scheme, a method, or inputs to judge by; a cancelled one leaves nothing', async () => {
    const { bench, call, network } = await withNetwork();
    bench.answers.file = bench.write('some.npy', Uint8Array.of(1));
    expect(await call('quantise.chooseInputs', { use: 'calibrate', from: 'file' })).toBe('some.npy');
    await expect(call('quantise.command', given(network, { scheme: 'int9' }))).rejects.toMatchObject({
      code: 'scheme',
    });
    await expect(call('quantise.command', given(network, { layers: [{ operator: 0, scheme: 'x' }] }))).rejects.toMatchObject({ code: 'scheme' }); // prettier-ignore
    await expect(call('quantise.command', given(network, { method: 'best' }))).rejects.toMatchObject({ code: 'method' }); // prettier-ignore
    await expect(call('quantise.start', given(network, { judged: 'others' }))).rejects.toMatchObject({ message: expect.stringContaining('judge by') }); // prettier-ignore
    bench.engine.isSlow = true;
    const { id } = await call('quantise.start', given(network));
    await call('jobs.cancel', { job: id });
    expect(await ended(bench.jobs, id)).toMatchObject({ state: 'cancelled', result: null });
    expect(await call('quantise.list', { network })).toEqual([]);
  });
});

describe('export', () => {
  const array = { ...namedArray('4x12'), energy: { ...namedArray('4x12').energy } };
  const choice = { array, layers: [0], levels: ['packed', 'raw'], modules: true, formats: ['npy', 'mem'], streamBits: 64, align: 16 } as const; // prettier-ignore
  const given = (golden: number) => ({ golden, ...choice, layers: [0], levels: [...choice.levels], formats: [...choice.formats] }); // prettier-ignore

  it('writes into a folder of a free name, keeps what was written, and opens it by its number', async () => {
    const { bench, call, network, run: golden } = await withRun();
    const { command, folder } = await call('export.describe', given(golden));
    expect(folder).toBe('tiny-kraken-4x12-bundle');
    expect(command).toMatch(/^goldbench export .*--kernels reference --engine [a-z-]+ --array kraken-4x12 --layers 0 --levels raw,packed --modules --formats mem,npy --stream-bits 64 --align 16 --out bundle$/); // prettier-ignore
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
    expect(await list()).toMatchObject([{ folder: places[0], state: 'whole', run: golden, command, bytes: 120 }, { state: 'changed' }]); // prettier-ignore
    const [{ id: bundle }] = (await list()) as unknown as [{ id: number }];
    await call('export.openFolder', { bundle });
    expect(bench.told).toContain(places[0]);
    rmSync(places[0]!, { recursive: true });
    expect(await list()).toMatchObject([{ state: 'gone' }, {}]);
    await expect(call('export.openFolder', { bundle })).rejects.toMatchObject({ code: 'file-unreadable' });
    await expect(call('export.openFolder', { bundle: 99 })).rejects.toMatchObject({ code: 'no-such-bundle' });
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
    expect(await call('export.preview', { ...given(golden), operator: 0, at })).toEqual({ why: 'operator 0 of 0, 1 values' }); // prettier-ignore
    await expect(call('export.preview', { ...given(golden), operator: 5, at })).rejects.toMatchObject({ code: 'run-not-finished' }); // prettier-ignore
  });
  it.each([
    ['an array that is none', { array: { ...array, strideMax: -1 } }, 'array-field'],
    ['an alignment that is none', { align: 48 }, 'export-align'],
  ])('refuses %s', async (_, wrong, code) => {
    const { call, run: golden } = await withRun();
    await expect(call('export.describe', { ...given(golden), ...wrong })).rejects.toMatchObject({ code });
  });
});
