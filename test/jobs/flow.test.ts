// The engine with its real verbs, from file to finished run: the digits sample, into a real session.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { forkEngine } from '../../main/jobs/fork';
import { EngineHost } from '../../main/jobs/host';
import type { ElementType } from '../../main/network/network';
import { weighOperators } from '../../main/jobs/working';
import { findAppRoot } from '../../main/session/binding';
import type { QuantisationChoice } from '../../main/session/command';
import { Session } from '../../main/session/session';
import { bundle } from './bundle';
import { OPTIONS } from '../session/samples';

const sample = path.join(findAppRoot(), 'resources', 'samples', 'digits');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-flow-'));
let built: Awaited<ReturnType<typeof bundle>>;
let host: EngineHost;
let session: Session;
beforeAll(async () => {
  built = await bundle({ engine: 'main/jobs/engine.ts', worker: 'main/jobs/worker.ts' });
  host = new EngineHost(forkEngine(path.join(built.folder, 'engine.js')));
  session = Session.open(path.join(folder, 'flow.sqlite'));
});
afterAll(() => {
  host.close();
  session.close();
  built.remove();
  fs.rmSync(folder, { recursive: true, force: true });
});

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const importDigits = () =>
  host.request('import', {
    blobs: session.blobs.folder,
    path: path.join(sample, 'digits.tflite'),
    name: 'digits.tflite',
  });

it('imports, prepares, runs and records; every operator comes once, progress only grows and ends at its total', async () => {
  const { view } = await importDigits();
  const network = session.addNetwork(view);
  expect(session.readBlob(view.sha256)).toHaveLength(view.fileBytes);
  const tensor = view.inputs[0]!;
  const blobs = session.blobs.folder;
  const png = path.join(
    sample,
    'inputs',
    fs.readdirSync(path.join(sample, 'inputs')).find((name) => name.endsWith('.png'))!,
  );
  const request = { blobs, network: view.sha256, tensor, path: png, source: 'a digit', pixels: 'file' } as const;
  const input = await host.request('input', request);
  expect(input).toMatchObject({ tensor, source: 'a digit', pixels: 'file', type: view.tensors[tensor]!.type });
  session.addInput(network, input);

  const run = session.startRun(network, 'reference', 'goldbench golden');
  const fractions: number[] = [];
  const operators: number[] = [];
  const args = {
    blobs,
    network: view.sha256,
    name: 'digits.tflite',
    options: OPTIONS,
    inputs: [input],
    program: 'test 1',
  } as const;
  const record = await host.request('golden', args, {
    onProgress: ({ done, total, operator }) => {
      fractions.push(done / total);
      if (!operator) return;
      operators.push(operator.operator);
      session.recordOperator(run, operator);
    },
  });
  session.finishRun(run, record);
  expect(operators).toEqual(view.operators.map(({ index }) => index));
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBeCloseTo(1, 9);
  expect(session.run(run)).toMatchObject({ state: 'done', record });

  // The same run again stores the same bytes: nothing of it depends on when or where it ran
  const again = await host.request('golden', args);
  const hashes = (of: typeof record) => of.operators.flatMap(({ outputs }) => outputs.map(({ sha256 }) => sha256));
  expect(hashes(again)).toEqual(hashes(record));

  const stored = record.operators[0]!.outputs[0]!;
  const source = { path: session.blobs.pathOf(stored.sha256), offset: 0, type: stored.type, shape: stored.shape };
  const plane = await host.request('plane', { ...source, batch: 0, channel: 0 });
  expect(plane).toMatchObject({ height: stored.shape[1], width: stored.shape[2], channels: stored.shape[3] });
  const { from, bins } = await host.request('histogram', { ...source, zeroPoint: 0 });
  expect(from).toBe(stored.statistics.min);
  expect(bins.reduce((sum, bin) => sum + bin, 0)).toBe(stored.statistics.count);
});

