// Quantised networks and nodes against onnxruntime, as its quantiser writes them: both formats, uint8 and int8, per tensor and
// per channel. What is compared was made by make_quantised.py. onnxruntime scales sums in float32 and rounds half to even, as
// XNNPACK does: under that kernel set all but a few elements are equal (a mean of sums that XNNPACK shifts, a tie). TFLite's
// reference kernels round otherwise: a node's outputs lie within one step, and so do its inputs, which are quantised here.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { importNetwork } from '../../../main/import/import';
import type { KernelSet } from '../../../main/network/arithmetic';
import { OnnxBuilder, type OnnxType } from '../../bench/contestants/onnx';
import { type Case, type Compared, type Told, runTold } from './told';

interface Quantised extends Case {
  readonly name: string;
  readonly model: string; // base64 of gzip
  readonly outputs: readonly (Told & { readonly step: number })[];
}
interface Node extends Quantised {
  readonly kind: string;
  readonly nodes: readonly string[];
}
const told = JSON.parse(readFileSync(path.join(__dirname, 'quantised.json'), 'utf8')) as {
  readonly networks: readonly Quantised[];
  readonly operators: readonly Node[];
};
const bytesOf = ({ model }: Quantised): Uint8Array => new Uint8Array(gunzipSync(Buffer.from(model, 'base64')));
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** How far elements are apart, in steps of their output. */
const stepsApart = ({ got, wanted }: Compared, step: number): number[] =>
  got.map((value, i) => Math.abs(value - wanted[i]!) / step);

function run(one: Quantised, kernels: KernelSet) {
  const { network, compared } = runTold(bytesOf(one), `${one.name}.onnx`, one, kernels);
  const apart = compared.flatMap((output, i) => stepsApart(output, one.outputs[i]!.step));
  const differing = apart.filter((steps) => steps > 1e-3);
  return { network, count: apart.length, differing: differing.length, most: Math.max(0, ...differing) };
}

/** A network of one input [1, 2, 4, 4] and what `add` makes of it, given as integers where `type` says so. */
function build(add: (b: OnnxBuilder, x: string) => string, input: OnnxType, output: OnnxType) {
  const builder = new OnnxBuilder();
  const y = add(builder, builder.input(input, [1, 2, 4, 4]));
  const { network } = importNetwork(new Uint8Array(builder.finish(y, output, [1])), 'net.onnx');
  const typeAt = (index: number) => network.tensors[index]!.type;
  return {
    network,
    kinds: network.operators.map(({ kind, outputs }) => `${kind} ${typeAt(outputs[0]!)}`),
    ends: [...network.inputs, ...network.outputs].map(typeAt),
  };
}
const by = (b: OnnxBuilder, scale: number, zero: number, type: 'int8' | 'uint8' = 'uint8'): [string, string] => [
  b.constant('float32', [], Float32Array.of(scale)),
  b.constant(type, [], type === 'int8' ? Int8Array.of(zero) : Uint8Array.of(zero)),
];
/** Weights [3, 2, 1, 1] read from int8 with these zero points, one for each output. */
const weightsOf = (b: OnnxBuilder, ...zeros: number[]): string =>
  b.node(
    'DequantizeLinear',
    [
      b.constant('int8', [3, 2, 1, 1], Int8Array.of(1, -2, 3, -4, 5, -128)),
      b.constant('float32', [3], Float32Array.of(0.5, 0.25, 1)),
      b.constant('int8', [3], Int8Array.from(zeros)),
    ],
    { axis: 0 },
  );

describe('what becomes of', () => {
  it('a Relu between a layer and its QuantizeLinear: the fused activation', () => {
    const { network, kinds } = build(
      (b, x) => {
        const real = b.node('DequantizeLinear', [
          b.node('QuantizeLinear', [x, ...by(b, 0.5, 128)]),
          ...by(b, 0.5, 128),
        ]);
        const y = b.node('QuantizeLinear', [
          b.node('Relu', [b.node('Conv', [real, weightsOf(b, 0, 0, 0)])]),
          ...by(b, 0.125, 100),
        ]);
        return b.node('DequantizeLinear', [y, ...by(b, 0.125, 100)]);
      },
      'float32',
      'float32',
    );
    expect(kinds).toEqual(['QUANTIZE int8', 'CONV_2D int8', 'DEQUANTIZE float32']);
    const conv = network.operators[1]!;
    expect(conv.options).toMatchObject({ activation: 'relu' });
    expect(network.tensors[conv.outputs[0]!]!.quantization).toEqual({ scale: [0.125], zeroPoint: [-28], axis: 0 });
    expect(network.tensors[conv.inputs[1]!]!.quantization).toMatchObject({ scale: [0.5, 0.25, 1], axis: 0 });
  });
  it('a bias left as reals: int32 of the product of the scales', () => {
    const { network, kinds } = build(
      (b, x) => {
        const real = b.node('DequantizeLinear', [
          b.node('QuantizeLinear', [x, ...by(b, 0.5, 128)]),
          ...by(b, 0.5, 128),
        ]);
        const bias = b.constant('float32', [3], Float32Array.of(1, -1.5625, 0.3));
        return b.node('QuantizeLinear', [b.node('Conv', [real, weightsOf(b, 0, 0, 0), bias]), ...by(b, 0.125, 100)]);
      },
      'float32',
      'uint8',
    );
    expect(kinds).toEqual(['QUANTIZE int8', 'CONV_2D int8', 'QUANTIZE uint8']);
    const { type, data, quantization } = network.tensors[network.operators[1]!.inputs[2]!]!;
    expect([type, quantization]).toEqual(['int32', { scale: [0.25, 0.125, 0.5], zeroPoint: [0, 0, 0], axis: 0 }]);
    expect(Array.from(new Int32Array(data!.slice().buffer))).toEqual([4, -12, 1]); // -12.5: half to even
  });
  it('weights with a zero point for each channel, which TFLite has not: the node is computed on reals', () => {
    const { kinds } = build(
      (b, x) => {
        const real = b.node('DequantizeLinear', [x, ...by(b, 0.5, 128)]);
        const y = b.node('QuantizeLinear', [b.node('Conv', [real, weightsOf(b, 1, 2, 3)]), ...by(b, 0.125, 100)]);
        return b.node('MaxPool', [y], { kernel_shape: [2, 2] });
      },
      'uint8',
      'uint8',
    );
    expect(kinds).toEqual(['DEQUANTIZE float32', 'CONV_2D float32', 'QUANTIZE uint8', 'MAX_POOL_2D uint8']);
  });
  it('inputs and outputs of integers: the types of the graph, whatever is within', () => {
    const { network, kinds, ends } = build(
      (b, x) => {
        const real = b.node('DequantizeLinear', [x, ...by(b, 0.5, 128)]);
        const y = b.node('Conv', [real, weightsOf(b, 0, 0, 0)]);
        return b.node('QuantizeLinear', [y, ...by(b, 0.125, 100)]);
      },
      'uint8',
      'uint8',
    );
    expect(ends).toEqual(['uint8', 'uint8']);
    expect(kinds).toEqual(['QUANTIZE int8', 'CONV_2D int8', 'QUANTIZE uint8']);
    const [input, output] = [...network.inputs, ...network.outputs].map((i) => network.tensors[i]!.quantization);
    expect([input, output]).toEqual([
      { scale: [0.5], zeroPoint: [128], axis: 0 },
      { scale: [0.125], zeroPoint: [100], axis: 0 },
    ]);
  });
});

