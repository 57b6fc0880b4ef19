// Writes a quantised network down. In: a network of real numbers, and what was decided of it. Out: a draft: words in place of
// reals, weights and biases quantised, QUANTIZE and DEQUANTIZE where forms or scales differ.
import type { Network, Operator, OperatorKind, OptionsOf, Quantization, Tensor } from '../network/network';
import { type Scheme, isWordScheme, schemeText } from '../network/scheme';
import { type TypedArray, bytesOf, packInt4, readConstant } from '../tensor/tensor';
import { type ConvertOptions, type Decisions, withoutSlope } from './convert';
import { LAYERS, type Layer, isLayer } from './layers';
import { dataSlots, ruleOf } from './rules';
import { type QuantisedConstant, quantiseBias, quantiseWeights } from './weights';
import { type Form, formOf, toWords } from './words';
import type { Draft } from './write';

export interface Emitted {
  readonly draft: Draft;
  /** Of each operator of the draft, the one it was made for; of QUANTIZE and DEQUANTIZE between them, null. */
  readonly origins: readonly (number | null)[];
}

export const emit = (network: Network, decisions: Decisions, options: ConvertOptions): Emitted =>
  new Emitter(network, decisions, options).emit();

/** Words of a form, at a scale; null: real numbers. */
type Shape = { readonly form: Form; readonly quantization: Quantization } | null;

class Emitter {
  private readonly tensors: Tensor[] = [];
  private readonly operators: Operator[] = [];
  private readonly origins: (number | null)[] = [];
  private readonly networkScheme: Scheme | null; // what the file says of the whole; slopes are single layers'
  private readonly held = new Map<string, number>(); // a tensor in a shape: its new index

  constructor(
    private readonly network: Network,
    private readonly decisions: Decisions,
    private readonly options: ConvertOptions,
  ) {
    this.networkScheme = isWordScheme(options.scheme) ? withoutSlope(options.scheme) : null;
  }

  emit(): Emitted {
    const { network, options } = this;
    const real = options.ends === 'real';
    const inputs = network.inputs.map((index) => this.declare(index, real ? null : this.nativeShape(index)));
    for (const operator of network.operators) this.operator(operator);
    const outputs = network.outputs.map((index) => this.take(index, real ? null : this.nativeShape(index)));
    const { name, description } = network;
    const scheme = this.networkScheme && { scheme: this.networkScheme };
    const draft = { name, description, tensors: this.tensors, operators: this.operators, inputs, outputs, ...scheme };
    return { draft, origins: this.origins };
  }

  // ---- Operators

  private operator(operator: Operator): void {
    const { schemes, slopes } = this.decisions;
    if ([...slopes.values()].includes(operator)) return; // done by the layer before
    const scheme = schemes[operator.index]!;
    const outputs = (slopes.get(operator.index) ?? operator).outputs.map((index) =>
      this.declare(index, scheme && this.nativeShape(index)),
    );
    if (!scheme) {
      const inputs = operator.inputs.map((index) => (index < 0 ? -1 : this.take(index, null)));
      return this.push(operator, inputs, outputs, operator.options, null, operator.index);
    }
    const inputs = isLayer(operator) ? this.layerInputs(operator, scheme) : this.inputs(operator, scheme);
    const isSum = operator.kind === 'ADD' || operator.kind === 'SUB';
    // Left at its default, int16 sums are read as those of power-of-two scales (schema.fbs, AddOptions).
    const options = isSum ? { ...operator.options, potScaleInt16: false } : operator.options;
    this.push(operator, inputs, outputs, options, scheme, operator.index);
  }

  private inputs(operator: Operator, scheme: Scheme): number[] {
    const rule = ruleOf(operator)!;
    const slots = dataSlots(rule, operator);
    const wanted = (index: number, slot: number): Shape =>
      rule.relation === 'same'
        ? this.shape(operator.outputs[0]!, formOf(scheme))
        : this.shape(index, formOf(scheme, operator.kind === 'BATCH_MATMUL' && slot === 1));
    return operator.inputs.map((index, slot) => {
      if (index < 0) return -1;
      return this.take(index, slots.includes(slot) ? wanted(index, slot) : null);
    });
  }

