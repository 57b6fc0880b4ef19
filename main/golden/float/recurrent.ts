// SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM of float32, in every form (../lstm.ts). In and out: as their integer twins in operators/.
// A step is computed in double; what is kept between steps (memory, hidden and cell state) is rounded to float32, as it is stored.
// Sources: reference/svdf.h EvalFloatSVDF, kernels/lstm_eval.cc LstmStepFloat, internal/reference/portable_tensor_utils.cc
// PortableMeanStddevNormalization.
import type { Activation, Network, OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { realRange } from '../activation';
import { firstComplaint, needReals } from '../checks';
import { type Kernel, inputTensor, outputTensor } from '../kernel';
import { type GateName, type Lstm, type LstmStep, PROJECTION, type Row, SLOTS, needLstm, walk } from '../lstm';
import { fitSvdf, shiftMemory } from '../operators/svdf';
import { REAL_PRODUCTS } from '../products';
import { reals } from './layers';

const { fround } = Math;
const { add } = REAL_PRODUCTS;

/** Every input and the output of float32. */
const needAllReals = (operator: OperatorOf<'SVDF'> | Lstm, network: Network): string | null =>
  needReals(
    operator.name,
    ...operator.inputs.map((_, slot) => inputTensor(operator, network, slot)).filter((tensor) => tensor !== null),
    outputTensor(operator, network),
  );

/** A fused activation as a function; the recurrent operators take tanh, too. */
export function realActivation(activation: Activation): ((x: number) => number) | null {
  if (activation === 'tanh') return Math.tanh;
  if (activation === 'sign_bit') return null;
  const [lowest, highest] = realRange(activation);
  return (x) => Math.min(highest, Math.max(lowest, x));
}
const needActivation = ({ name, options: { activation } }: OperatorOf<'SVDF'> | Lstm): string | null =>
  realActivation(activation) ? null : `${name} with the activation ${activation} is not supported.`;

export const svdf: Kernel<'SVDF'> = {
  inputs: [3, 5],
  variables: true,
  supports: (operator, network) =>
    firstComplaint(
      () => needAllReals(operator, network) ?? needActivation(operator),
      () => fitSvdf(operator, network, ['float32']),
    ),
  run: ({ options }, inputs, outputs) => {
    const [x, wf, wt] = [inputs[0]!, inputs[1]!, inputs[2]!];
    const bias = inputs[3] ? reals(inputs[3]) : null;
    const [filters, steps] = wt.tensor.shape as [number, number];
    const state = rememberReals(x, wf, reals(inputs[4]!), steps);
    const units = filters / options.rank;
    const activate = realActivation(options.activation)!;
    const out = reals(outputs[0]!);
    for (let i = 0; i < out.length; i++) {
      const [from, at] = [i * options.rank * steps, (i % units) * options.rank * steps];
      out[i] = activate(add(bias?.[i % units] ?? 0, state, from, reals(wt), at, options.rank * steps));
    }
    shiftMemory(state, steps, reals(outputs[1]!));
    return null;
  },
};

/** A copy of the memory with the newest step of every filter, its features of x, in the last place. */
export function rememberReals(x: TensorValue, wf: TensorValue, memory: Float32Array, steps: number): Float32Array {
  const [filters, depth] = wf.tensor.shape as [number, number];
  const state = memory.slice();
  for (let place = 0; place * steps < state.length; place++) {
    const [batch, filter] = [Math.floor(place / filters), place % filters];
    state[place * steps + steps - 1] = add(0, reals(x), batch * depth, reals(wf), filter * depth, depth);
  }
  return state;
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** A gate before its curve, of one unit: both matrices' products, the peephole, and the bias unless a normalisation adds it. */
export function realGate(inputs: readonly (TensorValue | null)[], name: GateName) {
  const { w, r, bias, peephole, norm } = SLOTS[name];
  const [ws, rs, biases] = [reals(inputs[w]!), reals(inputs[r]!), reals(inputs[bias]!)];
  const peepholes = inputs[peephole] ? reals(inputs[peephole]) : null;
  const coefficients = inputs[norm] ? reals(inputs[norm]) : null;
  const [x, units] = [reals(inputs[0]!), biases.length];
  const [depth, width] = [inputs[w]!.tensor.shape[1]!, inputs[r]!.tensor.shape[1]!];
  const before = (from: number, hidden: Float32Array, cells: Row, unit: number): number =>
    add(add(coefficients ? 0 : biases[unit]!, x, from, ws, unit * depth, depth), hidden, 0, rs, unit * width, width) +
    (peepholes ? peepholes[unit]! * cells[unit]! : 0);
  const values = (from: number, hidden: Row, cells: Row): number[] => {
    const state = Float32Array.from(hidden);
    const raw = Array.from({ length: units }, (_, unit) => before(from, state, cells, unit));
    return coefficients ? normalise(raw).map((value, unit) => value * coefficients[unit]! + biases[unit]!) : raw;
  };
  return { before, values, coefficients, biases };
}

/** Less the mean, over the deviation. */
function normalise(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / Math.sqrt(variance + 1e-8));
}

const clipper = (clip: number): ((x: number) => number) => {
  const limit = fround(clip);
  return limit > 0 ? (x) => Math.min(limit, Math.max(-limit, x)) : (x) => x;
};

/** What a step of a real LSTM is computed with. */
export function realLstm({ options }: Lstm, inputs: readonly (TensorValue | null)[]): LstmStep {
  const activate = realActivation(options.activation)!;
  const gates = new Map<GateName, ReturnType<typeof realGate>>();
  const gateOf = (name: GateName) => gates.get(name) ?? gates.set(name, realGate(inputs, name)).get(name)!;
  const [clipCell, clipState] = [clipper(options.cellClip), clipper(options.projectionClip)];
  return {
    gate: (name, from, hidden, cells) =>
      gateOf(name)
        .values(from, hidden, cells)
        .map(name === 'cell' ? activate : sigmoid),
    complement: (forget) => 1 - forget,
    update: (forget, cell, input, candidate) => clipCell(forget * cell + input * candidate),
    emit: (output, cell) => output * activate(cell),
    project: (row) => {
      const w = inputs[PROJECTION.w]!;
      const bias = inputs[PROJECTION.bias] ? reals(inputs[PROJECTION.bias]!) : null;
      const [outputs, units] = w.tensor.shape as [number, number];
      const emitted = Float32Array.from(row);
      return Array.from({ length: outputs }, (_, output) =>
        clipState(add(bias?.[output] ?? 0, emitted, 0, reals(w), output * units, units)),
      );
    },
  };
}

export const unidirectionalSequenceLstm: Kernel<'UNIDIRECTIONAL_SEQUENCE_LSTM'> = {
  inputs: [1, 24],
  variables: true,
  supports: (operator, network) =>
    firstComplaint(
      () => needLstm(operator, network),
      () => needAllReals(operator, network) ?? needActivation(operator),
    ),
  run: (operator, inputs, outputs) => walk(operator, inputs, outputs, realLstm(operator, inputs)),
};
