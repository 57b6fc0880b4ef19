// A workbench for tests: real session, jobs, grants and samples in a folder of its own; the engine and the dialogs are
// played. The network has one operator, ADD, of a hostile name.
import { type KernelSet, forEverySet } from '../../main/network/arithmetic';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { countDesigns, sweepFrom } from '../../main/estimate/sweep';
import type { BatchRecord } from '../../main/golden/batchRecord';
import type { SimulationRecord } from '../../main/compare/verdict';
import type { InputRecord, OperatorRecord, RunRecord, StoredTensor } from '../../main/golden/record';
import type { Dialogs, Removal, Workbench } from '../../main/ipc/workbench';
import { Grants } from '../../main/ipc/grants';
import { LogBook } from '../../main/ipc/log';
import { Samples } from '../../main/ipc/samples';
import { Sessions } from '../../main/ipc/sessions';
import { Settings } from '../../main/ipc/settings';
import type { Args, Verb } from '../../main/jobs/protocol';
import { inputs as lookAtInputs } from '../../main/jobs/quantising';
import { parseScheme } from '../../main/network/scheme';
import { parseMixing } from '../../main/quantise/choice';
import type { QuantisationRecord } from '../../main/quantise/record';
import { recordSuggestion } from '../../main/quantise/recording';
import type { RequestOptions } from '../../main/jobs/host';
import { Jobs } from '../../main/jobs/jobs';
import { offerEngines } from '../../main/golden/engines';
import { compare, compareChannels, compareDump } from '../../main/jobs/comparing';
import { save } from '../../main/jobs/working';
import { cancelled } from '../../main/network/failure';
import { DESCRIBER } from '../../main/network/program';
import type { NetworkView } from '../../main/network/view';
import { Blobs } from '../../main/session/blobs';
import { Session } from '../../main/session/session';
import { computeStatistics } from '../../main/tensor/statistics';

export const HOSTILE = `<img src=x onerror=alert(1)>"';$(rm -rf ~)\n__proto__`;

/** A folder that is removed when the test ends; links in its path resolved. */
export function makeFolder(): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'goldbench-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The file is 8 bytes; its last four are constant tensor 1. Tensor 0 is the input, 2 the output. */
export function describeFile(bytes: Uint8Array): NetworkView {
  const tensor = {
    type: 'int8',
    shape: [1, 4],
    quantization: { scale: [0.5], zeroPoint: [3], axis: 0 },
    isVariable: false,
    bytes: 4,
  } as const;
  return {
    name: 'tiny',
    format: 'tflite',
    converted: null,
    description: HOSTILE,
    sha256: sha(bytes),
    fileBytes: bytes.length,
    describedBy: DESCRIBER,
    tensors: [
      { ...tensor, index: 0, name: HOSTILE, constant: null },
      { ...tensor, index: 1, name: 'weights', constant: { offset: 4, length: 4, isConverted: false } },
      { ...tensor, index: 2, name: 'sum', constant: null },
    ],
    operators: [
      {
        index: 0,
        name: 'ADD',
        version: 1,
        inputs: [0, 1],
        outputs: [2],
        options: {},
        fileOffset: 40,
        macs: 0,
        parameters: 4,
        support: forEverySet(() => ({ ok: true, arithmetic: 'double' })),
      },
    ],
    inputs: [0],
    outputs: [2],
    problems: [],
    totals: { macs: 0, parameters: 4, unsupported: { reference: 0, builtin: 0, xnnpack: 0 } },
  };
}

export const FILE = Uint8Array.of(0x1c, 0, 0, 0, 1, 2, 3, 4);
const INPUT = Int8Array.of(10, 20, 30, 40);
const OUTPUT = Int8Array.of(11, 22, 33, 44);

function store(blobs: Blobs, tensor: number, values: Int8Array): StoredTensor {
  const sha256 = blobs.put(new Uint8Array(values.buffer));
  return { tensor, type: 'int8', shape: [1, 4], sha256, bytes: 4, statistics: computeStatistics('int8', values, 3) };
}