  private layerInputs(layer: Layer, scheme: Scheme): number[] {
    const { tensors } = this.network;
    const { x, w, bias, axis } = LAYERS[layer.kind];
    const input = this.shape(layer.inputs[x]!, formOf(scheme))!;
    const inputScale = input.quantization.scale[0]!;
    const real = tensors[layer.inputs[w]!]!;
    const realBias = tensors[layer.inputs[bias] ?? -1];
    const biases = realBias
      ? (readConstant(realBias) as Float32Array)
      : needsBias(layer, scheme)
        ? new Float32Array(real.shape[axis]!)
        : null;
    const weights = {
      shape: real.shape,
      values: readConstant(real) as Float32Array,
      axis,
      perChannel: isPerChannel(layer, scheme),
    };
    const words = quantiseWeights(weights, weightsOf(layer, scheme), this.options.method, inputScale, biases);
    const inputs = layer.inputs.map((index, slot) =>
      slot === x || slot === w || slot === bias || index < 0 ? -1 : this.take(index, null),
    );
    inputs[x] = this.take(layer.inputs[x]!, input);
    inputs[w] = this.addConstant(real.name, real.shape, words);
    if (!biases) return inputs;
    const added = quantiseBias(biases, inputScale, words.quantization, scheme);
    inputs[bias] = this.addConstant(realBias?.name ?? `${real.name}/bias`, [biases.length], added);
    return inputs;
  }

  private push<K extends OperatorKind>(
    { kind, name, fileOffset, origin }: Pick<Operator, 'kind' | 'name' | 'fileOffset' | 'origin'>,
    inputs: readonly number[],
    outputs: readonly number[],
    options: OptionsOf[K] | Operator['options'],
    scheme: Scheme | null,
    from: number | null,
  ): void {
    const network = this.networkScheme;
    const isOwn = scheme !== null && (network ? schemeText(scheme) !== schemeText(network) : isWordScheme(scheme));
    const common = { index: this.operators.length, name, version: 1, inputs, outputs, fileOffset };
    // The pairing of kind and options is the caller's: TypeScript cannot follow it into the union.
    this.operators.push({
      ...common,
      kind,
      options,
      ...(origin !== undefined && { origin }),
      ...(isOwn && { scheme }),
    } as unknown as Operator);
    this.origins.push(from);
  }

  // ---- Tensors

  private shape(index: number, form: Form): Shape {
    return { form, quantization: this.decisions.quantization(index, form) };
  }

  private nativeShape(index: number): Shape {
    const form = this.decisions.nativeForm(index);
    return form && this.shape(index, form);
  }

  /** A new tensor that an operator or the network's caller writes. */
  private declare(index: number, shape: Shape): number {
    const { name, shape: dimensions, type } = this.network.tensors[index]!;
    const isReal = type === 'float32';
    const made = this.addTensor({
      name,
      shape: dimensions,
      data: null,
      ...(shape ? wordsOf(shape) : { type, quantization: null }),
    });
    this.held.set(keyOf(index, isReal ? shape : null), made);
    return made;
  }

  /** A tensor's index in a shape; it is brought there by QUANTIZE or DEQUANTIZE, once. */
  private take(index: number, shape: Shape): number {
    const key = keyOf(index, shape);
    const known = this.held.get(key);
    if (known !== undefined) return known;
    const tensor = this.network.tensors[index]!;
    const made = tensor.data ? this.copyConstant(tensor, shape) : this.bring(index, shape);
    this.held.set(key, made);
    return made;
  }

