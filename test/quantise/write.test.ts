// A written network, read again, is the same network; and TFLite itself runs the written file as it runs the first.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readBatch } from '../../main/import/batch';
import { importNetwork } from '../../main/import/import';
import { type Network, elementCount } from '../../main/network/network';
import { parseScheme } from '../../main/network/scheme';
import { convert, prepare } from '../../main/quantise/quantise';
import { settle, writeNetwork } from '../../main/quantise/write';
import { Random } from '../oracle/random';
import { listShared, readSharedModel, sharedPresent } from '../oracle/shared';
import { runOracle } from '../oracle/tfjs';
import { calibrationDigits, finish, runReference } from './digits';

const ROOT = resolve(import.meta.dirname, '../..');
const SAMPLES = ['digits/digits', 'digits/digits_float', 'detector/detector'].map(
  (name) => `resources/samples/${name}.tflite`,
);
const ONNX = readdirSync(join(ROOT, 'test/import/onnx')).filter((name) => name.endsWith('.onnx'));
const read = (path: string): Buffer => readFileSync(join(ROOT, path));

/** What a file says of a network, but for where things stand in it, and the versions, which old converters gave at will. */
const contentOf = ({ tensors, operators, inputs, outputs }: Network) => ({
  inputs,
  outputs,
  tensors: tensors.map(({ data, ...rest }) => ({ ...rest, data: data && Buffer.from(data).toString('base64') })),
  operators: operators.map(({ index, kind, name, inputs: reads, outputs: writes, options }) => ({
    index,
    kind,
    name,
    reads,
    writes,
    options,
  })),
});

function compareRewritten(file: Buffer, name: string): void {
  const { network } = importNetwork(file, name);
  const { network: written } = settle(network);
  expect(contentOf(written)).toEqual(contentOf(network));
  expect(settle(written).network.sha256).toBe(written.sha256); // the same network gives the same file
}

test.each(SAMPLES)('%s is the same when written and read again', (path) => compareRewritten(read(path), path));
test.each(ONNX)('%s becomes a file of TFLite', (name) => compareRewritten(read(`test/import/onnx/${name}`), name));

test.each(SAMPLES)('%s, written, is run by TFLite with the same outputs', async (path) => {
  const file = read(path);
  const { network } = importNetwork(file, path);
  const random = new Random(5);
  const inputs = network.inputs.map((i) =>
    random.values(network.tensors[i]!.type, elementCount(network.tensors[i]!.shape)),
  );
  const [theirs, ours] = [await runOracle(file, inputs), await runOracle(writeNetwork(network), inputs)];
  expect(ours.outputs).toEqual(theirs.outputs);
});

test.each(SAMPLES)('%s, written, has the versions its converter gave', (path) => {
  const { network } = importNetwork(read(path), path);
  const versions = (of: Network) => of.operators.map(({ name, version }) => `${name} ${version}`);
  expect(versions(settle(network).network)).toEqual(versions(network));
});

test.each(['int8', '16x8', 'shift:8,8,24', 'kraken:8,8,24'])(
  '%s: how images were prepared is written, of words and of real ends',
  (text) => {
    const { network } = importNetwork(read(SAMPLES[1]!), 'digits_float.tflite');
    const images = readBatch(join(ROOT, 'resources/samples/digits/inputs'));
    const rule = { scale: 1 / 127.5, offset: -1 };
    const some = { ...images, items: images.items.slice(0, 2) };
    const prepared = finish(prepare(network, some, runReference, rule));
    const choice = { scheme: parseScheme(text), layers: new Map(), method: { name: 'min-max' } } as const;
    for (const ends of ['words', 'real'] as const) {
      const { network: made } = convert(prepared, { ...choice, ends });
      expect(made.tensors.flatMap(({ index, pixels }) => (pixels ? [[index, pixels]] : []))).toEqual([
        [made.inputs[0], rule],
      ]);
    }
    const again = settle({
      ...network,
      tensors: network.tensors.map((t) => (t.index === network.inputs[0] ? { ...t, pixels: rule } : t)),
    }).network;
    expect(finish(prepare(again, some, runReference)).calibration).toMatchObject({
      pixels: rule,
      preparation: prepared.calibration.preparation,
    });
    const numbers = finish(prepare(network, calibrationDigits(1), runReference, rule));
    expect(convert(numbers, { ...choice, ends: 'words' }).network.tensors.some(({ pixels }) => pixels)).toBe(false);
  },
);

test('TFLite runs a file with its metadata as it runs one without', async () => {
  const { network } = importNetwork(read(SAMPLES[0]!), 'digits.tflite');
  const [input] = network.inputs as [number];
  const { bytes } = settle({
    ...network,
    tensors: network.tensors.map((t) => (t.index === input ? { ...t, pixels: { scale: 1, offset: 0 } } : t)),
  });
  const values = [new Random(5).values('int8', elementCount(network.tensors[input]!.shape))];
  expect((await runOracle(bytes, values)).outputs).toEqual((await runOracle(writeNetwork(network), values)).outputs);
});

test('constants lie at multiples of 16 bytes, and equal ones share a buffer', () => {
  const { network } = settle(importNetwork(read(SAMPLES[0]!), 'digits.tflite').network);
  const constants = network.tensors.flatMap(({ data }) => (data && data.length > 0 ? [data] : []));
  expect(constants.length).toBeGreaterThan(10);
  for (const data of constants) expect(data.byteOffset % 16).toBe(0);
});

test('an operator that is not understood is refused by its name', () => {
  const { network } = importNetwork(read(SAMPLES[0]!), 'digits.tflite');
  const [first, ...rest] = network.operators;
  const strange = { ...first!, kind: 'OTHER' as const, name: 'CUSTOM:Strange', options: {} };
  expect(() => writeNetwork({ ...network, operators: [strange, ...rest] })).toThrow(/Operator 0 \(CUSTOM:Strange\)/);
});

if (!sharedPresent) {
  test('skipped: ../shared not present', () => {
    console.log('skipped: ../shared not present');
    expect(sharedPresent).toBe(false);
  });
} else {
  const shared = ['coral', 'mltk', 'synth', 'tflite-micro', 'tiny'].flatMap((folder) =>
    listShared(folder)
      .filter((name) => name.endsWith('.tflite'))
      .map((name) => `${folder}/${name}`),
  );
  test.each(shared)('%s is the same when written and read again', (path) =>
    compareRewritten(readSharedModel(path), path),
  );
}
