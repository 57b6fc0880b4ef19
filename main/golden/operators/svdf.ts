// SVDF: a layer whose neurons see the last steps through two thin filters. int8, with a memory of int16 (or int8) kept in a
// variable tensor. In: x [B, I], feature weights [F, I] and time weights [F, M] (F = units x rank), bias [U] int32 or none,
// memory [B, F x M], per tensor quantised. Out: y [B, U] and the new memory, shifted to make room for the next step.
// TFLite applies no fused activation here but the int8 range. TFLite Micro shifts the memory before a step, not after it:
// the outputs are the same, the memory it leaves is one place to the right.
// Sources: reference/svdf.h EvalIntegerSVDF, kernels/svdf.cc Prepare (products of scales in float32).
import type { ElementType, Network, OperatorOf, Tensor } from '../../network/network';
import type { IntegerArray, TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { firstComplaint, needBias, needPerTensor, needRank, needSameType, needShape, needType } from '../checks';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, quantizeMultiplier } from '../fixedPoint';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { INTEGER_PRODUCTS } from '../products';
import { centre } from '../requantize';
import { needVariable } from '../variables';

type Svdf = OperatorOf<'SVDF'>;
const NAME = 'SVDF';
const { fround } = Math;

/** Shapes and memory, whatever the types; `biases` are the bias's. */
export function fitSvdf(operator: Svdf, network: Network, biases: readonly ElementType[]): string | null {
  const [x, wf, wt] = [0, 1, 2].map((slot) => inputTensor(operator, network, slot)!) as [Tensor, Tensor, Tensor];
  const bias = inputTensor(operator, network, 3);
  const memory = inputTensor(operator, network, 4);
  const y = outputTensor(operator, network);
  const { rank } = operator.options;
  const [filters, steps] = wt.shape as [number, number];
  return firstComplaint(
    () =>
      needRank(NAME, x, 2) ?? needRank(NAME, wf, 2) ?? needRank(NAME, wt, 2) ?? needVariable(NAME, 'memory', memory),
    () => (filters % rank === 0 ? null : `${NAME} of rank ${rank} cannot share ${filters} filters among its units.`),
    () => needShape(NAME, wf, [filters, x.shape[1]!]) ?? needShape(NAME, memory!, [x.shape[0]!, filters * steps]),
    () => needShape(NAME, y, [x.shape[0]!, filters / rank]) ?? needBias(NAME, bias, filters / rank, biases),
  );
}

function supports(operator: Svdf, network: Network): string | null {
  const [x, wf, wt] = [0, 1, 2].map((slot) => inputTensor(operator, network, slot)!) as [Tensor, Tensor, Tensor];
  const memory = inputTensor(operator, network, 4);
  const y = outputTensor(operator, network);
  const { activation } = operator.options;
  return firstComplaint(
    () => needType(NAME, x, ['int8']) ?? needSameType(NAME, x, y) ?? needSameType(NAME, x, wf),
    () => fitSvdf(operator, network, ['int32']),
    () =>
      wt.type === memory!.type && ['int8', 'int16'].includes(wt.type)
        ? null
        : `${NAME} needs time weights and a memory of one type, int8 or int16; theirs are ${wt.type} and ${memory!.type}.`,
    () => needPerTensor(NAME, x, wf, wt, memory!, y),
    () =>
      zeroPointOf(wf) === 0 && zeroPointOf(wt) === 0 && (memory!.type === 'int8' || zeroPointOf(memory!) === 0)
        ? null
        : `${NAME} needs weights, and a memory of int16, with zero points of 0.`,
    () =>
      activation === 'none' || activation === 'relu'
        ? null
        : `${NAME} with the fused activation ${activation} is not supported; none and relu are.`,
  );
}

function run({ options }: Svdf, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const [wt, bias, memory] = [inputs[2]!, inputs[3] ?? null, inputs[4]!];
  const [y, next] = [outputs[0]!, outputs[1]!];
  const [filters, steps] = wt.tensor.shape as [number, number];
  const { toOutput } = svdfRatios(inputs, y.tensor);
  const state = remember(inputs, y.tensor);

  const units = filters / options.rank;
  const centred = centre({ tensor: memory.tensor, data: state });
  const times = centre(wt);
  const out = integers(y);
  for (let i = 0; i < out.length; i++) {
    // filters of a unit lie side by side: so do their steps, in the memory and in the weights
    const [from, weights] = [i * options.rank * steps, (i % units) * options.rank * steps];
    const start = bias === null ? 0 : Number(bias.data[i % units]);
    const sum = INTEGER_PRODUCTS.add(start, centred, from, times, weights, options.rank * steps);
    out[i] = finish(sum, toOutput, y.tensor);
  }
  shiftMemory(state, steps, integers(next));
  return null;
}

/** What features are multiplied by on their way to the memory, and sums over time on theirs to the output. */
export function svdfRatios(
  inputs: readonly (TensorValue | null)[],
  y: Tensor,
): Readonly<Record<'toMemory' | 'toOutput', FixedMultiplier>> {
  const [x, wf, wt, memory] = [inputs[0]!.tensor, inputs[1]!.tensor, inputs[2]!.tensor, inputs[4]!.tensor];
  return { toMemory: ratio(x, wf, memory), toOutput: ratio(memory, wt, y) };
}

/** A copy of the memory with the newest step of every filter, its features of x, in the last place. */
export function remember(inputs: readonly (TensorValue | null)[], y: Tensor): IntegerArray {
  const [x, wf, wt, memory] = [inputs[0]!, inputs[1]!, inputs[2]!, inputs[4]!];
  const [filters, steps] = wt.tensor.shape as [number, number];
  const { toMemory } = svdfRatios(inputs, y);
  const state = integers(memory).slice();
  for (let place = 0; place * steps < state.length; place++) {
    const sum = featureOf(x, wf, Math.floor(place / filters), place % filters);
    state[place * steps + steps - 1] = finish(sum, toMemory, memory.tensor);
  }
  return state;
}

/** The products of one sequence's x and a filter's weights. */
export function featureOf(x: TensorValue, wf: TensorValue, batch: number, filter: number): number {
  const depth = wf.tensor.shape[1]!;
  const row = (value: TensorValue, at: number): TensorValue => ({
    tensor: value.tensor,
    data: integers(value).subarray(at * depth, (at + 1) * depth),
  });
  return INTEGER_PRODUCTS.add(0, centre(row(x, batch)), 0, centre(row(wf, filter)), 0, depth);
}

/** Every filter's memory one step to the left; the freed place is 0, as TFLite leaves it. */
export function shiftMemory(state: ArrayLike<number>, steps: number, next: { [index: number]: number }): void {
  for (let i = 0; i < state.length; i++) next[i] = i % steps === steps - 1 ? 0 : state[i + 1]!;
}

const ratio = (a: Tensor, w: Tensor, to: Tensor): FixedMultiplier =>
  quantizeMultiplier(fround(fround(scaleOf(a) * scaleOf(w)) / scaleOf(to)));

function finish(sum: number, { multiplier, shift: bits }: FixedMultiplier, to: Tensor): number {
  const [lowest, highest] = INTEGER_RANGE[to.type]!;
  const value = multiplyByQuantizedMultiplier(sum, multiplier, bits) + zeroPointOf(to);
  return value < lowest ? lowest : value > highest ? highest : value;
}

export const svdf: Kernel<'SVDF'> = { inputs: [3, 5], variables: true, supports, run };
