// Real graphs of every kind of operator under every scheme: golden runs what comes out, close to the real network; and of TFLite's
// own schemes TFLite itself computes the same bytes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import { importNetwork } from '../../main/import/import';
import { type Network, elementCount } from '../../main/network/network';
import { type WordScheme, parseScheme, schemeOf } from '../../main/network/scheme';
import { convert, prepare } from '../../main/quantise/quantise';
import { writeNpy } from '../../main/tensor/npy';
import { DYNAMIC_INPUTS, exposeAll } from '../oracle/build';
import { Random } from '../oracle/random';
import { runOracle } from '../oracle/tfjs';
import { decibels, engine, finish, outputsOf, runReference } from './digits';

const NAMES = ['alexnet', 'keras', 'mobilenet_v2', 'mobilenet_v3', 'resnet', 'shufflenet', 'squeezenet', 'vgg', 'yolo'];
const SCHEMES = ['int8', 'int8:tensor', '16x8', 'int4', 'shift:8,8,32', 'kraken:8,8,32', 'kraken:12,6,32'] as const;
/** Decibels of signal over quantisation noise at the worst output, that every network reaches. */
const LEAST: Record<(typeof SCHEMES)[number], number> = {
  int8: 30,
  'int8:tensor': 30,
  '16x8': 35,
  int4: 2,
  'shift:8,8,32': 25,
  'kraken:8,8,32': 30,
  'kraken:12,6,32': 15,
};

/** Smooth images: noise would average out in the pools. */
function imageOf(shape: readonly number[], seed: number): Float32Array {
  const random = new Random(seed);
  const waves = Array.from(
    { length: 6 },
    () => [random.real() * 0.9, random.real() * 0.9, random.real() * 6, random.real() * 6] as const,
  );
  const [, height, width, channels] = shape as [number, number, number, number];
  return Float32Array.from({ length: elementCount(shape) }, (_, i) => {
    const [c, x, y] = [i % channels, Math.floor(i / channels) % width, Math.floor(i / channels / width) % height];
    return waves.reduce((sum, [u, v, phase, hue]) => sum + Math.sin(u * x + v * y + phase + hue * c) / 6, 0.2);
  });
}

const preparedOf = new Map<string, ReturnType<typeof make>>();
function make(name: string) {
  const file = `${name}.onnx`;
  const { network } = importNetwork(readFileSync(join(import.meta.dirname, '../import/onnx', file)), file);
  const { shape } = network.tensors[network.inputs[0]!]!;
  const items = [1, 2, 3].map((seed) => ({
    name: `${seed}`,
    label: null,
    read: () => ({ bytes: writeNpy('float32', shape, imageOf(shape, seed)), fileName: 'image.npy' }),
  }));
  const batch = { source: 'waves', items, classes: null, folders: null };
  return { network, image: imageOf(shape, 2), prepared: finish(prepare(network, batch, runReference)) };
}

for (const name of NAMES)
  test.each(SCHEMES)(`${name} as %s`, async (text) => {
    const made = preparedOf.get(name) ?? make(name);
    preparedOf.set(name, made);
    const { network, image, prepared } = made;
    const scheme = parseScheme(text);
    const { network: quantised, bytes } = convert(prepared, {
      scheme,
      layers: new Map(),
      method: { name: 'min-max' },
      ends: 'real',
    });
    for (const operator of quantised.operators)
      expect(supportOf(operator, quantised, 'reference'), `operator ${operator.index}`).toEqual(
        expect.objectContaining({ ok: true }),
      );
    const reals = outputsOf(network, image);
    const worst = Math.min(...outputsOf(quantised, image).map((output, i) => decibels(reals[i]!, output)));
    const left = quantised.operators
      .filter(({ kind, inputs }) => kind !== 'QUANTIZE' && quantised.tensors[inputs[0]!]!.type === 'float32')
      .map(({ kind }) => kind);
    console.log(`${name} ${text}: ${worst.toFixed(1)} dB, real: ${left.join(' ')}`);
    if (scheme.kind !== 'tflite') expect(left).toEqual([]); // converted whole
    expect(worst).toBeGreaterThan(LEAST[text]);
    // A function of reals may differ in its last bit: floatNetworks.test.ts.
    const isExact = scheme.kind === 'tflite' && scheme.weights === 'int8' && !left.includes('HARD_SWISH');
    if (isExact) await compareWithTflite(quantised, bytes, image);
  });

async function compareWithTflite(network: Network, bytes: Uint8Array, image: Float32Array): Promise<void> {
  const exposed = exposeAll(bytes);
  const oracle = await runOracle(exposed.bytes, [image, ...DYNAMIC_INPUTS]);
  const theirs = new Map(exposed.outputs.map((tensor, at) => [tensor, oracle.outputs[at]!]));
  for (const { outputs } of runOperators(network, 'builtin', new Map([[network.inputs[0]!, image]]), engine, false))
    for (const { tensor, data } of outputs)
      if (tensor.type !== 'float32')
        expect(data, `tensor ${tensor.index} ${tensor.name}`).toEqual(theirs.get(tensor.index));
}

test.each(['int8', '16x8'])('layers of other words among %s: TFLite runs them, too', async (text) => {
  const { prepared, image } = preparedOf.get('vgg') ?? make('vgg');
  const other = parseScheme(text === 'int8' ? '16x8' : 'int8');
  const layers = new Map(
    prepared.fused.network.operators.filter(({ index }) => index % 3 === 1).map(({ index }) => [index, other]),
  );
  const mixed = convert(prepared, { scheme: parseScheme(text), layers, method: { name: 'min-max' }, ends: 'real' });
  const types = mixed.network.operators
    .filter(({ kind }) => kind === 'CONV_2D')
    .map(({ inputs }) => mixed.network.tensors[inputs[0]!]!.type);
  expect([...new Set(types)].sort()).toEqual(['int16', 'int8']);
  await compareWithTflite(mixed.network, mixed.bytes, image);
});

test('a leaky ReLU behind a layer is the slope of the layer’s requantiser, and of no other layer’s', () => {
  const { prepared } = preparedOf.get('yolo') ?? make('yolo');
  const options = { layers: new Map(), method: { name: 'min-max' }, ends: 'words' } as const;
  const kraken = convert(prepared, { scheme: parseScheme('kraken:8,8,32,slope=0.1'), ...options }).network;
  const layers = kraken.operators.filter(({ kind }) => kind === 'CONV_2D');
  const slopes = layers.map((layer) => schemeOf(layer, kraken) as WordScheme).map(({ slope }) => slope);
  expect(slopes).toEqual([...new Array<number>(4).fill(Math.fround(0.1)), 1]); // the last has none behind it
  expect(kraken.operators.some(({ kind }) => kind === 'LEAKY_RELU')).toBe(false);
  const shift = convert(prepared, { scheme: parseScheme('shift:8,8,32'), ...options }).network;
  expect(shift.operators.filter(({ kind }) => kind === 'LEAKY_RELU')).toHaveLength(4); // 0.1 is no power of two
});
