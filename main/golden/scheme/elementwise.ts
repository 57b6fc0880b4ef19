// Operators that take words one by one: ADD, SUB, MUL, DIV and PRELU with numpy broadcasting; RELU and its kin, LEAKY_RELU, NEG, ABS and
// QUANTIZE, from scale to scale or from float32. In and out: words in int8 or int16, one scale each.
// Definition: network/schemeDefinitions.ts.
import type { Activation, Network, Operator, OperatorOf, Tensor } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { refuseActivation } from '../activation';
import { needBroadcast, pairOffsets } from '../broadcast';
import { firstComplaint, needShape } from '../checks';
import { roundHalfEven } from '../fixedPoint';
import { roundToFloat16 } from '../float16';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { type Requantizer, clampWord, finishFloat16, multiplyAdd, rescaleWord } from './requantizer';
import { fractionBits, needWords, wordRange, wordSchemeOf } from './words';

type Pair = OperatorOf<'ADD' | 'SUB' | 'MUL' | 'DIV' | 'PRELU'>;

/** A requantizer of one channel, from sums in steps of `step` (a product of scales) to the words of y. */
export function requantizerFrom(
  step: number,
  y: Tensor,
  isPow2: boolean,
  activation: Activation,
  slope = 1,
): Requantizer {
  const common = { slope, zeroPoint: zeroPointOf(y), ...wordRange(activation, y) };
  return isPow2
    ? { arithmetic: 'pow2', shift: Int32Array.of(-Math.log2(step) - fractionBits(y)), ...common }
    : { arithmetic: 'float16', scale: Float32Array.of(ratioFrom(step, y)), offset: new Float32Array(1), ...common };
}

/** A float16 ratio of scales. */
export const ratioFrom = (step: number, y: Tensor): number => roundToFloat16(step / scaleOf(y));

/** A float16 scheme's ratios of scales neither vanish nor overflow. */
export function needRatios(name: string, isPow2: boolean, y: Tensor, ...steps: readonly number[]): string | null {
  const bad = isPow2 ? undefined : steps.find((step) => !(ratioFrom(step, y) > 0 && ratioFrom(step, y) < Infinity));
  return bad === undefined ? null : `${name}: the ratio of scales ${bad / scaleOf(y)} leaves float16.`;
}

const isPow2Scheme = (operator: Operator, network: Network): boolean =>
  wordSchemeOf(operator, network).kind === 'shift';

/** Scale of what ADD and SUB sum by shifts: the finer of both. */
export const commonStep = (a: Tensor, b: Tensor): number => Math.min(scaleOf(a), scaleOf(b));

function supportsPair(operator: Pair, network: Network): string | null {
  const { name, kind } = operator;
  const [a, b] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!];
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needWords(name, wordSchemeOf(operator, network), a, b, y),
    () => refuseActivation(name, activationOf(operator)),
    () => needRatios(name, isPow2Scheme(operator, network), y, ...stepsOf(kind, scaleOf(a), scaleOf(b))),
    () => (kind === 'ADD' || kind === 'SUB' ? needReach(name, isPow2Scheme(operator, network), a, b) : null),
    () => needBroadcast(name, a, b, y) ?? (kind === 'PRELU' ? needShape(name, y, a.shape) : null),
  );
}

const activationOf = (operator: Pair): Activation => (operator.kind === 'PRELU' ? 'none' : operator.options.activation);

/** The scales that are brought to the output's. */
export function stepsOf(kind: Pair['kind'], a: number, b: number): readonly number[] {
  if (kind === 'MUL') return [a * b];
  if (kind === 'DIV') return [a / b];
  return kind === 'PRELU' ? [a, a * b] : [a, b];
}

/** Words shifted to the finer of two scales stay exact in doubles. */
const needReach = (name: string, isPow2: boolean, a: Tensor, b: Tensor): string | null =>
  isPow2 && Math.abs(fractionBits(a) - fractionBits(b)) > 32
    ? `${name} by shifts of tensors ${a.index} and ${b.index}, whose scales are more than 32 bits apart, is not supported.`
    : null;

