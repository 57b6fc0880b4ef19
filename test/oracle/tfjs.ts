// TFLite itself, as the WebAssembly of @tensorflow/tfjs-tflite, driven in plain Node. In: a .tflite file and one value per
// input, in the file's order. Out: the value of every graph output, in the file's order, who computed it, and how long the
// inference took.
// With a dynamic RESHAPE in the graph (build.ts) XNNPACK declines it, and TFLite's builtin kernels compute everything.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TypedArray } from '../../main/tensor/tensor';

interface Vector<T> {
  size(): number;
  get(index: number): T;
}
interface Slot {
  readonly name: string;
  data(): TypedArray;
}
interface Runner {
  GetInputs(): Vector<Slot>;
  GetOutputs(): Vector<Slot>;
  Infer(): boolean;
  GetProfilingResults(): Vector<{ nodeType: string; nodeName: string }>;
  delete(): void;
}
interface StatusOrRunner {
  ok(): boolean;
  errorMessage(): string;
  value(): Runner;
  delete(): void;
}
interface Wasm {
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  TFLiteWebModelRunner: { CreateFromBufferAndOptions(pointer: number, bytes: number, options: object): StatusOrRunner };
}

const require = createRequire(import.meta.url);
const folder = join(dirname(require.resolve('@tensorflow/tfjs-tflite/package.json')), 'wasm');
const log: string[] = [];
let loaded: Promise<Wasm> | null = null;

function load(): Promise<Wasm> {
  const factory = require(join(folder, 'tflite_web_api_cc_simd.js')) as (options: object) => Promise<Wasm>;
  return (loaded ??= factory({
    wasmBinary: readFileSync(join(folder, 'tflite_web_api_cc_simd.wasm')),
    locateFile: (file: string) => join(folder, file),
    print: (line: string) => log.push(line),
    printErr: (line: string) => log.push(line),
  }));
}

const listOf = <T>(vector: Vector<T>): T[] => Array.from({ length: vector.size() }, (_, i) => vector.get(i));

interface OracleRun {
  readonly outputs: TypedArray[];
  /** The kernels that ran, in order: TfLiteXNNPackDelegate for everything the delegate took over. */
  readonly kernels: string[];
  /** By the name of a tensor, the kernel that wrote it. */
  readonly writers: ReadonlyMap<string, string>;
  readonly ms: number;
}
const DELEGATE = 'TfLiteXNNPackDelegate';

/** Runs a file once. Throws with the interpreter's own words where it refuses the file. */
export async function runOracle(file: Uint8Array, inputs: readonly TypedArray[]): Promise<OracleRun> {
  const wasm = await load();
  log.length = 0;
  const pointer = wasm._malloc(file.length);
  wasm.HEAPU8.set(file, pointer);
  const options = { numThreads: 1, enableProfiling: true, maxProfilingBufferEntries: 4096 };
  const status = wasm.TFLiteWebModelRunner.CreateFromBufferAndOptions(pointer, file.length, options);
  try {
    if (!status.ok()) throw new Error(`TFLite refuses the file: ${status.errorMessage()} ${log.join(' | ')}`);
    const runner = status.value();
    listOf(runner.GetInputs()).forEach((slot, i) => slot.data().set(inputs[i] as never));
    const start = performance.now();
    if (!runner.Infer()) throw new Error(`TFLite fails: ${log.join(' | ')}`);
    const ms = performance.now() - start;
    const outputs = listOf(runner.GetOutputs()).map((slot) => slot.data().slice());
    const profile = listOf(runner.GetProfilingResults());
    runner.delete();
    const kernels = profile.map((node) => node.nodeType);
    const namesOf = (name: string): string[] => name.replace(/^\[|\]$/g, '').split(', ');
    const writers = new Map(
      profile.flatMap((node) => namesOf(node.nodeName).map((name) => [name, node.nodeType] as const)),
    );
    return { outputs, kernels, writers, ms };
  } finally {
    status.delete();
    wasm._free(pointer);
  }
}

/** A file kept open for many runs, without the profile that costs time. */
export interface OpenOracle {
  infer(): void;
  /** Copies of the graph outputs, as the last inference left them. */
  outputs(): TypedArray[];
  close(): void;
}

/** Opens a file and sets its inputs. Throws with the interpreter's own words where it refuses the file. */
export async function openOracle(file: Uint8Array, inputs: readonly TypedArray[]): Promise<OpenOracle> {
  const wasm = await load();
  log.length = 0;
  const pointer = wasm._malloc(file.length);
  wasm.HEAPU8.set(file, pointer);
  const status = wasm.TFLiteWebModelRunner.CreateFromBufferAndOptions(pointer, file.length, {
    numThreads: 1,
    enableProfiling: false,
    maxProfilingBufferEntries: 1,
  });
  const close = (): void => {
    status.delete();
    wasm._free(pointer);
  };
  if (!status.ok()) {
    const why = status.errorMessage();
    close();
    throw new Error(`TFLite refuses the file: ${why} ${log.join(' | ')}`);
  }
  const runner = status.value();
  listOf(runner.GetInputs()).forEach((slot, i) => slot.data().set(inputs[i] as never));
  return {
    infer() {
      if (!runner.Infer()) throw new Error(`TFLite fails: ${log.join(' | ')}`);
    },
    outputs: () => listOf(runner.GetOutputs()).map((slot) => slot.data().slice()),
    close() {
      runner.delete();
      close();
    },
  };
}

const MOST_RUNS = 10;

/**
 * Runs a file and tells which of the named tensors XNNPACK wrote. The runtime's profile leaves a node out now and then:
 * the file is run again until every tensor has been seen.
 */
export async function runDelegated(
  file: Uint8Array,
  inputs: readonly TypedArray[],
  tensors: readonly string[],
): Promise<OracleRun & { delegated: ReadonlySet<string> }> {
  const writers = new Map<string, string>();
  for (let i = 0; i < MOST_RUNS; i++) {
    const run = await runOracle(file, inputs);
    run.writers.forEach((kernel, tensor) => writers.set(tensor, kernel));
    if (tensors.every((tensor) => writers.has(tensor)))
      return { ...run, writers, delegated: new Set(tensors.filter((tensor) => writers.get(tensor) === DELEGATE)) };
  }
  throw new Error(
    `the profile of ${MOST_RUNS} runs does not tell who wrote ${tensors.filter((t) => !writers.has(t)).join()}`,
  );
}
