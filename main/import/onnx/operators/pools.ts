// Pools and means: MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool, ReduceMean. Source: onnx/docs/Operators.md.
import { IMAGE } from '../conversion';
import type { Recipe, Step } from '../step';
import { type Axis, fitsSame, fitsValid, padFor, padImage, windowsOf } from '../window';
import { imageShape } from './layers';

const LOWEST = -3.4028234663852886e38; // of float32: never the largest of a window

function poolOptions([rows, columns]: readonly [Axis, Axis], padding: 'same' | 'valid') {
  return {
    padding,
    strideH: rows.stride,
    strideW: columns.stride,
    filterH: rows.taps,
    filterW: columns.taps,
    activation: 'none',
  } as const;
}

function poolWindows(step: Step, shape: readonly number[]): [Axis, Axis] {
  const axes = windowsOf(step, shape);
  if (axes.some((axis) => axis.dilation !== 1)) step.refuse('onnx-not-supported', 'is dilated, which is not supported');
  return axes;
}

export const maxPool: Recipe = (step) => {
  step.leaveOut(1, 'the places of the largest values');
  const x = step.image(0);
  const axes = poolWindows(step, x.shape);
  const shape = [x.shape[0]!, x.shape[1]!, axes[0].output, axes[1].output];
  const { x: image, padding } = padFor(step, step.arrange(x, IMAGE), axes, LOWEST);
  step.give(step.emit('MAX_POOL_2D', [image], imageShape(shape), poolOptions(axes, padding)), shape, IMAGE);
};

/** How many taps of each window are counted: those in the image, or in the image with its pads. */
const countTaps = (axis: Axis, withPads: boolean): number[] =>
  Array.from({ length: axis.output }, (_, o) => {
    const start = o * axis.stride - axis.before;
    const [from, to] = withPads ? [-axis.before, axis.input + axis.after] : [0, axis.input];
    return Math.min(start + axis.taps, to) - Math.max(start, from);
  });

/** Is each mean one over all taps, or over those in the image: without factors? */
export function isWholeAverage(step: Step): boolean {
  const { shape } = step.input(0);
  if (shape.length !== 4) return false;
  const axes = poolWindows(step, shape);
  const withPads = step.int('count_include_pad', 0) === 1;
  return fitsValid(axes) || (fitsSame(axes) && !withPads) || axes.every((axis) => isWhole(axis, withPads));
}

const isWhole = (axis: Axis, withPads: boolean): boolean => countTaps(axis, withPads).every((n) => n === axis.taps);

export const averagePool: Recipe = (step) => {
  const x = step.image(0);
  const axes = poolWindows(step, x.shape);
  const [rows, columns] = axes;
  const shape = [x.shape[0]!, x.shape[1]!, rows.output, columns.output];
  const image = step.arrange(x, IMAGE);
  const pool = (from: number, padding: 'same' | 'valid'): number =>
    step.emit('AVERAGE_POOL_2D', [from], imageShape(shape), poolOptions(axes, padding));
  const withPads = step.int('count_include_pad', 0) === 1;
  if (fitsValid(axes)) return step.give(pool(image, 'valid'), shape, IMAGE);
  if (fitsSame(axes) && !withPads) return step.give(pool(image, 'same'), shape, IMAGE); // counts taps in the image only
  const padded = pool(padImage(step, image, axes, 0), 'valid');
  const taps = rows.taps * columns.taps;
  const [down, along] = [countTaps(rows, withPads), countTaps(columns, withPads)];
  if (axes.every((axis) => isWhole(axis, withPads))) return step.give(padded, shape, IMAGE);
  const factors = down.flatMap((h) => along.map((w) => taps / Math.max(1, h * w)));
  step.note('Means over taps in the image are means over all taps, times all taps / taps in the image');
  const factor = step.made('factors', 'float32', [1, rows.output, columns.output, 1], factors);
  step.give(step.emit('MUL', [padded, factor], imageShape(shape), { activation: 'none' }), shape, IMAGE);
};

/** Over height and width. */
const global =
  (kind: 'MEAN' | 'REDUCE_MAX'): Recipe =>
  (step) => {
    const x = step.image(0);
    const shape = [x.shape[0]!, x.shape[1]!, 1, 1];
    const y = step.emit(kind, [step.arrange(x, IMAGE), step.indices([1, 2])], imageShape(shape), { keepDims: true });
    step.give(y, shape, IMAGE);
  };
export const globalAveragePool = global('MEAN');
export const globalMaxPool = global('REDUCE_MAX');

/** Axes are an attribute up to opset 17, then an input; none means all, or (noop_with_empty_axes) nothing at all. */
export const reduceMean: Recipe = (step) => {
  const x = step.real(0);
  const rank = x.shape.length;
  const given = (step.opset < 18 ? step.ints('axes') : step.wholes(1, 'axes')) ?? [];
  if (given.length === 0 && step.int('noop_with_empty_axes', 0) !== 0) return step.define(x);
  const axes = given.length === 0 ? x.shape.map((_, d) => d) : given.map((axis) => step.axis(axis, rank));
  const keepDims = step.int('keepdims', 1) !== 0;
  const { tensor, order } = step.held(x);
  const reduced = order.map((d) => axes.includes(d));
  const held = order.map((d) => x.shape[d]!);
  const kept = order.filter((d) => !axes.includes(d));
  const dimensions = [...kept].sort((a, b) => a - b);
  const shape = keepDims ? x.shape.map((size, d) => (axes.includes(d) ? 1 : size)) : dimensions.map((d) => x.shape[d]!);
  const to = keepDims ? held.map((size, i) => (reduced[i] ? 1 : size)) : kept.map((d) => x.shape[d]!);
  const y = step.emit('MEAN', [tensor, step.indices(reduced.flatMap((is, i) => (is ? [i] : [])))], to, { keepDims });
  step.give(y, shape, keepDims ? order : kept.map((d) => dimensions.indexOf(d)));
};