it('explains an element of the run, computes a layer again, and runs a batch', async () => {
  const { view } = await importDigits();
  const blobs = session.blobs.folder;
  const { record } = session.run(1);
  const bytesOf = (stored: { sha256: string; type: ElementType; shape: readonly number[]; tensor: number }) => ({
    tensor: stored.tensor,
    path: session.blobs.pathOf(stored.sha256),
    offset: 0,
    type: stored.type,
    shape: stored.shape,
  });
  const question = {
    blobs,
    network: view.sha256,
    name: 'digits.tflite',
    operator: 0,
    kernels: 'reference',
    arithmetic: null,
  } as const;
  const { outputs, accumulator } = record!.operators[0]!;
  const values = [bytesOf(record!.inputs[0]!), bytesOf(outputs[0]!)];
  const { explanation, text } = await host.request('why', { ...question, position: 0, element: 1234, values });
  expect(explanation.result).toBe(explanation.stored);
  expect(text).toContain('as stored');
  const constants = await host.request('layer', question);
  expect(constants.multiplier).toHaveLength(8);
  const derived = await host.request('derive', { ...question, values: values.slice(0, 1) });
  expect(derived.accumulator).toEqual(accumulator);
  expect(derived.unclamped.statistics.max).toBeGreaterThanOrEqual(outputs[0]!.statistics.max);
  session.addDerived(1, 'unclamped', 0, derived.unclamped);
  expect(session.run(1).record!.operators[0]!.unclamped).toEqual(derived.unclamped);

  const told: number[] = [];
  const options = { kernels: 'reference', engine: 'reference-ts', threads: 1 } as const;
  const batch = await host.request(
    'batch',
    {
      blobs,
      network: view.sha256,
      name: 'digits.tflite',
      options,
      place: path.join(sample, 'inputs'),
      top: 3,
      program: 'test',
      classes: null,
      preprocessing: undefined,
    },
    { onProgress: ({ done }) => told.push(done) },
  );
  expect(batch.summary).toMatchObject({ count: 20, top1: 20 });
  expect(told).toEqual([...told].sort((a, b) => a - b));
  const id = session.addBatch(1, batch, 'goldbench golden');
  expect(session.batch(id)).toEqual(batch);
});

it("a file that is no network, is missing, or is a folder is the user's failure, and the engine lives on", async () => {
  const text = path.join(folder, 'diary.tflite');
  fs.writeFileSync(text, 'Dear diary');
  const blobs = session.blobs.folder;
  const open = (file: string) => host.request('import', { blobs, path: file, name: path.basename(file) });
  await expect(open(text)).rejects.toMatchObject({ kind: 'user' });
  await expect(open(path.join(folder, 'none.tflite'))).rejects.toMatchObject({ kind: 'user', code: 'file-not-found' });
  await expect(open(folder)).rejects.toMatchObject({ kind: 'user', code: 'is-a-folder' });
  await expect(importDigits()).resolves.toBeDefined();
});

it('a damaged network or input in the session is named by what it is', async () => {
  const { view } = await importDigits();
  const file = session.blobs.pathOf(view.sha256);
  fs.truncateSync(file, 100);
  const args = {
    blobs: session.blobs.folder,
    network: view.sha256,
    name: 'digits.tflite',
    options: OPTIONS,
    inputs: [],
    program: '',
  } as const;
  await expect(host.request('golden', args)).rejects.toMatchObject({
    kind: 'user',
    code: 'blob-damaged',
    message: expect.stringContaining('The file of network digits.tflite is damaged'),
  });
  await importDigits(); // mends it
  await expect(host.request('golden', args)).rejects.not.toMatchObject({ code: 'blob-damaged' });
});

it('an operator without multiply-accumulates still counts for something', () => {
  const operators = [0, 1_000_000, 0, 10].map((macs) => ({ macs }) as never);
  expect(
    weighOperators({
      operators,
      totals: { macs: 1_000_010, parameters: 0, unsupported: { reference: 0, builtin: 0, xnnpack: 0 } },
    }),
  ).toEqual([2500.025, 1_000_000, 2500.025, 2500.025]);
  const none = [0, 0].map((macs) => ({ macs }) as never);
  expect(
    weighOperators({
      operators: none,
      totals: { macs: 0, parameters: 0, unsupported: { reference: 0, builtin: 0, xnnpack: 0 } },
    }),
  ).toEqual([1, 1]);
});

it('quantises the float digits: fused, calibrated, written, judged; the file is the one the command line writes', async () => {
  const blobs = session.blobs.folder;
  const { view } = await host.request('import', {
    blobs,
    path: path.join(sample, 'digits_float.tflite'),
    name: 'digits_float.tflite',
  });
  const asked = { blobs, network: view.sha256, name: 'digits_float.tflite' };
  const told = await host.request('fuse', asked);
  if ('why' in told) throw new Error(told.why.sentence);
  const choice = {
    scheme: 'kraken:8,8,20',
    layers: [{ operator: 0, scheme: 'int8' }],
    method: 'mse',
    ends: 'words',
    pixels: '0..1',
    limit: 6,
    engine: 'reference-ts',
  } as const;
  const place = path.join(sample, 'inputs');
  const fractions: number[] = [];
  const given = { ...asked, choice, place, judged: place, labels: [] };
  const { view: made, record } = await host.request(
    'quantise',
    { ...given, result: 'digits_int8.tflite', program: 'test' },
    { onProgress: ({ done, total }) => fractions.push(done / total) },
  );
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(record.result).toEqual({ name: 'digits_int8', sha256: made.sha256, bytes: made.fileBytes });
  expect(session.blobs.readWhole(made.sha256)).toHaveLength(made.fileBytes);
  expect(told.fused.operators.map(({ name }) => name)).toEqual(
    record.operators.flatMap(({ fused, name }) => (fused === null ? [] : name)),
  );
  expect(record.judgement).toMatchObject({ inputs: 6, agreement: { inputs: 6 } });
  for (const { range, noise, fused } of record.operators) {
    if (fused === null || !range || !noise) continue;
    const count = (bins: readonly number[]): number => bins.reduce((sum, n) => sum + n, 0);
    expect(count(range.before.bins)).toBe(count(noise.after.bins)); // the same inputs, zeros among them
    expect(range.before.from).toBeLessThanOrEqual(range.min);
    expect(range.before.to).toBeGreaterThan(range.max);
  }
  expect(record.operators.some(({ noise }) => noise?.overflows !== null)).toBe(true);
  const file = path.join(folder, 'digits_int8.tflite');
  const words = ['--layer', '0=int8', '--method', 'mse', '--limit', '6', '--engine', 'reference-ts'];
  execFileSync(
    process.execPath,
    [
      'bin/goldbench.cjs',
      'quantise',
      path.join(sample, 'digits_float.tflite'),
      '--images',
      place,
      '--out',
      file,
      '--scheme',
      'kraken:8,8,20',
      ...words,
    ],
    { cwd: findAppRoot() },
  );
  expect(sha256Of(fs.readFileSync(file))).toBe(made.sha256);
  const again = await host.request('fuse', { ...asked, network: made.sha256, name: 'digits_int8.tflite' });
  expect(again).toMatchObject({ why: { code: 'quantise-quantised' } });
}, 60_000);

