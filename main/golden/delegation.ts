// Which operators TFLite's XNNPACK delegate takes over. In: a checked network. Out: the operators whose arithmetic is
// XNNPACK's in the kernel set `xnnpack`; all others keep that of `builtin`.
//
// The rules are those of the delegate in the TFLite runtime the oracle runs (of 2022), read in
// delegates/xnnpack/xnnpack_delegate.cc (Visit*Node, Check*) and compared with the runtime's own profile, operator by
// operator (test/oracle/delegation.test.ts). Later delegates take more.
import type { Activation, Network, Operator, OperatorKind, OperatorOf, Tensor } from '../network/network';
import { elementCount } from '../network/network';
import { activationRange } from './activation';
import { readIndices } from './constants';
import { sameShape, scaleOf } from './kernel';

/** An operator with its tensors; a slot without one gives null. */
interface Node<K extends OperatorKind> {
  readonly operator: OperatorOf<K>;
  readonly input: (slot: number) => Tensor | null;
  readonly output: (slot: number) => Tensor | null;
}
type Rule<K extends OperatorKind> = (node: Node<K>) => boolean;
const { fround } = Math;

type Real = Tensor & { readonly type: 'float32' };
type Byte = Tensor & { readonly type: 'int8' | 'uint8' };
const isReal = (t: Tensor | null): t is Real => t?.type === 'float32';
/** int8 or uint8 with one scale. */
const isByte = (t: Tensor | null): t is Byte =>
  (t?.type === 'int8' || t?.type === 'uint8') && t.quantization?.scale.length === 1 && t.quantization.axis === 0;
const isValue = (t: Tensor | null): t is Real | Byte => isReal(t) || isByte(t);
const hasRank = (t: Tensor, rank: number): boolean => t.shape.length === rank;
const isConstant = (t: Tensor | null): t is Tensor => t !== null && t.data !== null;
const isIndices = (t: Tensor | null): t is Tensor => isConstant(t) && t.type === 'int32';
/** Index tensors that XNNPACK wants as lists; SPLIT's axis may be a scalar. */
const isList = (t: Tensor | null): t is Tensor => isIndices(t) && hasRank(t, 1);

/** Constant weights of convolutions: int8 also with a scale a channel, along `axis`. */
function isWeights(t: Tensor | null, axis: number): t is Tensor {
  if (!isConstant(t) || !hasRank(t, 4)) return false;
  const q = t.quantization;
  return isValue(t) || (t.type === 'int8' && q !== null && (q.scale.length === 1 || q.axis === axis));
}

/** A constant bias: int32 with as many scales as the operator takes. */
function isBias(t: Tensor | null, perChannel: boolean): boolean {
  if (!isConstant(t) || !hasRank(t, 1)) return false;
  const q = t.quantization;
  return isReal(t) || (t.type === 'int32' && q !== null && q.axis === 0 && (perChannel || q.scale.length === 1));
}

const CLAMPS: readonly Activation[] = ['none', 'relu', 'relu6', 'relu_n1_to_1'];

/** a / b as float32 in [2^low, 2^high); real tensors have no ratio to check. */
function isRatio(a: number, b: number, low: number, high: number): boolean {
  const ratio = fround(a / b);
  return ratio >= 2 ** low && ratio < 2 ** high;
}

const convolution =
  (axis: 0 | 3): Rule<'CONV_2D' | 'DEPTHWISE_CONV_2D'> =>
  ({ operator: { options }, input, output }) => {
    const [x, w, y] = [input(0), input(1), output(0)];
    return (
      isValue(x) &&
      hasRank(x, 4) &&
      isWeights(w, axis) &&
      w.type === x.type &&
      isBias(input(2), true) &&
      isValue(y) &&
      y.type === x.type &&
      CLAMPS.includes(options.activation)
    );
  };

const depthwise: Rule<'DEPTHWISE_CONV_2D'> = (node) => {
  const { depthMultiplier } = node.operator.options;
  return convolution(3)(node) && depthMultiplier > 0 && node.input(1)!.shape[3]! % depthMultiplier === 0;
};

const transposeConv: Rule<'TRANSPOSE_CONV'> = ({ operator: { options }, input, output }) => {
  const [shape, w, x, y] = [input(0), input(1), input(2), output(0)];
  if (!isList(shape) || !isValue(x) || !isValue(y) || !isValue(w) || !isConstant(w) || !hasRank(w, 4)) return false;
  if (isReal(x) !== isReal(y) || isReal(w) !== isReal(y)) return false; // no runtime computes those
  if (input(3) && !isBias(input(3), false)) return false;
  const [, height, width] = readIndices(shape) as [number, number, number];
  const [, tapsH, tapsW] = w.shape as [number, number, number];
  return options.padding === 'valid'
    ? tapsH <= height && tapsW <= width
    : tapsH >= options.strideH && tapsW >= options.strideW;
};

