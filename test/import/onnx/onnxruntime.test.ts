// Networks and single nodes of ONNX against onnxruntime: the float run gives its values within 1e-4. What is compared was
// made by make_fixtures.py: networks in the manner of the exporters, and each operator over its attributes, seeded.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SUPPORTED } from '../../../main/import/onnx/recipes';
import { type Case, runTold } from './told';

const list = <T>(name: string): T[] => JSON.parse(readFileSync(path.join(__dirname, name), 'utf8')) as T[];
const networks = list<Case & { readonly name: string }>('networks.json');
const operators = list<Case & { readonly kind: string; readonly opset: number; readonly model: string }>(
  'operators.json',
);

/** The largest difference, as a share of the element, or of a hundredth of the tensor's largest where elements cancel. */
function compare(bytes: Uint8Array, name: string, told: Case): number {
  const { compared } = runTold(bytes, `${name}.onnx`, told);
  return Math.max(
    ...compared.map(({ got, wanted }) => {
      const most = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
      return wanted.reduce(
        (worst, value, at) => Math.max(worst, Math.abs(got[at]! - value) / Math.max(Math.abs(value), most / 100)),
        0,
      );
    }),
  );
}

describe('networks as exporters write them', () => {
  it.each(networks)('$name', ({ name, ...told }) => {
    const bytes = new Uint8Array(readFileSync(path.join(__dirname, `${name}.onnx`)));
    expect(compare(bytes, name, told)).toBeLessThan(1e-4);
  });
});

describe('operators over their attributes', () => {
  const kinds = [...new Set(operators.map(({ kind }) => kind))];
  it.each(kinds)('%s', (kind) => {
    const cases = operators.filter((one) => one.kind === kind);
    for (const [i, { model, opset, ...told }] of cases.entries()) {
      const bytes = Uint8Array.from(Buffer.from(model, 'base64'));
      let worst: number;
      try {
        worst = compare(bytes, kind, told);
      } catch (error) {
        throw new Error(`case ${i} of ${kind}, opset ${opset}`, { cause: error });
      }
      expect(worst, `case ${i} of ${kind}, opset ${opset}`).toBeLessThan(1e-4);
    }
  });
  it('every operator that is said to be supported is among them', () => {
    const folded = ['Constant', 'Shape', 'ConstantOfShape', 'Range', 'Expand', 'Cast', 'Sqrt'];
    expect(SUPPORTED.filter((kind) => !kinds.includes(kind) && !folded.includes(kind))).toEqual([]);
  });
});
