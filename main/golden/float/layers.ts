// The layers on real numbers: CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, TRANSPOSE_CONV and BATCH_MATMUL, everything
// float32; with int8 weights all but TRANSPOSE_CONV are hybrid.ts's. In and out: as their integer twins in operators/, whose windows and loops they walk; no accumulators are kept.
// Sums are exact to double precision and rounded to float32 once (products.ts), then clamped by the activation.
// Sources: reference/{conv,depthwiseconv_float,fully_connected,transpose_conv,batch_matmul}.h.
import type { Activation, Network, Operator } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { realRange } from '../activation';
import { needRank, needRealLayer, needReals } from '../checks';
import { convolutionWindows, supportsConvolution } from '../convolution';
import { type Kernel, inputTensor, outputTensor } from '../kernel';
import { REAL_PRODUCTS } from '../products';
import { type Hybrid, isHybrid, needHybrid, needPlainBatch, runHybrid } from './hybrid';
import { fitMatrices, multiplyMatrices } from '../operators/batchMatmul';
import { fitGroups, sumWindows } from '../operators/conv2d';
import { fitChannels, sumChannels } from '../operators/depthwiseConv2d';
import { fitRows, sumRows } from '../operators/fullyConnected';
import { fitTransposed, scatter, transposeWindows } from '../operators/transposeConv';

/** The values of a float32 tensor. */
export const reals = (value: TensorValue): Float32Array => value.data as Float32Array;

const biasOf = (bias: TensorValue | null | undefined): Float32Array | null => (bias ? reals(bias) : null);

/** y[i] = clamp(sums[i]). */
export function clampReals(sums: Float64Array | Float32Array, activation: Activation, y: TensorValue): null {
  const [lowest, highest] = realRange(activation);
  const out = reals(y);
  for (let i = 0; i < out.length; i++) {
    const sum = sums[i]!;
    out[i] = sum < lowest ? lowest : sum > highest ? highest : sum;
  }
  return null;
}

/** The check of types and scales where weights are int8, or undefined. */
const hybridCheck = (operator: Hybrid, network: Network): (() => string | null) | undefined =>
  isHybrid(inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!)
    ? () => needHybrid(operator, network)
    : undefined;

/** FULLY_CONNECTED and TRANSPOSE_CONV: everything float32, weights of `rank` with a filter for each output channel. */
function needLayer(operator: Operator, network: Network, slots: { x: number; bias: number }, rank: number) {
  const [x, w] = [inputTensor(operator, network, slots.x)!, inputTensor(operator, network, 1)!];
  const bias = inputTensor(operator, network, slots.bias);
  const y = outputTensor(operator, network);
  return needRank(operator.name, w, rank) ?? needRealLayer(operator.name, x, w, bias, y, w.shape[0]!);
}

export const conv2d: Kernel<'CONV_2D'> = {
  inputs: [2, 3],
  supports: (operator, network) => supportsConvolution(operator, network, 0, fitGroups, hybridCheck(operator, network)),
  run: (operator, inputs, outputs) => {
    const [[x, w, bias], [y], { options }] = [inputs, outputs, operator];
    if (isHybrid(x!.tensor, w!.tensor)) return runHybrid(operator, inputs, outputs);
    const [xShape, wShape] = [x!.tensor.shape, w!.tensor.shape];
    const windows = convolutionWindows(options, xShape, wShape);
    const sums = sumWindows(REAL_PRODUCTS, xShape, reals(x!), wShape, reals(w!), biasOf(bias), ...windows);
    return clampReals(sums, options.activation, y!);
  },
};

export const depthwiseConv2d: Kernel<'DEPTHWISE_CONV_2D'> = {
  inputs: [2, 3],
  supports: (operator, network) =>
    supportsConvolution(operator, network, 3, fitChannels, hybridCheck(operator, network)),
  run: (operator, inputs, outputs) => {
    const [[x, w, bias], [y], { options }] = [inputs, outputs, operator];
    if (isHybrid(x!.tensor, w!.tensor)) return runHybrid(operator, inputs, outputs);
    const [xShape, wShape] = [x!.tensor.shape, w!.tensor.shape];
    const windows = convolutionWindows(options, xShape, wShape);
    const sums = sumChannels(REAL_PRODUCTS, xShape, reals(x!), wShape, reals(w!), biasOf(bias), ...windows);
    return clampReals(sums, options.activation, y!);
  },
};

export const fullyConnected: Kernel<'FULLY_CONNECTED'> = {
  inputs: [2, 3],
  supports: (o, network) => {
    const rank = needRank(o.name, inputTensor(o, network, 1)!, 2);
    const hybrid = hybridCheck(o, network);
    return rank ?? (hybrid ? hybrid() : needLayer(o, network, { x: 0, bias: 2 }, 2)) ?? fitRows(o, network);
  },
  run: (operator, inputs, outputs) => {
    const [[x, w, bias], [y], { options }] = [inputs, outputs, operator];
    if (isHybrid(x!.tensor, w!.tensor)) return runHybrid(operator, inputs, outputs);
    const sums = sumRows(REAL_PRODUCTS, reals(x!), reals(w!), w!.tensor.shape[1]!, biasOf(bias));
    return clampReals(sums, options.activation, y!);
  },
};

export const transposeConv: Kernel<'TRANSPOSE_CONV'> = {
  inputs: [3, 4],
  supports: (o, network) => needLayer(o, network, { x: 2, bias: 3 }, 4) ?? fitTransposed(o, network),
  run: ({ options }, [, w, x, bias], [y]) => {
    const shape = y!.tensor.shape;
    const windows = transposeWindows(options, shape, w!.tensor.shape);
    const sums = scatter(REAL_PRODUCTS, x!.tensor.shape, reals(x!), reals(w!), biasOf(bias), shape, windows);
    return clampReals(sums, options.activation, y!);
  },
};

export const batchMatmul: Kernel<'BATCH_MATMUL'> = {
  inputs: [2, 2],
  supports: (operator, network) => {
    const [a, b] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!];
    const y = outputTensor(operator, network);
    const hybrid = hybridCheck(operator, network);
    const complaint = hybrid ? hybrid() : needReals(operator.name, a, b, y);
    return complaint ?? fitMatrices(operator, a, b, y) ?? (hybrid ? needPlainBatch(operator, a, y) : null);
  },
  run: (operator, inputs, outputs) => {
    const [[a, b], [y], { options }] = [inputs, outputs, operator];
    if (isHybrid(a!.tensor, b!.tensor)) return runHybrid(operator, inputs, outputs);
    const shapes = [a!.tensor.shape, b!.tensor.shape, y!.tensor.shape] as const;
    return clampReals(multiplyMatrices(REAL_PRODUCTS, shapes, reals(a!), reals(b!), options), 'none', y!);
  },
};
