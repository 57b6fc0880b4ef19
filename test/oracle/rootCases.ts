// Random cases of quantised operators that divide, take roots or powers, and of sums. See cases.ts.
import { broadcastShape } from '../../main/tensor/offsets';
import { type Case, activationOf, anyQuantization, pairOf, perTensor, shapeOf } from './bench';

/**
 * Quotients that TFLite's C code defines: it shifts by more than 31 bits where the output's steps are coarse and the
 * numerator is small, so one of the two is not. (Divisors of raw zero are left out: newer versions stop there.)
 */
const div: Case = (bench, r) => {
  const [shape, other] = pairOf(r);
  const [aq, bq] = [anyQuantization(r, 'uint8'), perTensor(r.scale(1e-3, 0.3), r.pick([0, 255, r.whole(0, 255)]))];
  const [a, b] = [bench.input('uint8', shape, aq), bench.input('uint8', other, bq)];
  const [za, zb] = [aq.zeroPoint[0]!, bq.zeroPoint[0]!];
  const divisors = bench.inputs.get(b) as Uint8Array;
  divisors.forEach((value, i) => (divisors[i] = value === zb || value === 0 ? (zb < 128 ? 255 : 1) : value));
  const fine = r.chance(0.5);
  const numerators = bench.inputs.get(a) as Uint8Array;
  if (!fine)
    numerators.forEach((value, i) => Math.abs(value - za) < 64 && (numerators[i] = za < 128 ? za + 64 : za - 64));
  const ratio = fine ? r.scale(65, 500) : r.scale(1.01, 64); // 64 and 1 themselves may round to below
  const scale = Math.fround(aq.scale[0]! / bq.scale[0]! / ratio);
  const y = {
    type: 'uint8',
    shape: broadcastShape(shape, other)!,
    quantization: perTensor(scale, r.zeroPoint('uint8')),
  } as const;
  bench.builder.operator('DIV', [a, b], y, { activation: activationOf(r) });
  return 'equal';
};

const elu: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 9);
  const xq = anyQuantization(r, 'int8');
  const apart = r.chance(0.1) ? 2 ** 8 : 4;
  const quantization = perTensor(Math.fround(xq.scale[0]! * r.scale(1 / apart, apart)), r.zeroPoint('int8'));
  bench.builder.operator('ELU', [bench.input('int8', shape, xq)], { type: 'int8', shape, quantization }, {});
  return 'equal';
};

const l2Normalization: Case = (bench, r) => {
  const type = r.pick(['int8', 'uint8'] as const);
  const shape = [...shapeOf(r, r.whole(0, 3), 5), r.whole(1, r.chance(0.1) ? 2000 : 40)];
  const x = bench.input(type, shape, anyQuantization(r, type));
  const y = { type, shape, quantization: perTensor(1 / 128, type === 'int8' ? 0 : 128) };
  bench.builder.operator('L2_NORMALIZATION', [x], y, { activation: 'none' });
  return 'equal';
};

const rsqrt: Case = (bench, r) => {
  const shape = shapeOf(r, r.whole(1, 4), 9);
  const xq = perTensor(r.scale(1e-3, 0.3), r.pick([-128, -128, r.whole(-128, 100)]));
  const x = bench.input('int8', shape, xq);
  const data = bench.inputs.get(x) as Int8Array;
  data.forEach((value, i) => (data[i] = Math.max(value, xq.zeroPoint[0]!)));
  const quantization = perTensor(Math.fround((1 / Math.sqrt(xq.scale[0]!)) * r.scale(1e-3, 0.05)), r.zeroPoint('int8'));
  bench.builder.operator('RSQRT', [x], { type: 'int8', shape, quantization }, {});
  return 'equal';
};

const resizeUint8: Case = (bench, r) => {
  const [n, h, w, c] = [r.whole(1, 2), r.whole(1, 8), r.whole(1, 8), r.whole(1, 5)];
  const size = [r.whole(1, 16), r.whole(1, 16)];
  const [alignCorners, halfPixelCenters] = r.pick([
    [false, false],
    [true, false],
    [false, true],
  ] as const);
  const quantization = anyQuantization(r, 'uint8');
  const x = bench.input('uint8', [n, h, w, c], quantization);
  const y = { type: 'uint8', shape: [n, ...size, c], quantization } as const;
  bench.builder.operator('RESIZE_BILINEAR', [x, bench.indices(size)], y, { alignCorners, halfPixelCenters });
  return 'equal';
};

/** Equal scales: raw values are added, in the type's own width. */
const plainSum: Case = (bench, r) => {
  const type = r.pick(['int8', 'uint8', 'int32'] as const);
  const shape = shapeOf(r, r.whole(2, 4), 8);
  const axes = shape.map((_, d) => d).filter(() => r.chance(0.5));
  if (axes.length === 0) axes.push(r.whole(0, shape.length - 1));
  const quantization = type === 'int32' ? undefined : anyQuantization(r, type);
  const x = bench.input(type, shape, quantization);
  const y = { type, shape: shape.filter((_, i) => !axes.includes(i)), ...(quantization && { quantization }) };
  bench.builder.operator('SUM', [x, bench.indices(axes)], y, { keepDims: false });
  return 'equal';
};

export const ROOT_CASES: Readonly<Record<string, Case>> = {
  'DIV uint8': div,
  'ELU int8': elu,
  L2_NORMALIZATION: l2Normalization,
  'RSQRT int8': rsqrt,
  'RESIZE_BILINEAR uint8': resizeUint8,
  'SUM of equal scales': plainSum,
};
