// Which input elements an output element depends on, for every operator. In: a question. Out: flat elements of its inputs.
// Operators that move elements are asked themselves: their kernel runs on the elements' positions instead of their values.
import { elementCount } from '../../network/network';
import { readIndices } from '../constants';
import { kernelOf } from '../operators';
import { padRank, stridesOf } from '../../tensor/offsets';
import { endTap, firstTap, windowStart } from '../padding';
import { poolWindows } from '../pool';
import { dimensionOf } from '../constants';
import { positionsOf } from '../operators/resizeBilinear';
import { indexOf } from '../../tensor/place';
import { type Account, type Question, type Term, MOST_TERMS, rawAt } from './explanation';

/** The one element of input `slot` that an elementwise operator reads: broadcast by numpy's rule. */
export function elementOf({ inputs, output, element }: Question, slot: number): number {
  const shape = padRank(inputs[slot]!.tensor.shape, output.shape.length);
  const strides = stridesOf(shape);
  return indexOf(output.shape, element).reduce((flat, i, d) => flat + (shape[d] === 1 ? 0 : i * strides[d]!), 0);
}

/** Elements of input `slot` under a pool's window, in a reduced range, or along the dimension of a vector operator. */
export function elementsRead(question: Question, slot: number): number[] {
  const { operator, inputs, output, element } = question;
  const { shape } = inputs[slot]!.tensor;
  switch (operator.kind) {
    case 'AVERAGE_POOL_2D':
    case 'MAX_POOL_2D':
      return underWindow(poolWindows(operator.options, shape), shape, indexOf(output.shape, element));
    case 'MEAN':
    case 'SUM':
    case 'REDUCE_MAX':
    case 'ARG_MAX':
    case 'ARG_MIN': {
      const axes = readIndices(inputs[1]!.tensor).map((axis) => dimensionOf(axis, shape.length)!);
      return reduced(shape, new Set(axes), output.shape, element);
    }
    case 'SOFTMAX':
    case 'L2_NORMALIZATION': {
      const length = shape.at(-1)!;
      const first = Math.floor(element / length) * length;
      return Array.from({ length }, (_, i) => first + i);
    }
    case 'RESIZE_BILINEAR':
      return neighbours(question, operator.options);
    default:
      return [];
  }
}

function underWindow([rows, columns]: ReturnType<typeof poolWindows>, x: readonly number[], at: readonly number[]) {
  const [n, oy, ox, c] = at as [number, number, number, number];
  const [, height, width, depth] = x as [number, number, number, number];
  const [top, left] = [windowStart(rows, oy), windowStart(columns, ox)];
  const elements: number[] = [];
  for (let ky = firstTap(rows, top); ky < endTap(rows, top); ky++)
    for (let kx = firstTap(columns, left); kx < endTap(columns, left); kx++)
      elements.push(((n * height + top + ky) * width + left + kx) * depth + c);
  return elements;
}

/** All elements of x whose kept dimensions are the output's; those are 1 or dropped where reduced. */
function reduced(x: readonly number[], axes: ReadonlySet<number>, y: readonly number[], element: number): number[] {
  const strides = stridesOf(x);
  const kept = y.length === x.length ? indexOf(y, element) : [];
  const dropped = y.length === x.length ? [] : indexOf(y, element);
  let elements = [0];
  x.forEach((size, d) => {
    const at = axes.has(d) ? null : kept.length > 0 ? kept[d]! : dropped.shift()!;
    elements =
      at !== null
        ? elements.map((flat) => flat + at * strides[d]!)
        : elements.flatMap((flat) => Array.from({ length: size }, (_, i) => flat + i * strides[d]!));
  });
  return elements;
}

function neighbours({ inputs, output, element }: Question, options: Parameters<typeof positionsOf>[2]): number[] {
  const [, height, width, depth] = inputs[0]!.tensor.shape as [number, number, number, number];
  const [n, oy, ox, c] = indexOf(output.shape, element) as [number, number, number, number];
  const row = positionsOf(height, output.shape[1]!, options)[oy]!;
  const column = positionsOf(width, output.shape[2]!, options)[ox]!;
  const at = (y: number, x: number): number => ((n * height + y) * width + x) * depth + c;
  const { lower, upper } = column;
  return [...new Set([at(row.lower, lower), at(row.lower, upper), at(row.upper, lower), at(row.upper, upper)])];
}

/** The inputs whose elements an operator only moves. */
export const MOVED: Partial<Record<string, 'all' | readonly number[]>> = {
  RESHAPE: [0],
  SQUEEZE: [0],
  EXPAND_DIMS: [0],
  TRANSPOSE: [0],
  SLICE: [0],
  STRIDED_SLICE: [0],
  SPLIT: [1],
  SPLIT_V: [0],
  UNPACK: [0],
  PACK: 'all',
  CONCATENATION: 'all',
  GATHER: [0],
  GATHER_ND: [0],
  PAD: [0],
  PADV2: [0],
  MIRROR_PAD: [0],
  SPACE_TO_DEPTH: [0],
  DEPTH_TO_SPACE: [0],
  SPACE_TO_BATCH_ND: [0],
  BATCH_TO_SPACE_ND: [0],
  RESIZE_NEAREST_NEIGHBOR: [0],
};

/** Positions begin above every value a padding may have (the zero point of an 8- or 16-bit tensor). */
const FIRST_POSITION = 2 ** 17;

/** Where a moving operator takes the element from; null: from no input, it is padding. */
export function sourceOf(question: Question): { slot: number; element: number } | null {
  const { network, operator, inputs, position } = question;
  const moved = MOVED[operator.kind];
  if (!moved || operator.kind === 'OTHER') throw new Error(`${operator.name} does not only move elements`);
  const slots = moved === 'all' ? inputs.map((_, slot) => slot) : moved;
  const starts = new Map<number, number>();
  let next = FIRST_POSITION;
  const positions = inputs.map((input, slot) => {
    if (!input) return null;
    const isFill = operator.kind === 'PADV2' && slot === 2;
    if (isFill) return { tensor: { ...input.tensor, type: 'int32' as const }, data: new Int32Array(1) };
    if (!slots.includes(slot)) return input;
    const first = next;
    starts.set(slot, first);
    next += input.data.length;
    return {
      tensor: { ...input.tensor, type: 'int32' as const },
      data: Int32Array.from({ length: input.data.length }, (_, i) => first + i),
    };
  });
  const outputs = operator.outputs.map((index) => {
    const tensor = { ...network.tensors[index]!, type: 'int32' as const };
    return { tensor, data: new Int32Array(elementCount(tensor.shape)) };
  });
  kernelOf(operator, network).run(operator, positions, outputs, 'exact', network);
  const at = outputs[position]!.data[question.element]!;
  const found = [...starts].findLast(([, first]) => at >= first);
  return found ? { slot: found[0], element: at - found[1] } : null;
}

/** Elements read from several inputs, as terms: those of the first input first. */
export function listElements(
  { inputs }: Question,
  slots: readonly number[],
  elements: readonly (readonly number[])[],
): Pick<Account, 'termsAre' | 'terms' | 'termCount'> {
  const terms: Term[] = [];
  slots.forEach((slot, column) => {
    for (const element of elements[column]!.slice(0, MOST_TERMS - terms.length)) {
      const raw = rawAt(inputs[slot]!.data, element);
      const only = <T>(value: T): (T | null)[] => slots.map((_, other) => (other === column ? value : null));
      terms.push({ elements: only(element), raw: only(raw), value: raw });
    }
  });
  return { termsAre: 'elements', terms, termCount: elements.reduce((sum, list) => sum + list.length, 0) };
}
