// What the Quantise room asks for: inputs and labels that were pointed at, quantisations, suggestions.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { withNetwork } from './caller';
import { ended } from './bench';

describe('quantise', () => {
  const usual = {
    scheme: 'int8',
    layers: [],
    method: 'min-max',
    ends: 'words',
    pixels: 'file',
    limit: null,
    judged: 'same',
  } as const;
  const given = (network: number, more = {}) => ({
    network,
    ...usual,
    layers: [{ operator: 0, scheme: '16x8' }],
    ...more,
  });

  it('takes inputs that were pointed at; the result is a network of the session, and its record is listed at both', async () => {
    const { bench, call, network } = await withNetwork();
    await expect(call('quantise.start', given(network))).rejects.toMatchObject({ code: 'quantise-inputs' });
    expect(await call('quantise.chooseInputs', { use: 'calibrate', from: 'folder' })).toBeNull();
    const photos = path.join(bench.folder, 'photos');
    mkdirSync(photos);
    bench.answers.file = photos;
    expect(await call('quantise.chooseInputs', { use: 'calibrate', from: 'folder' })).toBe('photos');
    const command = await call('quantise.command', given(network));
    expect(command).toMatch(
      /^goldbench quantise .*tiny\.tflite --images photos --out tiny-int8\.tflite --scheme int8 --layer 0=16x8 --engine [a-z-]+ --judge$/,
    );
    const started = await call('quantise.start', given(network));
    expect(started).toMatchObject({ verb: 'quantise', name: 'Quantising tiny as int8', command });
    const { network: result, quantisation } = (await ended(bench.jobs, started.id)).result!;
    expect(bench.engine.asked.at(-1)).toMatchObject({ verb: 'quantise', args: { place: photos, judged: photos } });
    expect(await call('import.network', { network: result! })).toMatchObject({ name: 'tiny-int8' });
    const listed = {
      id: quantisation,
      network,
      result,
      name: 'tiny-int8',
      scheme: 'int8',
      source: 'photos',
      outputSqnr: null,
    };
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
    await expect(
      call('quantise.command', given(network, { layers: [{ operator: 0, scheme: 'x' }] })),
    ).rejects.toMatchObject({ code: 'scheme' });
    await expect(call('quantise.command', given(network, { method: 'best' }))).rejects.toMatchObject({
      code: 'method',
    });
    await expect(call('quantise.start', given(network, { judged: 'others' }))).rejects.toMatchObject({
      message: expect.stringContaining('judge by'),
    });
    bench.engine.isSlow = true;
    const { id } = await call('quantise.start', given(network));
    await call('jobs.cancel', { job: id });
    expect(await ended(bench.jobs, id)).toMatchObject({ state: 'cancelled', result: null });
    expect(await call('quantise.list', { network })).toEqual([]);
  });

  it('labels: files that were pointed at, one of each kind; they go with the inputs that are judged by', async () => {
    const { bench, call, network } = await withNetwork();
    const photos = path.join(bench.folder, 'photos');
    mkdirSync(photos);
    for (const name of ['a.npy', 'b.npy']) writeFileSync(path.join(photos, name), 'x');
    await expect(call('quantise.lookAtInputs', { use: 'judge', labelsFor: network })).rejects.toMatchObject({
      code: 'quantise-inputs',
    });
    bench.answers.file = photos;
    await call('quantise.chooseInputs', { use: 'calibrate', from: 'folder' });
    const look = (withLabels: boolean) =>
      call('quantise.lookAtInputs', { use: 'calibrate', labelsFor: withLabels ? network : null });
    expect(await look(true)).toEqual({ found: { source: 'photos', count: 2, labelled: 0, by: null, classes: null } });
    bench.answers.file = null;
    expect(await call('quantise.chooseLabels', {})).toBeNull();
    bench.answers.file = photos;
    await expect(call('quantise.chooseLabels', {})).rejects.toMatchObject({
      message: expect.stringContaining('photos cannot be opened as labels.'),
    });
    bench.answers.file = bench.write('names.txt', Buffer.from('cat\ndog\n'));
    expect(await call('quantise.chooseLabels', {})).toEqual(['names.txt']);
    bench.answers.file = bench.write('of others.csv', Buffer.from('z.npy,cat\n'));
    expect(await call('quantise.chooseLabels', {})).toEqual(['names.txt', 'of others.csv']);
    expect(await look(true)).toMatchObject({ why: { code: 'labels-of-other-files' } });
    expect(await look(false)).toMatchObject({ found: { labelled: 0 } });
    bench.answers.file = bench.write('of these.csv', Buffer.from('b.npy,dog\n'));
    expect(await call('quantise.chooseLabels', {})).toEqual(['names.txt', 'of these.csv']);
    expect(await look(true)).toEqual({ found: { source: 'photos', count: 2, labelled: 1, by: 'table', classes: 2 } });
    expect(await call('quantise.command', given(network))).toContain(
      " --judge --labels names.txt --labels 'of these.csv'",
    );
    expect(await call('quantise.command', given(network, { judged: 'no' }))).not.toMatch(/--judge|--labels/);
    const { id } = await call('quantise.start', given(network));
    await ended(bench.jobs, id);
    const files = ['names.txt', 'of these.csv'].map((name) => path.join(bench.folder, name));
    expect(bench.engine.asked.at(-1)).toMatchObject({ verb: 'quantise', args: { labels: files } });
    await call('quantise.forgetLabels', {});
    expect(await call('quantise.command', given(network))).not.toContain('--labels');
  });

  it('suggests longer words as a job, whose result the session keeps; what is asked wrongly is said at once', async () => {
    const { bench, call, network } = await withNetwork();
    bench.answers.file = bench.write('some.npy', Uint8Array.of(1));
    await call('quantise.chooseInputs', { use: 'calibrate', from: 'file' });
    const asked = (more = {}) => ({ ...given(network), layers: [], budget: '60kB', high: null, ...more });
    expect(await call('quantise.suggestCommand', asked({ judged: 'no' }))).toMatch(
      / --scheme int8 --engine [a-z-]+ --suggest 60kB$/,
    );
    expect(await call('quantise.suggestCommand', asked({ budget: '97.5%', high: 'shift:8,8,24' }))).toMatch(
      / --suggest '?97\.5%'? --high shift:8,8,24$/,
    );
    await expect(call('quantise.suggest', asked({ budget: '9 XB' }))).rejects.toMatchObject({ code: 'budget' });
    await expect(call('quantise.suggest', asked({ scheme: '16x8' }))).rejects.toMatchObject({ code: 'suggest-high' });
    await expect(call('quantise.suggest', asked({ high: 'int9' }))).rejects.toMatchObject({ code: 'scheme' });
    bench.answers.file = bench.write('others.npy', Uint8Array.of(1));
    await call('quantise.chooseInputs', { use: 'judge', from: 'file' });
    const started = await call('quantise.suggest', asked({ judged: 'others' }));
    expect(started).toMatchObject({
      verb: 'quantise',
      command: expect.stringContaining('--suggest 60kB --held-out others.npy'),
    });
    const { suggestion, network: of } = (await ended(bench.jobs, started.id)).result!;
    expect(of).toBe(network);
    const [found] = await call('quantise.suggestions', { network });
    expect(found).toMatchObject({
      id: suggestion,
      command: started.command,
      high: '16x8',
      scheme: 'int8',
      source: 'others.npy',
      chosen: { raised: [0] },
      layers: { 0: '16x8' },
    });
    expect(await call('quantise.suggestions', { network: 9 })).toEqual([]);
    bench.engine.isSlow = true;
    const { id } = await call('quantise.suggest', asked());
    await call('jobs.cancel', { job: id });
    expect(await ended(bench.jobs, id)).toMatchObject({ state: 'cancelled', result: null });
  });
});
