// A gate of an integer LSTM before its curve, and the projection behind it. In: the operator with its values. Out: functions from a
// step's rows to raw values of 16 bits (the gate, Q3.12) or of 8 (the projection).
// Sources: kernels/lstm_eval.cc CalculateLstmGateInteger8x8_16, CalculateLstmOutputInteger8x8_16;
// internal/reference/portable_tensor_utils.cc PortableMatrixBatchVectorMultiplyAccumulateImpl, PortableApplyLayerNorm.
import type { Network, Tensor } from '../network/network';
import type { TensorValue } from '../tensor/tensor';
import { INTEGER_RANGE } from './activation';
import { type FixedMultiplier, multiplyByQuantizedMultiplier, multiplyWide, quantizeMultiplier } from './fixedPoint';
import { inverseSquareRoot } from './fixedPointFunctions';
import { saturate16 } from './fixedPoint16';
import { log2Of } from './interpolation';
import { integers, scaleOf, zeroPointOf } from './kernel';
import { CELL, GATE_NAMES, type GateName, HIDDEN, type Lstm, PROJECTION, type Row, SLOTS } from './lstm';
import { INTEGER_PRODUCTS } from './products';
import { centre } from './requantize';
import { productsFor, readBias } from './wide';

const { fround } = Math;

export interface Gate {
  readonly ofInput: FixedMultiplier;
  readonly ofHidden: FixedMultiplier;
  readonly ofCell: FixedMultiplier | null; // through the peephole
  /** Products of x's row and the gate's weights, the bias included unless a normalisation adds it. */
  inputSum(xs: Int16Array, from: number, unit: number): number;
  hiddenSum(hidden: Int16Array, unit: number): number;
  /** What the peephole adds, before it is rescaled. */
  cellProduct(cells: Row, unit: number): number;
  /** The three rescaled and added, as the kernel saturates them: Q3.12, or the scale that the normalisation reads. */
  before(xs: Int16Array, from: number, hidden: Int16Array, cells: Row, unit: number): number;
  readonly norm: Norm | null;
  /** Of all units, normalised where the gate is: Q3.12. */
  values(xs: Int16Array, from: number, hidden: Int16Array, cells: Row): number[];
}

/** `isMicro`: TFLite Micro saturates each sum by itself, TFLite their total. */
export function gateOf(
  operator: Lstm,
  inputs: readonly (TensorValue | null)[],
  name: GateName,
  isMicro: boolean,
  network: Network,
): Gate {
  const slots = SLOTS[name];
  const [x, hidden, cell] = [inputs[0]!.tensor, inputs[HIDDEN]!.tensor, inputs[CELL]!.tensor];
  const [w, r, bias] = [inputs[slots.w]!, inputs[slots.r]!, inputs[slots.bias]!];
  const [peephole, coefficients] = [inputs[slots.peephole] ?? null, inputs[slots.norm] ?? null];
  const beside = network.tensors[operator.options.intermediates[GATE_NAMES.indexOf(name)] ?? -1];
  const gateScale = coefficients ? scaleOf(beside!) : 2 ** -12;
  const { add } = productsFor(x, bias.tensor);
  const multiply = x.type === 'int16' ? multiplyWide : multiplyByQuantizedMultiplier;
  const rescale = (sum: number, { multiplier, shift }: FixedMultiplier): number => multiply(sum, multiplier, shift);
  const ratioTo = (from: Tensor, by: Tensor): FixedMultiplier =>
    quantizeMultiplier(fround(fround(scaleOf(from) * scaleOf(by)) / gateScale));
  const [ws, rs, biases] = [centre(w), centre(r), readBias(bias)!];
  const weights = peephole && integers(peephole);
  const depth = w.tensor.shape[1]!;
  const width = r.tensor.shape[1]!;
  const units = w.tensor.shape[0]!;
  const norm = coefficients && normOf(coefficients, biases);
  const gate: Gate = {
    ofInput: ratioTo(x, w.tensor),
    ofHidden: ratioTo(hidden, r.tensor),
    ofCell:
      peephole && quantizeMultiplier(fround((2 ** log2Of(scaleOf(cell))! * scaleOf(peephole.tensor)) / gateScale)),
    norm,
    inputSum: (xs, from, unit) => add(norm ? 0 : biases[unit]!, xs, from, ws, unit * depth, depth),
    hiddenSum: (state, unit) => add(0, state, 0, rs, unit * width, width),
    cellProduct: (cells, unit) => weights![unit]! * cells[unit]!,
    before: (xs, from, state, cells, unit) => {
      const ofInput = saturate16(rescale(gate.inputSum(xs, from, unit), gate.ofInput));
      const ofHidden = rescale(gate.hiddenSum(state, unit), gate.ofHidden);
      const both = saturate16(ofInput + (isMicro ? saturate16(ofHidden) : ofHidden));
      if (!gate.ofCell) return both;
      const { multiplier, shift } = gate.ofCell;
      return saturate16(both + multiplyByQuantizedMultiplier(gate.cellProduct(cells, unit), multiplier, shift));
    },
    values: (xs, from, state, cells) => {
      const values = Array.from({ length: units }, (_, unit) => gate.before(xs, from, state, cells, unit));
      return norm ? norm.apply(values) : values;
    },
  };
  return gate;
}

