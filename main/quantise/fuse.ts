// Fuses what an accelerator does in one go. In: a network of real numbers. Out: the same network with fewer operators, and what
// was fused into what. Three rules, applied until none holds:
//  - a layer, then ADD, SUB, MUL or DIV with a constant per channel (batch normalisation as converters leave it): the constant
//    goes into weights and bias, in double precision, rounded to float32 once;
//  - PAD, then a convolution without padding: SAME padding, where every window then lies on the same pixels;
//  - an operator that can clamp, then RELU, RELU6, RELU_N1_TO_1, or MAXIMUM 0 and MINIMUM 6: its fused activation.
// An operator goes only where it alone reads what stands before it, and that is no output of the network.
import { fitsSame } from '../import/onnx/window';
import type { Activation, Network, Operator, OperatorOf, Tensor } from '../network/network';
import { elementCount } from '../network/network';
import { readConstant } from '../tensor/tensor';
import { LAYERS, type Layer, channelsOf, isLayer } from './layers';
import { Rewrite } from './rewrite';
import { settle } from './write';

/** Operators that became part of another. */
export interface Fusion {
  readonly operator: number; // of the network as it was
  readonly absorbed: readonly number[]; // of the network as it was
  readonly tensor: number; // of the network as it was: what the last of them wrote
  readonly fusedTensor: number; // the same in the fused network
}

export interface Fused {
  readonly network: Network;
  readonly fusions: readonly Fusion[];
}

/** The network itself where there is nothing to fuse. */
export function fuseNetwork(network: Network): Fused {
  const rewrite = new Rewrite(network);
  const absorbed = new Map<number, number[]>();
  for (const { index } of network.operators)
    for (let done = fuseOne(rewrite, index); done !== null; done = fuseOne(rewrite, index))
      absorbed.set(index, [...(absorbed.get(index) ?? []), done]);
  if (absorbed.size === 0) return { network, fusions: [] };
  const { draft, moved } = rewrite.finish();
  const fusions = [...absorbed].map(([operator, others]) => {
    const tensor = rewrite.operator(operator)!.outputs[0]!;
    return { operator, absorbed: others.toSorted((a, b) => a - b), tensor, fusedTensor: moved.get(tensor)! };
  });
  return { network: settle(draft).network, fusions };
}

/** The operator that became part of this one, or null. */
function fuseOne(rewrite: Rewrite, index: number): number | null {
  const operator = rewrite.operator(index);
  if (!operator) return null;
  const pad = fusePad(rewrite, operator);
  if (pad !== null) return pad;
  const next = rewrite.onlyReaderOf(operator.outputs[0]!);
  if (!next || operator.outputs.length !== 1) return null;
  const fused = (isLayer(operator) ? foldConstant(rewrite, operator, next) : null) ?? clamp(rewrite, operator, next);
  if (!fused) return null;
  rewrite.remove(next.index);
  rewrite.replace(fused);
  return next.index;
}

// ---- Constants per channel

/** y = factor[c] x + term[c], as a layer's next operator says it. */
interface Affine {
  readonly factor: (channel: number) => number;
  readonly term: (channel: number) => number;
}
type Pair = OperatorOf<'ADD' | 'SUB' | 'MUL' | 'DIV'>;

function foldConstant(rewrite: Rewrite, layer: Layer, next: Operator): Operator | null {
  const { w: slot, bias: biasSlot, axis } = LAYERS[layer.kind];
  const w = rewrite.tensor(layer.inputs[slot]!)!;
  const bias = rewrite.tensor(layer.inputs[biasSlot] ?? -1);
  const isConstant = isRealConstant(w) && (bias === null || isRealConstant(bias));
  if (!isConstant || layer.options.activation !== 'none' || !isPair(next)) return null;
  const affine = affineOf(rewrite, next, layer.outputs[0]!, w.shape[axis]!);
  if (!affine) return null;
  const channels = channelsOf(w.shape, axis);
  const weights = (readConstant(w) as Float32Array).map((value, i) => value * affine.factor(channels[i]!));
  const old = bias ? (readConstant(bias) as Float32Array) : new Float32Array(w.shape[axis]!);
  const terms = old.map((value, c) => value * affine.factor(c) + affine.term(c));
  const inputs = [...layer.inputs];
  while (inputs.length <= biasSlot) inputs.push(-1);
  inputs[slot] = rewrite.addConstant(w.name, 'float32', w.shape, weights);
  inputs[biasSlot] = rewrite.addConstant(bias?.name ?? `${w.name}/bias`, 'float32', [terms.length], terms);
  // The pairing of kind and options is the layer's own: TypeScript cannot follow it through the spread.
  return {
    ...layer,
    inputs,
    outputs: next.outputs,
    options: { ...layer.options, activation: next.options.activation },
  } as Operator;
}

const isPair = (operator: Operator): operator is Pair => ['ADD', 'SUB', 'MUL', 'DIV'].includes(operator.kind);
const isRealConstant = (tensor: Tensor): boolean => tensor.type === 'float32' && tensor.data !== null;

