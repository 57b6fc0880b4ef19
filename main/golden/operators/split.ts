// SPLIT into equal parts, SPLIT_V into parts of given lengths, UNPACK into parts of one index each: any type.
// In: x, a constant axis (UNPACK's is an option), SPLIT_V's constant lengths. Out: one y a part.
// Sources: kernels/split.cc, kernels/split_v.cc, kernels/unpack.cc.
import type { Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { needCount } from '../checks';
import { dimensionOf, needIndices, readIndices } from '../constants';
import { type Kernel, inputTensor } from '../kernel';
import { evenSteps, move, supportsMove } from '../move';
import { stridesOf } from '../../tensor/offsets';

type Split = OperatorOf<'SPLIT' | 'SPLIT_V' | 'UNPACK'>;

/** Which input slot holds what. */
const SLOTS = {
  SPLIT: { x: 1, axis: 0, lengths: null },
  SPLIT_V: { x: 0, axis: 2, lengths: 1 },
  UNPACK: { x: 0, axis: null, lengths: null },
} as const;

/** Where and how long the parts are; a sentence where that does not fit x. */
function partsOf(operator: Split, x: Tensor, axisTensor: Tensor | null, lengthsTensor: Tensor | null) {
  const { name } = operator;
  const given = operator.kind === 'UNPACK' ? operator.options.axis : readIndices(axisTensor!)[0]!;
  const axis = dimensionOf(given, x.shape.length);
  if (axis === null) return `${name} along axis ${given} does not fit ${x.shape.length} dimensions.`;
  const whole = x.shape[axis]!;
  const count = operator.outputs.length;
  const lengths = lengthsTensor
    ? readIndices(lengthsTensor)
    : new Array<number>(count).fill(operator.kind === 'UNPACK' ? 1 : whole / count);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const rest = lengths.indexOf(-1); // what the others leave
  if (rest >= 0) lengths[rest] = whole - sum(lengths) - 1;
  const countable = lengths.every((length) => Number.isInteger(length) && length > 0);
  if (lengths.length !== count || sum(lengths) !== whole || !countable)
    return `${name} cannot cut dimension ${axis} of tensor ${x.index}, ${whole} long, into ${count} such parts.`;
  return { axis, lengths };
}

function supports(operator: Split, network: Network): string | null {
  const { name } = operator;
  const slots = SLOTS[operator.kind];
  const x = inputTensor(operator, network, slots.x)!;
  const axis = slots.axis === null ? null : inputTensor(operator, network, slots.axis)!;
  const lengths = slots.lengths === null ? null : inputTensor(operator, network, slots.lengths)!;
  return supportsMove(operator, network, x, () => {
    const complaint =
      (axis && (needIndices(name, 'axes', axis) ?? needCount(name, axis, 1))) ??
      (lengths && needIndices(name, 'lengths', lengths));
    if (complaint) return complaint;
    const parts = partsOf(operator, x, axis, lengths);
    if (typeof parts === 'string') return parts;
    return parts.lengths.map((length) =>
      operator.kind === 'UNPACK' ? x.shape.toSpliced(parts.axis, 1) : x.shape.with(parts.axis, length),
    );
  });
}

function run(operator: Split, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const slots = SLOTS[operator.kind];
  const x = inputs[slots.x]!;
  const tensorIn = (slot: number | null): Tensor | null => (slot === null ? null : inputs[slot]!.tensor);
  const parts = partsOf(operator, x.tensor, tensorIn(slots.axis), tensorIn(slots.lengths));
  if (typeof parts === 'string') throw new Error(`${parts} (passed the support check)`);
  const { shape } = x.tensor;
  const strides = stridesOf(shape);
  let start = 0;
  parts.lengths.forEach((length, part) => {
    const steps = shape.map((dimension, d) =>
      d === parts.axis ? evenSteps(length, strides[d]!, start * strides[d]!) : evenSteps(dimension, strides[d]!),
    );
    move(x.data, outputs[part]!.data, steps);
    start += length;
  });
  return null;
}

export const split: Kernel<'SPLIT'> = { inputs: [2, 2], severalOutputs: true, supports, run };
export const splitV: Kernel<'SPLIT_V'> = { inputs: [3, 3], severalOutputs: true, supports, run };
export const unpack: Kernel<'UNPACK'> = { inputs: [1, 1], severalOutputs: true, supports, run };
