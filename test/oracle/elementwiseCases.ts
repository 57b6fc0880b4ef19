// Random cases of operators that take elements one by one or in pairs. See cases.ts.
import { type ElementType, type Quantization, elementCount } from '../../main/network/network';
import { broadcastShape } from '../../main/tensor/offsets';
import {
  type Bench,
  type Case,
  activationOf,
  anyQuantization,
  pairOf,
  perTensor,
  shapeOf,
  tieQuantization,
} from './bench';
import type { Random } from './random';

/** A second operand: a constant of the file now and then. */
const operand = (
  bench: Bench,
  r: Random,
  type: ElementType,
  shape: readonly number[],
  quantization: Quantization,
): number =>
  r.chance(0.2)
    ? bench.constant(type, shape, r.values(type, elementCount(shape)), quantization)
    : bench.input(type, shape, quantization);

const sum =
  (kind: 'ADD' | 'SUB', type: 'int8' | 'uint8' | 'int16'): Case =>
  (bench, r) => {
    const pair = pairOf(r);
    const base = r.scale(1e-3, 0.3);
    const apart = type !== 'int16' && r.chance(0.1) ? 2 ** 9 : 6; // TFLite stops at int16 further apart
    const q = () => perTensor(r.scale(base / apart, base * apart), type === 'int16' ? 0 : r.zeroPoint(type));
    const a = bench.input(type, pair[0], q());
    const inputs = [a, pair[0] === pair[1] && r.chance(0.1) ? a : operand(bench, r, type, pair[1], q())];
    const activation = activationOf(r);
    const quantization = r.chance(0.3) ? tieQuantization(r, type, activation) : q();
    const y = { type, shape: broadcastShape(pair[0], pair[1])!, quantization };
    bench.builder.operator(kind, inputs, y, { activation, potScaleInt16: false });
    return 'equal';
  };

/** int16 of power-of-two scales: one input on the output's, the other on a smaller one. */
const shiftedSum =
  (kind: 'ADD' | 'SUB'): Case =>
  (bench, r) => {
    const shape = shapeOf(r, r.whole(1, 4), 9);
    const log2 = r.whole(-14, -5);
    const scales = r.chance(0.5) ? [log2, log2 - r.whole(0, 8)] : [log2 - r.whole(0, 8), log2];
    const inputs = scales.map((scale) => bench.input('int16', shape, perTensor(2 ** scale, 0)));
    const y = { type: 'int16', shape, quantization: perTensor(2 ** log2, 0) } as const;
    bench.builder.operator(kind, inputs, y, { activation: activationOf(r), potScaleInt16: true });
    return 'equal';
  };

const mul =
  (type: 'int8' | 'uint8' | 'int16'): Case =>
  (bench, r) => {
    const pair = pairOf(r);
    const [aq, bq] = [anyQuantization(r, type), anyQuantization(r, type)];
    const inputs = [bench.input(type, pair[0], aq), operand(bench, r, type, pair[1], bq)];
    const activation = activationOf(r);
    const spread = r.chance(0.05) ? r.scale(2 ** -10, 2 ** -6) : r.scale(1, type === 'int16' ? 30000 : 200);
    const quantization = perTensor(
      Math.fround(aq.scale[0]! * bq.scale[0]! * spread),
      type === 'int16' ? 0 : r.zeroPoint(type),
    );
    const y = { type, shape: broadcastShape(pair[0], pair[1])!, quantization };
    bench.builder.operator('MUL', inputs, y, { activation });
    return 'equal';
  };

const extreme =
  (kind: 'MAXIMUM' | 'MINIMUM'): Case =>
  (bench, r) => {
    const type = r.pick(['int8', 'uint8', 'int16', 'int32', 'float32'] as const);
    const pair = pairOf(r);
    const quantization = type === 'int32' || type === 'float32' ? undefined : anyQuantization(r, type);
    const inputs = pair.map((shape) => bench.input(type, shape, quantization));
    const y = { type, shape: broadcastShape(pair[0], pair[1])!, ...(quantization && { quantization }) };
    bench.builder.operator(kind, inputs, y, {});
    return 'equal';
  };

/** An output scale within a factor of `apart` of the input's. */
const near = (r: Random, type: ElementType, scale: number, apart: number) =>
  perTensor(
    Math.fround(scale * (r.chance(0.1) ? r.scale(2 ** -9, 2 ** 9) : r.scale(1 / apart, apart))),
    type === 'int16' ? 0 : r.zeroPoint(type),
  );

const rectifier =
  (kind: 'RELU' | 'RELU6' | 'RELU_N1_TO_1'): Case =>
  (bench, r) => {
    const type = r.pick(kind === 'RELU' ? (['int8', 'uint8', 'int16'] as const) : (['int8', 'uint8'] as const));
    const shape = shapeOf(r, r.whole(1, 4), 8);
    const xq = anyQuantization(r, type);
    const activation = ({ RELU: 'relu', RELU6: 'relu6', RELU_N1_TO_1: 'relu_n1_to_1' } as const)[kind];
    const quantization = r.chance(0.3) ? tieQuantization(r, type, activation) : near(r, type, xq.scale[0]!, 4);
    bench.builder.operator(kind, [bench.input(type, shape, xq)], { type, shape, quantization }, {});
    return 'equal';
  };

const leakyRelu: Case = (bench, r) => {
  const type = r.pick(['int8', 'int8', 'uint8', 'int16'] as const);
  const shape = shapeOf(r, r.whole(1, 4), 9);
  const xq = anyQuantization(r, type);
  const alpha = r.pick([0.01, 0.1, 0.2, 0.3, 1.5, -0.5, r.scale(1e-4, 1)]);
  const y = { type, shape, quantization: near(r, type, xq.scale[0]!, 4) };
  bench.builder.operator('LEAKY_RELU', [bench.input(type, shape, xq)], y, { alpha });
  return 'equal';
};