function affineOf(rewrite: Rewrite, pair: Pair, x: number, channels: number): Affine | null {
  const isFirst = pair.inputs[0] === x;
  const constant = rewrite.tensor(pair.inputs[isFirst ? 1 : 0]!)!;
  const value = perChannel(constant, channels);
  const keepsShape = rewrite.tensor(x)!.shape.join() === rewrite.tensor(pair.outputs[0]!)!.shape.join();
  if (!value || !keepsShape || (pair.kind === 'DIV' && !isFirst)) return null;
  const none = (): number => 0;
  const one = (): number => 1;
  switch (pair.kind) {
    case 'ADD':
      return { factor: one, term: value };
    case 'SUB':
      return isFirst ? { factor: one, term: (c) => -value(c) } : { factor: () => -1, term: value };
    case 'MUL':
      return { factor: value, term: none };
    case 'DIV':
      return { factor: (c) => 1 / value(c), term: none };
  }
}

/** A constant of one value, or of one per channel along the last dimension. */
function perChannel(tensor: Tensor, channels: number): ((channel: number) => number) | null {
  if (!isRealConstant(tensor)) return null;
  const count = elementCount(tensor.shape);
  if (count !== 1 && (count !== channels || tensor.shape.at(-1) !== channels)) return null;
  const values = readConstant(tensor) as Float32Array;
  return count === 1 ? () => values[0]! : (channel) => values[channel]!;
}

// ---- Padding

function fusePad(rewrite: Rewrite, operator: Operator): number | null {
  if (operator.kind !== 'CONV_2D' && operator.kind !== 'DEPTHWISE_CONV_2D') return null;
  const pad = rewrite.writerOf(operator.inputs[0]!);
  if (pad?.kind !== 'PAD' || operator.options.padding !== 'valid' || !rewrite.onlyReaderOf(pad.outputs[0]!))
    return null;
  const amounts = rewrite.tensor(pad.inputs[1]!)!;
  const x = rewrite.tensor(pad.inputs[0]!)!;
  if (!amounts.data || x.shape.length !== 4) return null;
  const pads = Array.from(readConstant(amounts), Number);
  if ([0, 1, 6, 7].some((i) => pads[i] !== 0)) return null; // of images or channels
  const w = rewrite.tensor(operator.inputs[1]!)!.shape;
  const y = rewrite.tensor(operator.outputs[0]!)!.shape;
  const { strideH, strideW, dilationH, dilationW } = operator.options;
  const axis = (d: 1 | 2, stride: number, dilation: number) => ({
    input: x.shape[d]!,
    output: y[d]!,
    taps: w[d]!,
    stride,
    dilation,
    before: pads[2 * d]!,
    after: pads[2 * d + 1]!,
  });
  if (!fitsSame([axis(1, strideH, dilationH), axis(2, strideW, dilationW)])) return null;
  rewrite.remove(pad.index);
  const inputs = [pad.inputs[0]!, ...operator.inputs.slice(1)];
  rewrite.replace({ ...operator, inputs, options: { ...operator.options, padding: 'same' } } as Operator);
  return pad.index;
}

// ---- Activations

/** Kinds whose integer kernels clamp. (TRANSPOSE_CONV's do since its version 4, which older interpreters refuse.) */
const CLAMPING = [
  'CONV_2D',
  'DEPTHWISE_CONV_2D',
  'FULLY_CONNECTED',
  'ADD',
  'SUB',
  'MUL',
  'AVERAGE_POOL_2D',
  'MAX_POOL_2D',
] as const;
type Clamping = OperatorOf<(typeof CLAMPING)[number]>;
const canClamp = (operator: Operator): operator is Clamping => CLAMPING.some((kind) => kind === operator.kind);

function clamp(rewrite: Rewrite, operator: Operator, next: Operator): Operator | null {
  const added = activationOf(rewrite, next);
  if (!added || !canClamp(operator)) return null;
  const activation = join(operator.options.activation, added);
  return (
    activation && ({ ...operator, outputs: next.outputs, options: { ...operator.options, activation } } as Operator)
  );
}

const ACTIVATION: Partial<Record<Operator['kind'], Activation>> = {
  RELU: 'relu',
  RELU6: 'relu6',
  RELU_N1_TO_1: 'relu_n1_to_1',
};

/** 'below6' is half an activation: behind relu it makes relu6. */
function activationOf(rewrite: Rewrite, { kind, inputs }: Operator): Activation | 'below6' | null {
  if (kind !== 'MAXIMUM' && kind !== 'MINIMUM') return ACTIVATION[kind] ?? null;
  const constant = inputs.map((index) => rewrite.tensor(index)!).find(isRealConstant);
  if (!constant || elementCount(constant.shape) !== 1) return null;
  const limit = readConstant(constant)[0];
  if (kind === 'MAXIMUM') return limit === 0 ? 'relu' : null;
  return limit === 6 ? 'below6' : null;
}

/** One activation after another as one, where there is one. */
function join(first: Activation, then: Activation | 'below6'): Activation | null {
  if (then === 'below6') return first === 'relu' || first === 'relu6' ? 'relu6' : null;
  if (first === 'none' || first === then) return then;
  return first === 'relu' && then === 'relu6' ? 'relu6' : first === 'relu6' && then === 'relu' ? 'relu6' : null;
}
