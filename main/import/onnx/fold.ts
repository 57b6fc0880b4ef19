// What can be computed while reading: exporters compute shapes, sizes and indices by nodes, from Shape on. Shapes are fixed
// here, so these are constants. In: a node all of whose inputs are constants (or Shape of anything). Out: its constant; or
// false where the node is left to its recipe. Source: onnx/docs/Operators.md.
import { type ElementType, elementCount } from '../../network/network';
import { broadcastOffsets, broadcastShape, padRank, walkOffsets, stridesOf } from '../../tensor/offsets';
import { type Constant, makeConstant, numbersOf, readConstant, transposeConstant, typeOf } from './constants';
import { cutsOf, permutationOf, squeezedShape, unsqueezedShape, wantedShape } from './operators/moving';
import type { Step } from './step';

const MOST = 1_000_000; // elements

type Folder = (step: Step, inputs: readonly Constant[]) => Constant | null;

/** Gives the node's constant, if it is one. */
export function fold(step: Step): boolean {
  const { kind } = step.node;
  if (kind === 'Shape') {
    const { shape } = step.input(0);
    const at = (n: number): number => Math.min(Math.max(n < 0 ? n + shape.length : n, 0), shape.length);
    const part = shape.slice(at(step.int('start', 0)), at(step.int('end', shape.length)));
    step.giveConstant(makeConstant('int64', [part.length], part));
    return true;
  }
  const folder = Object.hasOwn(FOLDERS, kind) ? FOLDERS[kind] : undefined;
  if (!folder) return false;
  const inputs: Constant[] = [];
  for (let slot = 0; slot < step.node.inputs.length; slot++) {
    const value = step.optional(slot);
    if (!value) continue;
    if (!value.constant || elementCount(value.shape) > MOST) return false;
    inputs.push(value.constant);
  }
  const constant = folder(step, inputs);
  if (constant) step.giveConstant(constant);
  return constant !== null;
}

/** A result of `shape`, unless it is too large to be worth it. */
function make(step: Step, type: ElementType, shape: readonly number[], numbers: () => number[]): Constant {
  if (!(elementCount(shape) <= MOST) || shape.some((size) => size < 0))
    step.refuse('onnx-shape', `gives a constant of [${shape.join(', ')}]; at most ${MOST} elements are supported`);
  const values = numbers();
  const lost = type === 'float32' ? undefined : values.find((value) => !Number.isFinite(value));
  if (lost !== undefined) step.refuse('onnx-constant-value', `computes ${lost}, which ${type} does not hold`);
  return makeConstant(type, shape, values);
}

const compute =
  (of: (a: number, b: number, isWhole: boolean) => number): Folder =>
  (step, [a, b]) => {
    if (!a || !b || a.type !== b.type) return null;
    const shape = broadcastShape(a.shape, b.shape);
    if (!shape) return null;
    const offsets = (c: Constant): Int32Array => broadcastOffsets(padRank(c.shape, shape.length), shape);
    return make(step, a.type, shape, () => {
      const [p, q, fromA, fromB] = [numbersOf(a), numbersOf(b), offsets(a), offsets(b)];
      return Array.from(fromA, (at, i) => of(p[at]!, q[fromB[i]!]!, a.type !== 'float32'));
    });
  };

const each =
  (of: (a: number) => number): Folder =>
  (step, [a]) =>
    a ? make(step, a.type, a.shape, () => numbersOf(a).map(of)) : null;

const reshaped =
  (shapeOf: (step: Step, from: readonly number[]) => readonly number[]): Folder =>
  (step, [x]) => {
    if (!x) return null;
    const shape = shapeOf(step, x.shape);
    if (elementCount(shape) !== elementCount(x.shape))
      step.refuse('onnx-shape', `cannot bring [${x.shape.join(', ')}] to [${shape.join(', ')}]`);
    return { ...x, shape };
  };

/** Elements of x at these offsets. */
const pick = (step: Step, x: Constant, shape: readonly number[], offsets: () => ArrayLike<number>): Constant =>
  make(step, x.type, shape, () => {
    const values = numbersOf(x);
    return Array.from(offsets(), (at) => values[at]!);
  });

const gather: Folder = (step, [x, indices]) => {
  if (!x || !indices) return null;
  const axis = step.axis(step.int('axis', 0), x.shape.length);
  const size = x.shape[axis]!;
  const chosen = (step.wholes(1, 'indices') ?? []).map((at) => (at < 0 ? at + size : at));
  if (chosen.some((at) => !(at >= 0 && at < size))) step.refuse('onnx-shape', `takes an element outside of ${size}`);
  const inner = elementCount(x.shape.slice(axis + 1));
  const outer = elementCount(x.shape.slice(0, axis));
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return pick(step, x, shape, () => {
    const offsets: number[] = [];
    for (let o = 0; o < outer; o++)
      for (const at of chosen) for (let i = 0; i < inner; i++) offsets.push((o * size + at) * inner + i);
    return offsets;
  });
};

const concat: Folder = (step, parts) => {
  const first = parts[0];
  if (!first || parts.some(({ type, shape }) => type !== first.type || shape.length !== 1)) return null;
  const numbers = (): number[] => parts.flatMap(numbersOf);
  return make(step, first.type, [parts.reduce((sum, { shape }) => sum + shape[0]!, 0)], numbers);
};

