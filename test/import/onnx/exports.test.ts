// Files that PyTorch, tf2onnx and onnxruntime's quantiser wrote themselves (exports/README.md), against what onnxruntime computes
// from them: reals within 1e-4 of a tensor's largest value, integers the same under `xnnpack`, which rounds as onnxruntime does.
import { describe, expect, it } from 'vitest';
import type { Network } from '../../../main/network/network';
import { bytesOf, exported } from './exported';
import { type Compared, runTold } from './told';

/** The largest difference, as a share of the largest value. */
function difference({ got, wanted }: Compared): number {
  const most = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return wanted.reduce((worst, value, at) => Math.max(worst, Math.abs(got[at]! - value)), 0) / most;
}

describe('networks of reals', () => {
  it.each(exported.filter(({ isQuantised }) => !isQuantised))('$name, opset $opset, by $producer', (one) => {
    const { network, compared } = runTold(bytesOf(one.name), `${one.name}.onnx`, one);
    const worst = Math.max(...compared.map(difference));
    console.log(
      `${one.name}: ${network.operators.length} operators, ${worst.toExponential(1)} of the largest value apart`,
    );
    expect(worst).toBeLessThan(1e-4);
  });
});

/** The scale of the integers that the network's output is read from. */
function stepOf({ operators, outputs, tensors }: Network): number {
  const last = operators.find((operator) => operator.outputs.includes(outputs[0]!))!;
  expect(last.kind).toBe('DEQUANTIZE');
  return tensors[last.inputs[0]!]!.quantization!.scale[0]!;
}

/** How many of the outputs differ, and by how many steps at most. */
function differing({ network, compared }: ReturnType<typeof runTold>) {
  const step = stepOf(network);
  const apart = compared.flatMap(({ got, wanted }) => got.map((value, i) => Math.abs(value - wanted[i]!) / step));
  return { count: apart.filter((steps) => steps > 1e-3).length, most: Math.max(...apart) };
}

/** Steps apart under `xnnpack`: its leaky multipliers have 8 fractional bits; a mean of its is rounded once more, to a step of the input's. */
const APART: Readonly<Record<string, number>> = { qdq_yolo: 6, qoperator_squeezenet: 2 };
const isLayer = /CONV|FULLY/;

describe('quantised networks', () => {
  it.each(exported.filter(({ isQuantised }) => isQuantised))('$name, opset $opset', (one) => {
    const [xnnpack, reference] = (['xnnpack', 'reference'] as const).map((kernels) =>
      runTold(bytesOf(one.name), `${one.name}.onnx`, one, kernels),
    );
    const [theirs, ours] = [differing(xnnpack!), differing(reference!)];
    const { operators, tensors } = xnnpack!.network;
    const reals = operators.filter(({ outputs }) => tensors[outputs[0]!]!.type === 'float32').map(({ kind }) => kind);
    console.log(
      `${one.name}: ${operators.length} operators (real: ${reals.join(' ')}); of ${xnnpack!.compared[0]!.got.length} outputs differ ${theirs.count} (xnnpack), ${ours.count} by ${ours.most.toFixed(0)} steps at most (reference)`,
    );
    expect(theirs.most).toBeLessThan((APART[one.name] ?? 0) + 0.01);
    expect(
      operators.filter(({ kind, outputs }) => isLayer.test(kind) && tensors[outputs[0]!]!.type !== 'int8'),
    ).toEqual([]);
  });
});