const fullyConnected: Rule<'FULLY_CONNECTED'> = ({ operator: { options, version }, input, output }) => {
  const [x, w, y] = [input(0), input(1), output(0)];
  if (version === 8 || options.shuffledWeights || !CLAMPS.includes(options.activation)) return false;
  if (!isValue(x) || !isValue(w) || !isConstant(w) || !hasRank(w, 2) || !isValue(y)) return false;
  if (x.shape.length === 0 || w.type !== x.type || y.type !== x.type) return false;
  if (input(2) && !isBias(input(2), false)) return false;
  const lead = options.keepNumDims ? x.shape.slice(0, -1) : [elementCount(x.shape) / w.shape[1]!];
  return sameShape(y.shape, [...lead, w.shape[0]!]);
};

const sum: Rule<'ADD' | 'SUB'> = ({ operator: { options }, input, output }) => {
  const [a, b, y] = [input(0), input(1), output(0)];
  if (!isValue(a) || !isValue(b) || !isValue(y) || !CLAMPS.includes(options.activation)) return false;
  return isReal(y) || [a, b].every((x) => isByte(x) && isRatio(scaleOf(x), scaleOf(y), -10, 8));
};

const product: Rule<'MUL'> = ({ operator: { options }, input, output }) => {
  const [a, b, y] = [input(0), input(1), output(0)];
  if (!isValue(a) || !isValue(b) || !isValue(y) || !CLAMPS.includes(options.activation)) return false;
  return isReal(y) || (isByte(a) && isByte(b) && isRatio(fround(scaleOf(a) * scaleOf(b)), scaleOf(y), -16, 8));
};

const pool =
  (takes: (t: Tensor | null) => boolean): Rule<'AVERAGE_POOL_2D' | 'MAX_POOL_2D'> =>
  ({ operator: { options: o }, input, output }) =>
    takes(input(0)) &&
    takes(output(0)) &&
    CLAMPS.includes(o.activation) &&
    o.strideH <= o.filterH &&
    o.strideW <= o.filterW;

const mean: Rule<'MEAN'> = ({ input, output }) => {
  const [x, axes, y] = [input(0), input(1), output(0)];
  if (!isValue(x) || !hasRank(x, 4) || !isList(axes) || !isValue(y) || isReal(x) !== isReal(y)) return false;
  const written = readIndices(axes).toSorted().join();
  return written === '2' || written === '1,2';
};

const quantize: Rule<'QUANTIZE'> = ({ input, output }) => {
  const [x, y] = [input(0), output(0)];
  if (!isByte(y)) return false;
  return isReal(x) || (isByte(x) && x.type === y.type && isRatio(scaleOf(x), scaleOf(y), -8, 7));
};

const leakyRelu: Rule<'LEAKY_RELU'> = ({ operator: { options }, input, output }) => {
  const [x, y] = [input(0), output(0)];
  if (!isValue(x) || !isValue(y)) return false;
  if (isReal(y) || isReal(x)) return isReal(y);
  const below = fround(fround(scaleOf(x) / scaleOf(y)) * fround(options.alpha));
  return isRatio(scaleOf(x), scaleOf(y), -8, 7) && below >= -127.99609375 && below <= 128 && Math.abs(below) >= 2 ** -8;
};

const resizeBilinear: Rule<'RESIZE_BILINEAR'> = ({ input, output }) =>
  isValue(input(0)) && isList(input(1)) && isValue(output(0));

/** One real input to one real output, or two. */
const reals: Rule<OperatorKind> = ({ operator, input, output }) =>
  operator.inputs.every((_, slot) => isReal(input(slot))) && isReal(output(0));

const values: Rule<OperatorKind> = ({ input, output }) => isValue(input(0)) && isValue(output(0));

