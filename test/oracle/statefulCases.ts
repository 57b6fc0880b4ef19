// Random cases of operators that keep a state in variable tensors. See cases.ts.
import { elementCount } from '../../main/network/network';
import { type Bench, type Case, anyQuantization, perTensor } from './bench';
import type { Random } from './random';

const weights = (bench: Bench, r: Random, shape: readonly number[], scale: number, type: 'int8' | 'int16' = 'int8') =>
  bench.constant(type, shape, r.values(type, elementCount(shape)), perTensor(scale, 0));

function biases(bench: Bench, r: Random, count: number, reach: number, scale: number, wide = false): number {
  const values = Array.from({ length: count }, () => r.whole(-reach, reach));
  const data = wide ? BigInt64Array.from(values, BigInt) : Int32Array.from(values);
  return bench.constant(wide ? 'int64' : 'int32', [count], data, perTensor(Math.fround(scale), 0));
}

/** Three steps: three operators on one memory. */
const svdf: Case = (bench, r) => {
  const [batches, depth, rank, units, steps] = [
    r.whole(1, 2),
    r.whole(1, 20),
    r.whole(1, 3),
    r.whole(1, 8),
    r.whole(1, 9),
  ];
  const filters = rank * units;
  const xq = anyQuantization(r, 'int8');
  const scales = { feature: r.scale(1e-3, 0.1), time: r.scale(1e-4, 1e-2) };
  const memory = perTensor(Math.fround(xq.scale[0]! * scales.feature * Math.sqrt(depth) * r.scale(0.1, 3)), 0);
  const feature = weights(bench, r, [filters, depth], scales.feature);
  const time = weights(bench, r, [filters, steps], scales.time, 'int16');
  const product = memory.scale[0]! * scales.time;
  const bias = biases(bench, r, units, r.pick([0, 1e6]), product);
  const state = bench.builder.variable({ type: 'int16', shape: [batches, filters * steps], quantization: memory });
  const spread = Math.sqrt(rank * steps) * 2e6;
  for (let step = 0; step < 3; step++) {
    const x = bench.input('int8', [batches, depth], xq);
    const quantization = perTensor(Math.fround(product * spread * r.scale(0.3, 3)), r.zeroPoint('int8'));
    const y = { type: 'int8', shape: [batches, units], quantization } as const;
    bench.builder.operator('SVDF', [x, feature, time, bias, state], y, { rank, activation: 'relu' });
  }
  return ['equal', 'equal', 'equal'];
};

/**
 * A sequence, then another that goes on from where the first ended. The interpreter at hand (2022) takes the hidden state's
 * zero point the wrong way round: it is 0 here, and others are proved by the fixtures of lstm.test.ts.
 */
const lstm =
  (type: 'int8' | 'int16', symmetric = true): Case =>
  (bench, r) => {
    const [batches, steps, depth, units] = [r.whole(1, 3), r.whole(1, 5), r.whole(1, 12), r.whole(1, 10)];
    const zeroPoint = (): number => (type === 'int8' ? r.whole(-40, 40) : 0);
    const xq = perTensor(r.scale(0.005, 0.05) / (type === 'int8' ? 1 : 256), zeroPoint());
    const hidden = perTensor(r.scale(0.004, 0.01) / (type === 'int8' ? 1 : 256), symmetric ? 0 : zeroPoint());
    const base = r.scale(2e-3, 2e-2);
    const matrices = (columns: number) =>
      Array.from({ length: 4 }, () => weights(bench, r, [units, columns], base * r.scale(0.5, 2)));
    const inputs = [...matrices(depth), ...matrices(units)];
    const gates = Array.from({ length: 4 }, () =>
      biases(bench, r, units, r.pick([0, 2000]), base * xq.scale[0]!, type === 'int16'),
    );
    const state = (q: typeof hidden, t: 'int8' | 'int16') =>
      bench.builder.variable({ type: t, shape: [batches, units], quantization: q });
    const [hiddenState, cellState] = [state(hidden, type), state(perTensor(2 ** -r.whole(10, 14), 0), 'int16')];
    const none = (count: number) => new Array<number>(count).fill(-1);
    const gate = bench.builder.beside({ type: 'int16', shape: [0], quantization: perTensor(2 ** -12, 0) });
    const beside = bench.builder.beside({ type, shape: [0], quantization: hidden });
    const timeMajor = r.chance(0.4);
    const options = {
      activation: 'tanh',
      cellClip: r.pick([0, 0, 1, 10]),
      projectionClip: 0,
      timeMajor,
      intermediates: [gate, gate, gate, gate, beside],
    } as const;
    const lead = timeMajor ? [steps, batches] : [batches, steps];
    for (let run = 0; run < 2; run++) {
      const x = bench.input(type, [...lead, depth], xq);
      const y = { type, shape: [...lead, units], quantization: hidden };
      const slots = [x, ...inputs, ...none(3), ...gates, ...none(2), hiddenState, cellState, ...none(4)];
      bench.builder.operator('UNIDIRECTIONAL_SEQUENCE_LSTM', slots, y, options);
    }
    return ['equal', 'equal'];
  };

export const STATEFUL_CASES: Readonly<Record<string, Case>> = {
  SVDF: svdf,
  'UNIDIRECTIONAL_SEQUENCE_LSTM int8': lstm('int8'),
};
