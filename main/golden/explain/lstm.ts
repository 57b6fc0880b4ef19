// One element of an LSTM's output: the sequence is walked to its step, then each gate, the cell and the hidden state are told for
// its unit. In: a question, its states as they were before. Out: the steps; the products listed are those of x at the output gate.
import { INTEGER_RANGE } from '../activation';
import { multiplyByQuantizedMultiplier } from '../fixedPoint';
import { saturate16 } from '../fixedPoint16';
import { realActivation, realGate, realLstm, sigmoid } from '../float/recurrent';
import { zeroPointOf } from '../kernel';
import {
  type GateName,
  HIDDEN,
  type Lstm,
  type LstmStep,
  PROJECTION,
  SLOTS,
  type Walked,
  formOf,
  gatesOf,
  walk,
} from '../lstm';
import { type Gate, projectionRatio } from '../lstmGate';
import { type IntegerLstm, integerLstm } from '../operators/unidirectionalSequenceLstm';
import { centre } from '../requantize';
import { allocate } from '../../tensor/tensor';
import { indexOf } from '../../tensor/place';
import { elementCount } from '../../network/network';
import { writtenBy } from '../variables';
import { type Account, type Question, type Step, type Term, countOf, operandOf, rawAt } from './explanation';
import { clampStep, endOf, finish, multiplyReduced, multiplyTwice } from './steps';

export function explainLstm(question: Question, operator: Lstm): Account {
  const { inputs, output, element, arithmetic, network } = question;
  const [first, second, unit] = indexOf(output.shape, element) as [number, number, number];
  const [time, batch] = operator.options.timeMajor ? [first, second] : [second, first];
  const row = Math.floor(element / output.shape[2]!); // of x, too
  const isReal = output.type === 'float32';
  const whole = isReal ? null : integerLstm(operator, inputs, arithmetic, network);
  const step: LstmStep = whole ?? realLstm(operator, inputs);
  const walked = walkTo(question, operator, step, batch, time);
  const { projected } = formOf(operator);
  const depth = inputs[0]!.tensor.shape[2]!;
  const steps = projected
    ? projectionSteps(question, operator, walked, step, unit)
    : unitSteps(question, operator, step, whole, walked, row * depth, unit);
  return {
    says: projected
      ? `Step ${time} of sequence ${batch}: projected from the hidden state of ${countOf(walked.emitted.length, 'unit')}, which no tensor of the graph holds.`
      : `Step ${time} of sequence ${batch}, unit ${unit}: its gates, its cell, and what the output gate lets through. The products are those of x at the output gate.`,
    operands: projected ? [] : [operandOf(question, 0, 'x'), operandOf(question, SLOTS.output.w, 'w')],
    ...(projected ? { termsAre: 'elements', terms: [], termCount: 0 } : outputGateTerms(question, row, unit, depth)),
    steps,
    result: endOf(steps),
  };
}

/** Each gate, and from the values told of them the cell and the hidden state. */
function unitSteps(
  question: Question,
  operator: Lstm,
  step: LstmStep,
  whole: IntegerLstm | null,
  walked: Walked,
  from: number,
  unit: number,
): Step[] {
  const names = gatesOf(operator);
  const told = names.map((name) =>
    whole
      ? gateSteps(question, whole, name, walked, from, unit)
      : realGateSteps(question, operator, name, walked, from, unit),
  );
  const values = new Map(names.map((name, i) => [name, endOf(told[i]!)]));
  const forget = values.get('forget')!;
  const gates = {
    forget,
    input: values.get('input') ?? step.complement(forget),
    cell: values.get('cell')!,
    output: values.get('output')!,
  };
  const cell = walked.cellsBefore[unit]!;
  const end = whole ? stateSteps(question, whole, operator, gates, cell) : realStateSteps(operator, step, gates, cell);
  return [...told.flat(), ...end];
}

type GateValues = Readonly<Record<GateName, number>>;

/** What the step was computed from and what came of it. */
function walkTo({ inputs, network }: Question, operator: Lstm, step: LstmStep, batch: number, time: number): Walked {
  const outputs = writtenBy(operator, network).map((tensor) => ({
    tensor,
    data: allocate(tensor.type, elementCount(tensor.shape)),
  }));
  let found: Walked | null = null;
  walk(operator, inputs, outputs, step, (walked, sequence, at) => {
    if (sequence === batch && at === time) found = walked;
  });
  return found!;
}

function outputGateTerms({ inputs }: Question, row: number, unit: number, depth: number) {
  const [x, w] = [inputs[0]!, inputs[SLOTS.output.w]!];
  const zero = zeroPointOf(x.tensor);
  const terms = Array.from({ length: depth }, (_, i): Term => {
    const [from, at] = [row * depth + i, unit * depth + i];
    const raw = [rawAt(x.data, from), rawAt(w.data, at)] as const;
    return { elements: [from, at], raw, value: (raw[0] - zero) * raw[1] };
  });
  return { termsAre: 'products' as const, terms, termCount: depth };
}

const named = (prefix: string, steps: readonly Step[]): Step[] =>
  steps.map((step) => ({ ...step, name: `${prefix}: ${step.name}` }));
