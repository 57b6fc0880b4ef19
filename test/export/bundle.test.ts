// What a bundle holds: the same bytes each time, every file in the manifest, levels that agree with golden and with each
// other; and the folder, which is there whole or not at all.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { exportBundle } from '../../main/export/bundle';
import { BundleFolder, DryRun } from '../../main/export/folder';
import { FORMATS } from '../../main/export/choice';
import { FILE_FORMATS, type FileFormat } from '../../main/export/formats/formats';
import { readGvb } from '../../main/export/gvb';
import { packVector } from '../../main/export/vector';
import { runOperators } from '../../main/golden/run';
import { Failure } from '../../main/network/failure';
import { elementCount } from '../../main/network/network';
import { parseScheme } from '../../main/network/scheme';
import { readNpy } from '../../main/tensor/npy';
import { type Slot, oneOperator, q } from '../golden/oneOperator';
import { type Run, digits, makeBundle, requestOf } from './bundles';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'goldbench-bundle-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Every file below a folder with its hash. */
const hashAll = (root: string): Map<string, string> =>
  new Map(
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry): [string, string] => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(root, file), createHash('sha256').update(fs.readFileSync(file)).digest('hex')];
      })
      .sort(),
  );

describe('a bundle', () => {
  const layers = '2-4';
  const one = path.join(folder, 'one');

  it('has the same bytes each time, all of them listed, and as many as a dry run counts', async () => {
    const changes = { layers, formats: FORMATS };
    const bundle = await makeBundle(one, digits(), changes);
    await makeBundle(path.join(folder, 'two'), digits(), changes);
    const hashes = hashAll(one);
    expect(hashAll(path.join(folder, 'two'))).toEqual(hashes);
    const dry = await exportBundle(requestOf(digits(), changes), new DryRun());
    expect(dry).toEqual(bundle);

    const manifest = JSON.parse(fs.readFileSync(path.join(one, 'manifest.json'), 'utf8'));
    const listed = [...manifest.vectors.flatMap((vector: any) => vector.files), ...manifest.files];
    expect(new Map(listed.map((file: any): [string, string] => [file.path, file.sha256]).sort())).toEqual(
      new Map([...hashes].filter(([name]) => name !== 'manifest.json')),
    );
    expect(listed.every((file: any) => fs.statSync(path.join(one, file.path)).size === file.bytes)).toBe(true);
    expect(bundle.bytes).toBe(
      listed.reduce((sum: number, file: any) => sum + file.bytes, fs.statSync(path.join(one, 'manifest.json')).size),
    );
    expect(manifest).toMatchObject({ kind: 'goldbench bundle', network: { name: 'digits' }, kernels: 'reference' });
  });

  it('says the same in every format', () => {
    const { vectors } = readGvb(fs.readFileSync(path.join(one, 'bundle.gvb')), 'bundle.gvb');
    expect(vectors.length).toBeGreaterThan(40);
    for (const vector of vectors)
      for (const name of Object.keys(FILE_FORMATS) as FileFormat[]) {
        const read = FILE_FORMATS[name].read(fs.readFileSync(path.join(one, `${vector.path}.${name}`)), vector);
        expect(Buffer.compare(read, packVector(vector)), `${vector.path}.${name}`).toBe(0);
      }
  });

  it('has what golden has, and what the next layer takes', () => {
    const { network, inputs } = digits();
    const result = [...runOperators(network, 'reference', inputs)][2]!;
    const read = (name: string) => readNpy(fs.readFileSync(path.join(one, 'layers', `${name}.npy`)));
    const output = read('02_DEPTHWISE_CONV_2D/requantised');
    expect(output.data).toEqual(result.outputs[0]!.data);
    expect(output.shape).toEqual([...result.outputs[0]!.tensor.shape]);
    const bytes = (name: string) => fs.readFileSync(path.join(one, 'layers', `${name}.bin`)).toString('hex');
    expect(bytes('02_DEPTHWISE_CONV_2D/next03_r0_p0_packed')).toBe(bytes('03_CONV_2D/r0_t0_p0_pixels'));
    expect(read('02_DEPTHWISE_CONV_2D/next03_r0_p0_tiled').data).toEqual(read('03_CONV_2D/r0_t0_p0_pixels').data);
  });

  it('holds only the levels and formats that were chosen', async () => {
    const target = path.join(folder, 'few');
    await makeBundle(target, digits(), { layers: '3', levels: ['requantised'], formats: ['txt'] });
    const files = [...hashAll(target).keys()];
    expect(
      files.filter(
        (name) => name.startsWith('layers/') && !/(bias|multiplier|shift|scale|corrections|_class)\.txt$/.test(name),
      ),
    ).toEqual(['layers/03_CONV_2D/requantised.txt']);
    expect(files).not.toContain('run_icarus.sh');
  });
});

