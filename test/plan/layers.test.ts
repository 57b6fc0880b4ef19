// Layers of imported networks and of layer tables.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { openNetwork } from '../../main/flow';
import { Failure } from '../../main/network/failure';
import { countMacs } from '../../main/network/cost';
import { countLayerMacs, countUsed, countValidTaps, describeLayer } from '../../main/plan/layer';
import { type Step, stepsOf } from '../../main/plan/layers';
import { parseScheme } from '../../main/network/scheme';
import { planNetwork } from '../../main/plan/plan';
import { TABLE_NAMES } from '../../main/plan/networks';
import { readTable } from '../../main/plan/table';
import { NetworkBuilder } from '../oracle/build';
import { estimateTable, oneLayer, planOne, table } from './tables';

const layerOf = (step: Step) => ('layer' in step ? step.layer : null);
const samples = path.resolve(__dirname, '../../resources/samples');

describe('an imported network', () => {
  test.each(['digits/digits.tflite', 'detector/detector.tflite'])(
    '%s: each operator is a layer or has a reason',
    (file) => {
      const { network } = openNetwork(readFileSync(path.join(samples, file)), file);
      const steps = stepsOf(network);
      expect(steps).toHaveLength(network.operators.length);
      network.operators.forEach((operator, at) => {
        const macs = countMacs(operator, network);
        const layer = layerOf(steps[at]!);
        // operators without MACs are the host's; the MACs of the others are what import counts
        expect(layer === null ? 0 : countLayerMacs(layer).all, operator.name).toBe(
          operator.kind === 'TRANSPOSE_CONV' ? 0 : macs,
        );
      });
    },
  );

  test('words of a scheme: shorter than the array’s are fine, longer ones stay on the host with a sentence', () => {
    const file = readFileSync(path.join(samples, 'digits/digits.tflite'));
    const { network } = openNetwork(file, 'digits.tflite');
    const inWords = (scheme: string, bits: number) => {
      const tensors = network.tensors.map((tensor) => (tensor.type === 'int8' ? { ...tensor, bits } : tensor));
      const array = { ...presetArray('kraken-7x96'), accumulatorBits: 24 };
      return planNetwork('n', stepsOf({ ...network, tensors, scheme: parseScheme(scheme) }), array).steps[0]!;
    };
    expect(inWords('kraken:4,4,16', 4)).toMatchObject({
      planned: { layer: { words: { pixels: 4, weights: 4, accumulators: 16 } } },
    });
    expect(inWords('kraken:8,8,25', 8)).toMatchObject({
      host: { why: "its sums have 25 bits, but the array's accumulatorBits is 24" },
    });
    expect(inWords('kraken:12,8,24', 12)).toMatchObject({
      host: { why: "its inputs have 12 bits, but the array's pixelBits is 8" },
    });
  });

  test('depthwise, batched, constant and computed right sides, floats', () => {
    const b = new NetworkBuilder();
    const int8 = (...shape: number[]) =>
      ({ type: 'int8', shape, quantization: { scale: [0.5], zeroPoint: [0] } }) as const;
    const weights = (...shape: number[]) =>
      b.constant(int8(...shape), new Int8Array(shape.reduce((product, one) => product * one, 1)));
    const conv = { padding: 'same', strideH: 2, strideW: 2, dilationH: 1, dilationW: 1, activation: 'none' } as const;
    const image = b.input(int8(2, 9, 8, 3));
    const wide = b.operator('DEPTHWISE_CONV_2D', [image, weights(1, 3, 3, 6)], int8(2, 5, 4, 6), {
      ...conv,
      depthMultiplier: 2,
    });
    b.operator('FULLY_CONNECTED', [wide, weights(7, 24)], int8(10, 7), {
      activation: 'none',
      keepNumDims: false,
      shuffledWeights: false,
    });
    const left = b.input(int8(3, 5, 4));
    const right = b.input(int8(3, 4, 6));
    b.operator('BATCH_MATMUL', [left, right], int8(3, 5, 6), { adjX: false, adjY: false });
    b.operator('BATCH_MATMUL', [left, weights(4, 6)], int8(3, 5, 6), { adjX: false, adjY: false });
    const real = b.input({ type: 'float32', shape: [1, 4] });
    const realWeights = b.constant({ type: 'float32', shape: [2, 4] }, new Float32Array(8));
    b.operator(
      'FULLY_CONNECTED',
      [real, realWeights],
      { type: 'float32', shape: [1, 2] },
      { activation: 'none', keepNumDims: false, shuffledWeights: false },
    );
    const { network } = openNetwork(b.finish(), 'built.tflite');
    const steps = stepsOf(network);
    expect(steps.map(layerOf)).toMatchObject([
      {
        kind: 'convolution',
        frames: 2,
        groups: 3,
        inputChannels: 1,
        outputChannels: 2,
        rows: { output: 5 },
        columns: { output: 4 },
      },
      { kind: 'product', products: 1, rows: 10, depth: 24, columns: 7, isShared: true },
      { kind: 'product', products: 3, rows: 5, depth: 4, columns: 6, isShared: false },
      { kind: 'product', products: 1, rows: 15, depth: 4, columns: 6, isShared: true },
      null,
    ]);
    expect(steps[4]).toMatchObject({ host: { why: expect.stringContaining('float32') } });
  });
});

