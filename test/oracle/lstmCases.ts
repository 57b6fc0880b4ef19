// Random cases of UNIDIRECTIONAL_SEQUENCE_LSTM in its other forms (without an input gate, with peepholes, normalised, projected), of
// int8 and of float32, and of float32 SVDF. See cases.ts.
import { type Quantization, elementCount } from '../../main/network/network';
import { type Bench, type Case, perTensor } from './bench';
import type { Random } from './random';

interface Form {
  readonly coupled: boolean;
  readonly peepholes: boolean;
  readonly normalised: boolean;
  readonly projected: boolean;
}
const PLAIN: Form = { coupled: false, peepholes: false, normalised: false, projected: false };
const anyForm = (r: Random): Form => ({
  coupled: r.chance(0.5),
  peepholes: r.chance(0.5),
  normalised: r.chance(0.5),
  projected: r.chance(0.5),
});

const realsOf = (r: Random, count: number, reach: number): Float32Array =>
  Float32Array.from({ length: count }, () => (r.real() * 2 - 1) * reach);

/** Reals between -reach and reach, as a constant. */
const reals = (bench: Bench, r: Random, shape: readonly number[], reach: number): number =>
  bench.constant('float32', shape, realsOf(r, elementCount(shape), reach));

/** What the tensors of a form are made of, for one type. */
interface Material {
  matrix(shape: readonly number[]): number;
  bias(count: number): number;
  peephole(count: number): number;
  norm(count: number): number;
}

/** The 24 inputs but x (0) and the states (18, 19): -1 where the form has none. */
function fillSlots(form: Form, m: Material, depth: number, units: number, outputs: number): number[] {
  const slots = new Array<number>(24).fill(-1);
  for (let gate = form.coupled ? 1 : 0; gate < 4; gate++) {
    slots[1 + gate] = m.matrix([units, depth]);
    slots[5 + gate] = m.matrix([units, outputs]);
    slots[12 + gate] = m.bias(units);
    if (form.peepholes && gate !== 2) slots[[9, 10, -1, 11][gate]!] = m.peephole(units);
    if (form.normalised) slots[20 + gate] = m.norm(units);
  }
  if (form.projected) slots[16] = m.matrix([outputs, units]);
  return slots;
}

/** Two sequences, the second of which goes on from where the first ended. */
function addSequences(
  bench: Bench,
  r: Random,
  slots: number[],
  sizes: { batches: number; steps: number; depth: number; units: number; outputs: number },
  type: 'int8' | 'float32',
  quantizations: { x?: Quantization; hidden?: Quantization; cell?: Quantization },
  options: { cellClip: number; projectionClip: number; intermediates: readonly number[] },
): void {
  const { batches, steps, depth, units, outputs } = sizes;
  const { x: xq, hidden, cell } = quantizations;
  const real = type === 'float32';
  slots[18] = bench.builder.variable({ type, shape: [batches, outputs], ...(hidden && { quantization: hidden }) });
  slots[19] = bench.builder.variable({
    type: real ? type : 'int16',
    shape: [batches, units],
    ...(cell && { quantization: cell }),
  });
  const timeMajor = r.chance(0.4);
  const lead = timeMajor ? [steps, batches] : [batches, steps];
  for (let run = 0; run < 2; run++) {
    const x = bench.input(type, [...lead, depth], xq);
    if (real) bench.inputs.set(x, realsOf(r, elementCount([...lead, depth]), 1));
    const y = { type, shape: [...lead, outputs], ...(hidden && { quantization: hidden }) };
    bench.builder.operator('UNIDIRECTIONAL_SEQUENCE_LSTM', [x, ...slots.slice(1)], y, {
      activation: 'tanh',
      timeMajor,
      ...options,
    });
  }
}

const sizesOf = (r: Random, projected: boolean, fewestUnits = 1) => {
  const units = r.whole(fewestUnits, 10);
  const [batches, steps, depth] = [r.whole(1, 3), r.whole(1, 5), r.whole(1, 12)];
  return { batches, steps, depth, units, outputs: projected ? r.whole(1, 8) : units };
};

