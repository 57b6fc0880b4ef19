// Quantised values of an ONNX graph. In: QuantizeLinear, DequantizeLinear, and the scales and zero points of other nodes. Out:
// integers with their quantisation, and reals that are read from them.
//
// A network's 8-bit activations are all held as one type here (TFLite's layers mix none): int8, to which uint8 is moved by
// 128, zero point and all, so that the reals stay the same; or uint8, where weights have zero points, for which TFLite has
// uint8 layers only. Source: onnx/docs/Operators.md QuantizeLinear, DequantizeLinear.
import { type ElementType, type Quantization, elementCount } from '../../network/network';
import { type Constant, bytesOfNumbers, numbersOf } from './constants';
import type { ByteType, Conversion, Uses, Value } from './conversion';
import { asIs, heldOrder } from './conversion';
import type { Graph, Node } from './model';
import type { Step } from './step';

/** As one type instead of another: what bytes and zero points change by. */
const moved = (from: ElementType, to: ElementType): number => (from === to ? 0 : from === 'uint8' ? -128 : 128);
export const isByte = (type: ElementType): type is ByteType => type === 'int8' || type === 'uint8';

export const sameQuantizations = (a: Quantization | null | undefined, b: Quantization | null | undefined): boolean =>
  !!a &&
  !!b &&
  a.scale.join() === b.scale.join() &&
  a.zeroPoint.join() === b.zeroPoint.join() &&
  (a.scale.length === 1 || a.axis === b.axis);

/** Who reads what. */
export function usesOf({ nodes, outputs }: Graph): Uses {
  const uses = new Map<string, (Node | null)[]>();
  const note = (name: string, node: Node | null): void => {
    const list = uses.get(name);
    if (list) list.push(node);
    else uses.set(name, [node]);
  };
  for (const node of nodes) for (const name of new Set(node.inputs)) note(name, node);
  for (const { name } of outputs) note(name, null);
  return uses;
}

/** Scale and zero point in slots of a node, of integers stored as `type` and held here as bytes of the network's type, or int32. */
export interface Parameters {
  readonly type: ElementType;
  readonly quantization: Quantization;
}

export function readParameters(step: Step, scaleSlot: number, otherwise: ElementType, axis = 0): Parameters {
  const scale = step.constant(scaleSlot, 'scale');
  if (scale.type !== 'float32') step.refuse('onnx-type', `has a scale of ${scale.type}; float32 is supported`);
  if (scale.shape.length > 1) step.refuse('onnx-not-supported', 'has a scale for each block, which is not supported');
  const scales = step.numbers(scaleSlot, 'scales')!;
  if (scales.length === 0 || !scales.every((s) => Number.isFinite(s) && s > 0))
    step.refuse('onnx-quantisation', 'has scales that are not all positive and finite');
  const zero = step.optional(scaleSlot + 1) ? step.constant(scaleSlot + 1, 'zero point') : null;
  const type = zero?.type ?? otherwise;
  if (!isByte(type) && type !== 'int32')
    step.refuse('onnx-type', `quantises to ${type}, which is not supported; int8 and uint8 are`);
  const by = isByte(type) ? moved(type, step.conversion.byteType) : 0;
  if (by !== 0)
    step.note(
      `${type} values are held as ${step.conversion.byteType}: numbers and zero points are ${by < 0 ? '128 less' : '128 more'}`,
    );
  const zeros = zero ? numbersOf(zero) : scales.map(() => 0);
  if (zeros.length !== scales.length)
    step.refuse('onnx-quantisation', `has ${scales.length} scales, but ${zeros.length} zero points`);
  return { type, quantization: { scale: scales, zeroPoint: zeros.map((z) => z + by), axis } };
}

/** The quantisation of integers; null where it has not been told yet. */
export function quantizationOf({ builder }: Conversion, { tensor, constant, image }: Value): Quantization | null {
  if (constant) return constant.quantization ?? null;
  const held = tensor ?? image?.tensor ?? null;
  return held === null ? null : builder.tensor(held).quantization;
}

/** The reals that integers stand for. */
export function realsOf(integers: Value): Value {
  let reals: Constant | null = null;
  const { name, shape, constant } = integers;
  return {
    name,
    type: 'float32',
    shape,
    order: heldOrder(integers) ?? asIs(shape.length),
    tensor: null,
    image: null,
    quantized: integers,
    get constant() {
      return constant && (reals ??= dequantize(constant));
    },
  };
}

function dequantize(constant: Constant): Constant {
  const { scale, zeroPoint, axis } = constant.quantization!;
  const inner = elementCount(constant.shape.slice(axis + 1));
  const data = Float32Array.from(numbersOf(constant), (raw, i) => {
    const c = scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length;
    return (raw - zeroPoint[c]!) * scale[c]!;
  });
  return { type: 'float32', shape: constant.shape, data: new Uint8Array(data.buffer) };
}

