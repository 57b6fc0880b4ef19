// Operator options. In: an operator's accessors. Out: the IR's kind, options and arity of the operators golden knows,
// checked; every other operator is kind OTHER. A missing options table means TFLite's defaults.
import type {
  Activation,
  ConvOptions,
  Operator,
  OperatorKind,
  OptionsOf,
  Padding,
  PoolOptions,
} from '../../network/network';
import { type Reading, refuse } from './place';
import {
  type BuiltinOperator,
  type Operator as Slot,
  AddOptions,
  AddOptionsT,
  BuiltinOperator as Code,
  BuiltinOptions,
  ConcatenationOptions,
  ConcatenationOptionsT,
  Conv2DOptions,
  Conv2DOptionsT,
  DepthwiseConv2DOptions,
  DepthwiseConv2DOptionsT,
  FullyConnectedOptions,
  FullyConnectedOptionsT,
  Pool2DOptions,
  Pool2DOptionsT,
  ReducerOptions,
  ReducerOptionsT,
  ReshapeOptions,
  SoftmaxOptions,
  SoftmaxOptionsT,
} from './schema/tflite';

/** Where we are, and how to say that an option makes no sense. */
interface Context {
  readonly slot: Slot;
  readonly bad: (what: string) => never;
}

interface Recipe<K extends OperatorKind> {
  readonly type: BuiltinOptions; // the only options table this operator may carry
  readonly inputs: readonly [least: number, most: number]; // the first `least` must be there
  readonly read: (context: Context) => OptionsOf[K];
}

const PADDINGS: readonly Padding[] = ['same', 'valid'];
const ACTIVATIONS: readonly Activation[] = ['none', 'relu', 'relu_n1_to_1', 'relu6', 'tanh', 'sign_bit'];

function choose<T>(names: readonly T[], value: number, what: string, { bad }: Context): T {
  return names[value] ?? bad(`${what} ${value}`);
}

function atLeast(least: number, value: number, what: string, { bad }: Context): number {
  return value >= least ? value : bad(`a ${what} of ${value}`);
}

/** The options table unpacked, or its defaults where the file leaves it out. */
function unpack<T>(slot: Slot, table: { unpack(): T }, defaults: T): T {
  return (slot.builtinOptions(table) as { unpack(): T } | null)?.unpack() ?? defaults;
}

type Window = Pick<Conv2DOptionsT, 'padding' | 'strideH' | 'strideW' | 'fusedActivationFunction'>;
const readWindow = (o: Window, context: Context) => ({
  padding: choose(PADDINGS, o.padding, 'the padding', context),
  strideH: atLeast(1, o.strideH, 'vertical stride', context),
  strideW: atLeast(1, o.strideW, 'horizontal stride', context),
  activation: choose(ACTIVATIONS, o.fusedActivationFunction, 'the activation', context),
});

const readConv = (
  o: Window & Pick<Conv2DOptionsT, 'dilationHFactor' | 'dilationWFactor'>,
  context: Context,
): ConvOptions => ({
  ...readWindow(o, context),
  dilationH: atLeast(1, o.dilationHFactor, 'vertical dilation', context),
  dilationW: atLeast(1, o.dilationWFactor, 'horizontal dilation', context),
});

function readPool(context: Context): PoolOptions {
  const o = unpack(context.slot, new Pool2DOptions(), new Pool2DOptionsT());
  return {
    ...readWindow(o, context),
    filterH: atLeast(1, o.filterHeight, 'filter height', context),
    filterW: atLeast(1, o.filterWidth, 'filter width', context),
  };
}

