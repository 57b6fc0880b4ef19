// TRANSPOSE_CONV, int8 and int16 (weights int8, symmetric, per tensor or per channel) and uint8 (per tensor).
// In: the output's shape (int32 [4], also computed at run time: y is declared with it), w [O, KH, KW, I], x [N, H, W, I],
// bias [O] int32 (int16: int64 or int32) or none. Out: y [N, OH, OW, O] and accumulators of its shape: each input pixel adds its products to a
// window of the output; the padding is the output's.
// Sources: reference/integer_ops/transpose_conv.h, reference/transpose_conv.h (uint8), kernels/transpose_conv.cc Prepare.
import type { Arithmetic } from '../../network/arithmetic';
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import {
  firstComplaint,
  needBias,
  needPerTensor,
  needRank,
  needSameType,
  needShape,
  needType,
  needWeightType,
  needWeights,
} from '../checks';
import { needIndices, readIndices } from '../constants';
import { type Accumulators, type Kernel, inputTensor, outputTensor, shapeText } from '../kernel';
import { requantizationOfLayer } from '../layer';
import { type Window, placeWindow, windowStart } from '../padding';
import type { Factors, Products } from '../products';
import { centre, requantize } from '../requantize';
import { biasTypes, needWideLayer, productsFor, readBias, toAccumulators } from '../wide';

type TransposeConv = OperatorOf<'TRANSPOSE_CONV'>;
const NAME = 'TRANSPOSE_CONV';

/** The windows lie on the output; their positions are the input's pixels. */
export const transposeWindows = (
  o: TransposeConv['options'],
  y: readonly number[],
  w: readonly number[],
): [Window, Window] => [
  placeWindow(y[1]!, w[1]!, o.strideH, 1, o.padding),
  placeWindow(y[2]!, w[2]!, o.strideW, 1, o.padding),
];

function supports(operator: TransposeConv, network: Network): string | null {
  const w = inputTensor(operator, network, 1)!;
  const x = inputTensor(operator, network, 2)!;
  const y = outputTensor(operator, network);
  const channels = w.shape[0]!;
  return firstComplaint(
    () => needType(NAME, x, ['int8', 'uint8', 'int16', 'float32']),
    () => needWeightType(NAME, x, w),
    () => needSameType(NAME, x, y),
    () => needPerTensor(NAME, x, y) ?? (x.type === 'uint8' ? needPerTensor(NAME, w) : null),
    () => needWeights(NAME, w, channels, 0, x.type !== 'uint8'),
    () => needBias(NAME, inputTensor(operator, network, 3), channels, biasTypes(x, true)),
    () => needWideLayer(operator, network, 3, elementCount(w.shape) / channels),
    () => fitTransposed(operator, network),
  );
}

/** The options are known, and the target shape, w, x and y go together. */
export function fitTransposed(operator: TransposeConv, network: Network): string | null {
  const { options } = operator;
  const target = inputTensor(operator, network, 0)!;
  const w = inputTensor(operator, network, 1)!;
  const x = inputTensor(operator, network, 2)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needRank(NAME, x, 4) ?? needRank(NAME, w, 4) ?? needRank(NAME, y, 4),
    () =>
      options.activation === 'none'
        ? null
        : `${NAME} with the fused activation ${options.activation} is not supported; none is.`,
    () => (target.data ? (needIndices(NAME, 'shapes', target) ?? needShape(NAME, y, readIndices(target))) : null),
    () => {
      const [rows, columns] = transposeWindows(options, y.shape, w.shape);
      const fits = [y.shape[0]!, rows.output, columns.output, w.shape[3]!];
      return fits.every((size, d) => size === x.shape[d]) && y.shape[3] === w.shape[0]
        ? null
        : `${NAME} to ${shapeText(y.shape)} needs an input of ${shapeText(fits)}; it has ${shapeText(x.shape)}.`;
    },
  );
}

function run(
  operator: TransposeConv,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): Accumulators {
  const [w, x, bias, y] = [inputs[1]!, inputs[2]!, inputs[3] ?? null, outputs[0]!];
  const sums = scatter(
    productsFor(x.tensor, bias?.tensor ?? null),
    x.tensor.shape,
    centre(x),
    centre(w),
    readBias(bias),
    y.tensor.shape,
    transposeWindows(operator.options, y.tensor.shape, w.tensor.shape),
  );
  requantize(sums, requantizationOfLayer(operator, inputs, y.tensor, arithmetic), y);
  return toAccumulators(sums);
}

/** For every output pixel and channel, the sum of x w over the input pixels whose window covers it, plus bias. */
export function scatter<F extends Factors, S extends Int32Array | Float64Array>(
  { allocate, add }: Products<F, S>,
  x: readonly number[],
  xs: F,
  ws: F,
  bias: ArrayLike<number> | null,
  output: readonly number[],
  [rows, columns]: readonly [Window, Window],
): S {
  const [batches, height, width, depth] = x as [number, number, number, number];
  const [, outputH, outputW, channels] = output as [number, number, number, number];
  const sums = allocate(batches * outputH * outputW * channels);
  if (bias) for (let i = 0; i < sums.length; i += channels) sums.set(bias, i);
  for (let pixel = 0; pixel < batches * height * width; pixel++) {
    const top = windowStart(rows, Math.floor(pixel / width) % height);
    const left = windowStart(columns, pixel % width);
    const n = Math.floor(pixel / (width * height));
    for (let ky = Math.max(0, -top); ky < rows.taps && top + ky < outputH; ky++) {
      for (let kx = Math.max(0, -left); kx < columns.taps && left + kx < outputW; kx++) {
        const out = ((n * outputH + top + ky) * outputW + left + kx) * channels;
        for (let c = 0; c < channels; c++) {
          const wi = ((c * rows.taps + ky) * columns.taps + kx) * depth;
          sums[out + c] = add(sums[out + c]!, xs, pixel * depth, ws, wi, depth);
        }
      }
    }
  }
  return sums;
}

export const transposeConv: Kernel<'TRANSPOSE_CONV'> = { inputs: [3, 4], supports, run };
