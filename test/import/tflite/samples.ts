// Two small networks as plans: what most tests of the reader start from.
import {
  AddOptionsT,
  BuiltinOperator,
  BuiltinOptions,
  Conv2DOptionsT,
  Padding,
  ReshapeOptionsT,
  SoftmaxOptionsT,
  TensorType,
} from '../../../main/import/tflite/schema/tflite';
import type { NetworkPlan } from './build';

/** [1, 4, 4, 1] -> CONV_2D with two 3 x 3 filters, SAME, stride 1 -> RESHAPE to [1, 32] -> SOFTMAX. */
export function convolution(): NetworkPlan {
  const conv = new Conv2DOptionsT(Padding.SAME, 1, 1);
  return {
    tensors: [
      { name: 'image', shape: [1, 4, 4, 1], scale: [0.5], zeroPoint: [-3] },
      {
        name: 'weights',
        shape: [2, 3, 3, 1],
        data: Int8Array.from({ length: 18 }, (_, i) => i - 9),
        scale: [0.25, 0.125],
      },
      { name: 'bias', type: TensorType.INT32, shape: [2], data: Int32Array.of(5, -7), scale: [0.125, 0.0625] },
      { name: 'map', shape: [1, 4, 4, 2], scale: [1], zeroPoint: [4] },
      { name: 'shape', type: TensorType.INT32, shape: [2], data: Int32Array.of(1, 32) },
      { name: 'flat', shape: [1, 32], scale: [1], zeroPoint: [4] },
      { name: 'probability', shape: [1, 32], scale: [1 / 256], zeroPoint: [-128] },
    ],
    operators: [
      {
        code: BuiltinOperator.CONV_2D,
        inputs: [0, 1, 2],
        outputs: [3],
        options: [BuiltinOptions.Conv2DOptions, conv],
        version: 3,
      },
      {
        code: BuiltinOperator.RESHAPE,
        inputs: [3, 4],
        outputs: [5],
        options: [BuiltinOptions.ReshapeOptions, new ReshapeOptionsT([1, 32])],
      },
      {
        code: BuiltinOperator.SOFTMAX,
        inputs: [5],
        outputs: [6],
        options: [BuiltinOptions.SoftmaxOptions, new SoftmaxOptionsT(1)],
      },
    ],
    inputs: [0],
    outputs: [6],
  };
}

/** Two inputs, one ADD. */
export function addition(): NetworkPlan {
  return {
    tensors: [
      { name: 'a', shape: [1, 6], scale: [0.5] },
      { name: 'b', shape: [1, 6], scale: [0.25], zeroPoint: [7] },
      { name: 'sum', shape: [1, 6], scale: [1] },
    ],
    operators: [
      {
        code: BuiltinOperator.ADD,
        inputs: [0, 1],
        outputs: [2],
        options: [BuiltinOptions.AddOptions, new AddOptionsT()],
      },
    ],
    inputs: [0, 1],
    outputs: [2],
  };
}