const saturated = (value: number): Step => ({
  name: 'saturate',
  formula: `${value} to -32768 … 32767`,
  value: saturate16(value),
});

/** Sums, rescaled to Q3.12 and added; the normalisation; the curve (lstmGate.ts). */
function gateSteps(
  { inputs, arithmetic }: Question,
  lstm: IntegerLstm,
  name: GateName,
  walked: Walked,
  from: number,
  unit: number,
): Step[] {
  const gate = lstm.gates[name]!;
  const hidden = centre({ tensor: inputs[HIDDEN]!.tensor, data: Int16Array.from(walked.before) });
  const cells = name === 'output' ? walked.cells : walked.cellsBefore;
  const multiply = inputs[0]!.tensor.type === 'int16' ? multiplyReduced : multiplyTwice;
  const sums = [
    {
      name: 'sum of x',
      formula: `${countOf(inputs[SLOTS[name].w]!.tensor.shape[1]!, 'product')}${gate.norm ? '' : ' and the bias'}`,
      value: gate.inputSum(lstm.xs, from, unit),
    },
    {
      name: 'sum of the hidden state',
      formula: countOf(hidden.length, 'product'),
      value: gate.hiddenSum(hidden, unit),
    },
  ] as const;
  const ofX = [sums[0], ...multiply(sums[0].value, gate.ofInput)];
  ofX.push(saturated(endOf(ofX)));
  const ofHidden = [sums[1], ...multiply(sums[1].value, gate.ofHidden)];
  if (arithmetic === 'table') ofHidden.push(saturated(endOf(ofHidden)));
  const both = endOf(ofX) + endOf(ofHidden);
  const total: Step = {
    name: 'sum',
    formula: `${endOf(ofX)} + ${endOf(ofHidden)}, saturated`,
    value: saturate16(both),
  };
  const before = [...ofX, ...ofHidden, total, ...peepholeSteps(gate, cells, unit, total.value)];
  const scaled = [...before, ...normSteps(gate, lstm, hidden, cells, from, unit, endOf(before))];
  const curve = name === 'cell' ? 'tanh' : 'sigmoid';
  const formula = `${curve}(${endOf(scaled)} / 4096) in Q0.15`;
  const value = lstm.curves[curve](endOf(scaled));
  return named(`${name} gate`, [...scaled, { name: curve, formula, value }]);
}

function peepholeSteps({ ofCell, cellProduct }: Gate, cells: Walked['cells'], unit: number, sum: number): Step[] {
  if (!ofCell) return [];
  const product = cellProduct(cells, unit);
  const scaled = multiplyByQuantizedMultiplier(product, ofCell.multiplier, ofCell.shift);
  return [
    { name: 'peephole', formula: `the cell ${cells[unit]} times its weight`, value: product },
    ...multiplyTwice(product, ofCell),
    { name: 'sum', formula: `${sum} + ${scaled}, saturated`, value: saturate16(sum + scaled) },
  ];
}

function normSteps(
  gate: Gate,
  { xs }: IntegerLstm,
  hidden: Int16Array,
  cells: Walked['cells'],
  from: number,
  unit: number,
  own: number,
): Step[] {
  const { norm } = gate;
  if (!norm) return [];
  const values = Array.from(norm.coefficients, (_, other) => gate.before(xs, from, hidden, cells, other));
  const { mean, inverse } = norm.statistics(values);
  const centred = 1024 * own - mean;
  const rescaled = multiplyByQuantizedMultiplier(centred, inverse.multiplier, inverse.shift);
  const weighted = (Math.imul(rescaled, norm.coefficients[unit]!) + norm.biases[unit]!) | 0;
  const whole = Math.trunc((weighted > 0 ? weighted + 512 : weighted - 512) / 1024) + 0;
  const scaling = { multiplier: norm.scaling.multiplier, shift: norm.scaling.shift + 12 };
  const steps: Step[] = [
    { name: 'mean', formula: `of ${countOf(values.length, 'unit')}, x 1024`, value: mean },
    { name: 'less the mean', formula: `1024 x ${own} - ${mean}`, value: centred },
    {
      name: 'over the deviation',
      formula: `times ${inverse.multiplier} x 2^${inverse.shift - 31}, rounded`,
      value: rescaled,
    },
    {
      name: 'coefficient and bias',
      formula: `${rescaled} x ${norm.coefficients[unit]} + ${norm.biases[unit]}`,
      value: weighted,
    },
    { name: 'over 1024', formula: `${weighted} / 1024, rounded, ties away from 0`, value: whole },
    ...multiplyTwice(whole, scaling),
  ];
  return [...steps, saturated(endOf(steps))];
}

