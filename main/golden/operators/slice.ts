// SLICE and STRIDED_SLICE: any type. In: x; constant begin and size, or begin, end and strides with masks. Out: y.
// Sources: kernels/slice.cc, kernels/strided_slice.cc, internal/strided_slice_logic.h StartForAxis, EndForAxis.
import type { Network, OperatorOf, StridedSliceOptions, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { needIndices, readIndices } from '../constants';
import { type Kernel, inputTensor } from '../kernel';
import { evenSteps, move, supportsMoveOfFirst } from '../move';
import { stridesOf } from '../../tensor/offsets';

/** One dimension's elements: `count` from `start`, `stride` apart; `kept` unless the dimension goes. */
interface Range {
  readonly start: number;
  readonly count: number;
  readonly stride: number;
  readonly kept: boolean;
  readonly isNew?: boolean; // a dimension of 1 that x does not have
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

interface Aligned {
  readonly at: number | null;
  readonly isNew: boolean;
}

/**
 * Which index of begins, ends and strides speaks of each dimension (null: taken whole), with the new dimensions of 1 among
 * them; a sentence where they do not fit. An ellipsis stands for all dimensions that no other index speaks of.
 */
function alignIndices(rank: number, count: number, o: StridedSliceOptions): string | Aligned[] {
  const isEllipsis = (at: number): boolean => hasBit(o.ellipsisMask, at);
  const isNew = (at: number): boolean => hasBit(o.newAxisMask, at) && !isEllipsis(at);
  const indices = Array.from({ length: count }, (_, at) => at);
  const ellipses = indices.filter(isEllipsis).length;
  const rest = rank - indices.filter((at) => !isNew(at) && !isEllipsis(at)).length; // dimensions without an index
  if (rest < 0) return `STRIDED_SLICE has indices for ${rank - rest} dimensions; its input has ${rank}.`;
  if (ellipses > Math.min(1, rest))
    return `STRIDED_SLICE needs at most one ellipsis, for at least one dimension; it has ${ellipses}, for ${rest}.`;
  const whole = new Array<Aligned>(Math.max(0, rest)).fill({ at: null, isNew: false });
  const aligned = indices.flatMap<Aligned>((at) => (isEllipsis(at) ? whole : [{ at, isNew: isNew(at) }]));
  return ellipses > 0 ? aligned : [...aligned, ...whole];
}

function rangesOfStridedSlice(x: readonly number[], tensors: readonly Tensor[], o: StridedSliceOptions): Range[] {
  const [begins, ends, strides] = tensors.map(readIndices) as [number[], number[], number[]];
  const aligned = alignIndices(x.length, begins.length, o);
  if (typeof aligned === 'string') throw new Error(`${aligned} (passed the support check)`);
  let d = 0;
  return aligned.map(({ at, isNew }) => {
    if (isNew) return { start: 0, count: 1, stride: 1, kept: true, isNew };
    const dimension = x[d++]!;
    if (at === null) return { start: 0, count: dimension, stride: 1, kept: true };
    const stride = strides[at]!;
    const [lowest, highest] = stride > 0 ? [0, dimension] : [-1, dimension - 1];
    const wrap = (place: number): number => clamp(place < 0 ? place + dimension : place, lowest, highest);
    const start = hasBit(o.beginMask, at) ? (stride > 0 ? lowest : highest) : wrap(begins[at]!);
    if (hasBit(o.shrinkAxisMask, at)) return { start, count: start < dimension ? 1 : 0, stride: 1, kept: false };
    const end = hasBit(o.endMask, at) ? (stride > 0 ? highest : lowest) : wrap(ends[at]!);
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
  if (o.offset) return `${name} with ends counted from the begins is not supported.`;
  const [begins, ends, strides] = tensors.map(readIndices) as [number[], number[], number[]];
  if (ends.length !== begins.length || strides.length !== begins.length)
    return `${name} needs as many begins as ends and strides; it has ${begins.length}, ${ends.length} and ${strides.length}.`;
  const aligned = alignIndices(x.length, begins.length, o);
  if (typeof aligned === 'string') return aligned;
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
    const outside = ranges
      .filter(({ isNew }) => !isNew)
      .findIndex(
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
  const ranges = rangesOf(
    operator,
    shape,
    indices.map((value) => value!.tensor),
  );
  let d = 0;
  const steps = ranges.map(({ start, count, stride, isNew }) => {
    if (isNew) return [0];
    const step = strides[d++]!;
    return evenSteps(count, stride * step, start * step);
  });
  move(x!.data, y!.data, steps);
  return null;
}

export const slice: Kernel<'SLICE'> = { inputs: [3, 3], supports, run };
export const stridedSlice: Kernel<'STRIDED_SLICE'> = { inputs: [4, 4], supports, run };
