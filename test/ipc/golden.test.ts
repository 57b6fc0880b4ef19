// What the Golden room asks for: runs, single operators, batches.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../session/samples';
import type { RunOptions } from '../../main/golden/record';
import { caller, withNetwork, withRun } from './caller';
import { FILE, describeFile, ended } from './bench';

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
    const options = { kernels: 'xnnpack', engine: 'native', threads: 2, keep: 'outputs', pixels: '0..1' } as const;
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
    expect([a, b]).toMatchObject([{ id: run }, { id: other }]);
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
  it('compares a run with the dump that was chosen, with the command line that does the same', async () => {
    const { bench, call, network, run } = await withRun();
    await expect(call('compare.dump', { run })).rejects.toMatchObject({ code: 'dump-not-chosen' });
    expect(await call('compare.chooseDump', {})).toBeNull();
    const board = path.join(bench.folder, '7'); // a name that is no number of a run
    mkdirSync(board);
    bench.answers.file = board;
    expect(await call('compare.chooseDump', {})).toBe('7');
    await expect(call('compare.dump', { run })).rejects.toMatchObject({
      code: 'no-tensors',
      remedy: expect.stringContaining('000_ADD.bin'),
    });
    expect(bench.jobs.list().at(-1)).toMatchObject({ verb: 'compare', state: 'failed' });
    bench.write('7/000_ADD.bin', Uint8Array.of(11, 22, 30, 44));
    const view = await call('compare.dump', { run });
    expect(view).toMatchObject({ a: { id: run }, b: { dump: '7' }, arithmetics: [{ a: 'double', b: 'double' }] });
    expect(view.command).toBe(`goldbench compare --session first.sqlite ${run} ./7`);
    expect(bench.jobs.list().at(-1)).toMatchObject({
      verb: 'compare',
      state: 'done',
      command: view.command,
      result: { network, run: null },
    });
    expect(view.comparison.tensors).toMatchObject([
      { label: 'input_0.npy', verdict: 'absent', why: 'Only A has it.' },
      { label: '000_ADD.npy', tensor: 2, differing: 1, largest: 3, first: { index: [0, 2], a: 33, b: 30 } },
    ]);
    bench.write('7/000_ADD.bin', Uint8Array.of(11, 22));
    expect((await call('compare.dump', { run })).comparison.tensors[1]).toMatchObject({
      verdict: 'incomparable',
      why: expect.stringContaining('000_ADD.bin holds 2 bytes, but int8 [1, 4] has 4.'),
    });
    bench.answers.file = bench.write('a.bin', FILE);
    await expect(call('compare.chooseDump', {})).rejects.toMatchObject({ code: 'not-a-folder' });
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
  it('takes the pixels of images as is chosen, and tells it in the run and in its command line', async () => {
    const { bench, call, network } = await withNetwork();
    await call('golden.choose', { ...OPTIONS, pixels: '-1..1' });
    const given = { network, tensor: 0, sample: 'tiny', file: '7_a.png' };
    const { id: input } = await call('golden.sampleInput', given);
    expect(bench.engine.asked.at(-1)!.args).toMatchObject({ pixels: '-1..1' });
    const run = (pixels: RunOptions['pixels']) =>
      call('golden.run', { network, ...OPTIONS, pixels, inputs: [{ tensor: 0, input }] });
    const job = await run('-1..1');
    expect(job.command).toMatch(/7_a\.png'? --pixels=-1\.\.1 --kernels/);
    const { run: made } = (await ended(bench.jobs, job.id)).result!;
    expect((await call('golden.result', { run: made! })).record!.inputs).toMatchObject([{ pixels: '-1..1' }]);
    await expect(run('file')).rejects.toMatchObject({
      code: 'input-other-pixels',
      message:
        'sample tiny/7_a.png was prepared with pixels from -1 to 1, and the run is to take them as the file says.',
      remedy: 'Choose the image again, or take its pixels from -1 to 1 (How to run).',
    });
    await call('golden.choose', OPTIONS);
    expect(await call('golden.prepareAgain', { network, input })).toMatchObject({
      source: 'sample tiny/7_a.png',
      pixels: 'file',
    });
    expect(bench.engine.asked.at(-1)!.args).toMatchObject({ pixels: 'file', preprocessing: { scale: 0.5, offset: 1 } });
    expect((await run('file')).command).not.toContain('--pixels');
  });
  it('prepares an image again as long as it knows where it lies', async () => {
    const { bench, call, network } = await withNetwork();
    const grant = await bench.grants.give(bench.write('8.png', FILE));
    const { id: input } = await call('golden.droppedInput', { network, tensor: 0, grant });
    await call('golden.choose', { ...OPTIONS, pixels: '0..255' });
    expect(await call('golden.prepareAgain', { network, input })).toMatchObject({ id: input, pixels: '0..255' });
    const later = caller(bench); // as after a restart
    await expect(later('golden.prepareAgain', { network, input })).rejects.toMatchObject({
      code: 'input-file-unknown',
      message: expect.stringContaining('8.png cannot be prepared again'),
    });
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
    await expect(
      run([
        { tensor: 0, input: 1 },
        { tensor: 0, input: 1 },
      ]),
    ).rejects.toMatchObject({ code: 'input-twice' });
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

describe('one operator', () => {
  it('is asked about with the values it read, constants left to the network', async () => {
    const { bench, call, network, run } = await withRun();
    expect(await call('golden.why', { run, operator: 0, position: 0, element: 2 })).toEqual({
      explanation: { element: 2, arithmetic: 'double' },
      text: '2 values',
    });
    const { args } = bench.engine.asked.at(-1)! as { args: { values: { tensor: number }[] } };
    expect(args.values.map(({ tensor }) => tensor)).toEqual([0, 2]);
    await expect(call('golden.why', { run, operator: 9, position: 0, element: 0 })).rejects.toMatchObject({
      code: 'run-not-finished',
    });
    await expect(call('golden.why', { run, operator: 0, position: 3, element: 0 })).rejects.toMatchObject({
      code: 'output-unknown',
    });
    await expect(call('golden.layer', { network, operator: 9, kernels: 'reference' })).rejects.toMatchObject({
      code: 'operator-unknown',
    });
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
  const HOW = { kernels: 'reference', engine: 'reference-ts', threads: 1, pixels: '-1..1' } as const;

  it('is chosen by dialog, run, kept, saved and removed', async () => {
    const { bench, call, network } = await withRun();
    bench.answers.file = null;
    expect(await call('batch.start', { network, ...HOW, from: 'folder' })).toBeNull();
    bench.answers.file = path.join(bench.folder, 'samples');
    const job = (await call('batch.start', { network, ...HOW, from: 'folder' }))!;
    expect(job).toMatchObject({ verb: 'batch', name: 'Batch samples through tiny' });
    expect(job.command).toMatch(
      /^goldbench golden .*tiny\.tflite --batch samples --pixels=-1\.\.1 --kernels reference --engine reference-ts$/,
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