it('what was measured serves every scheme and a suggestion; other pixels, or another input, are measured again', async () => {
  const blobs = session.blobs.folder;
  const { view } = await host.request('import', {
    blobs,
    path: path.join(sample, 'digits_float.tflite'),
    name: 'digits_float.tflite',
  });
  const place = path.join(folder, 'three');
  fs.mkdirSync(place);
  for (const name of ['0_a.png', '3_a.png', '7_a.png'])
    fs.copyFileSync(path.join(sample, 'inputs', name), path.join(place, name));
  const usual = {
    scheme: 'int4',
    layers: [],
    method: 'min-max',
    ends: 'words',
    pixels: '0..1',
    limit: null,
    engine: 'reference-ts',
  } as const;
  const asked = { blobs, network: view.sha256, name: 'digits_float.tflite', place, judged: null, labels: [] };
  const make = async (more: Partial<QuantisationChoice>) => {
    const notes: string[] = [];
    const { record } = await host.request(
      'quantise',
      { ...asked, choice: { ...usual, ...more }, result: 'x.tflite', program: 'test' },
      { onProgress: ({ note }) => notes.push(note) },
    );
    return {
      record,
      isReused: record.calibration.isReused,
      hasCalibrated: notes.some((note) => /^calibrating/.test(note)),
    };
  };
  const first = await make({});
  expect(first).toMatchObject({ isReused: false });
  const second = await make({ scheme: 'shift:8,8,24', method: 'mse' });
  expect(second).toMatchObject({ isReused: true, hasCalibrated: false });
  expect(second.record.fusions).toEqual(first.record.fusions);
  const again = await make({});
  expect(again.record.result.sha256).toBe(first.record.result.sha256);
  expect((await make({ pixels: '-1..1' })).isReused).toBe(false);
  expect((await make({ limit: 2 })).isReused).toBe(false);
  const fractions: number[] = [];
  const suggested = await host.request(
    'suggest',
    { ...asked, choice: usual, budget: '10kB', high: null },
    { onProgress: ({ done, total }) => fractions.push(done / total) },
  );
  expect(suggested).toMatchObject({
    isReused: true,
    high: 'int8',
    scheme: 'int4',
    source: 'three',
    inputs: 3,
    labelled: 0,
    keeps: true,
  });
  expect(suggested.chosen.bytes).toBeLessThanOrEqual(10_000);
  expect(suggested.chosen.raised.length).toBeGreaterThan(0);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  fs.copyFileSync(path.join(sample, 'inputs', '8_a.png'), path.join(place, '7_a.png')); // other bytes by the same name
  expect((await make({})).isReused).toBe(false);
  const classesOf = { blobs, network: view.sha256, name: 'digits_float.tflite' };
  const labelled = async (...lines: string[]) => {
    fs.writeFileSync(path.join(folder, 'of three.csv'), lines.join('\n'));
    return host.request('inputs', { place, labels: [path.join(folder, 'of three.csv')], classesOf });
  };
  expect(await labelled('0_a.png,0', '3_a.png,3')).toEqual({
    source: 'three',
    count: 3,
    labelled: 2,
    by: 'table',
    classes: null,
  });
  await expect(labelled('0_a.png,zero')).rejects.toMatchObject({
    code: 'batch-class',
    message: expect.stringContaining('0_a.png is labelled zero'),
  });
  const stop = new AbortController();
  const cancelled = host.request(
    'suggest',
    { ...asked, choice: usual, budget: '90%', high: null },
    { signal: stop.signal, onProgress: () => stop.abort() },
  );
  await expect(cancelled).rejects.toMatchObject({ kind: 'cancelled' });
}, 60_000);