/** Normalisation of a gate over its units: less their mean, over their deviation, times coefficients, plus a bias. */
export interface Norm {
  readonly scaling: FixedMultiplier;
  /** Mean x 1024, and 1 / deviation. */
  statistics(values: Row): { readonly mean: number; readonly inverse: FixedMultiplier };
  readonly coefficients: Row;
  readonly biases: Row;
  apply(values: Row): number[];
}

function normOf(coefficients: TensorValue, biases: Row): Norm {
  const scale = scaleOf(coefficients.tensor);
  const scaling = quantizeMultiplier(scale);
  const guard = Math.max(1, Math.trunc(fround(10000 * scale))); // where all units are alike
  const factors = integers(coefficients);
  const statistics = (values: Row) => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      sum += values[i]!;
      squares += values[i]! * values[i]!;
    }
    const mean = Math.trunc((sum * 1024) / values.length);
    const variance = Math.trunc((squares * Math.trunc(2 ** 20 / values.length) - mean * mean) / 2 ** 20);
    return { mean, inverse: inverseSquareRoot(variance < 1 ? guard : variance) };
  };
  return {
    scaling,
    statistics,
    coefficients: factors,
    biases,
    apply: (values) => {
      const { mean, inverse } = statistics(values);
      return Array.from(values, (value, unit) =>
        normalise(value, mean, inverse, factors[unit]!, biases[unit]!, scaling),
      );
    },
  };
}

function normalise(
  value: number,
  mean: number,
  inverse: FixedMultiplier,
  coefficient: number,
  bias: number,
  scaling: FixedMultiplier,
): number {
  const rescaled = multiplyByQuantizedMultiplier((1024 * value - mean) | 0, inverse.multiplier, inverse.shift);
  const weighted = (Math.imul(rescaled, coefficient) + bias) | 0;
  const whole = Math.trunc((weighted > 0 ? weighted + 512 : weighted - 512) / 1024);
  return saturate16(multiplyByQuantizedMultiplier(whole, scaling.multiplier, scaling.shift + 12));
}

/** The hidden state [O] from what the units emit [N]: a matrix of int8, clipped where the operator clips. */
export function projectionOf(
  { options }: Lstm,
  inputs: readonly (TensorValue | null)[],
  emitted: Tensor,
): (row: Row) => number[] {
  const [w, bias, state] = [inputs[PROJECTION.w]!, inputs[PROJECTION.bias] ?? null, inputs[HIDDEN]!.tensor];
  const [outputs, units] = w.tensor.shape as [number, number];
  const [ws, biases, zero] = [centre(w), bias && readBias(bias), zeroPointOf(emitted)];
  const { multiplier, shift } = projectionRatio(w.tensor, emitted, state);
  const [lowest, highest] = INTEGER_RANGE[state.type]!;
  const clip = Math.trunc(Math.min(127, Math.max(-128, fround(fround(options.projectionClip) / scaleOf(state)))));
  return (row) => {
    const centred = Int16Array.from(row, (value) => value - zero);
    return Array.from({ length: outputs }, (_, output) => {
      const sum = INTEGER_PRODUCTS.add(biases?.[output] ?? 0, centred, 0, ws, output * units, units);
      const whole = multiplyByQuantizedMultiplier(sum, multiplier, shift) + zeroPointOf(state);
      const value = Math.min(highest, Math.max(lowest, whole));
      return clip > 0 ? Math.min(clip, Math.max(-clip, value)) : value;
    });
  };
}

export const projectionRatio = (w: Tensor, emitted: Tensor, state: Tensor): FixedMultiplier =>
  quantizeMultiplier(fround(fround(scaleOf(w) * scaleOf(emitted)) / scaleOf(state)));
