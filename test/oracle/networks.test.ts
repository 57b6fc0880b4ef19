// Real networks, our samples among them, in TFLite itself and in golden, in both kernel sets of its runtime: the whole network from one random input,
// and every operator's output equal. And one-operator int16 networks with outputs that TFLite Micro's authors published.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { type Network, elementCount } from '../../main/network/network';
import type { TypedArray } from '../../main/tensor/tensor';
import { delegatedOperators } from '../../main/golden/delegation';
import { runOperators } from '../../main/golden/run';
import { DYNAMIC_INPUTS, exposeAll } from './build';
import { Random } from './random';
import { countDifferences, listShared, readSharedModel, sharedPresent } from './shared';
import { runDelegated, runOracle } from './tfjs';

const NETWORKS = [
  'coral/mobilenet_v1_0.25_128_quant.tflite', // uint8
  'mltk/keyword_spotting_pacman_v3.tflite',
  'mltk/rock_paper_scissors.tflite',
  'synth/s1.tflite',
  'synth/s2.tflite',
  'tflite-micro/micro_speech_quantized.tflite',
  'tflite-micro/hello_world_int8.tflite',
  'tiny/kws_ref_model.tflite',
  'tiny/model_ToyCar_quant_fullint.tflite',
  'tiny/model_ToyCar_quant_fullint_micro_intio.tflite',
  'tiny/pretrainedResnet_quant.tflite',
  'tiny/str_ww_ref_model.tflite',
  'tiny/vww_96_int8.tflite',
];

const SAMPLES = ['digits', 'detector'];
const readSample = (name: string): Buffer =>
  readFileSync(resolve(import.meta.dirname, `../../resources/samples/${name}/${name}.tflite`));
test.each(SAMPLES)('%s as the builtin kernels compute it', (name) => compareWithBuiltin(name, readSample(name)));
test.each(SAMPLES)('%s as XNNPACK computes it', (name) => compareWithXnnpack(name, readSample(name)));

if (!sharedPresent) {
  test('skipped: ../shared not present', () => {
    console.log('skipped: ../shared not present');
    expect(sharedPresent).toBe(false);
  });
} else {
  test.each(NETWORKS)('%s as the builtin kernels compute it', (path) =>
    compareWithBuiltin(path, readSharedModel(path)),
  );
  test.each(NETWORKS)('%s as XNNPACK computes it', (path) => compareWithXnnpack(path, readSharedModel(path)));
  test.each(['add', 'conv', 'leaky_relu', 'pad', 'quantize', 'strided_slice', 'sub', 'transpose_conv'])(
    'int16 %s networks give the published outputs',
    comparePublished,
  );
}

/** A network and random inputs for it. */
function open(path: string, file: Buffer): { network: Network; inputs: Map<number, TypedArray> } {
  const { network } = importNetwork(file, path);
  const random = new Random(777);
  const inputs = new Map(
    network.inputs.map((i) => [i, random.values(network.tensors[i]!.type, elementCount(network.tensors[i]!.shape))]),
  );
  return { network, inputs };
}

async function compareWithBuiltin(path: string, file: Buffer): Promise<void> {
  const { network, inputs } = open(path, file);
  const exposed = exposeAll(file);
  const oracle = await runOracle(exposed.bytes, [...inputs.values(), ...DYNAMIC_INPUTS]);
  expect(oracle.kernels.filter((kernel) => /delegate/i.test(kernel))).toEqual([]);
  compareWhole(path, network, 'builtin', inputs, new Map(exposed.outputs.map((id, i) => [id, oracle.outputs[i]!])));
}

async function compareWithXnnpack(path: string, file: Buffer): Promise<void> {
  const { network, inputs } = open(path, file);
  const exposed = exposeAll(file, { dynamic: false });
  const names = network.operators.map(({ outputs }) => `t${outputs[0]}`);
  const oracle = await runDelegated(exposed.bytes, [...inputs.values()], names);
  const delegated = [...delegatedOperators(network)].map((index) => names[index]!);
  expect(delegated.toSorted()).toEqual([...oracle.delegated].sort());
  console.log(`${path}: XNNPACK computes ${delegated.length} of ${names.length} operators`);
  compareWhole(path, network, 'xnnpack', inputs, new Map(exposed.outputs.map((id, i) => [id, oracle.outputs[i]!])));
}

/** Runs the network in golden; every output of every operator must be TFLite's. */
function compareWhole(
  path: string,
  network: Network,
  set: 'builtin' | 'xnnpack',
  inputs: ReadonlyMap<number, TypedArray>,
  theirs: ReadonlyMap<number, TypedArray>,
): void {
  let elements = 0;
  const started = performance.now();
  for (const { operator, outputs, arithmetic } of runOperators(network, set, inputs))
    for (const { tensor, data } of outputs) {
      const place = `${path}: operator ${operator} ${network.operators[operator]!.name}, ${arithmetic}`;
      expect(countDifferences(data, theirs.get(tensor.index)!), place).toBe(0);
      elements += data.length;
    }
  const ms = performance.now() - started;
  console.log(
    `${path}, ${set}: ${network.operators.length} operators, ${elements} elements, 0 differ; ${ms.toFixed(0)} ms`,
  );
}

function comparePublished(kind: string): void {
  const files = listShared(`seanet/${kind}`);
  let elements = 0;
  const networks = files.filter((name) => name.endsWith('.tflite'));
  for (const name of networks) {
    const stem = name.replace('.tflite', '');
    const { network } = importNetwork(readSharedModel(`seanet/${kind}/${name}`), name);
    const read = (part: string): TypedArray => {
      const file = files.find((f) => f.startsWith(`${stem}_${part}_`))!;
      const values = readSharedModel(`seanet/${kind}/${file}`).toString().split(',').map(Number);
      return /int32/.test(file) ? Int32Array.from(values) : Int16Array.from(values);
    };
    const inputs = new Map(network.inputs.map((id, i) => [id, read(`input${i}`)]));
    const [result] = [...runOperators(network, 'reference', inputs)];
    const golden = read('golden');
    expect(countDifferences(result!.outputs[0]!.data, golden), name).toBe(0);
    elements += golden.length;
  }
  expect(networks.length).toBeGreaterThan(1);
  console.log(`int16 ${kind}: ${networks.length} networks, ${elements} elements, 0 differ`);
}
