// Random cases of operators that only move elements, and of those that pick or blend them by position. See cases.ts.
import { type ElementType, type Quantization, elementCount } from '../../main/network/network';
import { positionsOf } from '../../main/golden/operators/resizeBilinear';
import { type Bench, type Case, anyQuantization, shapeOf } from './bench';
import type { Random } from './random';

const quantizationOf = (r: Random, type: ElementType): Quantization | undefined =>
  type === 'float32' || type === 'int32' ? undefined : anyQuantization(r, type);

/** A tensor of one of the types, and the description of an output like it. */
function moved(bench: Bench, r: Random, types: readonly ElementType[], shape: readonly number[]) {
  const type = r.pick(types);
  const quantization = quantizationOf(r, type);
  const like = (to: readonly number[]) => ({ type, shape: to, ...(quantization && { quantization }) });
  return { x: bench.input(type, shape, quantization), type, quantization, like };
}

const BYTES = ['int8', 'uint8'] as const;
const MOST = ['int8', 'uint8', 'int32', 'float32'] as const;
const ALL = ['int8', 'uint8', 'int16', 'int32', 'float32'] as const;

const spaceToDepth: Case = (bench, r) => {
  const [n, h, w, c, b] = [r.whole(1, 2), r.whole(1, 4), r.whole(1, 4), r.whole(1, 5), r.whole(2, 3)];
  const { x, like } = moved(bench, r, MOST, [n, h * b, w * b, c]);
  bench.builder.operator('SPACE_TO_DEPTH', [x], like([n, h, w, c * b * b]), { blockSize: b });
  return 'equal';
};

const depthToSpace: Case = (bench, r) => {
  const [n, h, w, c, b] = [r.whole(1, 2), r.whole(1, 4), r.whole(1, 4), r.whole(1, 5), r.whole(2, 3)];
  const { x, like } = moved(bench, r, MOST, [n, h, w, c * b * b]);
  bench.builder.operator('DEPTH_TO_SPACE', [x], like([n, h * b, w * b, c]), { blockSize: b });
  return 'equal';
};

const spaceToBatch: Case = (bench, r) => {
  const [n, c] = [r.whole(1, 2), r.whole(1, 5)];
  const blocks = [r.whole(1, 3), r.whole(1, 3)];
  const outer = [r.whole(1, 4), r.whole(1, 4)];
  const cut = blocks.map((b, d) => [r.whole(0, Math.min(2, b * outer[d]! - 1)), 0]);
  cut.forEach((edge, d) => (edge[1] = r.whole(0, Math.min(2, blocks[d]! * outer[d]! - 1 - edge[0]!))));
  const inner = blocks.map((b, d) => b * outer[d]! - cut[d]![0]! - cut[d]![1]!);
  const { x, like } = moved(bench, r, MOST, [n, ...inner, c]);
  const inputs = [x, bench.indices(blocks), bench.indices(cut.flat(), [2, 2])];
  bench.builder.operator('SPACE_TO_BATCH_ND', inputs, like([n * blocks[0]! * blocks[1]!, ...outer, c]), {});
  return 'equal';
};

const batchToSpace: Case = (bench, r) => {
  const [n, c] = [r.whole(1, 2), r.whole(1, 5)];
  const blocks = [r.whole(1, 3), r.whole(1, 3)];
  const outer = [r.whole(1, 4), r.whole(1, 4)];
  const crops = blocks.map((b, d) => [r.whole(0, Math.min(2, b * outer[d]! - 1)), 0]);
  const shape = blocks.map((b, d) => b * outer[d]! - crops[d]![0]!);
  const { x, like } = moved(bench, r, MOST, [n * blocks[0]! * blocks[1]!, ...outer, c]);
  const inputs = [x, bench.indices(blocks), bench.indices(crops.flat(), [2, 2])];
  bench.builder.operator('BATCH_TO_SPACE_ND', inputs, like([n, ...shape, c]), {});
  return 'equal';
};

