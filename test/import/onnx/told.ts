// What onnxruntime was given and answered, as the makers beside this file and in exports/ wrote it down. In: a file and what is told
// of it. Out: our run's outputs beside those of onnxruntime, in our order.
import { expect } from 'vitest';
import { golden, openNetwork } from '../../../main/flow';
import type { KernelSet } from '../../../main/network/arithmetic';
import { type Network, elementCount } from '../../../main/network/network';
import { stridesOf, walkOffsets } from '../../../main/tensor/offsets';
import type { TypedArray } from '../../../main/tensor/tensor';

export interface Told {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: string; // base64: eighths as int8 of inputs, float32 of outputs
}
/** An input of many values is told by the seed that makes it. */
export type ToldInput = Told | (Omit<Told, 'values'> & { readonly seed: number });
export interface Case {
  readonly inputs: readonly ToldInput[];
  readonly outputs: readonly Told[];
}
export interface Compared {
  readonly got: readonly number[];
  readonly wanted: Float32Array;
}

const eighths = (text: string): Float32Array =>
  Float32Array.from(new Int8Array(Buffer.from(text, 'base64')), (n) => n / 8);
/** Eighths from -3 to 3, as exports/tell.py makes them. */
export function noise(seed: number, count: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (((state >>> 24) % 49) - 24) / 8;
  });
}
const given = (input: ToldInput): Float32Array =>
  'seed' in input ? noise(input.seed, elementCount(input.shape)) : eighths(input.values);
const reals = (text: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);

/** Values of NCHW in the order NHWC, where the network says so of that tensor; else as they are. */
function held(
  { shape }: Pick<Told, 'shape'>,
  from: Float32Array,
  tensor: number,
  network: Network,
  turned: ReadonlySet<number | undefined>,
): Float32Array {
  if (!turned.has(tensor)) {
    expect(network.tensors[tensor]!.shape).toEqual(shape);
    return from;
  }
  const order = [0, 2, 3, 1];
  const to = order.map((d) => shape[d]!);
  expect(network.tensors[tensor]!.shape).toEqual(to);
  const strides = stridesOf(shape);
  return Float32Array.from(
    walkOffsets(
      order.map((d) => strides[d]!),
      to,
    ),
    (at) => from[at]!,
  );
}

/** Opens and runs a network; every output beside what is told of it. */
export function runTold(bytes: Uint8Array, file: string, { inputs, outputs }: Case, kernels: KernelSet = 'reference') {
  const { network, view } = openNetwork(bytes, file);
  const turned = new Set(view.problems.filter(({ code }) => code === 'onnx-layout').map(({ place }) => place.tensor));
  expect(
    view.operators.filter(({ support }) => !support[kernels].ok).map(({ name, support }) => [name, support]),
  ).toEqual([]);
  expect(network.inputs.map((i) => network.tensors[i]!.name)).toEqual(inputs.map((input) => input.name));
  const values = new Map<number, TypedArray>(
    network.inputs.map((tensor, i) => [tensor, held(inputs[i]!, given(inputs[i]!), tensor, network, turned)]),
  );
  for (const { outputs: made } of golden(network, kernels, values))
    for (const { tensor, data } of made) values.set(tensor.index, data);
  expect(network.outputs).toHaveLength(outputs.length);
  const compared = network.outputs.map((tensor, i): Compared => {
    const wanted = held(outputs[i]!, reals(outputs[i]!.values), tensor, network, turned);
    const got = Array.from(values.get(tensor)!, Number);
    expect(got).toHaveLength(wanted.length);
    return { got, wanted };
  });
  return { network, compared };
}
