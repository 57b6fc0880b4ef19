// What the integer and the real UNIDIRECTIONAL_SEQUENCE_LSTM share: slots, forms, shapes, and the walk along a sequence. In: x
// [B, T, I] (or [T, B, I]); for each of the gates input, forget, cell and output an input matrix [N, I], a recurrent matrix [N, O] and
// a bias [N]; hidden state [B, O] and cell state [B, N], variable tensors. Forms: without an input gate (CIFG: it is what the
// forget gate leaves), peepholes [N] from the cell to the gates, normalisation of each gate over its units [N], a projection
// [O, N] of the hidden state. Without a projection O is N. Out: y [B, T, O] (or [T, B, O]), the new hidden and cell states.
// Sources: kernels/unidirectional_sequence_lstm.cc CheckInputTensorDimensions, kernels/lstm_eval.cc.
import type { Network, Operator, OperatorOf, Tensor } from '../network/network';
import type { TensorValue } from '../tensor/tensor';
import { firstComplaint, needCount, needRank, needShape } from './checks';
import { inputTensor, outputTensor } from './kernel';
import { needVariable } from './variables';

export type Lstm = OperatorOf<'UNIDIRECTIONAL_SEQUENCE_LSTM'>;
export type GateName = 'input' | 'forget' | 'cell' | 'output';
export const GATE_NAMES: readonly GateName[] = ['input', 'forget', 'cell', 'output'];

interface GateSlots {
  readonly w: number; // meets x
  readonly r: number; // meets the hidden state
  readonly bias: number;
  readonly peephole: number; // meets the cell; -1: this gate has none
  readonly norm: number; // coefficients of the layer normalisation
}
export const SLOTS: Readonly<Record<GateName, GateSlots>> = {
  input: { w: 1, r: 5, bias: 12, peephole: 9, norm: 20 },
  forget: { w: 2, r: 6, bias: 13, peephole: 10, norm: 21 },
  cell: { w: 3, r: 7, bias: 14, peephole: -1, norm: 22 },
  output: { w: 4, r: 8, bias: 15, peephole: 11, norm: 23 },
};
export const PROJECTION = { w: 16, bias: 17 } as const;
export const HIDDEN = 18;
export const CELL = 19;

export interface LstmForm {
  readonly coupled: boolean; // CIFG: no input gate
  readonly peepholes: boolean;
  readonly normalised: boolean;
  readonly projected: boolean;
}

export function formOf({ inputs }: Operator): LstmForm {
  const has = (slot: number): boolean => (inputs[slot] ?? -1) >= 0;
  return {
    coupled: !has(SLOTS.input.w),
    peepholes: has(SLOTS.output.peephole),
    normalised: has(SLOTS.output.norm),
    projected: has(PROJECTION.w),
  };
}

/** The form TFLite Micro has: every gate, nothing more. */
export const isPlainLstm = (operator: Operator): boolean => !Object.values(formOf(operator)).includes(true);

export const gatesOf = (operator: Operator): readonly GateName[] =>
  formOf(operator).coupled ? GATE_NAMES.slice(1) : GATE_NAMES;

/** Slots, shapes and states, whatever the types. */
export function needLstm(operator: Lstm, network: Network): string | null {
  const { name, options } = operator;
  const at = (slot: number): Tensor | null => inputTensor(operator, network, slot);
  const [x, hidden, cell, y] = [at(0)!, at(HIDDEN), at(CELL), outputTensor(operator, network)];
  return firstComplaint(
    () => needRank(name, x, 3),
    () => needGates(operator),
    () => needVariable(name, 'hidden state', hidden) ?? needVariable(name, 'cell state', cell),
    () => {
      const [units, depth] = at(SLOTS.output.w)!.shape as [number, number];
      const outputs = at(PROJECTION.w)?.shape[0] ?? units;
      const [first, second] = x.shape as [number, number];
      const batches = options.timeMajor ? second : first;
      const projection = at(PROJECTION.w);
      const projectionBias = at(PROJECTION.bias);
      return firstComplaint(
        ...gatesOf(operator).map((gate) => () => needGateShapes(operator, network, gate, units, depth, outputs)),
        () => (projection ? needShape(name, projection, [outputs, units]) : null),
        () => (projectionBias ? needShape(name, projectionBias, [outputs]) : null),
        () => needCount(name, hidden!, batches * outputs) ?? needCount(name, cell!, batches * units),
        () => needShape(name, x, [first, second, depth]) ?? needShape(name, y, [first, second, outputs]),
      );
    },
  );
}