const transpose: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 5), 6);
  const order = shape.map((_, d) => d);
  for (let i = order.length - 1; i > 0; i--) {
    const j = r.whole(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const { x, like } = moved(bench, r, ALL, shape);
  bench.builder.operator('TRANSPOSE', [x, bench.indices(order)], like(order.map((d) => shape[d]!)), {});
  return 'equal';
};

const reshape: Case = (bench, r) => {
  const type = r.pick(['int8', 'uint8', 'int16', 'int32', 'float32'] as const);
  const shape = shapeOf(r, r.whole(1, 5), 6);
  const to = r.pick([[elementCount(shape)], [1, elementCount(shape)], [...shape].reverse()]);
  const wild = r.chance(0.3) ? r.whole(0, to.length - 1) : -1;
  const target = bench.constant(
    'int32',
    [to.length],
    Int32Array.from(to, (size, d) => (d === wild ? -1 : size)),
  );
  bench.builder.operator('RESHAPE', [bench.input(type, shape), target], { type, shape: to }, { newShape: to });
  return 'equal';
};

const squeeze: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(2, 5), 3);
  const ones = shape.map((size, d) => (size === 1 ? d : -1)).filter((d) => d >= 0);
  const squeezeDims = ones.filter(() => r.chance(0.6));
  const gone = squeezeDims.length > 0 ? squeezeDims : ones;
  const { x, like } = moved(bench, r, MOST, shape);
  const named = squeezeDims.map((d) => (r.chance(0.3) ? d - shape.length : d));
  bench.builder.operator('SQUEEZE', [x], like(shape.filter((_, d) => !gone.includes(d))), { squeezeDims: named });
  return 'equal';
};

const expandDims: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 5);
  const axis = r.whole(-shape.length - 1, shape.length);
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  const { x, like } = moved(bench, r, MOST, shape);
  bench.builder.operator('EXPAND_DIMS', [x, bench.indices([axis])], like(shape.toSpliced(at, 0, 1)), {});
  return 'equal';
};

const shapeCase: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 5), 9);
  const { x } = moved(bench, r, MOST, shape);
  bench.builder.operator('SHAPE', [x], { type: 'int32', shape: [shape.length] }, {});
  return 'equal';
};

const split: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 5);
  const axis = r.whole(-shape.length, shape.length - 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const parts = r.whole(1, 4);
  const { x, like } = moved(bench, r, ALL, shape.with(at, shape[at]! * parts));
  const outputs = Array.from({ length: parts }, () => like(shape));
  bench.builder.operatorOfMany('SPLIT', [bench.indices([axis], []), x], outputs, {});
  return 'equal';
};

const splitV: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 5);
  const axis = r.whole(-shape.length, shape.length - 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const lengths = Array.from({ length: r.whole(1, 4) }, () => r.whole(1, 4));
  const { x, like } = moved(
    bench,
    r,
    ALL,
    shape.with(
      at,
      lengths.reduce((a, b) => a + b),
    ),
  );
  const given = r.chance(0.3) ? lengths.with(r.whole(0, lengths.length - 1), -1) : lengths;
  const outputs = lengths.map((length) => like(shape.with(at, length)));
  bench.builder.operatorOfMany('SPLIT_V', [x, bench.indices(given), bench.indices([axis], [])], outputs, {});
  return 'equal';
};

const pack: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 3), 5);
  const axis = r.whole(-shape.length - 1, shape.length);
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  const { x, type, quantization, like } = moved(bench, r, ALL, shape);
  const inputs = [x, ...Array.from({ length: r.whole(0, 3) }, () => bench.input(type, shape, quantization))];
  bench.builder.operator('PACK', inputs, like(shape.toSpliced(at, 0, inputs.length)), { axis });
  return 'equal';
};

