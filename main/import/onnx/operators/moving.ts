// What only moves numbers: Concat, Split, Slice, Gather, Pad, Flatten, Reshape, Squeeze, Unsqueeze, Transpose, Identity,
// Dropout. Source: onnx/docs/Operators.md.
import { type ElementType, elementCount } from '../../../network/network';
import { IMAGE, type Order, type Value, asIs, sameOrder } from '../conversion';
import type { Recipe, Step } from '../step';

/** All parts in the order that the first activation not as the graph has it is held in. */
export const concat: Recipe = (step) => {
  const parts = step.node.inputs.map((_, slot) => step.input(slot));
  const first = parts[0] ?? step.refuse('onnx-operator-inputs', 'has no inputs');
  const rank = first.shape.length;
  const axis = step.axis(step.int('axis', 1), rank);
  const bad = parts.find(
    ({ shape, type }) =>
      type !== first.type || shape.length !== rank || shape.some((size, d) => d !== axis && size !== first.shape[d]),
  );
  if (bad)
    step.refuse(
      'onnx-shape',
      `cannot join [${first.shape.join(', ')}] and [${bad.shape.join(', ')}] along axis ${axis}`,
    );
  if (parts.length === 1) return step.define(first);
  const order = parts.map((part) => step.held(part).order).find((one) => !sameOrder(one, asIs(rank))) ?? asIs(rank);
  const shape = first.shape.with(
    axis,
    parts.reduce((sum, part) => sum + part.shape[axis]!, 0),
  );
  const tensors = parts.map((part) => step.arrange(part, order));
  const options = { axis: order.indexOf(axis), activation: 'none' } as const;
  step.give(
    step.emit(
      'CONCATENATION',
      tensors,
      order.map((d) => shape[d]!),
      options,
      first.type,
    ),
    shape,
    order,
  );
};

/** Sizes are an attribute up to opset 12, then an input; none means equal parts (of num_outputs, the last the smaller). */
export const split: Recipe = (step) => {
  const x = step.input(0);
  const axis = step.axis(step.int('axis', 0), x.shape.length);
  const count = step.node.outputs.length;
  const size = x.shape[axis]!;
  const part = Math.ceil(size / count);
  const equal = Array.from({ length: count }, (_, i) => Math.min(part, size - i * part));
  const sizes = (step.opset < 13 ? step.ints('split') : step.wholes(1, 'sizes')) ?? equal;
  if (sizes.length !== count || sizes.some((n) => n < 1) || sizes.reduce((a, b) => a + b, 0) !== size)
    step.refuse('onnx-shape', `cannot split ${size} into [${sizes.join(', ')}]`);
  const { tensor, order } = step.held(x);
  const shapes = sizes.map((n) => x.shape.with(axis, n));
  const held = shapes.map((shape) => order.map((d) => shape[d]!));
  const at = order.indexOf(axis);
  const inputs = [tensor, step.indices(sizes), step.indices([at], [])];
  step.emitAll('SPLIT_V', inputs, held, {}, x.type).forEach((y, slot) => step.give(y, shapes[slot]!, order, slot));
};

export interface Cut {
  readonly start: number;
  readonly count: number;
  readonly stride: number;
}

/** Which elements of each dimension a Slice takes: attributes up to opset 9, then inputs. */
export function cutsOf(step: Step, shape: readonly number[]): Cut[] {
  const isOld = step.opset < 10;
  const list = (name: 'starts' | 'ends' | 'axes' | 'steps', slot: number) =>
    isOld ? step.ints(name) : step.wholes(slot, name);
  const starts = list('starts', 1) ?? step.refuse('onnx-operator-inputs', 'lacks its starts');
  const ends = list('ends', 2) ?? step.refuse('onnx-operator-inputs', 'lacks its ends');
  const axes = list('axes', 3) ?? starts.map((_, i) => i);
  const strides = (isOld ? null : list('steps', 4)) ?? starts.map(() => 1);
  if ([ends, axes, strides].some(({ length }) => length !== starts.length))
    step.refuse('onnx-shape', 'needs as many ends, axes and steps as starts');
  const cuts: Cut[] = shape.map((count) => ({ start: 0, count, stride: 1 }));
  starts.forEach((start, i) => {
    const axis = step.axis(axes[i]!, shape.length);
    const [size, stride] = [shape[axis]!, strides[i]!];
    if (stride === 0) step.refuse('onnx-attribute', 'has a step of 0');
    const clamp = (at: number): number => {
      const from = at < 0 ? at + size : at;
      return stride > 0 ? Math.min(Math.max(from, 0), size) : Math.min(Math.max(from, -1), size - 1);
    };
    const first = stride > 0 ? clamp(start) : Math.max(0, clamp(start));
    const count = Math.max(0, Math.ceil((clamp(ends[i]!) - first) / stride));
    cuts[axis] = { start: first, count, stride };
  });
  return cuts;
}