describe('a layer table', () => {
  // MACs as the papers and model zoos state them, taps in the padding included
  test.each([
    ['vgg-16', 15.47e9],
    ['resnet-50', 3.86e9],
    ['mobilenet-v1', 569e6],
    ['mobilenet-v2', 300e6],
    ['alexnet', 724e6],
    ['yolov2-tiny', 3.49e9],
    ['transformer-block', 931e6],
  ] as const)('%s has the MACs its paper states', (name, macs) => {
    const all = table(name).layers.reduce((sum, layer) => sum + countLayerMacs(layer).all, 0);
    expect(Math.abs(all - macs) / macs).toBeLessThan(0.01);
  });

  test('each shipped one is planned whole on the published array, and says where it comes from', () => {
    for (const name of TABLE_NAMES) {
      expect(table(name).source.length).toBeGreaterThan(20);
      expect(estimateTable(table(name), presetArray('kraken-7x96')).layers).toHaveLength(table(name).layers.length);
    }
  });

  const layer = { name: 'a', kind: 'convolution', input: [8, 8], channels: [3, 4], kernel: 3, padding: 'same' };
  const refused = (value: unknown): string => {
    try {
      readTable(value, 'x.json');
    } catch (error) {
      if (error instanceof Failure && error.kind === 'user') return error.message;
      throw error;
    }
    return 'accepted';
  };
  test.each([
    ['no object', null, 'x.json: This is no layer table'],
    ['no layers', { name: 'x', layers: [] }, 'no list of layers'],
    ['no name', { layers: [layer] }, 'The table has no name'],
    ['a layer without a name', { name: 'x', layers: [{ ...layer, name: '' }] }, 'Layer 1 has no name'],
    ['a name of two lines', { name: 'x', layers: [{ ...layer, name: 'a\nb' }] }, 'Layer 1 has no name'],
    ['a kind that is none', { name: 'x', layers: [{ ...layer, kind: 'pool' }] }, 'Layer a is of the kind "pool"'],
    ['an unknown field', { name: 'x', layers: [{ ...layer, strides: 2 }] }, 'Layer a has strides, which is no field'],
    ['a missing size', { name: 'x', layers: [{ ...layer, input: undefined }] }, 'input of layer a is missing'],
    ['a fraction', { name: 'x', layers: [{ ...layer, kernel: 1.5 }] }, 'kernel of layer a is 1.5'],
    ['one channel count', { name: 'x', layers: [{ ...layer, channels: 3 }] }, 'channels of layer a is 3'],
    ['groups that do not divide', { name: 'x', layers: [{ ...layer, groups: 2 }] }, 'do not divide into 2 groups'],
    ['a padding that is none', { name: 'x', layers: [{ ...layer, padding: 'full' }] }, 'padding of layer a is "full"'],
    [
      'a kernel too large',
      { name: 'x', layers: [{ ...layer, kernel: 9, padding: 'valid' }] },
      'kernel larger than its input',
    ],
    [
      'channels beyond all',
      { name: 'x', layers: [{ ...layer, channels: [2 ** 20 + 1, 1] }] },
      'channels of layer a is 1048577, but it must be a whole number from 1 to 1,048,576',
    ],
    [
      'groups beyond all',
      { name: 'x', layers: [{ ...layer, channels: [2 ** 17, 2 ** 17], groups: 2 ** 17 }] },
      'groups of layer a is 131072, but it must be a whole number from 1 to 65,536',
    ],
    [
      'products beyond all',
      { name: 'x', layers: [{ name: 'a', kind: 'product', size: [8, 8, 8], products: 2 ** 24 }] },
      'products of layer a is 16777216, but',
    ],
    [
      'rows beyond all',
      { name: 'x', layers: [{ name: 'a', kind: 'product', size: [2 ** 24 + 1, 8, 8] }] },
      'size of layer a is 16777217, but it must be a whole number from 1 to 16,777,216',
    ],
    [
      'a dilation beyond all',
      { name: 'x', layers: [{ ...layer, dilation: [1, 4097] }] },
      'dilation of layer a is 4097, but it must be a whole number from 1 to 4,096',
    ],
    [
      'maps beyond all',
      { name: 'x', layers: [{ ...layer, input: [4096, 4096], dilation: 512 }] },
      'The dilation of layer a makes 262,144 interleaved maps, but at most 65,536',
    ],
    [
      'sums beyond all',
      { name: 'x', layers: [{ name: 'a', kind: 'product', size: [2 ** 20, 2 ** 20, 2 ** 20] }] },
      'Layer a has more than 2^53 multiply-accumulates',
    ],
    ['the same name twice', { name: 'x', layers: [layer, layer] }, 'Two layers are named a'],
    ['a pin of numbers', { name: 'x', layers: [{ ...layer, pin: { merge: 2 } }] }, 'pin of layer a'],
  ])('%s is refused in a sentence', (_, value, sentence) => expect(refused(value)).toContain(sentence));
});