/** A form is all there or not at all. */
function needGates(operator: Lstm): string | null {
  const { name, inputs } = operator;
  const form = formOf(operator);
  const has = (slot: number): boolean => (inputs[slot] ?? -1) >= 0;
  for (const gate of GATE_NAMES) {
    const { w, r, bias, peephole, norm } = SLOTS[gate];
    const there = gate !== 'input' || !form.coupled;
    const wanted = [
      [w, there],
      [r, there],
      [bias, there],
      [peephole, there && form.peepholes && peephole >= 0],
      [norm, there && form.normalised],
    ] as const;
    const odd = wanted.find(([slot, want]) => slot >= 0 && has(slot) !== want);
    if (odd)
      return `${name} ${odd[1] ? 'lacks' : 'has too much in'} input ${odd[0]}, of its ${gate} gate: weights, bias, peepholes and normalisation are given for all gates or none.`;
  }
  return has(PROJECTION.bias) && !form.projected ? `${name} has a projection bias without a projection.` : null;
}

function needGateShapes(
  operator: Lstm,
  network: Network,
  gate: GateName,
  units: number,
  depth: number,
  outputs: number,
): string | null {
  const { name } = operator;
  const { w, r, bias, peephole, norm } = SLOTS[gate];
  const at = (slot: number): Tensor | null => inputTensor(operator, network, slot);
  const vectors = [at(bias), at(peephole), at(norm)].filter((tensor) => tensor !== null);
  return firstComplaint(
    () => needShape(name, at(w)!, [units, depth]) ?? needShape(name, at(r)!, [units, outputs]),
    ...vectors.map((vector) => () => needShape(name, vector, [units])),
  );
}

/** A row of raw or real values. */
export type Row = ArrayLike<number>;

/** One step's arithmetic: all rows are those of one sequence. */
export interface LstmStep {
  /** A gate's values behind its curve, for all units, from x's row that begins at `from`. */
  gate(name: GateName, from: number, hidden: Row, cells: Row): Row;
  /** What CIFG takes for the input gate. */
  complement(forget: number): number;
  /** The cell's new value. */
  update(forget: number, cell: number, input: number, candidate: number): number;
  /** The hidden state of a unit, from the cell's new value. */
  emit(output: number, cell: number): number;
  /** The projected hidden state; where there is a projection. */
  project(hidden: Row): Row;
}

export interface Walked {
  readonly gates: Readonly<Record<GateName, Row>>;
  readonly before: Row; // the hidden state the gates read
  readonly cellsBefore: Row;
  readonly cells: Row;
  readonly emitted: Row; // before the projection
}

type Numbers = {
  [index: number]: number;
  readonly length: number;
  set(values: Row, at?: number): void;
  slice(from: number, to: number): Numbers;
};
const numbers = (value: TensorValue): Numbers => value.data as unknown as Numbers;

/** Walks every sequence step by step, filling y and the two states. `watch` sees each step. */
export function walk(
  { inputs: slots, options, kind }: Lstm,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  step: LstmStep,
  watch: (walked: Walked, sequence: number, time: number) => void = () => undefined,
): null {
  const form = formOf({ inputs: slots, kind } as Operator);
  const [x, y] = [inputs[0]!, numbers(outputs[0]!)];
  const [states, cells] = [numbers(outputs[1]!), numbers(outputs[2]!)];
  states.set(numbers(inputs[HIDDEN]!));
  cells.set(numbers(inputs[CELL]!));
  const [first, second, depth] = x.tensor.shape as [number, number, number];
  const [batches, times] = options.timeMajor ? [second, first] : [first, second];
  const [units, width] = [cells.length / batches, states.length / batches];
  for (let time = 0; time < times; time++)
    for (let batch = 0; batch < batches; batch++) {
      const row = options.timeMajor ? time * batches + batch : batch * times + time;
      const before = states.slice(batch * width, (batch + 1) * width);
      const cellsBefore = cells.slice(batch * units, (batch + 1) * units);
      const walked = advance(step, form.coupled, row * depth, before, cellsBefore);
      cells.set(walked.cells, batch * units);
      states.set(form.projected ? step.project(walked.emitted) : walked.emitted, batch * width);
      y.set(states.slice(batch * width, (batch + 1) * width), row * width);
      watch(walked, batch, time);
    }
  return null;
}

function advance(step: LstmStep, coupled: boolean, from: number, before: Row, cellsBefore: Numbers): Walked {
  const forget = step.gate('forget', from, before, cellsBefore);
  const cell = step.gate('cell', from, before, cellsBefore);
  const input = coupled
    ? Array.from(forget, (value) => step.complement(value))
    : step.gate('input', from, before, cellsBefore);
  const cells = cellsBefore.slice(0, cellsBefore.length);
  for (let unit = 0; unit < cells.length; unit++)
    cells[unit] = step.update(forget[unit]!, cellsBefore[unit]!, input[unit]!, cell[unit]!);
  const output = step.gate('output', from, before, cells);
  const emitted = Array.from(output, (value, unit) => step.emit(value, cells[unit]!));
  return { gates: { input, forget, cell, output }, before, cellsBefore, cells, emitted };
}