const unpack: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(2, 4), 5);
  const axis = r.whole(-shape.length, shape.length - 1);
  const at = axis < 0 ? axis + shape.length : axis;
  const { x, like } = moved(bench, r, MOST, shape);
  const outputs = Array.from({ length: shape[at]! }, () => like(shape.toSpliced(at, 1)));
  bench.builder.operatorOfMany('UNPACK', [x], outputs, { axis });
  return 'equal';
};

const slice: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 12);
  const begins = shape.map((size) => r.whole(0, size - 1));
  const counts = shape.map((size, d) => r.whole(1, size - begins[d]!));
  const sizes = counts.map((count, d) => (begins[d]! + count === shape[d] && r.chance(0.5) ? -1 : count));
  const { x, like } = moved(bench, r, ALL, shape);
  bench.builder.operator('SLICE', [x, bench.indices(begins), bench.indices(sizes)], like(counts), {});
  return 'equal';
};

/** Ranges are drawn element by element; the masks are then put where they say the same. */
const stridedSlice: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 12);
  let [beginMask, endMask, shrinkAxisMask] = [0, 0, 0];
  const to: number[] = [];
  const ranges = shape.map((size, d) => {
    const stride = r.pick([1, 1, 2, 3, -1, -2]);
    const first = r.whole(0, size - 1);
    const room = stride > 0 ? size - 1 - first : first;
    const count = r.whole(1, Math.floor(room / Math.abs(stride)) + 1);
    if (r.chance(0.2)) {
      shrinkAxisMask |= 1 << d;
      return [first - (r.chance(0.3) ? size : 0), first + 1, 1];
    }
    to.push(count);
    if (first === (stride > 0 ? 0 : size - 1) && r.chance(0.5)) beginMask |= 1 << d;
    const end = first + count * stride;
    const last = stride > 0 ? end >= size : end < 0;
    if (last) endMask |= 1 << d; // before the first element there is no other way to say it
    if (r.chance(0.2)) {
      // converters write ends far outside, which are moved to the edge
      const [before, beyond] = [-size - 1 - r.whole(0, 9), size + r.whole(0, 9)];
      const [near, far] = stride > 0 ? [before, beyond] : [beyond, before];
      if (last) endMask &= ~(1 << d);
      return [first === (stride > 0 ? 0 : size - 1) ? near : first, last ? far : end, stride];
    }
    return [first - (r.chance(0.3) ? size : 0), last ? 0 : end, stride];
  });
  const tensors = [0, 1, 2].map((i) => bench.indices(ranges.map((range) => range[i]!)));
  const { x, like } = moved(bench, r, ALL, shape);
  const options = { beginMask, endMask, shrinkAxisMask, ellipsisMask: 0, newAxisMask: 0, offset: false };
  bench.builder.operator('STRIDED_SLICE', [x, ...tensors], like(to), options);
  return 'equal';
};

const pad =
  (kind: 'PAD' | 'PADV2'): Case =>
  (bench, r) => {
    const shape = shapeOf(r, r.whole(1, 4), 7);
    const amounts = shape.flatMap(() => [r.whole(0, 3), r.whole(0, 3)]);
    const { x, type, quantization, like } = moved(
      bench,
      r,
      kind === 'PAD' ? ['int8', 'uint8', 'int16', 'float32'] : BYTES,
      shape,
    );
    const value = kind === 'PADV2' ? [bench.constant(type, [1], r.values(type, 1), quantization)] : [];
    const to = shape.map((dimension, d) => dimension + amounts[2 * d]! + amounts[2 * d + 1]!);
    bench.builder.operator(kind, [x, bench.indices(amounts, [shape.length, 2]), ...value], like(to), {});
    return 'equal';
  };

const mirrorPad: Case = (bench, r) => {
  const mode = r.pick(['reflect', 'symmetric'] as const);
  const shape = shapeOf(r, r.whole(1, 4), 7);
  const amounts = shape.flatMap((size) => {
    const most = mode === 'reflect' ? size - 1 : size;
    return [r.whole(0, Math.min(3, most)), r.whole(0, Math.min(3, most))];
  });
  const { x, like } = moved(bench, r, ['int8', 'uint8', 'float32'], shape);
  const to = shape.map((dimension, d) => dimension + amounts[2 * d]! + amounts[2 * d + 1]!);
  bench.builder.operator('MIRROR_PAD', [x, bench.indices(amounts, [shape.length, 2])], like(to), { mode });
  return 'equal';
};

