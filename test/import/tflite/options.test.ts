// Options written into a file and read back: what an operator's recipe reads is what the file says.
import { expect, it } from 'vitest';
import { importNetwork } from '../../../main/import/import';
import type { OperatorKind, OptionsOf } from '../../../main/network/network';
import { NetworkBuilder } from '../../oracle/build';

const CASES: readonly { [K in OperatorKind]: readonly [K, number, OptionsOf[K]] }[OperatorKind][] = [
  ['SUB', 2, { activation: 'relu6', potScaleInt16: false }],
  ['MUL', 2, { activation: 'relu' }],
  ['LEAKY_RELU', 1, { alpha: 0.25 }],
  ['SPACE_TO_DEPTH', 1, { blockSize: 2 }],
  ['DEPTH_TO_SPACE', 1, { blockSize: 3 }],
  ['SQUEEZE', 1, { squeezeDims: [0, -1] }],
  ['STRIDED_SLICE', 4, { beginMask: 1, endMask: 2, ellipsisMask: 4, newAxisMask: 8, shrinkAxisMask: 16, offset: true }],
  ['PACK', 3, { axis: -1 }],
  ['UNPACK', 1, { axis: 2 }],
  ['MIRROR_PAD', 2, { mode: 'symmetric' }],
  ['GATHER', 2, { axis: 2, batchDims: 1 }],
  ['RESIZE_BILINEAR', 2, { alignCorners: true, halfPixelCenters: false }],
  ['RESIZE_NEAREST_NEIGHBOR', 2, { alignCorners: false, halfPixelCenters: true }],
  ['REDUCE_MAX', 2, { keepDims: true }],
  ['TRANSPOSE_CONV', 3, { padding: 'valid', strideH: 2, strideW: 3, activation: 'none' }],
  ['BATCH_MATMUL', 2, { adjX: true, adjY: false }],
  ['TRANSPOSE', 2, {}],
];

it.each(CASES)('%s', (kind, count, options) => {
  const builder = new NetworkBuilder();
  const tensor = { type: 'int8', shape: [2] } as const;
  const inputs = Array.from({ length: count }, () => builder.input(tensor));
  builder.operator(kind, inputs, tensor, options as never);
  expect(importNetwork(builder.finish(), 'one.tflite').network.operators[0]).toMatchObject({ kind, options });
});

it('refuses senseless values, and takes several outputs where there may be', () => {
  const read = (kind: OperatorKind, options: object, outputs = 1) => {
    const builder = new NetworkBuilder();
    const tensor = { type: 'int8', shape: [2] } as const;
    builder.operatorOfMany(kind, [builder.input(tensor)], Array(outputs).fill(tensor), options as never);
    return () => importNetwork(builder.finish(), 'one.tflite');
  };
  expect(read('SPACE_TO_DEPTH', { blockSize: 0 })).toThrow(
    'operator 0 (SPACE_TO_DEPTH) has a block size of 0, which cannot be.',
  );
  expect(read('LEAKY_RELU', { alpha: NaN })).toThrow('operator 0 (LEAKY_RELU) has an alpha of NaN, which cannot be.');
  expect(read('UNPACK', { axis: 0 }, 2)).not.toThrow();
});