  private bring(index: number, shape: Shape): number {
    const { name, shape: dimensions } = this.network.tensors[index]!;
    const native = this.nativeShape(index);
    const isFar = shape !== null && native !== null && areFar(native.form, shape.form);
    const written = this.held.get(keyOf(index, native)) ?? this.held.get(keyOf(index, null))!; // an end of the network is real
    const from = isFar ? this.take(index, null) : written;
    const type = shape ? wordsOf(shape) : { type: 'float32' as const, quantization: null };
    const to = this.addTensor({ name: `${name}/${type.type}`, shape: dimensions, data: null, ...type });
    const kind = shape ? 'QUANTIZE' : 'DEQUANTIZE';
    this.push({ kind, name: kind, fileOffset: 0 }, [from], [to], {}, shape && this.schemeOf(shape.form), null);
    return to;
  }

  /** A scheme whose words are of a form. */
  private schemeOf(form: Form): Scheme {
    const known = [this.networkScheme ?? this.options.scheme, ...this.decisions.schemes];
    const isOf = (one: Scheme | null): one is Scheme =>
      one !== null && (formOf(one) === form || formOf(one, true) === form);
    return withoutSlope(known.find(isOf)!);
  }

  private copyConstant({ name, type, shape: dimensions, data, quantization }: Tensor, shape: Shape): number {
    if (!shape) return this.addTensor({ name, type, shape: dimensions, data, quantization });
    const reals = readConstant({ type, shape: dimensions, data }) as Float32Array;
    const made = wordsOf(shape);
    return this.addConstant(name, dimensions, { ...made, data: toWords(reals, made) });
  }

  private addConstant(
    name: string,
    shape: readonly number[],
    { type, data, quantization, bits }: QuantisedConstant,
  ): number {
    return this.addTensor({
      name,
      type,
      shape,
      data: constantBytes(type, data),
      quantization,
      ...(bits !== undefined && { bits }),
    });
  }

  private addTensor(tensor: Omit<Tensor, 'index' | 'isVariable'>): number {
    return this.tensors.push({ ...tensor, index: this.tensors.length, isVariable: false }) - 1;
  }
}

/** Shifts know no other scales, and TFLite has no QUANTIZE from int8 to its int16 (kernels/quantize.cc): between them lie reals. */
const areFar = (from: Form, to: Form): boolean =>
  from.powerOfTwo !== to.powerOfTwo || (from.type === 'int8' && to.type === 'int16' && to.symmetric && !to.powerOfTwo);

/** TFLite's convolutions of int8 want one; zeros do. */
const needsBias = (layer: Layer, scheme: Scheme): boolean =>
  scheme.kind === 'tflite' && (layer.kind === 'CONV_2D' || layer.kind === 'DEPTHWISE_CONV_2D');

/** TFLite's TRANSPOSE_CONV has no kernel for int4 weights. */
const weightsOf = (layer: Layer, scheme: Scheme): Scheme =>
  scheme.kind === 'tflite' && layer.kind === 'TRANSPOSE_CONV' ? { ...scheme, weights: 'int8' } : scheme;

/** TFLite's FULLY_CONNECTED has one scale (older interpreters know no other), and so do layers that only shift. */
const isPerChannel = (layer: Layer, scheme: Scheme): boolean =>
  scheme.kind === 'tflite'
    ? scheme.granularity === 'channel' && layer.kind !== 'FULLY_CONNECTED'
    : scheme.kind === 'kraken';

const keyOf = (index: number, shape: Shape): string =>
  shape
    ? `${index} ${shape.form.type} ${shape.form.bits} ${shape.quantization.scale[0]} ${shape.quantization.zeroPoint[0]}`
    : `${index}`;

function wordsOf({
  form,
  quantization,
}: NonNullable<Shape>): Pick<QuantisedConstant, 'type' | 'quantization' | 'bits'> {
  const isFull = form.bits === (form.type === 'int8' ? 8 : 16);
  return { type: form.type, quantization, ...(!isFull && { bits: form.bits }) };
}

const constantBytes = (type: Tensor['type'], data: TypedArray): Uint8Array =>
  type === 'int4' ? packInt4(data) : bytesOf(data);