export const slice: Recipe = (step) => {
  const x = step.input(0);
  const cuts = cutsOf(step, x.shape);
  if (cuts.some(({ count }) => count < 1)) step.refuse('onnx-shape', `takes nothing of [${x.shape.join(', ')}]`);
  const { tensor, order } = step.held(x);
  const held = order.map((d) => cuts[d]!);
  const shape = cuts.map(({ count }) => count);
  const to = held.map(({ count }) => count);
  const begins = step.indices(held.map(({ start }) => start));
  if (cuts.every(({ stride }) => stride === 1))
    return step.give(step.emit('SLICE', [tensor, begins, step.indices(to)], to, {}, x.type), shape, order);
  const last = held.map(({ start, count, stride }) => start + (count - 1) * stride + Math.sign(stride));
  const endMask = last.reduce((mask, end, d) => (end < 0 ? mask | (1 << d) : mask), 0); // -1 would mean the last element
  const inputs = [
    tensor,
    begins,
    step.indices(last.map((end) => Math.max(0, end))),
    step.indices(held.map(({ stride }) => stride)),
  ];
  const options = { beginMask: 0, endMask, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0, offset: false };
  step.give(step.emit('STRIDED_SLICE', inputs, to, options, x.type), shape, order);
};

/** By constant indices, negative ones counted from the end. */
export const gather: Recipe = (step) => {
  const x = step.input(0);
  const axis = step.axis(step.int('axis', 0), x.shape.length);
  const indices = step.constant(1, 'indices');
  const size = x.shape[axis]!;
  const chosen = (step.wholes(1, 'indices') ?? []).map((at) => (at < 0 ? at + size : at));
  const wrong = chosen.find((at) => !(at >= 0 && at < size));
  if (wrong !== undefined) step.refuse('onnx-shape', `takes element ${wrong} of ${size}`);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const inputs = [step.arrange(x), step.indices(chosen, indices.shape)];
  step.give(step.emit('GATHER', inputs, shape, { axis, batchDims: 0 }, x.type), shape);
};

/** Amounts are an attribute up to opset 10, then an input; from opset 18 on they may be of some axes only. */
export const pad: Recipe = (step) => {
  const x = step.input(0);
  const rank = x.shape.length;
  const given = (step.opset < 11 ? step.ints('pads') : step.wholes(1, 'pads')) ?? [];
  const named = (step.opset < 18 ? null : step.wholes(3, 'axes')) ?? asIs(rank);
  const axes = named.map((axis) => step.axis(axis, rank));
  if (given.length !== 2 * axes.length) step.refuse('onnx-shape', `has ${given.length} pads for ${axes.length} axes`);
  const amounts = x.shape.map((_, d): [number, number] => {
    const at = axes.indexOf(d);
    return at < 0 ? [0, 0] : [given[at]!, given[at + axes.length]!];
  });
  if (amounts.flat().some((amount) => amount < 0))
    step.refuse('onnx-not-supported', 'has negative pads, which are not supported');
  const { tensor, order } = step.held(x);
  const shape = x.shape.map((size, d) => amounts[d]![0] + size + amounts[d]![1]);
  step.give(
    emitPad(
      step,
      tensor,
      order.map((d) => amounts[d]!),
      x,
    ),
    shape,
    order,
  );
};

type Amounts = readonly (readonly [before: number, after: number])[];

/** Amounts along the dimensions of the tensor. */
function emitPad(step: Step, tensor: number, amounts: Amounts, { type }: Value): number {
  const mode = step.text('mode', 'constant');
  const { shape } = step.conversion.builder.tensor(tensor);
  const to = amounts.map(([before, after], d) => before + shape[d]! + after);
  const paddings = (): number => step.indices(amounts.flat(), [amounts.length, 2]);
  if (mode === 'reflect') return step.emit('MIRROR_PAD', [tensor, paddings()], to, { mode }, type);
  if (mode === 'edge' && amounts.flat().every((amount) => amount <= 1))
    return step.emit('MIRROR_PAD', [tensor, paddings()], to, { mode: 'symmetric' }, type); // the outermost, once more
  if (mode === 'edge') return repeatEdges(step, tensor, amounts, type);
  if (mode !== 'constant')
    step.refuse('onnx-not-supported', `has the mode ${mode}; constant, reflect and edge are supported`);
  const fill = step.opset < 11 ? step.float('value', 0) : (step.numbers(2, 'value')?.[0] ?? 0);
  if (fill === 0) return step.emit('PAD', [tensor, paddings()], to, {}, type);
  if (type !== 'float32') step.refuse('onnx-type', `pads ${type} with ${fill}; float32 is supported`);
  return step.emit('PADV2', [tensor, paddings(), step.made('fill', 'float32', [], [fill])], to, {}, type);
}

/** The outermost elements several times over: a GATHER along each dimension. */
function repeatEdges(step: Step, tensor: number, amounts: Amounts, type: ElementType): number {
  step.note('Edges that are repeated several times are chosen by GATHER');
  return amounts.reduce((from, [before, after], axis) => {
    if (before + after === 0) return from;
    const { shape } = step.conversion.builder.tensor(from);
    const size = shape[axis]!;
    const chosen = Array.from({ length: before + size + after }, (_, i) => Math.min(Math.max(i - before, 0), size - 1));
    return step.emit(
      'GATHER',
      [from, step.indices(chosen)],
      shape.with(axis, chosen.length),
      { axis, batchDims: 0 },
      type,
    );
  }, tensor);
}