const prelu: Case = (bench, r) => {
  const type = r.pick(['int8', 'uint8'] as const);
  const shape = shapeOf(r, 4, 7);
  const alphaShape = r.chance(0.3) ? shape : [1, 1, shape[3]!];
  const [xq, aq] = [anyQuantization(r, type), anyQuantization(r, type)];
  const inputs = [bench.input(type, shape, xq), bench.input(type, alphaShape, aq)];
  bench.builder.operator('PRELU', inputs, { type, shape, quantization: near(r, type, xq.scale[0]!, 4) }, {});
  return 'equal';
};

const curve =
  (kind: 'LOGISTIC' | 'TANH'): Case =>
  (bench, r) => {
    const type = r.pick(['int8', 'uint8'] as const);
    const shape = shapeOf(r, r.whole(1, 4), 9);
    const lowest = type === 'int8' ? -128 : 0;
    const quantization = kind === 'LOGISTIC' ? perTensor(1 / 256, lowest) : perTensor(1 / 128, lowest + 128);
    const x = bench.input(type, shape, perTensor(r.scale(r.pick([1e-3, 1e-5]), r.pick([0.3, 8])), r.zeroPoint(type)));
    bench.builder.operator(kind, [x], { type, shape, quantization }, {});
    return 'equal';
  };

const wideCurve =
  (kind: 'LOGISTIC' | 'TANH'): Case =>
  (bench, r) => {
    const shape = shapeOf(r, r.whole(1, 4), 9);
    const scale = r.chance(0.5) ? 2 ** -r.whole(10, 13) : r.scale(2e-5, 0.02);
    const x = bench.input('int16', shape, perTensor(scale, 0));
    bench.builder.operator(kind, [x], { type: 'int16', shape, quantization: perTensor(2 ** -15, 0) }, {});
    return 'equal'; // the builtin kernels compute some power-of-two scales in fixed point
  };

const hardSwish: Case = (bench, r) => {
  const type = r.pick(['int8', 'uint8'] as const);
  const shape = shapeOf(r, r.whole(1, 4), 9);
  const xq = anyQuantization(r, type);
  const quantization = perTensor(Math.fround(xq.scale[0]! * r.scale(1 / 3, 3)), r.zeroPoint(type)); // TFLite refuses much smaller ones
  const y = { type, shape, quantization };
  bench.builder.operator('HARD_SWISH', [bench.input(type, shape, xq)], y, {});
  return 'equal';
};

const abs: Case = (bench, r) => {
  const type = r.pick(['int8', 'int8', 'int16', 'float32'] as const);
  const shape = shapeOf(r, r.whole(1, 4), 9);
  const xq = type === 'float32' ? undefined : anyQuantization(r, type);
  const quantization = xq && (r.chance(0.3) ? xq : near(r, type, xq.scale[0]!, 4));
  const y = { type, shape, ...(quantization && { quantization }) };
  bench.builder.operator('ABS', [bench.input(type, shape, xq)], y, {});
  return 'equal';
};

const neg: Case = (bench, r) => {
  const type = r.pick(['int32', 'float32'] as const);
  const shape = shapeOf(r, r.whole(1, 4), 9);
  bench.builder.operator('NEG', [bench.input(type, shape)], { type, shape }, {});
  return 'equal';
};

const cast: Case = (bench, r) => {
  const types = ['int8', 'uint8', 'int16', 'int32', 'float32'] as const;
  const [from, to] = [r.pick(types), r.pick(types)];
  const shape = shapeOf(r, r.whole(1, 4), 9);
  const x = bench.input(from, shape);
  const data = bench.inputs.get(x)!;
  // Casts of floats that do not fit are undefined in C: keep to values that do.
  if (data instanceof Float32Array)
    data.forEach(
      (_, i) => (data[i] = to === 'uint8' ? r.real() * 255 : (r.real() - 0.5) * (to === 'int32' ? 2 ** 31 : 250)),
    );
  bench.builder.operator('CAST', [x], { type: to, shape }, {});
  return 'equal';
};

export const ELEMENTWISE_CASES: Readonly<Record<string, Case>> = {
  'ADD int8': sum('ADD', 'int8'),
  'ADD uint8': sum('ADD', 'uint8'),
  'ADD int16': sum('ADD', 'int16'),
  'ADD int16 by shifts': shiftedSum('ADD'),
  'SUB int16 by shifts': shiftedSum('SUB'),
  'SUB int8': sum('SUB', 'int8'),
  'SUB uint8': sum('SUB', 'uint8'),
  'SUB int16': sum('SUB', 'int16'),
  'MUL int8': mul('int8'),
  'MUL uint8': mul('uint8'),
  'MUL int16': mul('int16'),
  MAXIMUM: extreme('MAXIMUM'),
  MINIMUM: extreme('MINIMUM'),
  RELU: rectifier('RELU'),
  RELU6: rectifier('RELU6'),
  RELU_N1_TO_1: rectifier('RELU_N1_TO_1'),
  LEAKY_RELU: leakyRelu,
  PRELU: prelu,
  LOGISTIC: curve('LOGISTIC'),
  TANH: curve('TANH'),
  'LOGISTIC int16': wideCurve('LOGISTIC'),
  'TANH int16': wideCurve('TANH'),
  HARD_SWISH: hardSwish,
  ABS: abs,
  NEG: neg,
  CAST: cast,
};