const gather: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 6);
  const axis = r.whole(0, shape.length - 1);
  const batchDims = r.whole(0, Math.min(2, axis));
  const chosen = [...shape.slice(0, batchDims), ...shapeOf(r, r.whole(1, 2), 4)];
  const count = chosen.reduce((a, b) => a * b, 1);
  const indices = bench.indices(
    Array.from({ length: count }, () => r.whole(0, shape[axis]! - 1)),
    chosen,
  );
  const { x, like } = moved(bench, r, ALL, shape);
  const to = [...shape.slice(0, axis), ...chosen.slice(batchDims), ...shape.slice(axis + 1)];
  const given = r.chance(0.3) && batchDims === 0 ? axis - shape.length : axis;
  bench.builder.operator('GATHER', [x, indices], like(to), { axis: given, batchDims });
  return 'equal';
};

const argExtreme =
  (kind: 'ARG_MAX' | 'ARG_MIN'): Case =>
  (bench, r) => {
    const shape = shapeOf(r, r.whole(2, 4), 7);
    const axis = r.whole(-shape.length, shape.length - 1);
    const at = axis < 0 ? axis + shape.length : axis;
    const { x } = moved(bench, r, MOST, shape);
    bench.builder.operator(kind, [x, bench.indices([axis], [])], { type: 'int32', shape: shape.toSpliced(at, 1) }, {});
    return 'equal';
  };

const resize =
  (kind: 'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR'): Case =>
  (bench, r) => {
    const shape = [r.whole(1, 2), r.whole(1, 9), r.whole(1, 9), r.whole(1, 5)];
    const most = r.chance(0.05) ? 120 : 17;
    const alignCorners = r.chance(0.4);
    const options = { alignCorners, halfPixelCenters: !alignCorners && r.chance(0.5) };
    const sizeOf = (input: number): number => {
      const size = r.whole(1, most);
      return positionsOf(input, size, options).at(-1)!.weight < 1024 ? size : input; // beyond the image: refused.test.ts
    };
    const [height, width] = [sizeOf(shape[1]!), sizeOf(shape[2]!)];
    const { x, like } = moved(bench, r, kind === 'RESIZE_BILINEAR' ? ['int8', 'int16'] : BYTES, shape);
    bench.builder.operator(
      kind,
      [x, bench.indices([height, width])],
      like([shape[0]!, height, width, shape[3]!]),
      options,
    );
    return 'equal';
  };

export const MOVING_CASES: Readonly<Record<string, Case>> = {
  SPACE_TO_DEPTH: spaceToDepth,
  DEPTH_TO_SPACE: depthToSpace,
  SPACE_TO_BATCH_ND: spaceToBatch,
  BATCH_TO_SPACE_ND: batchToSpace,
  TRANSPOSE: transpose,
  RESHAPE: reshape,
  SQUEEZE: squeeze,
  EXPAND_DIMS: expandDims,
  SHAPE: shapeCase,
  SPLIT: split,
  SPLIT_V: splitV,
  PACK: pack,
  UNPACK: unpack,
  SLICE: slice,
  STRIDED_SLICE: stridedSlice,
  PAD: pad('PAD'),
  PADV2: pad('PADV2'),
  MIRROR_PAD: mirrorPad,
  GATHER: gather,
  ARG_MAX: argExtreme('ARG_MAX'),
  ARG_MIN: argExtreme('ARG_MIN'),
  RESIZE_BILINEAR: resize('RESIZE_BILINEAR'),
  RESIZE_NEAREST_NEIGHBOR: resize('RESIZE_NEAREST_NEIGHBOR'),
};