/** Integers of a graph, with what they mean, in the network's type. */
export function integersOf(step: Step, value: Value, { type, quantization }: Parameters): Value {
  const { builder, byteType } = step.conversion;
  const channels = quantization.scale.length;
  if (channels > 1 && !value.constant)
    step.refuse('onnx-not-supported', 'reads activations per channel, which is not supported');
  needChannels(step, value, quantization);
  if (value.constant && value.constant.type !== type)
    step.refuse('onnx-type', `has a zero point of ${type} for ${value.constant.type} values`);
  if (value.constant) return { ...value, ...heldConstant(value.constant, byteType, quantization) };
  const known = quantizationOf(step.conversion, value);
  if (value.type === byteType && sameQuantizations(known, quantization)) return value;
  if (known && value.type === byteType)
    step.refuse('onnx-quantisation', 'reads integers by another scale or zero point than they were written with');
  if (value.tensor === null) step.refuse('onnx-type', `reads ${value.type} values, whose scale nobody has told`);
  if (value.type !== type) step.refuse('onnx-type', `has a zero point of ${type} for ${value.type} values`);
  const by = moved(byteType, value.type); // an input of the network: as the graph has it, then as it is held
  builder.quantize(value.tensor, { ...quantization, zeroPoint: quantization.zeroPoint.map((z) => z + by) });
  return value.type === byteType ? value : requantize(step, value, quantization);
}

function needChannels(step: Step, { shape }: Value, { scale, axis }: Quantization): void {
  if (scale.length > 1 && shape[axis] !== scale.length)
    step.refuse('onnx-quantisation', `has ${scale.length} scales along dimension ${axis} of [${shape.join(', ')}]`);
}

function heldConstant(constant: Constant, byteType: ByteType, quantization: Quantization) {
  const by = isByte(constant.type) ? moved(constant.type, byteType) : 0;
  if (by === 0) return { constant: { ...constant, quantization } };
  const data = constant.data.map((byte) => byte ^ 0x80);
  return { type: byteType, constant: { ...constant, type: byteType, data, quantization } };
}

/** The same reals as bytes of another quantisation, by QUANTIZE. */
export function requantize(step: Step, value: Value, quantization: Quantization): Value {
  if (value.image)
    return { ...value, type: step.conversion.byteType, image: requantize(step, value.image, quantization) };
  const { tensor, order } = step.held(value);
  const type = step.conversion.byteType;
  const to = order.map((d) => value.shape[d]!);
  const { builder } = step.conversion;
  const y = builder.addTensor(`${step.node.outputs[0] ?? ''}/QUANTIZE`, type, to, step.node.offset, quantization);
  builder.addOperator('QUANTIZE', [tensor], [y], {}, step.node);
  return { name: value.name, type, shape: value.shape, order, tensor: y, constant: null, image: null };
}

/** A tensor of the network's outputs as bytes of the type that the graph says. */
export function asStored({ builder }: Conversion, tensor: number, type: ElementType, node: Node): number {
  const { type: held, quantization, shape, name } = builder.tensor(tensor);
  if (!quantization || !isByte(type) || !isByte(held) || held === type) return tensor;
  const zeroPoint = quantization.zeroPoint.map((zero) => zero + moved(held, type));
  const y = builder.addTensor(name, type, shape, node.offset, { ...quantization, zeroPoint });
  builder.addOperator('QUANTIZE', [tensor], [y], {}, node);
  return y;
}

/** What QuantizeLinear makes of a value. */
export function quantized(step: Step, value: Value, { type, quantization }: Parameters): Value {
  if (!isByte(type)) step.refuse('onnx-type', `quantises to ${type}, which is not supported; int8 and uint8 are`);
  const { byteType } = step.conversion;
  const { name, shape, constant } = value;
  if (constant) needChannels(step, value, quantization);
  if (constant)
    return {
      name,
      type: byteType,
      shape,
      order: asIs(shape.length),
      tensor: null,
      constant: quantizeConstant(constant, byteType, quantization),
      image: null,
    };
  if (quantization.scale.length > 1)
    step.refuse('onnx-not-supported', 'quantises activations per channel, which is not supported');
  const integers = value.quantized;
  if (integers && sameQuantizations(quantizationOf(step.conversion, integers), quantization)) return integers;
  return requantize(step, integers ?? value, quantization);
}

/** Rounded half to even, as QuantizeLinear does. */
function quantizeConstant(constant: Constant, type: ByteType, quantization: Quantization): Constant {
  const { scale, zeroPoint, axis } = quantization;
  const inner = elementCount(constant.shape.slice(axis + 1));
  const lowest = type === 'int8' ? -128 : 0;
  const raws = numbersOf(constant).map((real, i) => {
    const c = scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length;
    return Math.min(Math.max(halfEven(Math.fround(real / scale[c]!)) + zeroPoint[c]!, lowest), lowest + 255);
  });
  return { type, shape: constant.shape, data: bytesOfNumbers(type, raws), quantization };
}

/** Real biases as int32 of the product of both scales. */
export function biasOfProducts(bias: Constant, x: Quantization, w: Quantization): Constant {
  const scale = w.scale.map((s) => Math.fround(x.scale[0]! * s));
  const raws = numbersOf(bias).map((real, c) => halfEven(real / scale[scale.length === 1 ? 0 : c]!));
  const quantization = { scale, zeroPoint: scale.map(() => 0), axis: 0 };
  return { type: 'int32', shape: bias.shape, data: bytesOfNumbers('int32', raws), quantization };
}

function halfEven(value: number): number {
  const whole = Math.floor(value);
  const rest = value - whole;
  return rest < 0.5 || (rest === 0.5 && whole % 2 === 0) ? whole : whole + 1;
}
