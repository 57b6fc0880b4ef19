// FULLY_CONNECTED, int8 and int16 (weights int8, or int4 under int8, per tensor or per channel) and uint8 (per tensor).
// In: x of B x K elements in any shape, w [O, K], bias [O] int32 (int16: int64 or int32) or none.
// Out: y of B x O elements, accumulators alike. (TFLite of 2025 rescales sums of int16 in double; TFLite Micro as here.)
// Sources: reference/integer_ops/fully_connected.h, reference/fully_connected.h (uint8), kernels/fully_connected.cc Prepare.
import type { Arithmetic } from '../../network/arithmetic';
import { type Network, type OperatorOf, elementCount } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { refuseActivation } from '../activation';
import {
  firstComplaint,
  needBias,
  needCount,
  needPerTensor,
  needRank,
  needSameType,
  needType,
  needWeightType,
  needWeights,
} from '../checks';
import { type Accumulators, type Kernel, inputTensor, outputTensor } from '../kernel';
import { requantizationOfLayer } from '../layer';
import type { Factors, Products } from '../products';
import { centre, requantize } from '../requantize';
import { type Sums, biasTypes, needWideLayer, productsFor, readBias, toAccumulators } from '../wide';

type FullyConnected = OperatorOf<'FULLY_CONNECTED'>;
const NAME = 'FULLY_CONNECTED';

function supports(operator: FullyConnected, network: Network): string | null {
  const x = inputTensor(operator, network, 0)!;
  const w = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  const channels = w.shape[0]!;
  return firstComplaint(
    () => needType(NAME, x, ['int8', 'uint8', 'int16', 'float32']),
    () => needWeightType(NAME, x, w, true),
    () => needSameType(NAME, x, y),
    () => needRank(NAME, w, 2),
    () => needPerTensor(NAME, x, y) ?? (x.type === 'uint8' ? needPerTensor(NAME, w) : null),
    // Per-tensor weights of old files may have a zero point; per-channel ones are symmetric.
    () => needWeights(NAME, w, channels, 0, (w.quantization?.scale.length ?? 1) > 1),
    () => needBias(NAME, inputTensor(operator, network, 2), channels, biasTypes(x, true)),
    () => needWideLayer(operator, network, 2, w.shape[1]!),
    () => fitRows(operator, network),
  );
}

/** The options are known, and x, w [O, K] and y go together. */
export function fitRows(operator: FullyConnected, network: Network): string | null {
  const { options } = operator;
  const x = inputTensor(operator, network, 0)!;
  const w = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  const [channels, depth] = w.shape as [number, number];
  return firstComplaint(
    () => (options.shuffledWeights ? `${NAME} with shuffled weights is not supported; plain [O, K] is.` : null),
    () => refuseActivation(NAME, options.activation),
    () =>
      elementCount(x.shape) % depth === 0
        ? needCount(NAME, y, (elementCount(x.shape) / depth) * channels)
        : `${NAME} needs rows of ${depth} values; tensor ${x.index} has ${elementCount(x.shape)}.`,
  );
}

function run(
  operator: FullyConnected,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): Accumulators {
  const [x, w, bias] = [inputs[0]!, inputs[1]!, inputs[2] ?? null];
  const y = outputs[0]!;
  const sums = accumulate(x, w, bias);
  requantize(sums, requantizationOfLayer(operator, inputs, y.tensor, arithmetic), y);
  return toAccumulators(sums);
}

/** Sum over k of (x[b, k] - zX)(w[o, k] - zW), plus bias. */
const accumulate = (x: TensorValue, w: TensorValue, bias: TensorValue | null): Sums =>
  sumRows(productsFor(x.tensor, bias?.tensor ?? null), centre(x), centre(w), w.tensor.shape[1]!, readBias(bias));

/** For every row of x and every row of w, both `depth` long, the sum of their products, plus the bias of w's row. */
export function sumRows<F extends Factors, S extends Int32Array | Float64Array>(
  { allocate, add }: Products<F, S>,
  xs: F,
  ws: F,
  depth: number,
  bias: ArrayLike<number> | null,
): S {
  const [batches, channels] = [xs.length / depth, ws.length / depth];
  const sums = allocate(batches * channels);
  for (let b = 0, out = 0; b < batches; b++)
    for (let c = 0; c < channels; c++)
      sums[out++] = add(bias === null ? 0 : bias[c]!, xs, b * depth, ws, c * depth, depth);
  return sums;
}

export const fullyConnected: Kernel<'FULLY_CONNECTED'> = { inputs: [2, 3], supports, run };