describe('the folder', () => {
  const failure = async (work: Promise<unknown>): Promise<Failure> => {
    const error = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Failure);
    return error as Failure;
  };
  /** As the command line does it. */
  async function exportTo(target: string, signal?: AbortSignal, onProgress?: () => void): Promise<void> {
    const sink = new BundleFolder(target, signal);
    try {
      await exportBundle(requestOf(digits(), { layers: '3', ...(onProgress && { onProgress }) }), sink);
      sink.finish();
    } finally {
      sink.abandon();
    }
  }
  const around = (): string[] => fs.readdirSync(folder).filter((name) => name.startsWith('place'));

  it('replaces an earlier bundle and nothing else', async () => {
    const target = path.join(folder, 'place');
    await exportTo(target);
    fs.mkdirSync(path.join(target, 'build'));
    fs.writeFileSync(path.join(target, 'build/icarus'), 'what its scripts made');
    await exportTo(target);
    expect(fs.existsSync(path.join(target, 'build'))).toBe(false);
    fs.writeFileSync(path.join(target, 'notes.txt'), 'mine');
    expect(await failure(exportTo(target))).toMatchObject({
      code: 'folder-not-empty',
      message: expect.stringContaining('notes.txt'),
    });
    expect(fs.readFileSync(path.join(target, 'notes.txt'), 'utf8')).toBe('mine');
    fs.rmSync(target, { recursive: true });
    expect(around()).toEqual([]);
  });

  it('leaves nothing when it was cancelled, and the earlier bundle as it was', async () => {
    const target = path.join(folder, 'place');
    const stop = new AbortController();
    expect(await failure(exportTo(target, stop.signal, () => stop.abort()))).toMatchObject({ kind: 'cancelled' });
    expect(around()).toEqual([]);
    await exportTo(target);
    const before = hashAll(target);
    expect(await failure(exportTo(target, stop.signal))).toMatchObject({ kind: 'cancelled' });
    expect(hashAll(target)).toEqual(before);
    expect(around()).toEqual(['place']);
  });

  it('tells of a full disk and leaves nothing', async () => {
    let bytes = 0;
    const real = fs.writeSync;
    vi.spyOn(fs, 'writeSync').mockImplementation(((handle: number, chunk: Uint8Array, at: number) => {
      bytes += chunk.length;
      if (bytes > 20_000) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      return real(handle, chunk, at);
    }) as typeof fs.writeSync);
    const target = path.join(folder, 'place-full');
    expect(await failure(exportTo(target))).toMatchObject({ kind: 'user', code: 'disk-full' });
    expect(fs.existsSync(target)).toBe(false);
    expect(around()).toEqual(['place']);
  });

  it('tells of a folder that cannot be written', async () => {
    vi.spyOn(fs, 'mkdirSync').mockImplementation(() => {
      throw Object.assign(new Error('read-only file system'), { code: 'EROFS' });
    });
    expect(await failure(exportTo(path.join(folder, 'place-locked')))).toMatchObject({
      kind: 'user',
      code: 'not-writable',
    });
  });
});

it('what the array cannot run stays on the host, with the reason', async () => {
  const request = requestOf(digits(), { layers: 'all' });
  const systolic = { ...request.array, dataflow: 'os' as const };
  await expect(exportBundle({ ...request, array: systolic }, new DryRun())).rejects.toMatchObject({
    code: 'export-dataflow',
  });
  await expect(exportBundle({ ...request, layers: '99' }, new DryRun())).rejects.toMatchObject({
    code: 'layers-unknown',
  });
  const narrow = { ...request.array, kernelMax: 1 };
  const { host, layers } = await exportBundle({ ...request, array: narrow }, new DryRun());
  expect(host.map(({ why }) => why)).toContain('The engine cannot run the layer: it has a kernel of 3, above 1.');
  expect(layers.map(({ operator }) => operator)).toContain(3);
});

it('words longer than the array’s, and sums beyond 32 bits, stay on the host', async () => {
  const refused = async (run: Run, scheme: string): Promise<string> => {
    const network = { ...run.network, scheme: parseScheme(scheme) };
    const request = requestOf({ ...run, network }, { layers: 'all' });
    const error = await exportBundle(request, new DryRun()).then(
      () => null,
      (thrown: Failure) => thrown,
    );
    expect(error).toMatchObject({ code: 'export-nothing' });
    return error!.message;
  };
  expect(await refused(digits(), 'kraken:8,8,28')).toBe(
    "The array runs no chosen layer of digits. Its sums have 28 bits, but the array's accumulatorBits is 24.",
  );
  const depth = 2 ** 16; // products of 15 bits and their signs
  const words = (shape: number[], constant?: true): Slot => ({
    type: 'int8',
    shape,
    quantization: q(1),
    data: new Int8Array(elementCount(shape)).fill(1),
    ...(constant && { constant }),
  });
  const deep = oneOperator(
    'FULLY_CONNECTED',
    [words([1, depth]), words([1, depth], true)],
    { type: 'int8', shape: [1, 1], quantization: q(2 ** 12) },
    { activation: 'none', keepNumDims: false, shuffledWeights: false },
  );
  expect(await refused(deep, 'shift:8,8,24')).toBe(
    'The array runs no chosen layer of one. Its sums may need more than the 32 bits in which they are compared.',
  );
});

it('levels above raw are refused where sums wrap in the array, whose testbench would fail', async () => {
  const request = requestOf(digits(), { layers: '2-4' });
  const short = { ...request, array: { ...request.array, accumulatorBits: 16 } };
  await expect(exportBundle(short, new DryRun())).rejects.toMatchObject({
    code: 'export-overflow',
    message: expect.stringMatching(
      /^\d+ sums of operator \d \(\w+\) do not fit the 16 bits of the array's accumulators/,
    ),
  });
  const { layers } = await exportBundle({ ...short, levels: ['raw'] }, new DryRun());
  expect(layers.map(({ operator }) => operator)).toEqual([2, 3, 4]);
});
