// From real numbers to words: which tensor gets which scale. In: a network of real numbers, what calibration saw of it, a scheme.
// Out: the quantised network, as a draft to be written (write.ts).
//
// A *node* is a tensor in one form of words: where neighbours have different schemes, a tensor has several, and QUANTIZE stands
// between them. Operators that only move or compare numbers put their nodes into one group, which has one scale; what a group's
// words must hold is what its sources hold: the tensors that something else than such an operator wrote.
import { userFailure } from '../network/failure';
import type { Network, Operator, Quantization } from '../network/network';
import { type Scheme, type WordScheme, isWordScheme } from '../network/scheme';
import { readConstant } from '../tensor/tensor';
import { INFINITE, type Observation } from './observe';
import { LAYERS, isLayer } from './layers';
import { type Method, type Range, chooseRange, joinRanges } from './range';
import { Rewrite } from './rewrite';
import { dataSlots, fixedOf, ruleOf, takes, takesSlope } from './rules';
import { type Form, formOf, quantizationOf } from './words';

export type Ends = 'words' | 'real';

export interface ConvertOptions {
  readonly scheme: Scheme;
  /** By operator; null: it stays one of real numbers. */
  readonly layers: ReadonlyMap<number, Scheme | null>;
  readonly method: Method;
  /** Inputs and outputs of the network: words, or real numbers with QUANTIZE and DEQUANTIZE behind and before. */
  readonly ends: Ends;
}

/** What has been decided of a network; emit.ts writes it down. */
export interface Decisions {
  /** By operator; null: real numbers. */
  readonly schemes: readonly (Scheme | null)[];
  /** The form a tensor is written in; null: real, or no data at all. */
  readonly nativeForm: (tensor: number) => Form | null;
  /** LEAKY_RELU that has become the slope of the layer before it, by that layer. */
  readonly slopes: ReadonlyMap<number, Operator>;
  readonly quantization: (tensor: number, form: Form) => Quantization;
}

/** @throws userFailure quantise-quantised, quantise-layer */
export function decide(
  network: Network,
  observations: ReadonlyMap<number, Observation>,
  options: ConvertOptions,
): Decisions {
  checkReal(network);
  checkLayers(network, options.layers);
  return new Deciding(network, observations, options);
}

class Deciding implements Decisions {
  readonly schemes: (Scheme | null)[] = [];
  readonly slopes = new Map<number, Operator>();
  private readonly sloped = new Map<number, Scheme>(); // of the operators that become slopes
  private readonly graph: Rewrite;
  private readonly native = new Map<number, Form | null>();
  private readonly groups = new Map<string, string>(); // a node to another of its group, the last to itself
  private readonly nodes = new Map<string, { readonly tensor: number; readonly form: Form }>();
  private readonly moved = new Set<string>(); // nodes that an operator of the same group writes
  private readonly fixed = new Map<string, Quantization>();
  private readonly found = new Map<string, Quantization>(); // by the last of a group

  constructor(
    private readonly network: Network,
    private readonly observations: ReadonlyMap<number, Observation>,
    private readonly options: ConvertOptions,
  ) {
    this.graph = new Rewrite(network);
    for (const input of network.inputs) this.native.set(input, isReal(network, input) ? formOf(options.scheme) : null);
    for (const operator of network.operators) this.place(operator);
  }

  nativeForm = (tensor: number): Form | null => this.native.get(tensor) ?? null;

  quantization = (tensor: number, form: Form): Quantization => {
    const node = this.node(tensor, form);
    const fixed = this.fixed.get(node);
    if (fixed) return fixed;
    const last = this.last(node);
    const known = this.found.get(last) ?? quantizationOf(this.rangeOf(last, form), form);
    this.found.set(last, known);
    return known;
  };

  /** An operator's scheme, and what it says of its tensors' nodes. */
  private place(operator: Operator): void {
    const offered = this.sloped.get(operator.index) ?? this.schemeFor(operator);
    const scheme = offered && withoutSlope(offered);
    this.schemes[operator.index] = scheme;
    const rule = ruleOf(operator);
    const form = scheme && formOf(scheme);
    for (const output of operator.outputs)
      this.native.set(output, form && rule!.relation !== 'index' && isReal(this.network, output) ? form : null);
    if (!form) return;
    if (isLayer(operator) && isWordScheme(offered)) this.takeSlope(operator, offered);
    if (rule!.relation === 'fixed' && scheme.kind === 'tflite')
      this.fixed.set(this.node(operator.outputs[0]!, form), fixedOf(operator, form.type));
    if (rule!.relation === 'same') this.join(operator, form);
  }

  private schemeFor(operator: Operator): Scheme | null {
    const rule = ruleOf(operator);
    if (!rule || !this.hasRealData(operator)) return null;
    const own = this.options.layers.get(operator.index);
    const usual = rule.relation === 'same' ? this.schemeBefore(operator) : this.options.scheme;
    const scheme = own === undefined ? usual : own;
    return scheme && takes(operator, scheme) && !this.isTooDeep(operator, scheme) ? scheme : null;
  }

  /** TFLite's sums and products of int16 broadcast over at most four dimensions, and break off beyond. */
  private isTooDeep(operator: Operator, scheme: Scheme): boolean {
    const rank = this.network.tensors[operator.outputs[0]!]!.shape.length;
    return (
      scheme.kind === 'tflite' && scheme.activations === 'int16' && ruleOf(operator)!.relation === 'free' && rank > 4
    );
  }