// ---- other shapes

/** The same numbers under another shape; of an image, in the graph's order. */
function reshapeTo(step: Step, x: Value, shape: readonly number[]): void {
  if (elementCount(shape) !== elementCount(x.shape))
    step.refuse('onnx-shape', `cannot bring [${x.shape.join(', ')}] to [${shape.join(', ')}]`);
  if (x.tensor !== null && isFlattened(x, shape))
    return step.define({ ...x, name: step.node.outputs[0] ?? '', shape, order: asIs(2), tensor: null, image: x });
  const y = step.emit('RESHAPE', [step.conversion.packed(x, step.node)], shape, { newShape: shape }, x.type);
  step.give(y, shape);
}

/** An image, held NHWC, as one row each: layers can take the numbers as they lie. */
const isFlattened = (x: Value, shape: readonly number[]): boolean =>
  sameOrder(x.order, IMAGE) &&
  shape.length === 2 &&
  shape[0] === x.shape[0] &&
  x.shape[1]! > 1 &&
  x.shape[2]! * x.shape[3]! > 1;

export const flatten: Recipe = (step) => {
  const x = step.input(0);
  const rank = x.shape.length;
  const given = step.int('axis', 1);
  const axis = given === rank ? rank : step.axis(given, rank);
  reshapeTo(step, x, [elementCount(x.shape.slice(0, axis)), elementCount(x.shape.slice(axis))]);
};

/** 0 keeps a dimension, -1 is what is left. */
export function wantedShape(step: Step, from: readonly number[], wanted: readonly number[]): number[] {
  const keep = step.int('allowzero', 0) === 0;
  const shape = wanted.map((size, d) => (size === 0 && keep ? (from[d] ?? 0) : size));
  const open = shape.indexOf(-1);
  if (open < 0) return shape;
  const rest = elementCount(from) / elementCount(shape.toSpliced(open, 1));
  if (!Number.isSafeInteger(rest))
    step.refuse('onnx-shape', `cannot bring [${from.join(', ')}] to [${wanted.join(', ')}]`);
  return shape.with(open, rest);
}

export const reshape: Recipe = (step) => {
  const x = step.input(0);
  reshapeTo(
    step,
    x,
    wantedShape(step, x.shape, step.wholes(1, 'shape') ?? step.refuse('onnx-operator-inputs', 'lacks its shape')),
  );
};

/** Axes are an attribute up to opset 12, then an input. */
const axesOf = (step: Step): readonly number[] | null => (step.opset < 13 ? step.ints('axes') : step.wholes(1, 'axes'));

export function squeezedShape(step: Step, from: readonly number[]): number[] {
  const axes =
    axesOf(step)?.map((axis) => step.axis(axis, from.length)) ?? asIs(from.length).filter((d) => from[d] === 1);
  if (axes.some((d) => from[d] !== 1))
    step.refuse('onnx-shape', `drops a dimension of [${from.join(', ')}] that is not 1`);
  return from.filter((_, d) => !axes.includes(d));
}

export function unsqueezedShape(step: Step, from: readonly number[]): number[] {
  const given = axesOf(step) ?? step.refuse('onnx-operator-inputs', 'lacks its axes');
  const rank = from.length + given.length;
  const axes = new Set(given.map((axis) => step.axis(axis, rank)));
  if (axes.size !== given.length) step.refuse('onnx-axis', `names an axis twice: [${given.join(', ')}]`);
  const rest = [...from];
  return Array.from({ length: rank }, (_, d) => (axes.has(d) ? 1 : rest.shift()!));
}

export const squeeze: Recipe = (step) => reshapeTo(step, step.input(0), squeezedShape(step, step.input(0).shape));
export const unsqueeze: Recipe = (step) => reshapeTo(step, step.input(0), unsqueezedShape(step, step.input(0).shape));

export function permutationOf(step: Step, rank: number): Order {
  const order = step.ints('perm') ?? asIs(rank).toReversed();
  if (
    !sameOrder(
      [...order].sort((a, b) => a - b),
      asIs(rank),
    )
  )
    step.refuse('onnx-attribute', `has perm [${order.join(', ')}] for ${rank} dimensions`);
  return order;
}

/** Nothing is moved: the same tensor stands for a value whose dimensions have other places. */
export const transpose: Recipe = (step) => {
  const x = step.input(0);
  const order = permutationOf(step, x.shape.length);
  const { tensor, order: held } = step.held(x);
  step.note('A transposition needs no operator of its own: what follows reads the dimensions in their new places');
  step.give(
    tensor,
    order.map((d) => x.shape[d]!),
    held.map((d) => order.indexOf(d)),
  );
};

/** Identity, and Dropout, which does nothing but in training. */
export const identity: Recipe = (step) => {
  step.leaveOut(1, 'the mask of a dropout');
  step.define(step.input(0));
};