/** The cell, and the hidden state that is the output. */
function stateSteps(
  { output }: Question,
  { curves, clip, hiddenZero }: IntegerLstm,
  operator: Lstm,
  { forget, input, cell: candidate, output: gate }: GateValues,
  before: number,
): Step[] {
  const coupled: Step[] = formOf(operator).coupled
    ? [{ name: 'input gate', formula: `32767 - ${forget}`, value: input }]
    : [];
  const [kept, added] = [curves.forget(forget * before), curves.admit(input * candidate)];
  const whole = saturate16(saturate16(kept) + saturate16(added));
  const cell: Step[] = [{ name: 'cell', formula: `${kept} + ${added}, saturated`, value: whole }];
  if (clip > 0) cell.push(clampStep(whole, -clip, clip));
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  const tanh = curves.tanhOfCell(endOf(cell));
  const product = gate * tanh;
  return [
    ...coupled,
    { name: 'kept', formula: `${forget} x ${before}, on the cell's scale`, value: kept },
    { name: 'added', formula: `${input} x ${candidate}, on the cell's scale`, value: added },
    ...cell,
    { name: 'tanh', formula: `tanh of ${endOf(cell)} on the cell's scale, Q0.15`, value: tanh },
    { name: 'let through', formula: `${gate} x ${tanh}`, value: product },
    ...finish(multiplyTwice(product, curves.toHidden), { zeroPoint: hiddenZero, lowest, highest }),
  ];
}

/** Of int8 and of float32. */
function projectionSteps(
  { inputs, output, network }: Question,
  operator: Lstm,
  walked: Walked,
  step: LstmStep,
  at: number,
): Step[] {
  const [w, bias] = [inputs[PROJECTION.w]!, inputs[PROJECTION.bias] ?? null];
  const units = w.tensor.shape[1]!;
  const added = bias ? rawAt(bias.data, at) : null;
  const weights = Array.from({ length: units }, (_, unit) => rawAt(w.data, at * units + unit));
  const after = added === null ? '' : `, and the bias ${added}`;
  if (output.type === 'float32') {
    const value = Math.fround(step.project(walked.emitted)[at]!);
    return [{ name: 'projection', formula: `${countOf(units, 'product')}${after}, clipped, float32`, value }];
  }
  const beside = network.tensors[operator.options.intermediates[4]!]!;
  const zero = zeroPointOf(beside);
  const sum = weights.reduce((so, weight, unit) => so + weight * (walked.emitted[unit]! - zero), added ?? 0);
  const whole: Step = {
    name: 'sum',
    formula: `${countOf(units, 'product')} of the units and the projection${after}`,
    value: sum,
  };
  const [lowest, highest] = INTEGER_RANGE[output.type]!;
  const ratio = projectionRatio(w.tensor, beside, inputs[HIDDEN]!.tensor);
  const steps = [whole, ...finish(multiplyTwice(sum, ratio), { zeroPoint: zeroPointOf(output), lowest, highest })];
  const value = step.project(walked.emitted)[at]!;
  return value === endOf(steps) ? steps : [...steps, { name: 'clip', formula: 'the clip of the projection', value }];
}

/** In double precision (float/recurrent.ts). */
function realGateSteps(
  { inputs }: Question,
  { options }: Lstm,
  name: GateName,
  walked: Walked,
  from: number,
  unit: number,
): Step[] {
  const gate = realGate(inputs, name);
  const cells = name === 'output' ? walked.cells : walked.cellsBefore;
  const before = gate.before(from, Float32Array.from(walked.before), cells, unit);
  const products = countOf(inputs[SLOTS[name].w]!.tensor.shape[1]! + walked.before.length, 'product');
  const peephole = inputs[SLOTS[name].peephole] ? ', the peephole' : '';
  const bias = gate.coefficients ? '' : ', the bias';
  const steps: Step[] = [
    { name: 'sum', formula: `${products} of x and the hidden state${peephole}${bias}`, value: before },
  ];
  if (gate.coefficients) {
    const value = gate.values(from, walked.before, cells)[unit]!;
    steps.push({
      name: 'normalised',
      formula: `less the mean, over the deviation, x ${gate.coefficients[unit]} + ${gate.biases[unit]}`,
      value,
    });
  }
  const [curve, word] =
    name === 'cell' ? [realActivation(options.activation)!, options.activation] : [sigmoid, 'sigmoid'];
  const value = endOf(steps);
  steps.push({ name: 'curve', formula: `${word}(${value})`, value: curve(value) });
  return named(`${name} gate`, steps);
}

function realStateSteps(
  operator: Lstm,
  step: LstmStep,
  { forget, input, cell: candidate, output }: GateValues,
  before: number,
): Step[] {
  const coupled: Step[] = formOf(operator).coupled
    ? [{ name: 'input gate', formula: `1 - ${forget}`, value: input }]
    : [];
  const value = step.update(forget, before, input, candidate);
  const cell = Math.fround(value);
  const emitted = step.emit(output, cell);
  const clipped = operator.options.cellClip > 0 ? `, clipped to ${operator.options.cellClip}` : '';
  return [
    ...coupled,
    { name: 'cell', formula: `${forget} x ${before} + ${input} x ${candidate}${clipped}`, value },
    { name: 'float32', formula: `float32(${value})`, value: cell },
    { name: 'let through', formula: `${output} x ${operator.options.activation}(${cell})`, value: emitted },
    { name: 'float32', formula: `float32(${emitted})`, value: Math.fround(emitted) },
  ];
}
