// SLICE and STRIDED_SLICE: any type. In: x; constant begin and size, or begin, end and strides with masks. Out: y.
// Sources: kernels/slice.cc, kernels/strided_slice.cc, internal/strided_slice_logic.h StartForAxis, EndForAxis.
// Ellipsis and new-axis masks are refused, as TFLite Micro does.
import type { Network, OperatorOf, StridedSliceOptions, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { needIndices, readIndices } from '../constants';
import { type Kernel, inputTensor } from '../kernel';
import { evenSteps, move, supportsMoveOfFirst } from '../move';
import { stridesOf } from '../offsets';

/** One dimension's elements: `count` from `start`, `stride` apart; `kept` unless the dimension goes. */
interface Range {
  readonly start: number;
  readonly count: number;
  readonly stride: number;
  readonly kept: boolean;
}

const clamp = (value: number, lowest: number, highest: number): number => Math.min(highest, Math.max(lowest, value));
const hasBit = (mask: number, d: number): boolean => ((mask >> d) & 1) === 1;

function rangesOfSlice(x: readonly number[], [begin, size]: readonly Tensor[]): Range[] {
  const [starts, counts] = [readIndices(begin!), readIndices(size!)];
  return x.map((dimension, d) => {
    const [start, count] = [starts[d]!, counts[d]!];
    return { start, count: count === -1 ? dimension - start : count, stride: 1, kept: true };
  });
}

function rangesOfStridedSlice(x: readonly number[], tensors: readonly Tensor[], o: StridedSliceOptions): Range[] {
  const [begins, ends, strides] = tensors.map(readIndices) as [number[], number[], number[]];
  return x.map((dimension, d) => {
    const stride = strides[d] ?? 1;
    const fromStart = d >= begins.length || hasBit(o.beginMask, d);
    const toEnd = d >= ends.length || hasBit(o.endMask, d);
    const [lowest, highest] = stride > 0 ? [0, dimension] : [-1, dimension - 1];
    const wrap = (at: number): number => clamp(at < 0 ? at + dimension : at, lowest, highest);
    const start = fromStart ? (stride > 0 ? lowest : highest) : wrap(begins[d]!);
    if (hasBit(o.shrinkAxisMask, d)) return { start, count: start < dimension ? 1 : 0, stride: 1, kept: false };
    const end = toEnd ? (stride > 0 ? highest : lowest) : wrap(ends[d]!);
    return { start, count: Math.max(0, Math.ceil((end - start) / stride)), stride, kept: true };
  });
}

/** The tensors after x: their names for sentences. */
const INDICES = { SLICE: ['begins', 'sizes'], STRIDED_SLICE: ['begins', 'ends', 'strides'] } as const;

const rangesOf = (operator: OperatorOf<'SLICE' | 'STRIDED_SLICE'>, x: readonly number[], tensors: readonly Tensor[]) =>
  operator.kind === 'SLICE' ? rangesOfSlice(x, tensors) : rangesOfStridedSlice(x, tensors, operator.options);

function complaintAboutSlice(x: readonly number[], tensors: readonly Tensor[]): string | null {
  return tensors.every((tensor) => readIndices(tensor).length === x.length)
    ? null
    : `SLICE needs one begin and one size for each of ${x.length} dimensions.`;
}

function complaintAboutStridedSlice(x: readonly number[], tensors: readonly Tensor[], o: StridedSliceOptions) {
  const name = 'STRIDED_SLICE';
  if (o.ellipsisMask || o.newAxisMask || o.offset)
    return `${name} with an ellipsis, a new axis or ends counted from the begins is not supported.`;
  const [begins, ends, strides] = tensors.map(readIndices) as [number[], number[], number[]];
  if (begins.length > x.length || ends.length !== begins.length || strides.length !== begins.length)
    return `${name} needs as many begins, ends and strides, at most ${x.length}; it has ${begins.length}, ${ends.length} and ${strides.length}.`;
  if (strides.includes(0)) return `${name} with a stride of 0 cannot be.`;
  if (strides.some((stride, d) => stride < 0 && hasBit(o.shrinkAxisMask, d)))
    return `${name} with a negative stride along a dimension that goes is not supported.`;
  return null;
}

function supports(operator: OperatorOf<'SLICE' | 'STRIDED_SLICE'>, network: Network): string | null {
  const names = INDICES[operator.kind];
  const tensors = names.map((_, i) => inputTensor(operator, network, i + 1)!);
  return supportsMoveOfFirst(operator, network, (x) => {
    const complaint =
      names.reduce<string | null>((found, what, i) => found ?? needIndices(operator.name, what, tensors[i]!), null) ??
      (operator.kind === 'SLICE'
        ? complaintAboutSlice(x, tensors)
        : complaintAboutStridedSlice(x, tensors, operator.options));
    if (complaint) return complaint;
    const ranges = rangesOf(operator, x, tensors);
    const inside = (at: number, d: number): boolean => at >= 0 && at < x[d]!;
    const outside = ranges.findIndex(
      ({ start, count, stride }, d) => count < 1 || !inside(start, d) || !inside(start + (count - 1) * stride, d),
    );
    if (outside >= 0) return `${operator.name} takes nothing, or elements outside, of dimension ${outside}.`;
    return ranges.filter(({ kept }) => kept).map(({ count }) => count);
  });
}

function run(
  operator: OperatorOf<'SLICE' | 'STRIDED_SLICE'>,
  [x, ...indices]: readonly (TensorValue | null)[],
  [y]: readonly TensorValue[],
): null {
  const { shape } = x!.tensor;
  const strides = stridesOf(shape);
  const ranges = rangesOf(operator, shape, indices.map((value) => value!.tensor)); // prettier-ignore
  move(x!.data, y!.data, ranges.map(({ start, count, stride }, d) => evenSteps(count, stride * strides[d]!, start * strides[d]!))); // prettier-ignore
  return null;
}

export const slice: Kernel<'SLICE'> = { inputs: [3, 3], supports, run };
export const stridedSlice: Kernel<'STRIDED_SLICE'> = { inputs: [4, 4], supports, run };