function runPair(operator: Pair, [a, b]: readonly (TensorValue | null)[], y: TensorValue, network: Network): null {
  const isPow2 = isPow2Scheme(operator, network);
  const compute = pairFunction(operator, a!.tensor, b!.tensor, y.tensor, isPow2);
  const [za, zb] = [zeroPointOf(a!.tensor), zeroPointOf(b!.tensor)];
  const [fromA, fromB] = pairOffsets(a!, b!, y);
  const [as, bs, out] = [integers(a!), integers(b!), integers(y)];
  for (let i = 0; i < out.length; i++) out[i] = compute(as[fromA[i]!]! - za, bs[fromB[i]!]! - zb);
  return null;
}

/** From two words less their zero points to the output's word. */
function pairFunction(
  operator: Pair,
  a: Tensor,
  b: Tensor,
  y: Tensor,
  isPow2: boolean,
): (p: number, q: number) => number {
  const activation = activationOf(operator);
  const [first, second] = stepsOf(operator.kind, scaleOf(a), scaleOf(b)).map((step) =>
    requantizerFrom(step, y, isPow2, activation),
  ) as [Requantizer, Requantizer];
  if (operator.kind === 'MUL') return (p, q) => clampWord(rescaleWord(p * q, 0, first), first);
  if (operator.kind === 'DIV') return (p, q) => clampWord(rescaleQuotient(p, q, first), first);
  if (operator.kind === 'PRELU')
    return (p, q) => clampWord(p < 0 ? rescaleWord(p * q, 0, second) : rescaleWord(p, 0, first), first);
  const sign = operator.kind === 'ADD' ? 1 : -1;
  const r = requantizerFrom(commonStep(a, b), y, isPow2, activation);
  if (r.arithmetic === 'pow2') {
    const [leftA, leftB] = [scaleOf(a) / commonStep(a, b), (sign * scaleOf(b)) / commonStep(a, b)];
    return (p, q) => clampWord(rescaleWord(p * leftA + q * leftB, 0, r), r);
  }
  const [ofA, ofB] = [ratioFrom(scaleOf(a), y), ratioFrom(scaleOf(b), y)];
  return (p, q) => clampWord(finishFloat16(multiplyAdd(p, ofA, sign * multiplyAdd(q, ofB, 0)), r), r);
}

/** p / q, brought to the output, before clamping: exact where it is shifted, of float32 else. By 0 it is infinite, 0 / 0 is 0. */
export function rescaleQuotient(p: number, q: number, r: Requantizer): number {
  if (r.arithmetic === 'pow2') return roundHalfEven((p * 2 ** -r.shift[0]!) / q || 0) + r.zeroPoint + 0;
  return finishFloat16(multiplyAdd(p / q || 0, r.scale[0]!, 0), r);
}

const pair = <K extends Pair['kind']>(): Kernel<K> => ({
  inputs: [2, 2],
  supports: (operator, network) => supportsPair(operator as Pair, network),
  run: (operator, inputs, [y], _, network) => runPair(operator as Pair, inputs, y!, network),
});
export const add = pair<'ADD'>();
export const sub = pair<'SUB'>();
export const mul = pair<'MUL'>();
export const div = pair<'DIV'>();
export const prelu = pair<'PRELU'>();

type Unary = OperatorOf<'RELU' | 'RELU6' | 'RELU_N1_TO_1' | 'LEAKY_RELU' | 'NEG' | 'ABS' | 'QUANTIZE'>;