/** Rejects when the signal aborts. */
const aborted = ({ signal }: RequestOptions): Promise<never> =>
  new Promise((_, reject) => signal!.addEventListener('abort', () => reject(cancelled('The work'))));

/** Plays the engine: as the worker would, it puts bytes into the blobs and sends records. */
class PlayedEngine {
  readonly asked: { readonly verb: Verb; readonly args: unknown }[] = [];
  /** Thrown by the next golden run instead of a result. */
  fault: Error | null = null;
  /** The golden run waits for its signal. */
  isSlow = false;
  /** What the next golden run gives. */
  output: Int8Array = OUTPUT;

  request = async (verb: Verb, args: unknown, options: RequestOptions = {}): Promise<never> => {
    this.asked.push({ verb, args });
    const play: { readonly [V in Verb]: (args: Args<V>) => unknown } = {
      import: ({ blobs, path }) => {
        const bytes = readFileSync(path);
        new Blobs(blobs).put(bytes);
        return { view: describeFile(bytes) };
      },
      describe: ({ blobs, network }) => describeFile(new Blobs(blobs).readWhole(network)),
      steps: () => [{ host: { name: '0 ADD', operator: 0, why: 'no multiply-accumulate layer' } }],
      fuse: () => ({ fused: { operators: [{ index: 0, name: 'ADD', was: 0, shape: [1, 4] }], fusions: [] } }),
      quantise: (asked) => this.quantise(asked, options),
      suggest: (asked) => this.suggest(asked, options),
      inputs: (asked) => lookAtInputs({ ...asked, classesOf: null }), // its network is no real one
      engines: offerEngines,
      input: ({ blobs, tensor, source, pixels }) => ({
        ...store(new Blobs(blobs), tensor, INPUT),
        source,
        preparation: 'as it is',
        ...(source.endsWith('.png') && { pixels }),
      }),
      golden: (golden) => this.run(golden, options),
      save: (asked) => save(asked, { progress: () => {} }),
      compare: async (asked) => {
        if (this.isSlow) await aborted(options);
        return compare(asked, { progress: () => {} });
      },
      compareDump: (asked) => compareDump(asked, { progress: () => {} }),
      compareChannels,
      plane: () => ({ type: 'int8', height: 1, width: 4, channels: 1, batches: 1, bytes: new Uint8Array(4) }),
      histogram: () => ({ from: 0, to: 1, bins: [4] }),
      layer: () => ({ operator: 0 }),
      why: ({ element, values, arithmetic }) => ({
        explanation: { element, arithmetic },
        text: `${values.length} values`,
      }),
      derive: ({ blobs }) => ({
        accumulator: store(new Blobs(blobs), 2, SUMS),
        unclamped: store(new Blobs(blobs), 2, INPUT),
      }),
      saveLayer: () => null,
      sweep: (asked) => this.sweep(asked, options),
      simulate: (asked) => this.simulate(asked, options),
      export: (asked) => this.export(asked, options),
      preview: ({ operator, values, layers }) => ({
        why: `operator ${operator} of ${layers}, ${values.length} values`,
      }),
      batch: ({ place, options: { kernels } }) => playBatch(path.basename(place), kernels),
    };
    return (await (play[verb] as (args: unknown) => unknown)(args)) as never;
  };