/** `form` null: any. The runtime at hand takes the hidden state's zero point the wrong way round: it is 0 (statefulCases.ts). */
const wholeLstm =
  (formOf: (r: Random) => Form): Case =>
  (bench, r) => {
    const form = formOf(r);
    const free = sizesOf(r, form.projected);
    const sizes = form.peepholes ? { ...free, outputs: free.units } : free; // TFLite counts peepholes by outputs
    const xq = perTensor(r.scale(0.005, 0.05), r.whole(-40, 40));
    const state = perTensor(r.scale(0.004, 0.01), form.projected ? r.whole(-20, 20) : 0);
    const emitted = form.projected ? perTensor(r.scale(0.004, 0.01), 0) : state;
    const base = r.scale(2e-3, 2e-2);
    const weights = (type: 'int8' | 'int16', shape: readonly number[], scale: number): number =>
      bench.constant(type, shape, r.values(type, elementCount(shape)), perTensor(Math.fround(scale), 0));
    const slots = fillSlots(
      form,
      {
        matrix: (shape) => weights('int8', shape, base * r.scale(0.5, 2)),
        bias: (count) => {
          const reach = r.pick([0, 2000]) * (form.normalised ? 1000 : 1);
          return bench.constant(
            'int32',
            [count],
            Int32Array.from({ length: count }, () => r.whole(-reach, reach)),
            perTensor(Math.fround(base * xq.scale[0]!), 0),
          );
        },
        peephole: (count) => weights('int16', [count], r.scale(1e-5, 1e-4)),
        norm: (count) => weights('int16', [count], r.scale(1e-5, 1e-4)),
      },
      sizes.depth,
      sizes.units,
      sizes.outputs,
    );
    if (form.projected && r.chance(0.6))
      slots[17] = bench.constant(
        'int32',
        [sizes.outputs],
        Int32Array.from({ length: sizes.outputs }, () => r.whole(-3000, 3000)),
        perTensor(Math.fround(base * 0.005), 0),
      );
    const gates = Array.from({ length: 4 }, () =>
      bench.builder.beside({
        type: 'int16',
        shape: [0],
        quantization: perTensor(form.normalised ? r.scale(1e-4, 1e-3) : 2 ** -12, 0),
      }),
    );
    const beside = bench.builder.beside({ type: 'int8', shape: [0], quantization: emitted });
    const cell = perTensor(2 ** -r.whole(10, 14), 0);
    const clips = { cellClip: r.pick([0, 0, 1, 10]), projectionClip: form.projected ? r.pick([0, 0, 0.3]) : 0 };
    addSequences(
      bench,
      r,
      slots,
      sizes,
      'int8',
      { x: xq, hidden: state, cell },
      { ...clips, intermediates: [...gates, beside] },
    );
    return ['equal', 'equal'];
  };

const realLstm =
  (formOf: (r: Random) => Form): Case =>
  (bench, r) => {
    const form = formOf(r);
    // Two units nearly alike, less their mean and over their deviation, show nothing but the roundings before.
    const sizes = sizesOf(r, form.projected, form.normalised ? 4 : 1);
    const reach = r.scale(0.1, 1);
    const slots = fillSlots(
      form,
      {
        matrix: (shape) => reals(bench, r, shape, reach),
        bias: (count) => reals(bench, r, [count], 1),
        peephole: (count) => reals(bench, r, [count], 1),
        norm: (count) => reals(bench, r, [count], 1),
      },
      sizes.depth,
      sizes.units,
      sizes.outputs,
    );
    if (form.projected && r.chance(0.6)) slots[17] = reals(bench, r, [sizes.outputs], 1);
    const clips = { cellClip: r.pick([0, 0, 1]), projectionClip: form.projected ? r.pick([0, 0, 0.3]) : 0 };
    addSequences(bench, r, slots, sizes, 'float32', {}, { ...clips, intermediates: [] });
    return ['float', 'float'];
  };

const realSvdf: Case = (bench, r) => {
  const [batches, depth, rank, units, steps] = [
    r.whole(1, 2),
    r.whole(1, 20),
    r.whole(1, 3),
    r.whole(1, 8),
    r.whole(1, 9),
  ];
  const filters = rank * units;
  const [feature, time] = [reals(bench, r, [filters, depth], 1), reals(bench, r, [filters, steps], 1)];
  const bias = r.chance(0.3) ? -1 : reals(bench, r, [units], 1);
  const state = bench.builder.variable({ type: 'float32', shape: [batches, filters * steps] });
  const activation = r.pick(['none', 'relu', 'relu6', 'relu_n1_to_1', 'tanh'] as const);
  for (let step = 0; step < 3; step++) {
    const x = bench.input('float32', [batches, depth]);
    bench.inputs.set(x, realsOf(r, batches * depth, r.scale(0.5, 5)));
    const y = { type: 'float32', shape: [batches, units] } as const;
    bench.builder.operator('SVDF', [x, feature, time, bias, state], y, { rank, activation });
  }
  return ['float', 'float', 'float'];
};

export const LSTM_CASES: Readonly<Record<string, Case>> = {
  'UNIDIRECTIONAL_SEQUENCE_LSTM int8 without an input gate': wholeLstm(() => ({ ...PLAIN, coupled: true })),
  'UNIDIRECTIONAL_SEQUENCE_LSTM int8 with peepholes': wholeLstm(() => ({ ...PLAIN, peepholes: true })),
  'UNIDIRECTIONAL_SEQUENCE_LSTM int8 normalised': wholeLstm(() => ({ ...PLAIN, normalised: true })),
  'UNIDIRECTIONAL_SEQUENCE_LSTM int8 projected': wholeLstm(() => ({ ...PLAIN, projected: true })),
  'UNIDIRECTIONAL_SEQUENCE_LSTM int8 of any form': wholeLstm(anyForm),
  'UNIDIRECTIONAL_SEQUENCE_LSTM float32': realLstm(() => PLAIN),
  'UNIDIRECTIONAL_SEQUENCE_LSTM float32 of any form': realLstm(anyForm),
  'SVDF float32': realSvdf,
};
