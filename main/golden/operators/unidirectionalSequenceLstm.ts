// UNIDIRECTIONAL_SEQUENCE_LSTM, int8 and int16 (16x8), cell of int16. In: x [B, T, I] (or [T, B, I]), for each of the gates
// input, forget, cell and output an input matrix [N, I], a recurrent matrix [N, N] and a bias [N]; hidden state [B, N] and cell
// state [B, N], variable tensors. Out: y [B, T, N] (or [T, B, N]), the new hidden and cell states.
// Gates are in Q3.12 before and in Q0.15 behind their curves; the cell's scale is a power of two. TFLite Micro ('table')
// and TFLite ('fixed') part in the curves, in the roundings of products and in the scale of the hidden state.
// Sources: kernels/lstm_eval.cc LstmStepInteger 8x8_16, kernels/unidirectional_sequence_lstm.cc Prepare,
// internal/reference/portable_tensor_utils.cc; micro/kernels/lstm_eval_common.cc and lstm_eval.h.
import type { Arithmetic } from '../../network/arithmetic';
import type { LstmOptions, Network, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { firstComplaint, needBias, needCount, needPerTensor, needRank, needShape, needType } from '../checks';
import { multiplyByQuantizedMultiplier, multiplyWide, quantizeMultiplier, roundingDivideByPowerOfTwo } from '../fixedPoint'; // prettier-ignore
import { logistic16, saturate16, tanh16 } from '../fixedPoint16';
import { interpolate, log2Of } from '../interpolation';
import { type Kernel, inputTensor, integers, outputTensor, sameQuantization, scaleOf, zeroPointOf } from '../kernel';
import { centre } from '../requantize';
import { needVariable } from '../variables';
import { biasTypes, needReach, productsFor, readBias } from '../wide';

type Lstm = OperatorOf<'UNIDIRECTIONAL_SEQUENCE_LSTM'>;
const NAME = 'UNIDIRECTIONAL_SEQUENCE_LSTM';
const { fround } = Math;

/** Slots of a gate's input matrix, recurrent matrix and bias. */
const GATES = { input: [1, 5, 12], forget: [2, 6, 13], cell: [3, 7, 14], output: [4, 8, 15] } as const;
type GateName = keyof typeof GATES;
const GATE_NAMES = Object.keys(GATES) as GateName[];
const HIDDEN = 18;
const CELL = 19;
/** Forms that are not taken, by the slots that show them. */
const OTHER_FORMS = [
  ['peepholes', [9, 10, 11]],
  ['a projection', [16, 17]],
  ['layer normalisation', [20, 21, 22, 23]],
] as const;
const GATE_SCALE = 2 ** -12;

function supports(operator: Lstm, network: Network): string | null {
  const at = (slot: number) => inputTensor(operator, network, slot);
  const [x, hidden, cell, y] = [at(0)!, at(HIDDEN), at(CELL), outputTensor(operator, network)];
  const form = OTHER_FORMS.find(([, slots]) => slots.some((slot) => at(slot)));
  const missing = GATE_NAMES.find((gate) => GATES[gate].some((slot) => !at(slot)));
  const { activation } = operator.options;
  return firstComplaint(
    () => needType(NAME, x, ['int8', 'int16']) ?? needRank(NAME, x, 3),
    () => (form ? `${NAME} with ${form[0]} is not supported.` : null),
    () => (missing ? `${NAME} without all weights and the bias of its ${missing} gate is not supported.` : null),
    () => (activation === 'tanh' ? null : `${NAME} with the activation ${activation} is not supported; tanh is.`),
    () => needVariable(NAME, 'hidden state', hidden) ?? needVariable(NAME, 'cell state', cell),
    () => needStates(x, hidden!, cell!, y),
    () => needHiddenScale(operator.options, network, hidden!),
    () => {
      const [units, depth] = at(1)!.shape as [number, number];
      const [first, second] = x.shape as [number, number];
      const batches = operator.options.timeMajor ? second : first;
      return firstComplaint(
        ...GATE_NAMES.map((gate) => () => needGate(gate, operator, network, x, units, depth)),
        () => needCount(NAME, hidden!, batches * units) ?? needCount(NAME, cell!, batches * units),
        () => needShape(NAME, x, [first, second, depth]) ?? needShape(NAME, y, [first, second, units]),
      );
    },
  );
}

function needStates(x: Tensor, hidden: Tensor, cell: Tensor, y: Tensor): string | null {
  if (hidden.type !== x.type || y.type !== x.type || cell.type !== 'int16')
    return `${NAME} of ${x.type} needs a hidden state and an output of ${x.type} and a cell state of int16; theirs are ${hidden.type}, ${y.type} and ${cell.type}.`;
  const complaint = needPerTensor(NAME, x, hidden, cell, y);
  if (complaint) return complaint;
  if (x.type === 'int16' && [x, hidden, y].some((tensor) => zeroPointOf(tensor) !== 0))
    return `${NAME} of int16 needs zero points of 0.`;
  const log2 = log2Of(scaleOf(cell));
  return log2 !== null && log2 >= -15 && log2 <= -9 && zeroPointOf(cell) === 0
    ? null
    : `${NAME} needs a cell state of zero point 0 and a scale of 2^-15 to 2^-9; it has ${zeroPointOf(cell)} and ${scaleOf(cell)}.`;
}

/** TFLite takes the hidden state's quantisation from a tensor beside the graph, TFLite Micro from the state itself. */
function needHiddenScale({ intermediates }: LstmOptions, network: Network, hidden: Tensor): string | null {
  const beside = network.tensors[intermediates[4] ?? -1];
  if (hidden.type === 'int16' || (beside && sameQuantization(beside, hidden))) return null;
  return `${NAME} needs a fifth intermediate tensor, of the quantisation of its hidden state.`;
}

function needGate(
  gate: GateName,
  operator: Lstm,
  network: Network,
  x: Tensor,
  units: number,
  depth: number,
): string | null {
  const [w, r, bias] = GATES[gate].map((slot) => inputTensor(operator, network, slot)!) as [Tensor, Tensor, Tensor];
  return firstComplaint(
    () =>
      w.type === 'int8' && r.type === 'int8'
        ? null
        : `${NAME} with ${w.type} and ${r.type} weights is not supported; int8 is.`,
    () => needPerTensor(NAME, w, r),
    () => (zeroPointOf(w) === 0 && zeroPointOf(r) === 0 ? null : `${NAME} needs weights with zero points of 0.`),
    () => needShape(NAME, w, [units, depth]) ?? needShape(NAME, r, [units, units]),
    () => needBias(NAME, bias, units, biasTypes(x, false)),
    () => (x.type === 'int16' ? (needReach(NAME, depth, 24, bias) ?? needReach(NAME, units, 24, null)) : null),
  );
}

/** What is multiplied by what, and the curves: TFLite Micro's or TFLite's. */
interface Form {
  readonly sigmoid: (raw: number) => number; // Q3.12 to Q0.15
  readonly tanh: (raw: number) => number;
  readonly tanhOfCell: (raw: number) => number; // the cell's scale to Q0.15
  readonly forget: (product: number) => number; // gate x cell to the cell's scale
  readonly admit: (product: number) => number; // gate x gate to the cell's scale
  readonly emit: (product: number) => number; // gate x tanh to the hidden state, zero point included
}

function microForm(hidden: Tensor, cell: Tensor): Form {
  const log2 = log2Of(scaleOf(cell))!;
  const shift = log2 + 12;
  const to = (ratio: number): ((product: number) => number) => {
    const { multiplier, shift: bits } = quantizeMultiplier(ratio);
    return (product) => multiplyByQuantizedMultiplier(product, multiplier, bits);
  };
  const emit = to(2 ** -30 / scaleOf(hidden));
  return {
    sigmoid: interpolate('LOGISTIC', { multiplier: 3, shift: 0 }),
    tanh: interpolate('TANH', { multiplier: 3, shift: 0 }),
    tanhOfCell: interpolate(
      'TANH',
      shift < 0 ? { multiplier: 3, shift: -shift } : { multiplier: 3 << shift, shift: 0 },
    ),
    forget: to((2 ** -15 * scaleOf(cell)) / scaleOf(cell)),
    admit: to(2 ** -30 / scaleOf(cell)),
    emit: (product) => emit(product) + zeroPointOf(hidden),
  };
}

function liteForm(hidden: Tensor, cell: Tensor): Form {
  const log2 = log2Of(scaleOf(cell))!;
  const { multiplier, shift } = quantizeMultiplier(fround(2 ** -15 / scaleOf(hidden)) * 2 ** -15);
  return {
    sigmoid: logistic16,
    tanh: (raw) => tanh16(raw, 3),
    tanhOfCell: (raw) => tanh16(raw, 15 + log2),
    forget: (product) => roundingDivideByPowerOfTwo(product, 15),
    admit: (product) => roundingDivideByPowerOfTwo(product, 30 + log2),
    emit: (product) => multiplyByQuantizedMultiplier(product, multiplier, shift) + zeroPointOf(hidden),
  };
}

/** A gate before its curve: both matrices' products rescaled to Q3.12, each saturated, and their sum saturated. */
type Gate = (xs: Int16Array, at: number, hidden: Int16Array, from: number, unit: number) => number;

function gateOf(inputs: readonly (TensorValue | null)[], slots: readonly [number, number, number]): Gate {
  const [x, hidden] = [inputs[0]!.tensor, inputs[HIDDEN]!.tensor];
  const [w, r, bias] = slots.map((slot) => inputs[slot]!) as [TensorValue, TensorValue, TensorValue];
  const { add } = productsFor(x, bias.tensor);
  const multiply = x.type === 'int16' ? multiplyWide : multiplyByQuantizedMultiplier;
  const rescale = (tensor: Tensor, weights: TensorValue): ((sum: number) => number) => {
    const ratio = quantizeMultiplier(fround(scaleOf(tensor) * scaleOf(weights.tensor)) / GATE_SCALE);
    return (sum) => saturate16(multiply(sum, ratio.multiplier, ratio.shift));
  };
  const [ofInput, ofHidden] = [rescale(x, w), rescale(hidden, r)];
  const [ws, rs, biases] = [centre(w), centre(r), readBias(bias)!];
  const [units, depth] = w.tensor.shape as [number, number];
  return (xs, at, state, from, unit) =>
    saturate16(
      ofInput(add(biases[unit]!, xs, at, ws, unit * depth, depth)) +
        ofHidden(add(0, state, from, rs, unit * units, units)),
    );
}

function run(
  { options }: Lstm,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [hidden, cell] = [outputs[1]!, outputs[2]!];
  integers(hidden).set(integers(inputs[HIDDEN]!));
  integers(cell).set(integers(inputs[CELL]!));
  const form = (arithmetic === 'table' ? microForm : liteForm)(hidden.tensor, cell.tensor);
  const gates = Object.fromEntries(GATE_NAMES.map((name) => [name, gateOf(inputs, GATES[name])])) as Record<
    GateName,
    Gate
  >;
  const clip = quantizeClip(options.cellClip, cell.tensor);
  const [first, second, depth] = x.tensor.shape as [number, number, number];
  const [batches, steps] = options.timeMajor ? [second, first] : [first, second];
  const units = y.tensor.shape[2]!;
  const xs = centre(x);
  for (let step = 0; step < steps; step++) {
    for (let batch = 0; batch < batches; batch++) {
      const row = options.timeMajor ? step * batches + batch : batch * steps + step;
      advance(gates, form, clip, xs, row * depth, hidden, cell, batch * units, units);
      integers(y).set(integers(hidden).subarray(batch * units, (batch + 1) * units), row * units);
    }
  }
  return null;
}

/** One step of one sequence: its hidden and cell state, from `from`, replaced. */
function advance(
  gates: Readonly<Record<GateName, Gate>>,
  form: Form,
  clip: number,
  xs: Int16Array,
  at: number,
  hidden: TensorValue,
  cell: TensorValue,
  from: number,
  units: number,
): void {
  const [states, cells] = [integers(hidden), integers(cell)];
  const [lowest, highest] = INTEGER_RANGE[hidden.tensor.type]!;
  const before = centre({ tensor: hidden.tensor, data: states.slice(from, from + units) });
  for (let unit = 0; unit < units; unit++) {
    const gate = (name: GateName): number => gates[name](xs, at, before, 0, unit);
    const kept = form.forget(form.sigmoid(gate('forget')) * cells[from + unit]!);
    const added = form.admit(form.sigmoid(gate('input')) * form.tanh(gate('cell')));
    const next = saturate16(saturate16(kept) + saturate16(added));
    cells[from + unit] = clip > 0 ? Math.min(clip, Math.max(-clip, next)) : next;
    const value = form.emit(form.sigmoid(gate('output')) * form.tanhOfCell(cells[from + unit]!));
    states[from + unit] = value < lowest ? lowest : value > highest ? highest : value;
  }
}

const quantizeClip = (clip: number, cell: Tensor): number =>
  Math.trunc(saturate16(fround(fround(clip) / scaleOf(cell))));

export const unidirectionalSequenceLstm: Kernel<'UNIDIRECTIONAL_SEQUENCE_LSTM'> = {
  inputs: [1, 24],
  variables: true,
  supports,
  run,
};
