// 2,000 damaged copies of TFLite networks and 1,000 of ONNX: each is refused with a sentence and a place, or is read. The damage is
// seeded, so a failing copy can be made again from its number. None may crash, take over 2 s, or bring this process over 1 GB.
// GOLDBENCH_TEST=full makes 20,000 and 10,000 new ones.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Builder } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { supportOf } from '../../main/golden/support';
import { describeNetwork } from '../../main/import/describe';
import { importNetwork } from '../../main/import/import';
import { Model, QuantizationParameters, SubGraph, Tensor, TensorType } from '../../main/import/tflite/schema/tflite';
import { Failure } from '../../main/network/failure';
import { buildModel } from '../import/tflite/build';
import { addition, convolution } from '../import/tflite/samples';
import { firstSeed, isFull } from '../seed';
import { type Source, damage } from './damage';

const MAX_MS = 2000;
const MAX_BYTES = 1e9;
const SHARED = '../shared/models';

function makeSource(name: string, bytes: Uint8Array): Source {
  const constant = new Uint8Array(bytes.length);
  for (const { data } of importNetwork(bytes.slice(), name).network.tensors)
    if (data?.buffer.byteLength === bytes.length) constant.fill(1, data.byteOffset, data.byteOffset + data.length);
  const structure: number[] = [];
  constant.forEach((inside, at) => inside || structure.push(at));
  return { name, bytes, structure };
}

function sources(): Source[] {
  const shared = existsSync(SHARED);
  if (!shared) console.log('skipped: ../shared not present (samples and built networks are damaged instead)');
  const folder = shared ? SHARED : 'resources/samples';
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.tflite') && !/^seanet.*[1-9]\.tflite$/.test(name)) // of 127 alike, a tenth is enough
    .sort();
  return [
    ...files.map((name) => makeSource(path.basename(name), new Uint8Array(readFileSync(path.join(folder, name))))),
    makeSource('convolution.tflite', buildModel(convolution())),
    makeSource('addition.tflite', buildModel(addition())),
  ];
}

/** Small networks as exporters write them, quantised ones, and every tenth of the single nodes. */
function onnxSources(): Source[] {
  const folder = 'test/import/onnx';
  const networks = readdirSync(folder)
    .filter((name) => name.endsWith('.onnx'))
    .sort();
  const nodes = JSON.parse(readFileSync(path.join(folder, 'operators.json'), 'utf8')) as {
    kind: string;
    model: string;
  }[];
  const { networks: quantised } = JSON.parse(readFileSync(path.join(folder, 'quantised.json'), 'utf8')) as {
    networks: { name: string; model: string }[];
  };
  return [
    ...quantised.map(({ name, model }) =>
      makeSource(`${name}.onnx`, new Uint8Array(gunzipSync(Buffer.from(model, 'base64')))),
    ),
    ...networks.map((name) => makeSource(name, new Uint8Array(readFileSync(path.join(folder, name))))),
    ...nodes
      .filter((_, i) => i % 10 === 0)
      .map(({ kind, model }) => makeSource(`${kind}.onnx`, Uint8Array.from(Buffer.from(model, 'base64')))),
  ];
}

/** One tensor table under many indices, quantised per channel with scales of its own. */
function buildShared(count: number): Uint8Array {
  const b = new Builder(4 * count + 1024);
  const shape = Tensor.createShapeVector(b, [1, 8]);
  const scale = QuantizationParameters.createScaleVector(b, Array(8).fill(1));
  const name = b.createString('shared by many');
  QuantizationParameters.startQuantizationParameters(b);
  QuantizationParameters.addScale(b, scale);
  QuantizationParameters.addQuantizedDimension(b, 1);
  const quantization = QuantizationParameters.endQuantizationParameters(b);
  Tensor.startTensor(b);
  Tensor.addShape(b, shape);
  Tensor.addName(b, name);
  Tensor.addType(b, TensorType.INT8);
  Tensor.addQuantization(b, quantization);
  const tensor = Tensor.endTensor(b);
  const tensors = SubGraph.createTensorsVector(b, Array(count).fill(tensor));
  SubGraph.startSubGraph(b);
  SubGraph.addTensors(b, tensors);
  const graphs = Model.createSubgraphsVector(b, [SubGraph.endSubGraph(b)]);
  Model.startModel(b);
  Model.addVersion(b, 3);
  Model.addSubgraphs(b, graphs);
  b.finish(Model.endModel(b), 'TFL3');
  return b.asUint8Array().slice();
}

/** `ms` is processor time: wall time is the neighbours' too. */
type Outcome = { readonly ms: number; readonly refused: string | null };

function open(bytes: Uint8Array, name: string): Outcome {
  const start = process.cpuUsage();
  const elapsed = () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  try {
    const { network, problems } = importNetwork(bytes, name);
    JSON.stringify(describeNetwork(network, problems, supportOf));
    return { ms: elapsed(), refused: null };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.kind).toBe('user');
    expect(error.message).toMatch(/\.$/);
    expect(error.message).not.toMatch(/undefined|\[object/);
    expect(error.message.length).toBeLessThan(400);
    expect(error.place.file).toBe(name);
    expect(error.place.offset ?? error.place.operator ?? error.place.tensor).toBeTypeOf('number');
    return { ms: elapsed(), refused: error.code };
  }
}

describe('damaged networks', () => {
  it('a small file that names one tensor 45,000 times is read in time', () => {
    const bytes = buildShared(45_000);
    expect(bytes.length).toBeLessThan(MAX_BYTES / 1000);
    const outcome = open(bytes, 'shared.tflite');
    expect(outcome.refused).toBeNull();
    console.log(`45,000 names of one tensor: ${outcome.ms.toFixed(0)} ms`);
    expect(outcome.ms).toBeLessThan(MAX_MS);
  });

  it.each([
    ['TFLite', isFull ? 20_000 : 2000, sources],
    ['ONNX', isFull ? 10_000 : 1000, onnxSources],
  ] as const)('copies of %s networks are refused with a sentence and a place, or read: %i', (_, COPIES, sourcesOf) => {
    const whole = sourcesOf();
    const codes = new Map<string, number>();
    let slowest = 0;
    for (let copy = firstSeed; copy < firstSeed + COPIES; copy++) {
      const source = whole[Math.floor(copy / 4) % whole.length]!;
      let outcome: Outcome;
      try {
        outcome = open(damage(source, copy), source.name);
      } catch (error) {
        throw new Error(`copy ${copy} of ${source.name}`, { cause: error });
      }
      slowest = Math.max(slowest, outcome.ms);
      const code = outcome.refused ?? 'imported';
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    const imported = codes.get('imported') ?? 0;
    const peak = process.resourceUsage().maxRSS * 1024;
    console.log(
      `${COPIES} damaged copies of ${whole.length} networks: ${COPIES - imported} refused in ${codes.size - 1} ways, ` +
        `${imported} imported; slowest ${slowest.toFixed(0)} ms of processor time, peak ${(peak / 1e6).toFixed(0)} MB`,
    );
    expect(slowest).toBeLessThan(MAX_MS);
    expect(peak).toBeLessThan(MAX_BYTES);
    expect(COPIES - imported).toBeGreaterThan(COPIES / 2); // the damage does reach what matters
    expect(codes.size).toBeGreaterThan(10);
  });
});