const slice: Folder = (step, [x]) => {
  if (!x) return null;
  const cuts = cutsOf(step, x.shape);
  const strides = stridesOf(x.shape);
  const shape = cuts.map(({ count }) => count);
  const start = cuts.reduce((sum, cut, d) => sum + cut.start * strides[d]!, 0);
  return pick(step, x, shape, () =>
    walkOffsets(
      cuts.map((cut, d) => cut.stride * strides[d]!),
      shape,
    ).map((at) => start + at),
  );
};

const constant: Folder = (step) => {
  const tensor = step.tensor('value');
  if (tensor) return readConstant(tensor, step.node.outputs[0] ?? '', step.conversion.reading);
  const float = step.node.attributes.has('value_float') ? [step.float('value_float', 0)] : step.floats('value_floats');
  if (float) return makeConstant('float32', step.node.attributes.has('value_float') ? [] : [float.length], float);
  const int = step.node.attributes.has('value_int') ? [step.int('value_int', 0)] : step.ints('value_ints');
  if (int) return makeConstant('int64', step.node.attributes.has('value_int') ? [] : [int.length], int);
  return step.refuse('onnx-attribute', 'has no value of numbers');
};

const constantOfShape: Folder = (step, [shape]) => {
  if (!shape) return null;
  const tensor = step.tensor('value');
  const value = tensor ? readConstant(tensor, 'value', step.conversion.reading) : makeConstant('float32', [1], [0]);
  const sizes = step.wholes(0, 'sizes') ?? [];
  return make(step, value.type, sizes, () => new Array<number>(elementCount(sizes)).fill(numbersOf(value)[0] ?? 0));
};

const range: Folder = (step, [start, limit, delta]) => {
  if (!start || !limit || !delta) return null;
  const [from, to, by] = [start, limit, delta].map((one) => numbersOf(one)[0] ?? NaN) as [number, number, number];
  const count = Math.max(0, Math.ceil((to - from) / by));
  return make(step, start.type, [count], () => Array.from({ length: count }, (_, i) => from + i * by));
};

const expand: Folder = (step, [x, wanted]) => {
  if (!x || !wanted) return null;
  const shape = broadcastShape(x.shape, step.wholes(1, 'shape') ?? []);
  return shape && pick(step, x, shape, () => broadcastOffsets(padRank(x.shape, shape.length), shape));
};

const cast: Folder = (step, [x]) => {
  const type = typeOf(step.int('to', 0));
  if (!x || !['float32', 'int32', 'int64', 'bool'].includes(type)) return null;
  const numbers = (): number[] =>
    numbersOf(x).map((n) => (type === 'float32' ? n : type === 'bool' ? Number(n !== 0) : Math.trunc(n) || 0));
  return make(step, type, x.shape, numbers);
};

const where: Folder = (step, [condition, x, y]) => {
  const shape = condition && x && y && broadcastShape(broadcastShape(condition.shape, x.shape) ?? [], y.shape);
  if (!shape || x.type !== y.type) return null;
  const of = (c: Constant): number[] => {
    const values = numbersOf(c);
    return Array.from(broadcastOffsets(padRank(c.shape, shape.length), shape), (at) => values[at]!);
  };
  return make(step, x.type, shape, () => {
    const [is, yes, no] = [of(condition), of(x), of(y)];
    return is.map((one, i) => (one ? yes[i]! : no[i]!));
  });
};

const FOLDERS: Readonly<Record<string, Folder>> = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Expand: expand,
  Cast: cast,
  Where: where,
  Equal: (step, inputs) => {
    const result = compute((a, b) => Number(a === b))(step, inputs);
    return result && makeConstant('bool', result.shape, numbersOf(result));
  },
  Add: compute((a, b) => a + b),
  Sub: compute((a, b) => a - b),
  Mul: compute((a, b) => a * b),
  Div: compute((a, b, isWhole) => (isWhole ? (b === 0 ? NaN : Math.trunc(a / b)) : a / b)),
  Max: (step, inputs) => (inputs.length === 2 ? compute((a, b) => Math.max(a, b))(step, inputs) : null),
  Min: (step, inputs) => (inputs.length === 2 ? compute((a, b) => Math.min(a, b))(step, inputs) : null),
  Floor: each(Math.floor),
  Ceil: each(Math.ceil),
  Neg: each((a) => -a),
  Sqrt: each(Math.sqrt),
  Identity: (_, [x]) => x ?? null,
  Gather: gather,
  Concat: concat,
  Slice: slice,
  Squeeze: reshaped(squeezedShape),
  Unsqueeze: reshaped(unsqueezedShape),
  Flatten: (step, [x]) => {
    if (!x) return null;
    const axis = Math.min(x.shape.length, Math.max(0, step.int('axis', 1)));
    return { ...x, shape: [elementCount(x.shape.slice(0, axis)), elementCount(x.shape.slice(axis))] };
  },
  Reshape: reshaped((step, from) => wantedShape(step, from, step.wholes(1, 'shape') ?? [])),
  Transpose: (step, [x]) => (x ? transposeConstant(x, permutationOf(step, x.shape.length)) : null),
  ReduceProd: (step, [x]) =>
    x && step.ints('axes') === null && x.shape.length <= 1
      ? make(step, x.type, step.int('keepdims', 1) ? x.shape.map(() => 1) : [], () => [
          numbersOf(x).reduce((a, b) => a * b, 1),
        ])
      : null,
};
