// The network being made from a graph. In: constants, inputs, operators, one call each. Out: tensors and operators of the IR.
// Constants that are not in the file as they are needed (transposed weights, folded shapes) lie in one buffer of their own.
import {
  type ElementType,
  type Operator,
  type OperatorKind,
  type OptionsOf,
  type Quantization,
  type Tensor,
  ELEMENT_BYTES,
} from '../../network/network';
import { type Reading, refuse } from '../place';
import { cleanText, shortText } from '../text';
import { type Constant, complainAboutShape } from './constants';
import type { Node } from './model';

/** Converted constants may be several times those of the file (grouped filters made dense), but not without bound. */
const MAX_GROWTH = 15;
const MAX_GROWN_BYTES = 2 ** 28;
const MAX_OPERATORS = 200_000;

type Draft = { -readonly [K in keyof Tensor]: Tensor[K] };

export class Builder {
  readonly operators: Operator[] = [];
  private readonly tensors: Draft[] = [];
  private readonly made: Draft[] = []; // constants that are not the file's
  private madeBytes = 0;

  constructor(
    private readonly file: Uint8Array,
    private readonly reading: Reading,
    readonly opset: number,
  ) {}

  tensor(index: number): Tensor {
    return this.tensors[index]!;
  }

  /** Gives a tensor the name the graph knows it by. */
  rename(index: number, name: string): void {
    this.tensors[index]!.name = cleanText(name);
  }

  /** Says how the raw values of a tensor mean reals. */
  quantize(index: number, quantization: Quantization): void {
    this.tensors[index]!.quantization = quantization;
  }

  addTensor(
    name: string,
    type: ElementType,
    shape: readonly number[],
    offset: number,
    quantization: Quantization | null = null,
  ): number {
    const complaint = complainAboutShape(shape, type);
    if (complaint)
      refuse(this.reading, 'onnx-shape', `tensor ${this.tensors.length} (${shortText(name)}) ${complaint}.`, {
        offset,
        tensor: this.tensors.length,
      });
    const tensor: Draft = {
      index: this.tensors.length,
      name: cleanText(name),
      type,
      shape,
      quantization,
      data: null,
      isVariable: false,
    };
    this.tensors.push(tensor);
    return tensor.index;
  }

  addConstant(name: string, { type, shape, data, quantization }: Constant, offset: number): number {
    const tensor = this.tensors[this.addTensor(name, type, shape, offset, quantization)]!;
    tensor.data = data;
    if (data.buffer !== this.file.buffer || data.byteOffset % ELEMENT_BYTES[type] !== 0) {
      this.reserve(data.length, offset);
      this.made.push(tensor);
    }
    return tensor.index;
  }

  /** To be asked before constants are made: they must not grow beyond what the file's own size lets expect. */
  reserve(bytes: number, offset: number): void {
    this.madeBytes += align(bytes);
    if (this.madeBytes > MAX_GROWN_BYTES + MAX_GROWTH * this.file.length)
      refuse(
        this.reading,
        'onnx-too-much-growth',
        `the constants of the network, converted, are over ${MAX_GROWTH} times the file.`,
        { offset },
      );
  }

  addOperator<K extends OperatorKind>(
    kind: K,
    inputs: readonly number[],
    outputs: readonly number[],
    options: OptionsOf[K],
    node: Node,
  ): void {
    if (this.operators.length === MAX_OPERATORS)
      refuse(this.reading, 'onnx-too-many-operators', `the network has more than ${MAX_OPERATORS} operators.`, {
        offset: node.offset,
      });
    const origin = cleanText([node.kind, node.name].filter(Boolean).join(' '));
    const common = { index: this.operators.length, name: kind, version: this.opset, inputs, outputs, origin };
    // The pairing of kind and options is the caller's: TypeScript cannot follow it into the union.
    this.operators.push({ ...common, fileOffset: node.offset, kind, options } as unknown as Operator);
  }

  /** All tensors, and the buffer of the constants that the file does not hold. */
  finish(): { tensors: Tensor[]; converted: Uint8Array | null } {
    const converted = new Uint8Array(this.made.reduce((sum, { data }) => sum + align(data!.length), 0));
    let at = 0;
    for (const tensor of this.made) {
      const { data } = tensor;
      converted.set(data!, at);
      tensor.data = converted.subarray(at, at + data!.length);
      at += align(data!.length);
    }
    return { tensors: this.tensors, converted: converted.length > 0 ? converted : null };
  }
}

/** Elements of every type start at a multiple of their width. */
const align = (bytes: number): number => Math.ceil(bytes / 8) * 8;
