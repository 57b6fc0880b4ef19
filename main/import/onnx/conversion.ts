// From ONNX's order of dimensions to ours. In: the graph's values. Out: the IR's tensors, in the order an operator needs.
//
// ONNX images are NCHW, ours NHWC. A value keeps the shape the graph gives it and remembers in which order the IR's tensor
// holds its dimensions; so a Transpose only changes what is remembered, and numbers are moved (by a TRANSPOSE that can be
// seen) only where an operator needs another order than there is. Constants are transposed here, once.
import type { ElementType } from '../../network/network';
import type { Problem } from '../../network/problem';
import type { Reading } from '../place';
import { shortText } from '../text';
import type { Builder } from './builder';
import { type Constant, keepsElements, transposeConstant } from './constants';
import type { Node } from './model';

/** Dimension d of the IR's tensor is dimension order[d] of the graph's value. */
export type Order = readonly number[];
export const IMAGE: Order = [0, 2, 3, 1];
export const asIs = (rank: number): Order => Array.from({ length: rank }, (_, d) => d);
export const sameOrder = (a: Order, b: Order): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[]; // as the graph has it
  readonly order: Order;
  /** The IR's tensor; null for constants, of which each use may need another order, and for a flattened image. */
  readonly tensor: number | null;
  readonly constant: Constant | null;
  /** The image this is the flattened form of: moved into that order only if anybody but a layer asks. */
  readonly image: Value | null;
  /** The integers that these reals are read from: made real by DEQUANTIZE only if anybody asks for reals. */
  readonly quantized?: Value;
}

/** The order a value lies in, its integers' where it has such; null where it does not lie anywhere. */
export function heldOrder(value: Value): Order | null {
  const { tensor, order } = value.tensor === null ? (value.quantized ?? value) : value;
  return tensor === null ? null : order;
}

export type ByteType = 'int8' | 'uint8';

/** The nodes that read a value; null stands for the graph's output. */
export type Uses = ReadonlyMap<string, readonly (Node | null)[]>;

interface Note {
  readonly names: string[];
  readonly node: Node;
  readonly operator: number;
}

export class Conversion {
  private readonly values = new Map<string, Value>();
  /** What was arranged already, by value and order. */
  private readonly arranged = new Map<Value, Map<string, number>>();
  private readonly notes = new Map<string, Note>();
  /** Nodes whose work an operator before them has taken over. */
  readonly absorbed = new Set<Node>();

  constructor(
    readonly builder: Builder,
    readonly reading: Reading,
    readonly opset: number,
    readonly uses: Uses,
    /** What 8-bit activations are held as, whatever the graph holds them as. */
    readonly byteType: ByteType,
  ) {}

  find(name: string): Value | undefined {
    return this.values.get(name);
  }

  define(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** The IR's tensor of a value with its dimensions in `order`. */
  arrange(value: Value, order: Order, node: Node): number {
    if (value.tensor !== null && sameOrder(value.order, order)) return value.tensor;
    const known = this.arranged.get(value) ?? new Map<string, number>();
    this.arranged.set(value, known);
    const key = order.join();
    const tensor = known.get(key) ?? this.makeArranged(value, order, node);
    known.set(key, tensor);
    return tensor;
  }

  private makeArranged(value: Value, order: Order, node: Node): number {
    const { builder } = this;
    if (value.constant) return builder.addConstant(value.name, transposeConstant(value.constant, order), node.offset);
    if (value.image) return this.reshape(this.packed(value.image, node), value, order, node);
    if (value.quantized && value.tensor === null) return this.makeReal(value.quantized, value, order, node);
    const shape = order.map((d) => value.shape[d]!);
    const permutation = order.map((d) => value.order.indexOf(d));
    const held = value.order.map((d) => value.shape[d]!);
    if (keepsElements(held, permutation)) return this.reshape(value.tensor!, value, order, node);
    const { type, quantization } = builder.tensor(value.tensor!);
    const y = builder.addTensor(`${value.name}/${order.join('')}`, type, shape, node.offset, quantization);
    builder.addOperator('TRANSPOSE', [value.tensor!, this.indices(permutation, node)], [y], {}, node);
    this.note('Numbers are put into another order of dimensions by TRANSPOSE', node);
    return y;
  }

  private makeReal(integers: Value, { name, shape }: Value, order: Order, node: Node): number {
    const from = this.arrange(integers, order, node);
    const y = this.builder.addTensor(
      `${name}/real`,
      'float32',
      order.map((d) => shape[d]!),
      node.offset,
    );
    this.builder.addOperator('DEQUANTIZE', [from], [y], {}, node);
    return y;
  }

  private reshape(tensor: number, { name, shape }: Value, order: Order, node: Node): number {
    const to = order.map((d) => shape[d]!);
    const { type, quantization } = this.builder.tensor(tensor);
    const y = this.builder.addTensor(`${name}/${to.join('x')}`, type, to, node.offset, quantization);
    this.builder.addOperator('RESHAPE', [tensor], [y], { newShape: to }, node);
    return y;
  }

  /** A tensor whose elements lie as the graph has them, whatever its shape. */
  packed(value: Value, node: Node): number {
    const order = asIs(value.shape.length);
    if (value.tensor !== null && keepsElements(value.shape, value.order)) return value.tensor;
    return this.arrange(value, order, node);
  }

  indices(numbers: readonly number[], node: Node, shape: readonly number[] = [numbers.length]): number {
    const data = Int32Array.from(numbers);
    return this.builder.addConstant(
      `${node.outputs[0] ?? ''}/indices`,
      { type: 'int32', shape, data: new Uint8Array(data.buffer) },
      node.offset,
    );
  }

  /** What became what, told once with all the places. */
  note(what: string, node: Node): void {
    const note = this.notes.get(what) ?? { names: [], node, operator: Math.max(0, this.builder.operators.length - 1) };
    this.notes.set(what, note);
    const name = `${node.kind} ${node.name || node.outputs[0] || ''}`.trim();
    if (note.names.at(-1) !== name) note.names.push(name);
  }

  takeNotes(): Problem[] {
    return [...this.notes].map(([what, { names, node, operator }]) => ({
      severity: 'note',
      code: 'onnx-converted',
      sentence: `${what} (${names.length > 3 ? `${names.length} times, first at ` : ''}${names
        .slice(0, names.length > 3 ? 1 : 3)
        .map(shortText)
        .join(', ')}).`,
      place: { file: this.reading.file, operator, offset: node.offset },
    }));
  }
}
