// Networks and single nodes of ONNX against onnxruntime: the float run gives its values within 1e-4. What is compared was
// made by make_fixtures.py: networks in the manner of the exporters, and each operator over its attributes, seeded.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { golden, openNetwork } from '../../../main/flow';
import type { Network } from '../../../main/network/network';
import { SUPPORTED } from '../../../main/import/onnx/recipes';
import type { TypedArray } from '../../../main/tensor/tensor';
import { walkOffsets, stridesOf } from '../../../main/tensor/offsets';

interface Told {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: string; // base64: eighths as int8 of inputs, float32 of outputs
}
interface Case {
  readonly inputs: readonly Told[];
  readonly outputs: readonly Told[];
}
const list = <T>(name: string): T[] => JSON.parse(readFileSync(path.join(__dirname, name), 'utf8')) as T[];
const networks = list<Case & { readonly name: string }>('networks.json');
const operators = list<Case & { readonly kind: string; readonly opset: number; readonly model: string }>(
  'operators.json',
);

const eighths = (text: string): Float32Array =>
  Float32Array.from(new Int8Array(Buffer.from(text, 'base64')), (n) => n / 8);
const reals = (text: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

/** Values of NCHW in the order NHWC, where the network says so of that tensor; else as they are. */
function held(
  { shape }: Told,
  from: Float32Array,
  tensor: number,
  network: Network,
  notes: readonly { tensor?: number }[],
): Float32Array {
  if (!notes.some((place) => place.tensor === tensor)) {
    expect(network.tensors[tensor]!.shape).toEqual(shape);
    return from;
  }
  const order = [0, 2, 3, 1];
  const to = order.map((d) => shape[d]!);
  expect(network.tensors[tensor]!.shape).toEqual(to);
  const strides = stridesOf(shape);
  return Float32Array.from(walkOffsets(order.map((d) => strides[d]!), to), (at) => from[at]!); // prettier-ignore
}

/** The largest difference, as a share of the element, or of a hundredth of the tensor's largest where elements cancel. */
function compare(bytes: Uint8Array, name: string, { inputs, outputs }: Case): number {
  const { network, view } = openNetwork(bytes, `${name}.onnx`);
  const notes = view.problems.filter(({ code }) => code === 'onnx-layout').map(({ place }) => place);
  expect(view.operators.filter(({ support }) => !support.reference.ok)).toEqual([]);
  expect(network.inputs.map((i) => network.tensors[i]!.name)).toEqual(inputs.map((input) => input.name));
  const values = new Map<number, TypedArray>(network.inputs.map((tensor, i) => [tensor, held(inputs[i]!, eighths(inputs[i]!.values), tensor, network, notes)])); // prettier-ignore
  for (const { outputs: made } of golden(network, 'reference', values))
    for (const { tensor, data } of made) values.set(tensor.index, data);
  expect(network.outputs).toHaveLength(outputs.length);
  return Math.max(...network.outputs.map((tensor, i) => {
    const wanted = held(outputs[i]!, reals(outputs[i]!.values), tensor, network, notes);
    const got = values.get(tensor)!;
    expect(got).toHaveLength(wanted.length);
    const most = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
    return wanted.reduce((worst, value, at) => Math.max(worst, Math.abs(Number(got[at]) - value) / Math.max(Math.abs(value), most / 100)), 0); // prettier-ignore
  })); // prettier-ignore
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