  /**
   * The requantiser of a layer multiplies what is below zero by a slope: LEAKY_RELU right behind is done by it. A scheme with a
   * slope has that one alone, a scheme without takes any.
   */
  private takeSlope(layer: Operator, scheme: WordScheme): void {
    const next = this.graph.onlyReaderOf(layer.outputs[0]!);
    const isNone = 'activation' in layer.options && layer.options.activation === 'none';
    if (next?.kind !== 'LEAKY_RELU' || !isNone || this.options.layers.has(next.index)) return;
    const slope = next.options.alpha;
    const isOffered = scheme.slope === 1 || Math.fround(scheme.slope) === Math.fround(slope);
    if (!isOffered || !takesSlope(scheme, slope)) return;
    this.slopes.set(layer.index, next);
    this.schemes[layer.index] = { ...scheme, slope };
    this.sloped.set(next.index, scheme);
  }

  /** What only moves numbers takes them as they come. */
  private schemeBefore(operator: Operator): Scheme | null {
    const { network, schemes, options, graph } = this;
    const data = dataSlots(ruleOf(operator)!, operator).map((slot) => operator.inputs[slot]!);
    const activation = data.find((tensor) => network.tensors[tensor]?.data === null);
    const writer = activation === undefined ? null : graph.writerOf(activation);
    return writer ? schemes[writer.index]! : options.scheme;
  }

  private hasRealData(operator: Operator): boolean {
    const { tensors } = this.network;
    const data = dataSlots(ruleOf(operator)!, operator).map((slot) => operator.inputs[slot] ?? -1);
    const isData = data.every((index) => isReal(this.network, index));
    if (!isData || !isLayer(operator)) return isData;
    const { w, bias } = LAYERS[operator.kind];
    const [weights, biases] = [tensors[operator.inputs[w]!]!, tensors[operator.inputs[bias] ?? -1]];
    return weights.type === 'float32' && weights.data !== null && (!biases || biases.data !== null);
  }

  // ---- Groups

  private node(tensor: number, form: Form): string {
    const key = `${tensor} ${form.type} ${form.bits} ${form.symmetric} ${form.powerOfTwo}`;
    if (!this.nodes.has(key)) this.nodes.set(key, { tensor, form });
    return key;
  }

  private last(node: string): string {
    const next = this.groups.get(node) ?? node;
    return next === node ? node : this.last(next);
  }

  /** The operator's data tensors have one scale; that of a kernel goes through, where all its inputs have it. */
  private join(operator: Operator, form: Form): void {
    const inputs = dataSlots(ruleOf(operator)!, operator).map((slot) => this.node(operator.inputs[slot]!, form));
    const outputs = operator.outputs.map((tensor) => this.node(tensor, form));
    outputs.forEach((node) => this.moved.add(node));
    const [first, ...others] = inputs.map((node) => this.fixed.get(node));
    if (first && others.every((fixed) => fixed === first))
      return outputs.forEach((node) => this.fixed.set(node, first));
    const members = [...outputs, ...inputs.filter((node) => !this.fixed.has(node))];
    for (const node of members) this.groups.set(this.last(node), this.last(members[0]!));
    // A scale the kernel chose stays where it is; what it spans counts among the group's sources all the same.
    for (const node of inputs.filter((node) => this.fixed.has(node))) this.sources(this.last(members[0]!)).push(node);
  }

  private readonly besides = new Map<string, string[]>();

  private sources(last: string): string[] {
    const nodes = this.besides.get(last) ?? [];
    this.besides.set(last, nodes);
    return nodes;
  }

  private rangeOf(last: string, form: Form): Range {
    const members = [...this.nodes.keys()].filter((node) => this.last(node) === last && !this.moved.has(node));
    const beside = [...this.besides].flatMap(([node, others]) => (this.last(node) === last ? others : []));
    const ranges = [...members, ...beside].flatMap((node) => this.seen(this.nodes.get(node)!.tensor, form) ?? []);
    return ranges.reduce(joinRanges, { min: 0, max: 0 });
  }

  /** null for constants that stand for infinity: their words are the outermost, whatever the scale. */
  private seen(index: number, form: Form): Range | null {
    const tensor = this.network.tensors[index]!;
    if (tensor.data) {
      let [min, max] = [0, 0];
      for (const value of readConstant(tensor) as Float32Array)
        [min, max] = [Math.min(min, value), Math.max(max, value)];
      return Math.max(-min, max) < INFINITE ? { min, max } : null;
    }
    const observation = this.observations.get(index);
    if (observation && observation.count > 0) return chooseRange(observation, this.options.method, form);
    throw new Error(`tensor ${index} was not observed`);
  }
}

/** Slopes are single layers'. */
export const withoutSlope = (scheme: Scheme): Scheme => (isWordScheme(scheme) ? { ...scheme, slope: 1 } : scheme);

const isReal = (network: Network, index: number): boolean => network.tensors[index]?.type === 'float32';

export function checkReal(network: Network): void {
  const quantised = network.tensors.find(({ quantization, type }) => quantization !== null && type !== 'float32');
  if (quantised)
    throw userFailure(
      'quantise-quantised',
      `${network.name} is quantised already: tensor ${quantised.index} (${quantised.name}) holds ${quantised.type} with scales.`,
      'Give the float network it was made from.',
      { tensor: quantised.index },
    );
}

function checkLayers(network: Network, layers: ConvertOptions['layers']): void {
  const strange = [...layers.keys()].find((index) => !network.operators[index]);
  if (strange !== undefined)
    throw userFailure(
      'quantise-layer',
      `There is no operator ${strange}: the fused network has ${network.operators.length}, from 0.`,
      'Name operators by their numbers in the fused network.',
    );
}