  /** Point by point; where it is slow, three of them. */
  private async sweep({ request, from }: Args<'sweep'>, { onProgress, signal }: RequestOptions) {
    const total = countDesigns(request.axes);
    for (const point of sweepFrom(request, from)) {
      onProgress?.({ done: point.index + 1, total, note: `design ${point.index + 1}`, points: [point] });
      if (this.isSlow && point.index === from + 2)
        await new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(cancelled('The work'))));
      if (this.fault) throw this.fault;
    }
    return total;
  }

  /** One layer, which is equal. */
  private async simulate({ array, ...asked }: Args<'simulate'>, options: RequestOptions) {
    options.onProgress?.({ done: 1, total: 1, note: 'layer 0 done', said: 'layer 0 ADD: equal' });
    const run = await this.run({ ...asked, program: asked.program } as unknown as Args<'golden'>, {});
    const { name, rows, cores } = array;
    const { network, startedAt, ms } = run;
    const simulation: SimulationRecord = {
      network,
      array: name,
      rows,
      cores,
      kernels: asked.options.kernels,
      chain: asked.chain,
      seed: asked.seed,
      throttle: asked.throttle,
      startedAt,
      ms,
      isEqual: true,
      conclusion: 'Equal.',
      layers: [],
      host: [],
      outputsDiffer: null,
    };
    return { run: { ...run, engine: `rtl ${name}` }, simulation };
  }

  /** A file of the same kind with other weights. */
  private async quantise({ blobs, choice, result }: Args<'quantise'>, options: RequestOptions) {
    options.onProgress?.({ done: 1, total: 3, note: 'calibrating, input 1 of 2' });
    if (this.isSlow) await aborted(options);
    const bytes = Uint8Array.of(0x1c, 0, 0, 0, 5, 6, 7, 8);
    new Blobs(blobs).put(bytes);
    const view = { ...describeFile(bytes), name: result.replace('.tflite', '') };
    const { scheme, layers, method, ends } = choice;
    const record: QuantisationRecord = {
      network: { name: 'tiny', sha256: sha(FILE) },
      result: { name: view.name, sha256: view.sha256, bytes: 8 },
      scheme,
      layers,
      method,
      ends,
      calibration: { source: 'photos', inputs: 2, preparation: 'as it is' },
      fusions: [],
      operators: [],
      judgement: null,
      program: 'test',
      startedAt: new Date().toISOString(),
      ms: 1,
    };
    return { view, record };
  }

  /** The one layer, raised. */
  private async suggest({ choice, budget, high, place, judged }: Args<'suggest'>, options: RequestOptions) {
    options.onProgress?.({ done: 1, total: 3, note: 'none raised' });
    if (this.isSlow) await aborted(options);
    const mixing = parseMixing(budget, high, parseScheme(choice.scheme));
    const points = [[], [0]].map((raised, at) => ({ raised, sqnr: 20 + at, quality: null, bytes: 8 + at }));
    const found = {
      ...mixing,
      gains: [{ layer: 0, decibels: 1, bytes: 1 }],
      points,
      chosen: points[1]!,
      keeps: true,
      layers: new Map([[0, mixing.high]]),
    };
    const source = path.basename(judged ?? place);
    return {
      ...recordSuggestion(found, mixing),
      scheme: choice.scheme,
      source,
      inputs: 2,
      labelled: 0,
      isReused: false,
      ms: 1,
    };
  }

  /** Half a bundle, and then the whole. */
  private async export({ folder, layers }: Args<'export'>, options: RequestOptions) {
    const manifest = JSON.stringify({ kind: 'goldbench bundle', layers, vectors: [], files: [] }, null, 2);
    if (folder) {
      mkdirSync(folder.aside);
      writeFileSync(path.join(folder.aside, 'manifest.json'), manifest);
    }
    if (this.isSlow) await aborted(options);
    if (folder) renameSync(folder.aside, folder.place);
    const size = {
      layers: [{ operator: 0, packets: 2, clocks: 30, vectors: 6, bytes: 100 }],
      host: [],
      files: 7,
      bytes: 120,
    };
    return { size, manifest: folder && sha(Buffer.from(manifest)) };
  }

  private async run(
    { blobs, network, name, options: { kernels }, inputs, program }: Args<'golden'>,
    { onProgress, signal }: RequestOptions,
  ) {
    const operator: OperatorRecord = {
      operator: 0,
      arithmetic: 'double',
      ms: 1,
      outputs: [store(new Blobs(blobs), 2, this.output)],
      accumulator: null,
    };
    onProgress?.({ done: 1, total: 1, note: 'operator 1 of 1', operator });
    if (this.isSlow) await aborted({ signal: signal! });
    if (this.fault) throw this.fault;
    const given = inputs.map((input): InputRecord => input);
    const startedAt = new Date().toISOString();
    const record: RunRecord = {
      network: { name: name.replace('.tflite', ''), sha256: network },
      kernels,
      engine: 'reference-ts',
      program,
      startedAt,
      ms: 1,
      inputs: given,
      operators: [operator],
    };
    return record;
  }
}

