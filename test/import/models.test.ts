// The reader on real networks: those of ../shared, where present, against what their golden files know of them, and the
// samples that ship.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeNetwork } from '../../main/import/describe';
import { importNetwork } from '../../main/import/import';

const MODELS = '../shared/models';
const GOLDEN = '../shared/golden';
/** Its golden values were made from another edition of the file, with another sha256. */
const OTHER_FILE = 'mobilenet_v1_0.25_128_quant';
const present = existsSync(MODELS) && existsSync(GOLDEN);
if (!present) console.log('skipped: ../shared not present');

const open = (file: string) => importNetwork(readFileSync(file), file);
const list = (folder: string) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.tflite'))
    .sort();

/** Golden files name a network by its folder of origin. */
const fileOf = (model: string) => list(MODELS).find((name) => path.basename(name) === path.basename(model))!;

interface GoldenTensor {
  id: number;
  op: number;
  opName: string;
  name: string;
  dtype: string;
  shape: number[];
}
interface GoldenIndex {
  model: string;
  sha256: string;
  inputs: GoldenTensor[];
  sets: Record<string, { tensors?: GoldenTensor[] }>;
}

describe.runIf(present)('networks of ../shared', () => {
  it('are all read', () => {
    const names = list(MODELS);
    expect(names.length).toBeGreaterThanOrEqual(142);
    for (const name of names) {
      const { network, problems } = open(path.join(MODELS, name));
      expect(network.operators.length, name).toBeGreaterThan(0);
      expect(
        problems.every((p) => p.code === 'tflite-axis'),
        name,
      ).toBe(true);
    }
  });

  it.each(present ? readdirSync(GOLDEN).filter((name) => name !== OTHER_FILE) : [])(
    '%s has the operators, tensors and identity its golden values name',
    (name) => {
      const index = JSON.parse(readFileSync(path.join(GOLDEN, name, 'index.json'), 'utf8')) as GoldenIndex;
      const { network } = open(path.join(MODELS, fileOf(index.model)));
      expect(network.sha256).toBe(index.sha256);
      expect(network.inputs).toEqual(index.inputs.map((input) => input.id));
      const seen = new Set<number>();
      for (const golden of Object.values(index.sets).flatMap((set) => set.tensors ?? [])) {
        const operator = network.operators[golden.op]!;
        expect(operator.name).toBe(golden.opName);
        expect(operator.outputs).toContain(golden.id);
        expect(network.tensors[golden.id]).toMatchObject({
          name: golden.name,
          type: golden.dtype,
          shape: golden.shape,
        });
        seen.add(golden.op);
      }
      expect(seen.size).toBe(network.operators.length);
    },
  );

  it.each([
    ['tiny/kws_ref_model.tflite', 2_656_768, 22_604],
    ['tiny/pretrainedResnet_quant.tflite', 12_501_632, 77_706],
    ['tiny/vww_96_int8.tflite', 7_489_664, 210_850],
    ['tiny/model_ToyCar_quant_fullint.tflite', 264_192, 265_864],
  ])('%s costs %d MACs and has %d parameters', (file, macs, parameters) => {
    const { network, problems } = open(path.join(MODELS, file));
    expect(describeNetwork(network, problems, () => ({ ok: true, arithmetic: 'double' })).totals).toEqual({
      macs,
      parameters,
      unsupported: { reference: 0, builtin: 0, xnnpack: 0 },
    });
  });

  it('warns of the biases of person_detect', () => {
    expect(open(path.join(MODELS, 'tflite-micro/person_detect.tflite')).problems.length).toBeGreaterThan(0);
  });
});

describe('samples that ship', () => {
  const folder = 'resources/samples';
  it.each(list(folder))('%s is read without a problem', (name) => {
    const { network, problems } = open(path.join(folder, name));
    expect(network.operators.length).toBeGreaterThan(3);
    expect(problems).toEqual([]);
  });
});
