// Random cases of MEAN, SUM and REDUCE_MAX of integers. See cases.ts.
import { elementCount } from '../../main/network/network';
import { type Case, anyQuantization, perTensor, shapeOf } from './bench';

/**
 * `ofImages`: over height and width of four dimensions, which optimised kernels and XNNPACK compute their own way. `wide`: int16;
 * TFLite adds those of one scale only, TFLite Micro (test/golden/micro) others, too.
 */
const reduction =
  (kind: 'MEAN' | 'SUM' | 'REDUCE_MAX', ofImages = false, wide = false, oneScale = kind === 'SUM' && wide): Case =>
  (bench, r) => {
    const type =
      kind === 'REDUCE_MAX'
        ? r.pick(['int8', 'uint8', 'int16', 'int32', 'float32'] as const)
        : wide
          ? 'int16'
          : r.pick(['int8', 'int8', 'uint8'] as const);
    const shape = shapeOf(r, ofImages ? 4 : r.whole(2, 4), 8);
    if (r.chance(0.1)) shape[1] = r.whole(1, 120);
    const axes = ofImages
      ? [...r.pick([[1, 2], [1, 2], [2, 1], [2]])]
      : shape.map((_, d) => d).filter(() => r.chance(0.5));
    if (axes.length === 0) axes.push(r.whole(0, shape.length - 1));
    const keepDims = r.chance(0.5);
    const to = keepDims ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));
    const xq = type === 'float32' || type === 'int32' ? undefined : anyQuantization(r, type);
    const ratio = kind === 'SUM' ? (elementCount(shape) / elementCount(to)) * r.scale(0.5, 6) : r.scale(0.3, 3);
    const like = kind === 'REDUCE_MAX' || oneScale || (kind === 'MEAN' && r.chance(0.1));
    const quantization = like ? xq : perTensor(Math.fround(xq!.scale[0]! * ratio), wide ? 0 : r.zeroPoint(type));
    const named = axes.map((axis) => (r.chance(ofImages ? 0.05 : 0.3) ? axis - shape.length : axis));
    if (!ofImages && r.chance(0.1)) named.push(r.pick(axes)); // named twice, counts once
    const x = bench.input(type, shape, xq);
    const y = { type, shape: to, ...(quantization && { quantization }) };
    bench.builder.operator(kind, [x, bench.indices(named)], y, { keepDims });
    return 'equal';
  };

export const REDUCTION_CASES: Readonly<Record<string, Case>> = {
  MEAN: reduction('MEAN'),
  'MEAN of images': reduction('MEAN', true),
  'MEAN int16': reduction('MEAN', false, true),
  'MEAN int16 of images': reduction('MEAN', true, true),
  SUM: reduction('SUM'),
  'SUM int16': reduction('SUM', false, true),
  REDUCE_MAX: reduction('REDUCE_MAX'),
};
