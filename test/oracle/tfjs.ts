// TFLite itself, as the WebAssembly of @tensorflow/tfjs-tflite, driven in plain Node. In: a .tflite file and one value per
// input, in the file's order. Out: the value of every graph output, in the file's order, the kernels that ran, and how
// long the inference took.
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
  GetProfilingResults(): Vector<{ nodeType: string }>;
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

/** Runs a file once. Throws with the interpreter's own words where it refuses the file. */
export async function runOracle(
  file: Uint8Array,
  inputs: readonly TypedArray[],
): Promise<{ outputs: TypedArray[]; kernels: string[]; ms: number }> {
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
    const kernels = listOf(runner.GetProfilingResults()).map((node) => node.nodeType);
    runner.delete();
    return { outputs, kernels, ms };
  } finally {
    status.delete();
    wasm._free(pointer);
  }
}
