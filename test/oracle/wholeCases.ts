// Random cases of plain integers (int32, int64), of int64 index tensors, and of gathering. See cases.ts.
// The interpreter at hand shows no int64 tensors: they are cast from int32 and back, and only int32 is compared.
import { type ElementType, type OperatorKind, type OptionsOf, elementCount } from '../../main/network/network';
import { broadcastShape } from '../../main/tensor/offsets';
import { type Bench, type Case, activationOf, pairOf, shapeOf } from './bench';
import type { Random } from './random';

type Plain = 'int32' | 'int64';

/** A tensor of int32 or int64 from an int32 input. */
function wholeInput(bench: Bench, r: Random, type: Plain, shape: readonly number[], reach = r.pick([50, 2 ** 31 - 1])) {
  const x = bench.input('int32', shape);
  bench.inputs.set(
    x,
    Int32Array.from({ length: elementCount(shape) }, () => r.whole(-reach, reach)),
  );
  if (type === 'int32') return x;
  const long = bench.builder.operator('CAST', [x], { type, shape }, {});
  bench.builder.hide(long);
  return long;
}

/** The operator, and where it gives int64, a cast to int32 that is shown in its place. */
function shown<K extends OperatorKind>(
  bench: Bench,
  kind: K,
  inputs: readonly number[],
  y: { type: ElementType; shape: readonly number[] },
  options: OptionsOf[K],
): 'equal' {
  const output = bench.builder.operator(kind, inputs, y, options);
  if (y.type === 'int64') {
    bench.builder.hide(output);
    bench.builder.operator('CAST', [output], { type: 'int32', shape: y.shape }, {});
  }
  return 'equal';
}

const pair =
  (kind: 'ADD' | 'SUB' | 'MUL' | 'DIV' | 'MAXIMUM' | 'MINIMUM', type: Plain): Case =>
  (bench, r) => {
    const [shape, other] = pairOf(r);
    const [a, b] = [wholeInput(bench, r, type, shape), wholeInput(bench, r, type, other)];
    if (kind === 'DIV') {
      const divisors = bench.inputs.get(b) as Int32Array;
      divisors.forEach((value, i) => value === 0 && (divisors[i] = 7));
    }
    const options = { activation: type === 'int32' ? activationOf(r) : 'none', potScaleInt16: false } as const;
    return shown(bench, kind, [a, b], { type, shape: broadcastShape(shape, other)! }, options as never);
  };

/** Any type that can be moved, int64 among them. */
function anyInput(bench: Bench, r: Random, shape: readonly number[]) {
  const type = r.pick(['int8', 'uint8', 'int16', 'int32', 'int64', 'float32'] as const);
  const plain = type === 'int32' || type === 'int64';
  const quantization = type === 'float32' || plain ? undefined : { scale: [0.5], zeroPoint: [0], axis: 0 };
  const x = plain ? wholeInput(bench, r, type, shape) : bench.input(type, shape, quantization);
  return { x, like: (to: readonly number[]) => ({ type, shape: to, ...(quantization && { quantization }) }) };
}

/** Constant indices, int32 or int64. */
const indexTensor = (bench: Bench, r: Random, values: readonly number[], shape: readonly number[]): number =>
  r.chance(0.5) ? bench.indices(values, shape) : bench.constant('int64', shape, BigInt64Array.from(values, BigInt));

const gatherNd: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 5);
  const depth = r.whole(1, shape.length);
  const lead = shapeOf(r, r.whole(1, 2), 4);
  const places = Array.from({ length: elementCount(lead) }, () => shape.slice(0, depth).map((d) => r.whole(0, d - 1)));
  const { x, like } = anyInput(bench, r, shape);
  const indices = indexTensor(bench, r, places.flat(), [...lead, depth]);
  return shown(bench, 'GATHER_ND', [x, indices], like([...lead, ...shape.slice(depth)]), {});
};