const SUMS = Int8Array.of(1, 2, 3, 4);
const playBatch = (source: string, kernels: KernelSet): BatchRecord => ({
  network: { name: 'tiny', sha256: '' },
  kernels,
  engine: 'reference-ts',
  program: 'test',
  startedAt: new Date().toISOString(),
  ms: 1,
  source,
  preparation: 'as it is',
  output: 2,
  k: 5,
  classes: null,
  entries: [{ name: 'a.png', label: null, truth: null, top: [], right: null, ms: 1, problem: 'It is no image.' }],
  summary: { count: 1, failed: 1, labelled: 0, top1: 0, topK: 0, confusions: [] },
});

export interface Bench extends Workbench {
  readonly folder: string;
  readonly jobs: Jobs;
  readonly grants: Grants;
  readonly engine: PlayedEngine & Workbench['engine'];
  readonly answers: { file: string | null; save: string | null; removal: Removal | null };
  readonly told: string[];
  /** Writes a file into the folder and gives its path. */
  write(name: string, bytes: Uint8Array): string;
}

/** @param folder kept from an earlier bench, to open the same session again */
export function makeBench(folder = makeFolder()): Bench {
  const log = new LogBook();
  const jobs = new Jobs();
  const answers: Bench['answers'] = { file: null, save: null, removal: null };
  const told: string[] = [];
  const sessions = new Sessions({
    open: (file) => Session.open(file),
    folder: path.join(folder, 'sessions'),
    settings: Settings.open(path.join(folder, 'settings.json')),
    isBusy: () => jobs.running() > 0,
    tell: (view) => told.push(view.name),
  });
  const failures = sessions.start(null);
  onTestFinished(() => sessions.close());
  const dialogs: Dialogs = {
    openFile: async () => answers.file,
    newSession: async () => answers.save,
    saveTensor: async () => answers.save,
    saveFolder: async () => answers.file,
    openFolder: async () => answers.file,
    saveTable: async () => answers.save,
    saveFile: async () => answers.save,
    removeBundle: async (_, detail, mayErase) => {
      told.push(detail);
      return answers.removal === 'disk' && !mayErase ? null : answers.removal;
    },
  };
  let theme: 'system' | 'dark' | 'light' = 'system';
  const samples = path.join(folder, 'samples');
  writeSample(samples);
  return {
    shell: {
      versions: { goldbench: '0', electron: '0', chrome: '0', node: '0', sqlite: '0' },
      theme: () => theme,
      setTheme: (next) => void (theme = next),
      openFolder: async (folder) => void told.push(folder),
      quit: () => told.push('quit'),
    },
    samples: new Samples(samples, log),
    failures: () => failures,
    engine: new PlayedEngine() as Bench['engine'],
    write(name, bytes) {
      const file = path.join(folder, name);
      writeFileSync(file, bytes);
      return file;
    },
    folder,
    dialogs,
    sessions,
    jobs,
    log,
    answers,
    told,
    grants: new Grants(),
  };
}

function writeSample(samples: string): void {
  const folder = path.join(samples, 'tiny');
  mkdirSync(path.join(folder, 'inputs'), { recursive: true });
  writeFileSync(path.join(folder, 'tiny.tflite'), FILE);
  writeFileSync(path.join(folder, 'inputs', '7_a.png'), 'png');
  const inputs = [{ file: 'inputs/7_a.png', label: 7, more: 'ignored' }];
  const preprocessing = { scale: 0.5, offset: 1 };
  writeFileSync(
    path.join(folder, 'sample.json'),
    JSON.stringify({ name: 'Tiny', description: 'd', network: 'tiny.tflite', labels: ['a'], inputs, preprocessing }),
  );
}

/** Waits until a job has ended. */
export async function ended(jobs: Jobs, id: number) {
  for (;;) {
    const job = jobs.list().find((other) => other.id === id)!;
    if (job.state !== 'queued' && job.state !== 'running') return job;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
