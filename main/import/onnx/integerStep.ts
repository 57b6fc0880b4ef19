// A float recipe's step on integers. In: a node whose inputs are reals read from bytes, and the quantisation wanted of its
// outputs. Out: the operators its recipe makes, on 8-bit tensors with their quantisation, as TFLite has them.
import type { Activation, ElementType, OperatorKind, OptionsOf, Quantization } from '../../network/network';
import { makeConstant } from './constants';
import { type Order, type Value, asIs } from './conversion';
import { biasOfProducts, isByte, quantizationOf, realsOf, requantize, sameQuantizations } from './quantisation';
import { Step } from './step';

/** The outputs' quantisation; null: that of the input, which numbers that only move keep. */
export interface Wanted {
  readonly outputs: readonly (Quantization | null)[];
  readonly activation: Activation | null;
}

/** Operators whose outputs have their first input's scale. */
const KEEPING: ReadonlySet<OperatorKind> = new Set<OperatorKind>([
  'RESHAPE',
  'TRANSPOSE',
  'SLICE',
  'STRIDED_SLICE',
  'SPLIT_V',
  'GATHER',
  'PAD',
  'PADV2',
  'MIRROR_PAD',
  'MAX_POOL_2D',
  'AVERAGE_POOL_2D',
  'REDUCE_MAX',
  'SPACE_TO_DEPTH',
  'DEPTH_TO_SPACE',
  'RESIZE_NEAREST_NEIGHBOR',
  'RESIZE_BILINEAR',
]);
const isLayerKind = (kind: string): boolean => /^(Conv|ConvTranspose|Gemm|MatMul)$/.test(kind);

/** A bias that the graph has as reals, as some quantisers leave it: int32 of the product of the other scales, as TFLite has it. */
function quantizedBias(step: Step, value: Value): Value {
  const [x, w] = [step.input(0), step.input(1)].map((operand) => quantizationOf(step.conversion, operand)!);
  return { ...value, type: 'int32', constant: biasOfProducts(value.constant!, x!, w!) };
}

/** The step of a recipe that computes on integers: it sees them where the graph has reals read from them. */
export class IntegerStep extends Step {
  constructor(
    step: Step,
    private readonly wanted: Wanted,
  ) {
    super(step.index, step.node, step.conversion);
  }

  override optional(slot: number): Value | null {
    const value = super.optional(slot);
    if (slot === 2 && isLayerKind(this.node.kind) && value && !value.quantized) return quantizedBias(this, value);
    return value?.quantized ?? value;
  }

  override computes(type: ElementType): boolean {
    return isByte(type) || type === 'int32';
  }

  override emitAll<K extends OperatorKind>(
    kind: K,
    inputs: readonly number[],
    shapes: readonly (readonly number[])[],
    options: OptionsOf[K],
  ): number[] {
    const quantization = this.quantizationFor(kind, inputs);
    const sources = kind === 'CONCATENATION' ? inputs.map((tensor) => this.bring(tensor, quantization)) : inputs;
    const { activation } = this.wanted;
    const outputs = super.emitAll(
      kind,
      sources,
      shapes,
      activation && 'activation' in options ? { ...options, activation } : options,
      this.conversion.byteType,
    );
    for (const output of outputs) this.conversion.builder.quantize(output, quantization);
    return outputs;
  }

  private quantizationFor(kind: OperatorKind, inputs: readonly number[]): Quantization {
    const own = this.conversion.builder.tensor(inputs[0]!).quantization!;
    return KEEPING.has(kind) ? own : (this.wanted.outputs[0] ?? own);
  }

  private bring(tensor: number, quantization: Quantization): number {
    const { shape, name, type, quantization: own } = this.conversion.builder.tensor(tensor);
    if (sameQuantizations(own, quantization)) return tensor;
    const value = { name, type, shape, order: asIs(shape.length), tensor, constant: null, image: null };
    return requantize(this, value, quantization).tensor!;
  }

  /** A real number to pad with, as the integer nearest to it. */
  override made(what: string, type: 'float32' | 'int32', shape: readonly number[], numbers: readonly number[]): number {
    if (type === 'int32') return super.made(what, type, shape, numbers);
    const { byteType } = this.conversion;
    const quantization = quantizationOf(this.conversion, this.input(0))!;
    const lowest = byteType === 'int8' ? -128 : 0;
    const raws = numbers.map((n) =>
      Math.min(Math.max(Math.round(n / quantization.scale[0]!) + quantization.zeroPoint[0]!, lowest), lowest + 255),
    );
    return this.add(what, { ...makeConstant(byteType, shape, raws), quantization });
  }

  override give(tensor: number, shape: readonly number[], order: Order = asIs(shape.length), slot = 0): void {
    const name = this.node.outputs[slot] ?? '';
    this.define({ name, type: this.conversion.byteType, shape, order, tensor, constant: null, image: null }, slot);
  }

  override define(value: Value, slot = 0): void {
    const wanted = this.wanted.outputs[slot];
    const isRight = !wanted || sameQuantizations(quantizationOf(this.conversion, value), wanted);
    super.define(realsOf(isRight ? value : requantize(this, value, wanted)), slot);
  }
}
