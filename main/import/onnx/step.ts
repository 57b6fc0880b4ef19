// A node on its way into the network: what its recipe may ask, and how it gives its results.
// In: a node and the conversion it is part of. Out: checked inputs and attributes; operators added, outputs defined.
import { type ElementType, type OperatorKind, type OptionsOf, elementCount } from '../../network/network';
import { refuse } from '../place';
import { shortText } from '../text';
import { type Constant, makeConstant, numbersOf } from './constants';
import { type Conversion, type Order, type Value, asIs, heldOrder } from './conversion';
import type { Attribute, Node } from './model';

/** AttributeProto.AttributeType. */
const KINDS = { float: 1, int: 2, text: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** Of indices, sizes, limits: there are as many as dimensions, or as rows to be chosen. */
const MAX_NUMBERS = 1_000_000;

export class Step {
  readonly opset: number;

  constructor(
    readonly index: number,
    readonly node: Node,
    readonly conversion: Conversion,
  ) {
    this.opset = conversion.opset;
  }

  // ---- inputs

  optional(slot: number): Value | null {
    const name = this.node.inputs[slot] ?? '';
    if (name === '') return null;
    return (
      this.conversion.find(name) ??
      this.refuse('onnx-order', `reads ${shortText(name)}, which nothing before it has written`)
    );
  }

  input(slot: number): Value {
    return this.optional(slot) ?? this.refuse('onnx-operator-inputs', `lacks its input ${slot}`);
  }

  /** An input that must be known here and now. */
  constant(slot: number, what: string): Constant {
    const { constant } = this.input(slot);
    return constant ?? this.refuse('onnx-not-constant', `computes its ${what} at run time; a constant is supported`);
  }

  /** The same as numbers; null where it is left out. */
  numbers(slot: number, what: string): number[] | null {
    if (!this.optional(slot)) return null;
    const constant = this.constant(slot, what);
    if (elementCount(constant.shape) > MAX_NUMBERS)
      this.refuse('onnx-shape', `has ${what} of [${constant.shape.join(', ')}], more than ${MAX_NUMBERS} numbers`);
    return numbersOf(constant);
  }

  /** The same where only whole numbers make sense: indices, sizes, axes. */
  wholes(slot: number, what: string): number[] | null {
    const numbers = this.numbers(slot, what);
    const broken = numbers?.find((number) => !Number.isInteger(number));
    if (broken !== undefined) this.refuse('onnx-type', `has ${what} with ${broken}, which is no whole number`);
    return numbers;
  }

  /** May numbers of this type be computed with? */
  computes(type: ElementType): boolean {
    return type === 'float32';
  }

  /** float32, or a refusal. */
  real(slot: number): Value {
    const value = this.input(slot);
    if (!this.computes(value.type))
      this.refuse('onnx-type', `computes ${value.type} values, which is not supported; float32 is`);
    return value;
  }

  /** A float32 value of NCHW. */
  image(slot: number): Value {
    const value = this.real(slot);
    if (value.shape.length !== 4)
      this.refuse(
        'onnx-rank',
        `has an input of ${value.shape.length} dimensions; images of 4 (N, C, H, W) are supported`,
      );
    return value;
  }

  // ---- attributes

  private attribute<K extends keyof typeof KINDS>(name: string, kind: K): Attribute[K] | null {
    const attribute = this.node.attributes.get(name);
    if (!attribute) return null;
    if (attribute.type !== KINDS[kind]) this.refuse('onnx-attribute', `has an attribute ${name} of the wrong kind`);
    return attribute[kind];
  }

  int(name: string, otherwise: number): number {
    return this.attribute(name, 'int') ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.attribute(name, 'float') ?? otherwise;
  }

  text(name: string, otherwise: string): string {
    return this.attribute(name, 'text') ?? otherwise;
  }

  tensor(name: string): Attribute['tensor'] {
    return this.attribute(name, 'tensor');
  }

  ints(name: string): readonly number[] | null {
    return this.attribute(name, 'ints');
  }

  floats(name: string): readonly number[] | null {
    return this.attribute(name, 'floats');
  }

  /** As many whole numbers of at least `least`; one of `otherwise` each where they are left out. */
  sizes(name: string, count: number, otherwise: number, least: number): readonly number[] {
    const given = this.ints(name) ?? new Array<number>(count).fill(otherwise);
    if (given.length !== count || given.some((size) => size < least || size > 2 ** 31))
      this.refuse(
        'onnx-attribute',
        `has ${name} of [${given.join(', ')}]; ${count} numbers of at least ${least} are needed`,
      );
    return given;
  }

  /** A dimension of `rank`, counted from the front. */
  axis(given: number, rank: number): number {
    const axis = given < 0 ? given + rank : given;
    if (!(axis >= 0 && axis < rank)) this.refuse('onnx-axis', `names axis ${given} of ${rank} dimensions`);
    return axis;
  }

  // ---- results

  /** Adds an operator with one output of this shape (the IR's); returns its tensor. */
  emit<K extends OperatorKind>(
    kind: K,
    inputs: readonly number[],
    shape: readonly number[],
    options: OptionsOf[K],
    type: ElementType = 'float32',
  ): number {
    return this.emitAll(kind, inputs, [shape], options, type)[0]!;
  }

  emitAll<K extends OperatorKind>(
    kind: K,
    inputs: readonly number[],
    shapes: readonly (readonly number[])[],
    options: OptionsOf[K],
    type: ElementType,
  ): number[] {
    const { builder } = this.conversion;
    const outputs = shapes.map((shape) =>
      builder.addTensor(`${this.node.outputs[0] ?? ''}/${kind}`, type, shape, this.node.offset),
    );
    builder.addOperator(kind, inputs, outputs, options, this.node);
    return outputs;
  }

  /** A constant as a tensor of the IR. */
  add(name: string, constant: Constant): number {
    return this.conversion.builder.addConstant(name, constant, this.node.offset);
  }

  /** One that was made here. */
  made(what: string, type: 'float32' | 'int32', shape: readonly number[], numbers: readonly number[]): number {
    return this.add(`${this.node.outputs[0] ?? ''}/${what}`, makeConstant(type, shape, numbers));
  }

  indices(numbers: readonly number[], shape?: readonly number[]): number {
    return this.conversion.indices(numbers, this.node, shape);
  }

  /** The value in this order of dimensions, as a tensor of the IR. */
  arrange(value: Value, order: Order = asIs(value.shape.length)): number {
    return this.conversion.arrange(value, order, this.node);
  }

  /** The value in the order it is held in; constants and flattened images as the graph has them. */
  held(value: Value): { tensor: number; order: Order } {
    const order = heldOrder(value) ?? asIs(value.shape.length);
    return { tensor: this.arrange(value, order), order };
  }

  /** Output `slot` is this tensor, which holds a value of `shape` (the graph's) in `order`. */
  give(tensor: number, shape: readonly number[], order: Order = asIs(shape.length), slot = 0): void {
    const { builder } = this.conversion;
    const name = this.node.outputs[slot] ?? '';
    if (builder.operators.at(-1)?.outputs.includes(tensor)) builder.rename(tensor, name);
    this.define({ name, type: builder.tensor(tensor).type, shape, order, tensor, constant: null, image: null }, slot);
  }

  giveConstant(constant: Constant): void {
    const { type, shape } = constant;
    const name = this.node.outputs[0] ?? '';
    this.define({ name, type, shape, order: asIs(shape.length), tensor: null, constant, image: null });
  }

  /** Output `slot` is a value, be it one there was before. */
  define(value: Value, slot = 0): void {
    const name = this.node.outputs[slot] ?? '';
    if (name === '') return;
    if (this.conversion.find(name)) this.refuse('onnx-order', `writes ${shortText(name)}, which was written before`);
    this.conversion.define(name, value);
  }

  /** Outputs from `slot` on are not given: refuses if the graph names one. */
  leaveOut(slot: number, what: string): void {
    if (this.node.outputs.slice(slot).some((name) => name !== ''))
      this.refuse('onnx-operator-outputs', `gives ${what}, which is not supported`);
  }

  note(what: string): void {
    this.conversion.note(what, this.node);
  }

  get called(): string {
    const { kind, name } = this.node;
    return `node ${this.index} (${kind}${name ? ` ${shortText(name)}` : ''})`;
  }

  refuse(code: string, what: string, remedy = ''): never {
    return refuse(this.conversion.reading, code, `${this.called} ${what}.`, { offset: this.node.offset }, remedy);
  }
}

/** How a kind of node becomes operators. */
export type Recipe = (step: Step) => void;