const RECIPES: { readonly [K in OperatorKind]: Recipe<K> } = {
  CONV_2D: {
    type: BuiltinOptions.Conv2DOptions,
    inputs: [2, 3],
    read: (c) => readConv(unpack(c.slot, new Conv2DOptions(), new Conv2DOptionsT()), c),
  },
  DEPTHWISE_CONV_2D: {
    type: BuiltinOptions.DepthwiseConv2DOptions,
    inputs: [2, 3],
    read: (c) => {
      const o = unpack(c.slot, new DepthwiseConv2DOptions(), new DepthwiseConv2DOptionsT());
      return { ...readConv(o, c), depthMultiplier: atLeast(0, o.depthMultiplier, 'depth multiplier', c) };
    },
  },
  FULLY_CONNECTED: {
    type: BuiltinOptions.FullyConnectedOptions,
    inputs: [2, 3],
    read: (c) => {
      const o = unpack(c.slot, new FullyConnectedOptions(), new FullyConnectedOptionsT());
      return {
        activation: choose(ACTIVATIONS, o.fusedActivationFunction, 'the activation', c),
        keepNumDims: o.keepNumDims,
        shuffledWeights: choose([false, true], o.weightsFormat, 'the weights format', c),
      };
    },
  },
  ADD: {
    type: BuiltinOptions.AddOptions,
    inputs: [2, 2],
    read: (c) => {
      const o = unpack(c.slot, new AddOptions(), new AddOptionsT());
      return {
        activation: choose(ACTIVATIONS, o.fusedActivationFunction, 'the activation', c),
        potScaleInt16: o.potScaleInt16,
      };
    },
  },
  RESHAPE: {
    type: BuiltinOptions.ReshapeOptions,
    inputs: [1, 2],
    read: ({ slot }) => {
      const shape = (slot.builtinOptions(new ReshapeOptions()) as ReshapeOptions | null)?.newShapeArray();
      return { newShape: shape ? Array.from(shape) : null };
    },
  },
  QUANTIZE: { type: BuiltinOptions.QuantizeOptions, inputs: [1, 1], read: () => ({}) },
  DEQUANTIZE: { type: BuiltinOptions.DequantizeOptions, inputs: [1, 1], read: () => ({}) },
  SOFTMAX: {
    type: BuiltinOptions.SoftmaxOptions,
    inputs: [1, 1],
    read: (c) => {
      const { beta } = unpack(c.slot, new SoftmaxOptions(), new SoftmaxOptionsT());
      return { beta: Number.isFinite(beta) ? beta : c.bad(`a beta of ${beta}`) };
    },
  },
  AVERAGE_POOL_2D: { type: BuiltinOptions.Pool2DOptions, inputs: [1, 1], read: readPool },
  MAX_POOL_2D: { type: BuiltinOptions.Pool2DOptions, inputs: [1, 1], read: readPool },
  MEAN: {
    type: BuiltinOptions.ReducerOptions,
    inputs: [2, 2],
    read: (c) => ({ keepDims: unpack(c.slot, new ReducerOptions(), new ReducerOptionsT()).keepDims }),
  },
  PAD: { type: BuiltinOptions.PadOptions, inputs: [2, 2], read: () => ({}) },
  CONCATENATION: {
    type: BuiltinOptions.ConcatenationOptions,
    inputs: [1, Infinity],
    read: (c) => {
      const o = unpack(c.slot, new ConcatenationOptions(), new ConcatenationOptionsT());
      return { axis: o.axis, activation: choose(ACTIVATIONS, o.fusedActivationFunction, 'the activation', c) };
    },
  },
};

const isKnown = (name: string | undefined): name is OperatorKind => name !== undefined && Object.hasOwn(RECIPES, name);

/** What all operators share, read already. */
type Common = Pick<Operator, 'index' | 'name' | 'version' | 'inputs' | 'outputs' | 'fileOffset'>;

/** The operator with its kind and options; refuses options of another operator, senseless values, missing inputs. */
export function readOperatorOptions(common: Common, code: BuiltinOperator, slot: Slot, reading: Reading): Operator {
  const kind = Code[code];
  if (!isKnown(kind)) return { ...common, kind: 'OTHER', options: {} };
  const recipe: Recipe<OperatorKind> = RECIPES[kind];
  const place = { operator: common.index, offset: common.fileOffset };
  const called = `operator ${common.index} (${common.name})`;

  const type = slot.builtinOptionsType();
  if (type !== BuiltinOptions.NONE && type !== recipe.type)
    refuse(
      reading,
      'tflite-options-type',
      `${called} carries options of type ${type} (${BuiltinOptions[type] ?? 'unknown'}), which belong to another operator.`,
      place,
    );
  const [least, most] = recipe.inputs;
  if (common.inputs.length < least || common.inputs.length > most || common.inputs.slice(0, least).includes(-1))
    refuse(
      reading,
      'tflite-operator-inputs',
      `${called} has ${common.inputs.filter((i) => i >= 0).length} inputs; it needs ${least === most ? least : `${least} to ${most}`}.`,
      place,
    );
  if (common.outputs.length !== 1)
    refuse(reading, 'tflite-operator-outputs', `${called} has ${common.outputs.length} outputs; it needs 1.`, place);

  const bad = (what: string): never =>
    refuse(reading, 'tflite-option', `${called} has ${what}, which cannot be.`, place);
  // The pairing of kind and options is the table's: TypeScript cannot follow it through the lookup.
  return { ...common, kind, options: recipe.read({ slot, bad }) } as Operator;
}
