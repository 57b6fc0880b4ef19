// Costs as the field counts them, on shapes small enough to count by hand.
import { expect, it } from 'vitest';
import { countMacs, countParameters } from '../../main/network/cost';
import type { Network, Operator, Tensor } from '../../main/network/network';

const slot = (shape: number[], constant = false): Tensor => ({
  index: 0,
  name: '',
  type: 'int8',
  shape,
  quantization: null,
  data: constant ? new Uint8Array(1) : null,
  isVariable: false,
});

/** Tensors 0 input, 1 weights, 2 bias, 3 output. */
const cost = (kind: Operator['kind'], shapes: number[][], inputs = [0, 1, 2], constant = true) => {
  const tensors = shapes.map((shape, i) => slot(shape, constant && (i === 1 || i === 2)));
  const network = { tensors } as unknown as Network;
  const operator = { kind, inputs, outputs: [3] } as unknown as Operator;
  return [countMacs(operator, network), countParameters(operator, network)];
};

it('counts CONV_2D: output elements x filter taps x input channels', () => {
  expect(cost('CONV_2D', [[1, 8, 8, 3], [16, 3, 3, 3], [16], [1, 4, 4, 16]])).toEqual([4 * 4 * 16 * 27, 16 * 27 + 16]);
});
it('counts DEPTHWISE_CONV_2D: output elements x filter taps', () => {
  expect(cost('DEPTHWISE_CONV_2D', [[1, 8, 8, 4], [1, 3, 5, 8], [8], [1, 8, 8, 8]])).toEqual([512 * 15, 120 + 8]);
});
it('counts FULLY_CONNECTED: batch x outputs x inputs, and a bias only where there is one', () => {
  expect(cost('FULLY_CONNECTED', [[2, 20], [10, 20], [10], [2, 10]])).toEqual([400, 210]);
  expect(cost('FULLY_CONNECTED', [[2, 20], [10, 20], [10], [2, 10]], [0, 1, -1])).toEqual([400, 200]);
});
it('counts TRANSPOSE_CONV: input elements x filter taps x output channels', () => {
  expect(
    cost(
      'TRANSPOSE_CONV',
      [
        [1, 4, 4, 3],
        [16, 3, 3, 3],
        [1, 2, 2, 3],
        [1, 4, 4, 16],
      ],
      [0, 1, 2],
    )[0],
  ).toBe(12 * 144);
});
it('counts BATCH_MATMUL: output elements x the dimension summed over', () => {
  const tensors = [
    [2, 3, 5],
    [2, 5, 7],
    [2, 3, 7],
  ].map((shape) => slot(shape));
  const operator = { kind: 'BATCH_MATMUL', inputs: [0, 1], outputs: [2], options: { adjX: false, adjY: false } };
  expect(countMacs(operator as unknown as Operator, { tensors } as unknown as Network)).toBe(2 * 3 * 7 * 5);
});
it('counts no parameters where the weights come from another operator', () => {
  expect(cost('FULLY_CONNECTED', [[2, 20], [10, 20], [10], [2, 10]], [0, 1, 2], false)).toEqual([400, 0]);
});
it('counts nothing for the others, nor for shapes that are none', () => {
  expect(cost('ADD', [[4], [4], [4], [4]])).toEqual([0, 0]);
  expect(cost('CONV_2D', [[4], [4], [4], [4]])[0]).toBe(0);
});