const gather: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 5);
  const axis = r.whole(0, shape.length - 1);
  const count = r.whole(1, 6);
  const chosen = Array.from({ length: count }, () => r.whole(0, shape[axis]! - 1));
  const { x, like } = anyInput(bench, r, shape);
  const to = like(shape.with(axis, count));
  return shown(bench, 'GATHER', [x, indexTensor(bench, r, chosen, [count])], to, { axis, batchDims: 0 });
};

const slice: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 6);
  const begins = shape.map((d) => r.whole(0, d - 1));
  const sizes = shape.map((d, i) => r.whole(1, d - begins[i]!));
  const { x, like } = anyInput(bench, r, shape);
  const long = r.chance(0.5); // both of one type
  const tensor = (values: readonly number[]): number =>
    long ? bench.constant('int64', [values.length], BigInt64Array.from(values, BigInt)) : bench.indices(values);
  return shown(bench, 'SLICE', [x, tensor(begins), tensor(sizes)], like(sizes), {});
};

/** Ellipses, new axes and dimensions that go, among ranges. */
const stridedSlice: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 5);
  const [begins, ends, strides, to]: number[][] = [[], [], [], []];
  const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
  const add = (begin: number, end: number, stride: number): number => {
    strides!.push(stride);
    ends!.push(end);
    return 1 << (begins!.push(begin) - 1);
  };
  const ellipsisAt = r.chance(0.7) ? r.whole(0, shape.length - 1) : -1;
  const ellipsisLength = r.whole(1, shape.length - Math.max(0, ellipsisAt));
  for (let d = 0; d < shape.length; d++) {
    if (shape.length + begins!.length < 5 && r.chance(0.3)) {
      masks.newAxisMask |= add(r.whole(-3, 3), r.whole(-3, 3), 1);
      to!.push(1);
    }
    const size = shape[d]!;
    if (d === ellipsisAt) {
      masks.ellipsisMask |= add(r.whole(-3, 3), r.whole(-3, 3), 1);
      to!.push(...shape.slice(d, d + ellipsisLength));
      d += ellipsisLength - 1;
      continue;
    }
    if (ellipsisAt < 0 && d > 0 && r.chance(0.2)) {
      to!.push(...shape.slice(d)); // the rest is taken whole without being named
      break;
    }
    const [first, last] = [r.whole(0, size - 1), r.whole(0, size - 1)].sort((p, q) => p - q) as [number, number];
    if (r.chance(0.25)) masks.shrinkAxisMask |= add(r.chance(0.5) ? first : first - size, first + 1, 1);
    else {
      const stride = r.whole(1, 3);
      const bit = add(first, last + 1, stride);
      const [fromStart, toEnd] = [r.chance(0.2), r.chance(0.2)];
      if (fromStart) masks.beginMask |= bit;
      if (toEnd) masks.endMask |= bit;
      to!.push(Math.ceil(((toEnd ? size : last + 1) - (fromStart ? 0 : first)) / stride));
    }
  }
  const { x, like } = anyInput(bench, r, shape);
  const inputs = [x, bench.indices(begins!), bench.indices(ends!), bench.indices(strides!)];
  return shown(bench, 'STRIDED_SLICE', inputs, like(to!), { ...masks, offset: false });
};

export const WHOLE_CASES: Readonly<Record<string, Case>> = {
  'ADD int32': pair('ADD', 'int32'),
  'SUB int32': pair('SUB', 'int32'),
  'MUL int32': pair('MUL', 'int32'),
  'DIV int32': pair('DIV', 'int32'),
  'ADD int64': pair('ADD', 'int64'),
  'SUB int64': pair('SUB', 'int64'),
  'MUL int64': pair('MUL', 'int64'),
  'MAXIMUM int64': pair('MAXIMUM', 'int64'),
  'MINIMUM int64': pair('MINIMUM', 'int64'),
  GATHER_ND: gatherNd,
  'GATHER int64': gather,
  'SLICE int64': slice,
  'STRIDED_SLICE with new axes and ellipses': stridedSlice,
};
