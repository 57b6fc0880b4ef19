// UNIDIRECTIONAL_SEQUENCE_LSTM, int8 and int16 (16x8), cell of int16; what is in and out: ../lstm.ts. Gates are in Q3.12 before and
// in Q0.15 behind their curves; the cell's scale is a power of two. TFLite Micro ('table') and TFLite ('fixed') part in the
// curves, in the roundings and saturations of sums and products, and in the scale of the hidden state; TFLite Micro has the plain
// form alone, and alone takes int16.
// Sources: kernels/lstm_eval.cc LstmStepInteger8x8_16, kernels/unidirectional_sequence_lstm.cc PopulateQuantizedLstmParams8x8_16,
// internal/reference/portable_tensor_utils.cc; micro/kernels/lstm_eval_common.cc and lstm_eval.h.
import type { Arithmetic } from '../../network/arithmetic';
import type { Network, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { INTEGER_RANGE } from '../activation';
import { firstComplaint, needBias, needPerTensor, needType } from '../checks';
import {
  type FixedMultiplier,
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPowerOfTwo,
} from '../fixedPoint';
import { logistic16, saturate16, tanh16 } from '../fixedPoint16';
import { interpolate, log2Of } from '../interpolation';
import { type Kernel, inputTensor, outputTensor, sameQuantization, scaleOf, zeroPointOf } from '../kernel';
import {
  CELL,
  HIDDEN,
  type Lstm,
  type LstmStep,
  PROJECTION,
  type Row,
  SLOTS,
  formOf,
  gatesOf,
  needLstm,
  walk,
} from '../lstm';
import { type Gate, gateOf, projectionOf } from '../lstmGate';
import { centre } from '../requantize';
import { biasTypes, needReach } from '../wide';

const NAME = 'UNIDIRECTIONAL_SEQUENCE_LSTM';
const { fround } = Math;

function supports(operator: Lstm, network: Network): string | null {
  const at = (slot: number) => inputTensor(operator, network, slot);
  const [x, y] = [at(0)!, outputTensor(operator, network)];
  const { activation } = operator.options;
  return firstComplaint(
    () => needType(NAME, x, ['int8', 'int16']),
    () => needLstm(operator, network),
    () => (activation === 'tanh' ? null : `${NAME} with the activation ${activation} is not supported; tanh is.`),
    () => needWideForm(operator, x),
    () => needStates(x, at(HIDDEN)!, at(CELL)!, y),
    () => needIntermediates(operator, network, at(HIDDEN)!),
    ...gatesOf(operator).map((gate) => () => needGate(operator, network, x, gate)),
    () => needProjection(operator, at(PROJECTION.w), at(PROJECTION.bias)),
  );
}

const FORMS = {
  coupled: 'no input gate (CIFG)',
  peepholes: 'peepholes',
  normalised: 'layer normalisation',
  projected: 'a projection',
};

/** int16 is TFLite Micro's alone, and it knows the plain form only. */
function needWideForm(operator: Lstm, x: Tensor): string | null {
  const form = formOf(operator);
  const other = (Object.keys(FORMS) as (keyof typeof FORMS)[]).find((key) => form[key]);
  return x.type === 'int16' && other
    ? `${NAME} of int16 with ${FORMS[other]} is run by neither TFLite nor TFLite Micro, so there is nothing to equal; of int8 it is supported.`
    : null;
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

/**
 * Scales of what no tensor of the graph holds: of the gates before a normalisation, and of the hidden state before a projection.
 * Without one TFLite takes the hidden state's from beside the graph, TFLite Micro from the state itself.
 */
function needIntermediates(operator: Lstm, network: Network, hidden: Tensor): string | null {
  const { normalised, projected } = formOf(operator);
  const beside = operator.options.intermediates.map((index) => network.tensors[index] ?? null);
  const bare = [0, 1, 2, 3].find((i) => normalised && beside[i]?.quantization?.scale.length !== 1);
  if (bare !== undefined) return `${NAME} with layer normalisation needs intermediate tensor ${bare} with one scale.`;
  if (hidden.type === 'int16') return null;
  if (projected)
    return beside[4]?.quantization?.scale.length === 1
      ? null
      : `${NAME} with a projection needs a fifth intermediate tensor with one scale.`;
  return beside[4] && sameQuantization(beside[4], hidden)
    ? null
    : `${NAME} needs a fifth intermediate tensor, of the quantisation of its hidden state.`;
}

function needGate(operator: Lstm, network: Network, x: Tensor, gate: keyof typeof SLOTS): string | null {
  const slots = SLOTS[gate];
  const at = (slot: number): Tensor | null => inputTensor(operator, network, slot);
  const [w, r, bias] = [at(slots.w)!, at(slots.r)!, at(slots.bias)!];
  const [units, depth] = w.shape as [number, number];
  const vectors = [at(slots.peephole), at(slots.norm)].filter((tensor) => tensor !== null);
  return firstComplaint(
    () =>
      w.type === 'int8' && r.type === 'int8'
        ? null
        : `${NAME} with ${w.type} and ${r.type} weights is not supported; int8 is.`,
    () => needPerTensor(NAME, w, r, ...vectors),
    () =>
      [w, r, ...vectors].every((tensor) => zeroPointOf(tensor) === 0)
        ? null
        : `${NAME} needs weights, peepholes and normalisation with zero points of 0.`,
    () =>
      vectors.every(({ type }) => type === 'int16')
        ? null
        : `${NAME} needs peepholes and normalisation of int16; its ${gate} gate has others.`,
    () => needBias(NAME, bias, units, biasTypes(x, false)),
    () => (x.type === 'int16' ? (needReach(NAME, depth, 24, bias) ?? needReach(NAME, units, 24, null)) : null),
  );
}

/** TFLite's kernel takes a peephole for as long as the projected state, not as the cell (CalculateLstmGateInteger8x8_16). */
function needProjection(operator: Lstm, w: Tensor | null, bias: Tensor | null): string | null {
  if (!w) return null;
  const [outputs, units] = w.shape as [number, number];
  if (formOf(operator).peepholes && outputs !== units)
    return `${NAME} with peepholes and a projection from ${units} units to ${outputs} is not supported: TFLite's integer kernel reads peepholes past their end or not to it; a projection to ${units} is.`;
  if (w.type !== 'int8') return `${NAME} with a projection of ${w.type} is not supported; int8 is.`;
  const complaint = needPerTensor(NAME, w) ?? needBias(NAME, bias, outputs);
  return complaint ?? (zeroPointOf(w) === 0 ? null : `${NAME} needs a projection with a zero point of 0.`);
}

/** What is multiplied by what, and the curves: TFLite Micro's or TFLite's. */
export interface LstmCurves {
  readonly sigmoid: (raw: number) => number; // Q3.12 to Q0.15
  readonly tanh: (raw: number) => number;
  readonly tanhOfCell: (raw: number) => number; // the cell's scale to Q0.15
  readonly forget: (product: number) => number; // gate x cell to the cell's scale
  readonly admit: (product: number) => number; // gate x gate to the cell's scale
  readonly toHidden: FixedMultiplier; // gate x tanh to the hidden state
}

function microCurves(hiddenScale: number, cell: Tensor): LstmCurves {
  const shift = log2Of(scaleOf(cell))! + 12;
  const to = (ratio: number): ((product: number) => number) => {
    const { multiplier, shift: bits } = quantizeMultiplier(ratio);
    return (product) => multiplyByQuantizedMultiplier(product, multiplier, bits);
  };
  return {
    sigmoid: interpolate('LOGISTIC', { multiplier: 3, shift: 0 }),
    tanh: interpolate('TANH', { multiplier: 3, shift: 0 }),
    tanhOfCell: interpolate(
      'TANH',
      shift < 0 ? { multiplier: 3, shift: -shift } : { multiplier: 3 << shift, shift: 0 },
    ),
    forget: to((2 ** -15 * scaleOf(cell)) / scaleOf(cell)),
    admit: to(2 ** -30 / scaleOf(cell)),
    toHidden: quantizeMultiplier(2 ** -30 / hiddenScale),
  };
}

function liteCurves(hiddenScale: number, cell: Tensor): LstmCurves {
  const log2 = log2Of(scaleOf(cell))!;
  return {
    sigmoid: logistic16,
    tanh: (raw) => tanh16(raw, 3),
    tanhOfCell: (raw) => tanh16(raw, 15 + log2),
    forget: (product) => roundingDivideByPowerOfTwo(product, 15),
    admit: (product) => roundingDivideByPowerOfTwo(product, 30 + log2),
    toHidden: quantizeMultiplier(fround(2 ** -15 / hiddenScale) * 2 ** -15),
  };
}

/** All that a step of an integer LSTM is computed with. */
export interface IntegerLstm extends LstmStep {
  readonly curves: LstmCurves;
  readonly gates: Readonly<Record<keyof typeof SLOTS, Gate | null>>;
  readonly xs: Int16Array; // less its zero point
  readonly clip: number; // of the cell; 0: none
  /** Of the hidden state before a projection. */
  readonly hiddenZero: number;
}

/** `network` for the scales beside the graph. */
export function integerLstm(
  operator: Lstm,
  inputs: readonly (TensorValue | null)[],
  arithmetic: Arithmetic,
  network: Network,
): IntegerLstm {
  const [hidden, cell] = [inputs[HIDDEN]!.tensor, inputs[CELL]!.tensor];
  const { options } = operator;
  const beside = network.tensors[options.intermediates[4] ?? -1] ?? hidden;
  const { projected } = formOf(operator);
  const emitted = projected ? beside : hidden;
  const micro = arithmetic === 'table';
  const curves = (micro ? microCurves : liteCurves)(scaleOf(emitted), cell);
  const gate = (name: keyof typeof SLOTS): Gate | null =>
    inputs[SLOTS[name].w] ? gateOf(operator, inputs, name, micro, network) : null;
  const gates = { input: gate('input'), forget: gate('forget'), cell: gate('cell'), output: gate('output') };
  const xs = centre(inputs[0]!);
  const clip = quantizeClip(options.cellClip, cell);
  const hiddenZero = zeroPointOf(emitted);
  const [lowest, highest] = INTEGER_RANGE[hidden.type]!;
  const { multiplier, shift } = curves.toHidden;
  return {
    curves,
    gates,
    xs,
    clip,
    hiddenZero,
    gate: (name, from, states, cells) => {
      const curve = name === 'cell' ? curves.tanh : curves.sigmoid;
      return gates[name]!.values(xs, from, centre({ tensor: hidden, data: Int16Array.from(states) }), cells).map(curve);
    },
    complement: (forget) => 32767 - forget,
    update: (forget, value, input, candidate) => {
      const kept = saturate16(curves.forget(forget * value));
      const next = saturate16(kept + saturate16(curves.admit(input * candidate)));
      return clip > 0 ? Math.min(clip, Math.max(-clip, next)) : next;
    },
    emit: (output, value) => {
      const product = output * curves.tanhOfCell(value);
      const whole = multiplyByQuantizedMultiplier(product, multiplier, shift) + hiddenZero;
      return Math.min(highest, Math.max(lowest, whole));
    },
    project: projected ? projectionOf(operator, inputs, beside) : (row: Row) => row,
  };
}

const quantizeClip = (clip: number, cell: Tensor): number =>
  Math.trunc(saturate16(fround(fround(clip) / scaleOf(cell))));

export const unidirectionalSequenceLstm: Kernel<'UNIDIRECTIONAL_SEQUENCE_LSTM'> = {
  inputs: [1, 24],
  variables: true,
  supports,
  run: (operator, inputs, outputs, arithmetic, network) =>
    walk(operator, inputs, outputs, integerLstm(operator, inputs, arithmetic, network)),
};
