// A network being changed. In: a network; operators replaced and taken out, constants added. Out: a draft without what nobody
// reads any more, and where each tensor has gone.
import type { ElementType, Network, Operator, Tensor } from '../network/network';
import { type TypedArray, bytesOf } from '../tensor/tensor';
import type { Draft } from './write';

export class Rewrite {
  readonly tensors: Tensor[];
  private readonly operators: (Operator | null)[];
  private readonly readers = new Map<number, Set<number>>(); // by tensor: operators
  private readonly writers = new Map<number, number>();

  constructor(private readonly network: Network) {
    this.tensors = [...network.tensors];
    this.operators = [...network.operators];
    for (const operator of network.operators) this.link(operator);
  }

  operator = (index: number): Operator | null => this.operators[index] ?? null;
  tensor = (index: number): Tensor | null => this.tensors[index] ?? null;

  /** What wrote a tensor; null for constants and inputs. */
  writerOf = (tensor: number): Operator | null => this.operator(this.writers.get(tensor) ?? -1);

  /** The operator that alone reads a tensor; null where several do, none does, or the caller of the network. */
  onlyReaderOf(tensor: number): Operator | null {
    const readers = [...(this.readers.get(tensor) ?? [])];
    return readers.length === 1 && !this.network.outputs.includes(tensor) ? this.operator(readers[0]!) : null;
  }

  replace(operator: Operator): void {
    this.remove(operator.index);
    this.operators[operator.index] = operator;
    this.link(operator);
  }

  remove(index: number): void {
    const operator = this.operator(index);
    if (!operator) return;
    for (const tensor of operator.inputs) this.readers.get(tensor)?.delete(index);
    for (const tensor of operator.outputs) this.writers.delete(tensor);
    this.operators[index] = null;
  }

  addConstant(name: string, type: ElementType, shape: readonly number[], data: TypedArray): number {
    const tensor: Tensor = {
      index: this.tensors.length,
      name,
      type,
      shape,
      quantization: null,
      data: bytesOf(data),
      isVariable: false,
    };
    this.tensors.push(tensor);
    return tensor.index;
  }

  /** `moved` tells of each tensor its new index. */
  finish(): { draft: Draft; moved: ReadonlyMap<number, number> } {
    const { inputs, outputs } = this.network;
    const left = this.operators.filter((operator) => operator !== null);
    const besides = (o: Operator): readonly number[] => ('intermediates' in o.options ? o.options.intermediates : []);
    const used = new Set([...inputs, ...outputs, ...left.flatMap((o) => [...o.inputs, ...o.outputs, ...besides(o)])]);
    const kept = this.tensors.filter(({ index }) => used.has(index));
    const moved = new Map(kept.map(({ index }, at) => [index, at]));
    const to = (indices: readonly number[]): number[] => indices.map((index) => moved.get(index) ?? -1);
    const operators = left.map((operator, index): Operator => {
      const moving = { ...operator, index, inputs: to(operator.inputs), outputs: to(operator.outputs) };
      if (moving.kind !== 'UNIDIRECTIONAL_SEQUENCE_LSTM') return moving;
      return { ...moving, options: { ...moving.options, intermediates: to(moving.options.intermediates) } };
    });
    const tensors = kept.map((tensor, index) => ({ ...tensor, index }));
    return { draft: { ...this.network, tensors, operators, inputs: to(inputs), outputs: to(outputs) }, moved };
  }

  private link({ index, inputs, outputs }: Operator): void {
    for (const tensor of inputs) {
      const readers = this.readers.get(tensor) ?? new Set();
      this.readers.set(tensor, readers.add(index));
    }
    for (const tensor of outputs) this.writers.set(tensor, index);
  }
}