/** Kinds that are absent are never taken over. */
const RULES: { readonly [K in OperatorKind]?: Rule<K> } = {
  CONV_2D: convolution(0),
  DEPTHWISE_CONV_2D: depthwise,
  TRANSPOSE_CONV: transposeConv,
  FULLY_CONNECTED: fullyConnected,
  ADD: sum,
  SUB: sum,
  MUL: product,
  AVERAGE_POOL_2D: pool(isReal),
  MAX_POOL_2D: pool(isValue),
  MEAN: mean,
  QUANTIZE: quantize,
  DEQUANTIZE: ({ input, output }) => isByte(input(0)) && isReal(output(0)),
  LEAKY_RELU: leakyRelu,
  LOGISTIC: values,
  CONCATENATION: (node) =>
    node.operator.inputs.length >= 2 &&
    node.operator.inputs.length <= 4 &&
    node.operator.inputs.every((_, slot) => isValue(node.input(slot))),
  SPLIT: ({ operator, input }) =>
    operator.outputs.length >= 2 && operator.outputs.length <= 4 && isIndices(input(0)) && isValue(input(1)),
  DEPTH_TO_SPACE: (node) => values(node) && node.operator.options.blockSize > 1,
  PAD: (node) => values(node) && isIndices(node.input(1)), // of one dimension: undecided, and all the same
  RESIZE_BILINEAR: resizeBilinear,
  TRANSPOSE: ({ input }) => isIndices(input(1)), // of whatever type: see `refuses`
  RESHAPE: ({ input, output }) => isReal(input(0)) && isReal(output(0)) && (input(1) === null || isList(input(1))),
  PRELU: (node) =>
    reals(node) &&
    isConstant(node.input(1)) &&
    node
      .input(1)!
      .shape.slice(0, -1)
      .every((d) => d === 1),
  SOFTMAX: (node) => reals(node) && node.operator.options.beta === 1,
  MAXIMUM: reals,
  MINIMUM: reals,
  ABS: reals,
  NEG: reals,
  RELU: reals,
  RELU6: reals,
  RELU_N1_TO_1: reals,
  HARD_SWISH: reals,
  DIV: (node) => reals(node) && CLAMPS.includes(node.operator.options.activation),
  SQRT: reals,
  ELU: (node) => reals(node) || (node.input(0)?.type === 'int8' && values(node)),
};

/**
 * Operators that the delegate takes and XNNPACK then refuses: the whole network goes back to the builtin kernels
 * ("Restored original execution plan after delegate application failure").
 */
function refuses({ operator, input, output }: Node<OperatorKind>): boolean {
  const y = output(0)!;
  if (operator.kind === 'TRANSPOSE') return !isValue(input(0));
  if (!isByte(y)) return false;
  if ('activation' in operator.options) {
    const [lowest, highest] = activationRange(operator.options.activation as Activation, y, 'float32');
    if (lowest >= highest) return true;
  }
  switch (operator.kind) {
    case 'CONV_2D':
    case 'DEPTHWISE_CONV_2D':
    case 'FULLY_CONNECTED':
    case 'TRANSPOSE_CONV': {
      const x = input(operator.kind === 'TRANSPOSE_CONV' ? 2 : 0)!;
      const scales = input(1)!.quantization!.scale;
      const ofBias = input(operator.kind === 'TRANSPOSE_CONV' ? 3 : 2)?.quantization?.scale;
      if (ofBias && ofBias.length !== scales.length) return true;
      return scales.some((scale) => fround(fround(scaleOf(x) * scale) / scaleOf(y)) >= 256);
    }
    case 'MEAN':
      return !isRatio(scaleOf(input(0)!), scaleOf(y), -8, 8);
    default:
      return false;
  }
}

const known = new WeakMap<Network, ReadonlySet<number>>();

/** Does XNNPACK compute this operator of the network? */
export function isDelegated(operator: Operator, network: Network): boolean {
  let delegated = known.get(network);
  if (!delegated) known.set(network, (delegated = delegatedOperators(network)));
  return delegated.has(operator.index);
}

/** Indices of the operators that XNNPACK computes. */
export function delegatedOperators(network: Network): ReadonlySet<number> {
  const none = new Set<number>();
  if (network.operators.some((operator) => hasRunTimeShape(operator, network))) return none;
  const taken = network.operators.filter(
    (operator): operator is Operator & { kind: OperatorKind } =>
      operator.kind !== 'OTHER' && ruleOf(operator.kind)(nodeOf(operator, network)),
  );
  return taken.some((operator) => refuses(nodeOf(operator, network))) ? none : new Set(taken.map(({ index }) => index));
}

/** (Sound: row K takes operators of kind K.) */
const ruleOf = (kind: OperatorKind): Rule<OperatorKind> =>
  (RULES[kind] as Rule<OperatorKind> | undefined) ?? (() => false);

function nodeOf(operator: Operator & { kind: OperatorKind }, network: Network): Node<OperatorKind> {
  const tensorAt = (index: number | undefined): Tensor | null => network.tensors[index ?? -1] ?? null;
  return {
    operator,
    input: (slot) => tensorAt(operator.inputs[slot]),
    output: (slot) => tensorAt(operator.outputs[slot]),
  };
}

/** A shape computed at run time makes a tensor dynamic, and a network with one is left to the builtin kernels. */
function hasRunTimeShape(operator: Operator, network: Network): boolean {
  const slot = operator.kind === 'RESHAPE' ? 1 : operator.kind === 'TRANSPOSE_CONV' ? 0 : null;
  const shape = slot === null ? null : network.tensors[operator.inputs[slot] ?? -1];
  return shape ? shape.data === null : false;
}
