// `goldbench demo`: the whole flow on the shipped digit classifier, checked against what TFLite itself computed, and one image
// through the RTL of a small array, where Verilator is there, which ends as a bundle that its own testbench proves. In: nothing.
// Out: the digits read, and verdicts byte by byte, sum by sum and vector by vector; exit code 1 when a single one differs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { namedArray } from '../array/presets';
import type { Verb } from '../cli';
import { recordSimulation, sumClocks, throttled } from '../compare/simulation';
import type { SimulationRecord } from '../compare/verdict';
import { estimate, golden, layersOf, openNetwork, plan, prepareInput, simulate } from '../flow';
import type { OperatorResult } from '../golden/run';
import { Failure, userFailure } from '../network/failure';
import type { Network } from '../network/network';
import { findAppRoot } from '../session/binding';
import { defaultCacheFolder } from '../simulate/build';
import { bytesOf } from '../tensor/tensor';
import { type SampleImage, exportSample, printBundle } from './demoBundle';
import { parseVerb } from './files';
import { formatTable, print, printJson, thousands } from './print';

const usage = 'demo [--json]';

/** resources/samples/digits/sample.json and expected/index.json, as far as the demo reads them. */
interface Sample {
  readonly network: string;
  readonly preprocessing: { readonly scale: number; readonly offset: number };
  readonly labels: readonly string[];
  readonly inputs: readonly { readonly file: string; readonly label: string }[];
}
interface Expected {
  readonly outputs: { readonly file: string; readonly runs: readonly Slice[] };
  readonly everyOperator: readonly {
    readonly input: string;
    readonly file: string;
    readonly tensors: readonly (Omit<Slice, 'input'> & { readonly operator: number; readonly operatorName: string })[];
  }[];
}
interface Slice {
  readonly input: string;
  readonly offset: number;
  readonly length: number;
}

interface Verdict {
  readonly input: string;
  readonly label: string;
  readonly read: string;
  readonly ms: number;
  readonly compared: number; // bytes compared with TFLite's
  readonly differing: number;
}

export const runDemo: Verb = {
  usage,
  about: 'the flow on a shipped sample, compared with what TFLite computed; no window, a few seconds',
  async run(args) {
    const { values, positionals } = parseVerb(args, { json: { type: 'boolean' } }, usage);
    if (positionals.length > 0)
      throw userFailure(
        'arguments',
        `demo takes no file, but ${positionals[0]} was given.`,
        `Usage: goldbench ${usage}`,
      );
    const folder = path.join(findAppRoot(), 'resources/samples/digits');
    const sample = readJson<Sample>(folder, 'sample.json');
    const expected = readJson<Expected>(folder, 'expected/index.json');
    const { network, view } = openNetwork(readFileSync(path.join(folder, sample.network)), sample.network);
    if (!values.json)
      print(
        `${sample.network}: ${view.operators.length} operators, ${thousands(view.totals.macs)} MACs, kernel set reference\n`,
      );
    const verdicts = sample.inputs.map((input) => judge(folder, network, sample, expected, input));
    if (!values.json) printVerdicts(verdicts);
    const image = readFirst(folder, network, sample);
    const simulation = await simulateSample(network, image, values.json ?? false);
    const bundle = await exportSample(network, namedArray(ARRAY), image);
    if (values.json) printJson({ network: view.sha256, kernels: 'reference', verdicts, simulation, bundle });
    else printBundle(bundle);
    const isWrong = 'isEqual' in simulation && !simulation.isEqual;
    if (isWrong || ('code' in bundle && bundle.code !== 0) || verdicts.some(({ differing }) => differing > 0))
      process.exitCode = 1;
  },
};

/** Runs one image; compares the last output, and where every operator was kept by TFLite, all of them. */
function judge(
  folder: string,
  network: Network,
  sample: Sample,
  expected: Expected,
  input: Sample['inputs'][number],
): Verdict {
  const bytes = readFileSync(path.join(folder, input.file));
  const { data } = prepareInput(network, network.inputs[0]!, bytes, input.file, sample.preprocessing);
  const start = performance.now();
  const results = [...golden(network, 'reference', new Map([[network.inputs[0]!, data]]))];
  const ms = performance.now() - start;
  const last = outputBytes(results, results.length - 1);
  const { file, runs } = expected.outputs;
  const pairs = [
    [
      last,
      slice(
        folder,
        file,
        runs.find((run) => run.input === input.file)!,
      ),
    ],
  ] as [Uint8Array, Uint8Array][];
  const kept = expected.everyOperator.find((every) => every.input === input.file);
  for (const tensor of kept?.tensors ?? [])
    pairs.push([outputBytes(results, tensor.operator), slice(folder, kept!.file, tensor)]);
  return {
    input: input.file,
    label: input.label,
    read: sample.labels[indexOfHighest(new Int8Array(last.buffer, last.byteOffset, last.length))]!,
    ms,
    compared: pairs.reduce((sum, [, theirs]) => sum + theirs.length, 0),
    differing: pairs.reduce((sum, [ours, theirs]) => sum + countDifferences(ours, theirs), 0),
  };
}