test('the largest layers that a table may hold are planned in seconds', () => {
  const input = [64, 2 ** 20];
  const largest = [
    oneLayer({ input: [14, 14], channels: [2 ** 16, 2 ** 16], groups: 2 ** 16, kernel: 3 }),
    oneLayer({ input, channels: [61, 59], kernel: 3, dilation: [1, 2 ** 12] }),
    oneLayer({ input: [256, 256], channels: [16, 16], kernel: 3, dilation: 256 }),
    oneLayer({ input: [1, 1], channels: [2 ** 20, 2 ** 20], kernel: 1 }),
  ];
  const before = process.cpuUsage();
  for (const layer of largest) expect(planOne(layer, presetArray('kraken-7x96')).plan.tiles.clocks).toBeGreaterThan(0);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(30); // seconds; work that grows with the square of maps or packets takes minutes
});

describe('counting', () => {
  test('taps inside the image: 3 over 5 pixels with SAME is 3 x 5 less the two at the ends', () => {
    const { rows } = oneLayer({ input: [5, 5], channels: [1, 1], kernel: 3 }) as {
      rows: Parameters<typeof countValidTaps>[0];
    };
    expect(countValidTaps(rows)).toBe(13);
    expect(countUsed(rows)).toBe(5);
  });

  test('pixels that a stride passes over are not needed', () => {
    const layer = oneLayer({ input: [9, 9], channels: [1, 1], kernel: 1, stride: 2 });
    if (layer.kind === 'convolution') expect(countUsed(layer.rows)).toBe(5);
    expect(describeLayer(layer)).toBe('1×1/2 1→1 5×5');
  });

  test('a strided 1x1 convolution runs on the decimated map, at no more clocks than without the stride', () => {
    const array = presetArray('kraken-7x96');
    const strided = planOne(oneLayer({ input: [28, 28], channels: [64, 128], kernel: 1, stride: 2 }), array);
    const small = planOne(oneLayer({ input: [14, 14], channels: [64, 128], kernel: 1 }), array);
    expect(strided.plan.tiles.clocks).toBe(small.plan.tiles.clocks);
  });

  test("a layer the array cannot run is the host's, with the reason", () => {
    const big = oneLayer({ input: [32, 32], channels: [1, 1], kernel: 13 });
    const { plan } = estimateTable({ name: 'x', source: '', layers: [big] }, presetArray('kraken-7x96'));
    expect(plan.steps).toMatchObject([{ host: { why: "its 13×13 kernel is larger than the array's 11" } }]);
  });
});