/** What a word less its zero point becomes before it is rescaled, and the range and slope of that. */
function formOf(operator: Unary): { before: (x: number) => number; activation: Activation; slope: number } {
  const plain = { before: (x: number) => x, activation: 'none' as const, slope: 1 };
  switch (operator.kind) {
    case 'RELU':
      return { ...plain, activation: 'relu' };
    case 'RELU6':
      return { ...plain, activation: 'relu6' };
    case 'RELU_N1_TO_1':
      return { ...plain, activation: 'relu_n1_to_1' };
    case 'LEAKY_RELU':
      return { ...plain, slope: operator.options.alpha };
    case 'NEG':
      return { ...plain, before: (x) => -x };
    case 'ABS':
      return { ...plain, before: Math.abs };
    case 'QUANTIZE':
      return plain;
  }
}

function supportsUnary(operator: Unary, network: Network): string | null {
  const { name } = operator;
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  const scheme = wordSchemeOf(operator, network);
  return firstComplaint(
    () => needWords(name, scheme, ...(x.type === 'float32' ? [y] : [x, y])),
    () => needSlope(name, formOf(operator).slope),
    () => (x.type === 'float32' ? null : needRatios(name, scheme.kind === 'shift', y, scaleOf(x))),
    () => needShape(name, y, x.shape),
  );
}

const needSlope = (name: string, slope: number): string | null =>
  slope >= 0 && slope < 2 ** 15
    ? null
    : `${name} with the slope ${slope} is not supported in schemes of words; slopes from 0 to below 2^15 are.`;

/** From a word of x to one of y. */
function unaryFunction(operator: Unary, x: Tensor, y: Tensor, isPow2: boolean): (raw: number) => number {
  const { before, activation, slope } = formOf(operator);
  if (operator.kind === 'LEAKY_RELU' && isPow2) return slopeFunction(slope, x, y);
  const r = requantizerFrom(scaleOf(x), y, isPow2, activation, slope);
  const zero = zeroPointOf(x);
  return (raw) => clampWord(rescaleWord(before(raw - zero), 0, r), r);
}

/** By shifts, a slope is a word of 15 fraction bits. */
export const SLOPE_SCALE = 2 ** -15;
export const slopeWord = (slope: number): number => roundHalfEven(slope / SLOPE_SCALE);

function slopeFunction(slope: number, x: Tensor, y: Tensor): (raw: number) => number {
  const [above, below] = stepsOf('PRELU', scaleOf(x), SLOPE_SCALE).map((step) =>
    requantizerFrom(step, y, true, 'none'),
  ) as [Requantizer, Requantizer];
  const word = slopeWord(slope);
  return (raw) => clampWord(raw < 0 ? rescaleWord(raw * word, 0, below) : rescaleWord(raw, 0, above), above);
}

/** From a real number to the nearest word, half to even. NaN becomes the zero point. */
export function wordOf(y: Tensor): (real: number) => number {
  const [scale, zero, range] = [scaleOf(y), zeroPointOf(y), wordRange('none', y)];
  return (real) => clampWord(roundHalfEven(real / scale || 0) + zero, range);
}

const unary = <K extends Unary['kind']>(): Kernel<K> => ({
  inputs: [1, 1],
  supports: (operator, network) => supportsUnary(operator as Unary, network),
  run: (operator, [x], [y], _, network) => {
    const isReal = x!.tensor.type === 'float32';
    const compute = isReal
      ? wordOf(y!.tensor)
      : unaryFunction(operator as Unary, x!.tensor, y!.tensor, isPow2Scheme(operator as Unary, network));
    const [data, out] = [integers(x!), integers(y!)]; // or float32: numbers, either way
    for (let i = 0; i < out.length; i++) out[i] = compute(data[i]!);
    return null;
  },
});
export const relu = unary<'RELU'>();
export const relu6 = unary<'RELU6'>();
export const reluN1To1 = unary<'RELU_N1_TO_1'>();
export const leakyRelu = unary<'LEAKY_RELU'>();
export const neg = unary<'NEG'>();
export const abs = unary<'ABS'>();
export const quantize = unary<'QUANTIZE'>();