/** Small enough to be built in seconds. */
const ARRAY = '4x12';

function readFirst(folder: string, network: Network, sample: Sample): SampleImage {
  const file = sample.inputs[0]!.file;
  const bytes = readFileSync(path.join(folder, file));
  return { file, data: prepareInput(network, network.inputs[0]!, bytes, file, sample.preprocessing).data };
}

/** The image, planned, estimated and simulated; where a tool is missing, the sentence that says so. */
async function simulateSample(
  network: Network,
  { file, data }: SampleImage,
  json: boolean,
): Promise<SimulationRecord | { readonly skipped: string }> {
  const array = namedArray(ARRAY);
  const clocks = estimate(plan(network.name, layersOf(network), array)).totals.all.Q_t!;
  if (!json)
    print(
      `\n${file} on ${array.rows} x ${array.cores} PEs: planned in ${thousands(clocks)} clocks; the RTL is simulated …`,
    );
  const input = network.inputs[0]!;
  const jobs = mkdtempSync(path.join(os.tmpdir(), 'goldbench-demo-'));
  const how = { kernels: 'reference', chain: true } as const;
  const [startedAt, start] = [new Date().toISOString(), performance.now()];
  try {
    const done = await simulate(network, array, new Map([[input, data]]), {
      appRoot: findAppRoot(),
      cacheFolder: defaultCacheFolder(),
      folder: jobs,
      ...how,
      layers: 'all',
      settings: throttled(1, 100),
      processes: 1,
      waves: null,
    });
    const choice = {
      network: { name: network.name, sha256: network.sha256 },
      array,
      ...how,
      seed: 1,
      throttle: 100,
      startedAt,
      outputs: network.outputs,
    };
    const record = recordSimulation(choice, done, performance.now() - start);
    if (!json) printSimulation(record);
    return record;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'unavailable') throw error;
    const skipped = `${error.message} ${error.remedy}`;
    if (!json) print(`not simulated: ${skipped}`);
    return { skipped };
  } finally {
    rmSync(jobs, { recursive: true, force: true });
  }
}

function printSimulation({ layers, conclusion, ms }: SimulationRecord): void {
  const { measured, estimated, busy } = sumClocks(layers);
  print(conclusion);
  print(
    `${thousands(measured)} clocks measured: ${thousands(estimated)} as estimated for the engine's form of the layers, busy in ${thousands(busy)}, the rest fill and drain; ${(ms / 1000).toFixed(1)} s`,
  );
}

function printVerdicts(verdicts: readonly Verdict[]): void {
  print(
    formatTable(verdicts, [
      { title: 'image', cell: (v) => v.input },
      { title: 'label', right: true, cell: (v) => v.label },
      { title: 'read', right: true, cell: (v) => v.read },
      { title: 'ms', right: true, cell: (v) => v.ms.toFixed(1) },
      { title: 'bytes compared', right: true, cell: (v) => thousands(v.compared) },
      { title: 'differing', right: true, cell: (v) => thousands(v.differing) },
      { title: 'against TFLite', cell: (v) => (v.differing === 0 ? 'equal' : 'DIFFERS') },
    ]),
  );
  const total = (key: 'compared' | 'differing') => thousands(verdicts.reduce((sum, verdict) => sum + verdict[key], 0));
  const right = verdicts.filter(({ label, read }) => label === read).length;
  print(
    `\n${right} of ${verdicts.length} digits read right; ${total('compared')} bytes compared, ${total('differing')} differ.`,
  );
}

const readJson = <T>(folder: string, file: string): T => JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as T;

function slice(folder: string, file: string, { offset, length }: Omit<Slice, 'input'>): Uint8Array {
  return readFileSync(path.join(folder, 'expected', file)).subarray(offset, offset + length);
}

const outputBytes = (results: readonly OperatorResult[], operator: number): Uint8Array =>
  bytesOf(results[operator]!.outputs[0]!.data);

const indexOfHighest = (scores: Int8Array): number =>
  scores.reduce((best, score, i) => (score > scores[best]! ? i : best), 0);

function countDifferences(ours: Uint8Array, theirs: Uint8Array): number {
  let count = Math.abs(ours.length - theirs.length);
  for (let i = 0; i < Math.min(ours.length, theirs.length); i++) if (ours[i] !== theirs[i]) count++;
  return count;
}
