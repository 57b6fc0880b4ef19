// Which nodes TFLite has an operator on 8-bit integers for. In: a node whose inputs are known. Out: its form, and what the
// QuantizeLinear nodes behind it want of its outputs; nothing where it is to be computed on reals.
import type { OperatorKind, Quantization } from '../../network/network';
import { type Constant, numbersOf } from './constants';
import type { Wanted } from './integerStep';
import type { Node } from './model';
import { activationOf } from './operators/elementwise';
import { isWholeAverage } from './operators/pools';
import { isByte, quantizationOf, readParameters } from './quantisation';
import { Step } from './step';

export interface Form {
  /** Of the node's inputs, those from the first on that are activations. */
  readonly activations: number;
  /** May outputs go without a scale of their own? */
  readonly keeps?: true;
  /** May a Relu or Clip behind it be its fused activation? */
  readonly fuses?: true;
  readonly fits?: (step: Step) => boolean;
  /** The operator on integers, where its scale is prescribed: any other would be rounded to twice. */
  readonly prescribed?: OperatorKind;
}

/** What TFLite prescribes. */
const PRESCRIBED: Partial<Record<OperatorKind, readonly [scale: number, int8Zero: number]>> = {
  LOGISTIC: [1 / 256, -128],
  SOFTMAX: [1 / 256, -128],
  TANH: [1 / 128, 0],
};

const ONE: Form = { activations: 1 };
const KEEPS: Form = { activations: 1, keeps: true };
const PAIR: Form = { activations: 2, fuses: true };

export const FORMS: Readonly<Record<string, Form>> = {
  Conv: { activations: 1, fuses: true, fits: (step) => isLayer(step, 0) },
  ConvTranspose: { activations: 1, fits: (step) => step.int('group', 1) === 1 && isLayer(step, 1) },
  Gemm: {
    activations: 1,
    fuses: true,
    fits: (step) =>
      step.float('alpha', 1) === 1 && step.float('beta', 1) === 1 && isLayer(step, step.int('transB', 0) !== 0 ? 0 : 1),
  },
  MatMul: { activations: 1, fuses: true, fits: (step) => isLayer(step, 1) },
  Add: PAIR,
  Sub: PAIR,
  Mul: PAIR,
  Relu: ONE,
  LeakyRelu: ONE,
  Sigmoid: { activations: 1, prescribed: 'LOGISTIC' },
  Tanh: { activations: 1, prescribed: 'TANH' },
  HardSwish: ONE,
  Softmax: { activations: 1, prescribed: 'SOFTMAX' },
  Clip: { activations: 1, fits: (step) => activationOf(step) !== null },
  GlobalAveragePool: ONE,
  ReduceMean: ONE,
  AveragePool: { activations: 1, fits: isWholeAverage },
  MaxPool: KEEPS,
  GlobalMaxPool: KEEPS,
  Concat: { activations: Infinity },
  Split: KEEPS,
  Slice: KEEPS,
  Gather: KEEPS,
  Flatten: KEEPS,
  Reshape: KEEPS,
  Squeeze: KEEPS,
  Unsqueeze: KEEPS,
  Transpose: KEEPS,
  Identity: KEEPS,
  Dropout: KEEPS,
  SpaceToDepth: KEEPS,
  DepthToSpace: KEEPS,
  Resize: KEEPS,
  Pad: { activations: 1, keeps: true, fits: (step) => step.opset >= 11 && (step.numbers(2, 'value')?.[0] ?? 0) === 0 },
};

/** Weights without zero points (or uint8, per tensor), scales along their outputs, and a bias of both scales' product. */
function isLayer(step: Step, channelAxis: number): boolean {
  const { conversion } = step;
  const [x, w] = [step.input(0).quantized, step.input(1).quantized];
  if (!x || !w?.constant || !isByte(w.constant.type)) return false;
  const [ofX, ofW] = [quantizationOf(conversion, x)!, w.constant.quantization!];
  const isPerChannel = ofW.scale.length > 1;
  if (isPerChannel && ofW.axis !== channelAxis) return false;
  if (conversion.byteType === 'uint8' ? isPerChannel : ofW.zeroPoint.some((zero) => zero !== 0)) return false;
  const given = step.optional(2);
  if (!given) return true;
  if (given.constant?.type === 'float32' && !given.quantized) return isModestBias(given.constant, ofX, ofW);
  const bias = step.input(2).quantized?.constant;
  if (bias?.type !== 'int32' || bias.shape.length !== 1 || bias.quantization!.zeroPoint.some((zero) => zero !== 0))
    return false;
  const { scale } = bias.quantization!;
  return scale.every((s, c) => {
    const product = ofX.scale[0]! * ofW.scale[isPerChannel ? c % ofW.scale.length : 0]!;
    return Math.abs(s - product) <= 1e-4 * product;
  });
}

/** Real biases of one for each scale, that fit int32 on the products' scale. */
function isModestBias({ shape, ...bias }: Constant, x: Quantization, w: Quantization): boolean {
  if (shape.length !== 1 || (w.scale.length > 1 && w.scale.length !== shape[0])) return false;
  const least = Math.min(...w.scale) * x.scale[0]!;
  return numbersOf({ ...bias, shape }).every((real) => Math.abs(real) < least * 2 ** 30);
}

export function isOnBytes(step: Step, { activations, fits }: Form): boolean {
  const count = Math.min(activations, step.node.inputs.length);
  for (let slot = 0; slot < count; slot++) {
    const integers = step.optional(slot)?.quantized;
    if (!integers || integers.type !== step.conversion.byteType) return false;
    if (quantizationOf(step.conversion, integers)?.scale.length !== 1) return false;
  }
  return step.input(0).quantized?.constant === null && (fits?.(step) ?? true);
}

/** Do the outputs have the scales that the form can give them? */
export function canGive({ conversion }: Step, { keeps, prescribed }: Form, outputs: Wanted['outputs']): boolean {
  if (!prescribed) return keeps === true || outputs.every((one) => one !== null);
  const [scale, zero] = PRESCRIBED[prescribed]!;
  const zeroPoint = zero + (conversion.byteType === 'int8' ? 0 : 128);
  return outputs.every((one) => one?.scale[0] === scale && one.zeroPoint[0] === zeroPoint);
}

/** What the QuantizeLinear nodes behind a node say of its outputs; a Relu or Clip between is absorbed. */
export function lookAhead(step: Step, form: Form): Wanted | null {
  const behind = step.node.outputs.map((name) => quantizationBehind(step, name));
  if (canGive(step, form, behind)) return { outputs: behind, activation: null };
  const next = form.fuses ? onlyUse(step, step.node.outputs[0] ?? '') : null;
  const activation =
    next && /^(Relu|Clip)$/.test(next.kind) ? activationOf(new Step(step.index, next, step.conversion)) : null;
  const quantization = activation && quantizationBehind(step, next!.outputs[0] ?? '');
  if (!quantization) return null;
  step.conversion.absorbed.add(next!);
  return { outputs: [quantization], activation };
}

function onlyUse({ conversion }: Step, name: string): Node | null {
  const uses = conversion.uses.get(name) ?? [];
  return uses.length === 1 ? uses[0]! : null;
}

function quantizationBehind(step: Step, name: string): Quantization | null {
  const next = onlyUse(step, name);
  if (next?.kind !== 'QuantizeLinear' || !step.conversion.find(next.inputs[1] ?? '')?.constant) return null;
  const { type, quantization } = readParameters(new Step(step.index, next, step.conversion), 1, 'uint8');
  return isByte(type) && quantization.scale.length === 1 ? quantization : null;
}