describe('networks as the quantiser writes them', () => {
  it.each(told.networks)('$name', (one) => {
    const xnnpack = run(one, 'xnnpack');
    const reference = run(one, 'reference');
    console.log(
      `${one.name}: of ${reference.count} elements differ ${reference.differing} (reference), ${xnnpack.differing} (xnnpack)`,
    );
    // yolo's last nodes square boxes and multiply them: one step of theirs is many of the output's
    const most = one.name.startsWith('yolo') ? 32 : 2;
    expect(reference.most).toBeLessThan(most + 0.01);
    expect(xnnpack.most).toBeLessThan(most + 0.01);
    expect(xnnpack.differing).toBeLessThanOrEqual(xnnpack.count * 0.15);
    const layers = xnnpack.network.operators.filter(({ kind }) => /CONV|FULLY/.test(kind));
    expect(layers.length).toBeGreaterThan(2);
    for (const { outputs } of layers) expect(xnnpack.network.tensors[outputs[0]!]!.type).toMatch(/^u?int8$/);
  });
});

/**
 * Shares that differ under `xnnpack`, where they are more than ties. A mean has its input's scale and is rounded once more to
 * its output's; XNNPACK's leaky multipliers have 8 fractional bits.
 */
const SHARES: Readonly<Record<string, number>> = { AveragePool: 0.1, LeakyRelu: 0.05, Gemm: 0.02, MatMul: 0.02 };

describe('single nodes', () => {
  const kinds = [...new Set(told.operators.map(({ kind }) => kind))];
  it.each(kinds)('%s', (kind) => {
    const cases = told.operators.filter((one) => one.kind === kind);
    const [xnnpack, reference] = (['xnnpack', 'reference'] as const).map((set) => cases.map((one) => run(one, set)));
    const [all, ours, theirs] = [
      reference!.map((r) => r.count),
      reference!.map((r) => r.differing),
      xnnpack!.map((r) => r.differing),
    ];
    console.log(`${kind}: of ${sum(all)} elements differ ${sum(ours)} (reference), ${sum(theirs)} (xnnpack)`);
    for (const { most } of xnnpack!) expect(most).toBeLessThan(1.01);
    for (const { most } of reference!) expect(most).toBeLessThan(2.01);
    expect(sum(theirs)).toBeLessThanOrEqual(sum(all) * (SHARES[kind] ?? 0.01));
  });
  it("are computed on integers, but for functions whose scale is not TFLite's", () => {
    for (const one of told.operators) {
      const { network } = importNetwork(bytesOf(one), 'one.onnx');
      const reals = network.operators
        .filter(({ outputs }) => network.tensors[outputs[0]!]!.type === 'float32')
        .map(({ kind }) => kind);
      const isFunction = ['Sigmoid', 'Softmax'].includes(one.kind);
      expect(
        reals.filter((kind) => kind !== 'DEQUANTIZE' && !isFunction),
        one.kind,
      ).toEqual([]);
    }
  });
  it('come in all forms that are said to be supported, and as DequantizeLinear, node, QuantizeLinear', () => {
    const seen = new Set([...told.operators.flatMap(({ nodes }) => nodes), 'QLinearConv', 'QLinearMatMul']);
    for (const node of [
      'QLinearConv',
      'QLinearMatMul',
      'QGemm',
      'QLinearAdd',
      'QLinearMul',
      'QLinearAveragePool',
      'QLinearConcat',
      'QLinearLeakyRelu',
      'QLinearSoftmax',
      'QuantizeLinear',
      'DequantizeLinear',
    ])
      expect(seen).toContain(node);
  });
});
