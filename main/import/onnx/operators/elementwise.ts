// What takes numbers one by one: activations, and Add, Sub, Mul, Div, Max, Min, Sum, Pow, PRelu with numpy's broadcasting.
// Source: onnx/docs/Operators.md.
import { broadcastShape, padRank } from '../../../tensor/offsets';
import { type Activation, elementCount } from '../../../network/network';
import { transposeConstant } from '../constants';
import { type Order, type Value, asIs, heldOrder, sameOrder } from '../conversion';
import type { Recipe, Step } from '../step';

const NONE = { activation: 'none' } as const;
type Plain = 'RELU' | 'RELU6' | 'RELU_N1_TO_1' | 'LOGISTIC' | 'TANH' | 'HARD_SWISH' | 'ELU' | 'ABS' | 'NEG' | 'SQRT';

/** One operator for one, in whatever order the numbers lie. */
export const plain =
  (kind: Plain): Recipe =>
  (step) => {
    if (kind === 'ELU' && step.float('alpha', 1) !== 1)
      step.refuse('onnx-not-supported', `has an alpha of ${step.float('alpha', 1)}; 1 is supported`);
    const [x, given] = onReals(step);
    given(step.emit(kind, [x.tensor], x.shape, {}));
  };

/** The first input as it is held, and the way to give an output of its shape and order. */
function onReals(step: Step): [x: { tensor: number; shape: readonly number[] }, give: (y: number) => void] {
  const x = step.real(0);
  const { tensor, order } = step.held(x);
  return [{ tensor, shape: order.map((d) => x.shape[d]!) }, (y) => step.give(y, x.shape, order)];
}

export const leakyRelu: Recipe = (step) => {
  const [x, give] = onReals(step);
  give(step.emit('LEAKY_RELU', [x.tensor], x.shape, { alpha: step.float('alpha', 0.01) }));
};

/** max(0, min(1, alpha x + beta)). */
export const hardSigmoid: Recipe = (step) => {
  const [x, give] = onReals(step);
  const scaled = step.emit('MUL', [x.tensor, scalar(step, 'alpha', step.float('alpha', 0.2))], x.shape, NONE);
  const options = { activation: 'relu', potScaleInt16: false } as const;
  const raised = step.emit('ADD', [scaled, scalar(step, 'beta', step.float('beta', 0.5))], x.shape, options);
  step.note('HardSigmoid is a multiplication, an addition and the limits 0 and 1');
  give(step.emit('MINIMUM', [raised, scalar(step, 'one', 1)], x.shape, {}));
};

const scalar = (step: Step, what: string, value: number): number => step.made(what, 'float32', [], [value]);

/** Limits are attributes up to opset 10, then inputs. */
function limitsOf(step: Step): [lowest: number, highest: number] {
  const limit = (name: 'min' | 'max', slot: number, otherwise: number): number => {
    if (step.opset < 11) return step.float(name, otherwise);
    const given = step.numbers(slot, `${name}imum`) ?? [otherwise];
    return given[0] ?? step.refuse('onnx-shape', `has an empty ${name}imum`);
  };
  return [limit('min', 1, -Infinity), limit('max', 2, Infinity)];
}

const knownClip = ([lowest, highest]: readonly [number, number]) =>
  CLIPS.find(([, from, to]) => from === lowest && to === highest)?.[0];

/** The activation that an operator in front of this node could clamp its outputs to. */
export function activationOf(step: Step): Activation | null {
  const kind = step.node.kind === 'Relu' ? 'RELU' : step.node.kind === 'Clip' ? knownClip(limitsOf(step)) : undefined;
  return kind ? ({ RELU: 'relu', RELU6: 'relu6', RELU_N1_TO_1: 'relu_n1_to_1' } as const)[kind] : null;
}

export const clip: Recipe = (step) => {
  const [lowest, highest] = limitsOf(step);
  const [x, give] = onReals(step);
  const known = knownClip([lowest, highest]);
  if (known) return give(step.emit(known, [x.tensor], x.shape, {}));
  let y = x.tensor;
  if (isLimit(lowest)) y = step.emit('MAXIMUM', [y, scalar(step, 'lowest', lowest)], x.shape, {});
  if (isLimit(highest)) y = step.emit('MINIMUM', [y, scalar(step, 'highest', highest)], x.shape, {});
  give(y);
};
const CLIPS = [
  ['RELU', 0, Infinity],
  ['RELU', 0, 3.4028234663852886e38],
  ['RELU6', 0, 6],
  ['RELU_N1_TO_1', -1, 1],
] as const;
/** Exporters write float32's largest number for no limit. */
const isLimit = (value: number): boolean => Math.abs(value) < 3.4028234663852886e38;

// ---- two inputs

type Pair = 'ADD' | 'SUB' | 'MUL' | 'DIV' | 'MAXIMUM' | 'MINIMUM';

interface Joint {
  readonly shape: number[]; // as the graph has it
  readonly order: Order;
  readonly to: number[]; // of the IR's tensor
}

/** The shape two values broadcast to, held in the order that one of them is held in. */
function join(step: Step, a: Value, b: Value): Joint {
  const shape =
    broadcastShape(a.shape, b.shape) ??
    step.refuse('onnx-shape', `cannot broadcast [${a.shape.join(', ')}] and [${b.shape.join(', ')}]`);
  const rank = shape.length;
  const held = [a, b].filter(({ shape: { length } }) => length === rank).flatMap((value) => [heldOrder(value) ?? []]);
  const order = held.find((one) => one.length === rank && !sameOrder(one, asIs(rank))) ?? asIs(rank);
  return { shape, order, to: order.map((d) => shape[d]!) };
}

/** A value with 1s before its dimensions, in that order; constants without the 1s that broadcasting adds by itself. */
function fit(step: Step, value: Value, { shape, order }: Joint): number {
  const wide = padRank(value.shape, shape.length);
  if (value.constant) {
    const arranged = order.map((d) => wide[d]!);
    const ones = arranged.findIndex((size) => size !== 1);
    const turned = transposeConstant({ ...value.constant, shape: wide }, order);
    return step.add(value.name, { ...turned, shape: arranged.slice(ones < 0 ? arranged.length : ones) });
  }
  if (value.shape.length === shape.length) return step.arrange(value, order);
  const reshaped = step.emit(
    'RESHAPE',
    [step.conversion.packed(value, step.node)],
    wide,
    { newShape: wide },
    value.type,
  );
  const widened: Value = { ...value, shape: wide, order: asIs(wide.length), tensor: reshaped, image: null };
  return step.arrange(widened, order);
}

const WHOLE = ['int32', 'int64'];

function combine(step: Step, kind: Pair, a: Value, b: Value): Value {
  if (a.type !== b.type || !(step.computes(a.type) || WHOLE.includes(a.type)))
    step.refuse('onnx-type', `computes ${a.type} and ${b.type} values; float32 is supported`);
  const joint = join(step, a, b);
  const inputs = [fit(step, a, joint), fit(step, b, joint)];
  const tensor =
    kind === 'MAXIMUM' || kind === 'MINIMUM'
      ? step.emit(kind, inputs, joint.to, {}, a.type)
      : kind === 'ADD' || kind === 'SUB'
        ? step.emit(kind, inputs, joint.to, { ...NONE, potScaleInt16: false }, a.type)
        : step.emit(kind, inputs, joint.to, NONE, a.type);
  return { name: a.name, type: a.type, shape: joint.shape, order: joint.order, tensor, constant: null, image: null };
}

export const pair =
  (kind: Pair): Recipe =>
  (step) => {
    const { tensor, shape, order } = combine(step, kind, step.input(0), step.input(1));
    step.give(tensor!, shape, order);
  };

/** Sum, Max and Min take any number of inputs. */
export const several =
  (kind: Pair): Recipe =>
  (step) => {
    const values = step.node.inputs.map((_, slot) => step.input(slot));
    if (values.length < 2) return step.define(step.input(0));
    const { tensor, shape, order } = values.reduce((a, b) => combine(step, kind, a, b));
    step.give(tensor!, shape, order);
  };

/** Squares and square roots, which layer normalisation is exported as. */
export const pow: Recipe = (step) => {
  const exponents = step.numbers(1, 'exponent') ?? [];
  const [x, give] = onReals(step);
  if (exponents.length === 1 && exponents[0] === 2) return give(step.emit('MUL', [x.tensor, x.tensor], x.shape, NONE));
  if (exponents.length === 1 && exponents[0] === 0.5) return give(step.emit('SQRT', [x.tensor], x.shape, {}));
  step.refuse(
    'onnx-not-supported',
    `has ${exponents.length === 1 ? `the exponent ${exponents[0]}` : 'several exponents'}; 2 and 0.5 are supported`,
  );
};

/** Slopes broadcast to x, but never the other way round. */
export const prelu: Recipe = (step) => {
  const [x, slope] = [step.real(0), step.real(1)];
  const joint = join(step, x, slope);
  if (elementCount(joint.shape) !== elementCount(x.shape))
    step.refuse('onnx-shape', `has slopes of [${slope.shape.join(', ')}] for an input of [${x.shape.join(', ')}]`);
  const tensor = step.emit('PRELU', [fit(step, x, joint), fit(step, slope, joint)], joint.to, {});
  step.give(tensor, joint.shape, joint.order);
};

/**
 * Up to opset 12 over all dimensions from `axis` on, then over that one alone; our SOFTMAX is over the last.
 */
export const softmax: Recipe = (step) => {
  const x = step.real(0);
  const rank = x.shape.length;
  const isOld = step.opset < 13;
  const axis = step.axis(step.int('axis', isOld ? 1 : -1), rank);
  if (isOld && x.shape.slice(axis + 1).some((size) => size !== 1)) {
    const rows = [elementCount(x.shape.slice(0, axis)), elementCount(x.shape.slice(axis))];
    const flat = step.emit('RESHAPE', [step.conversion.packed(x, step.node)], rows, { newShape: rows });
    const scores = step.emit('SOFTMAX', [flat], rows, { beta: 1 });
    return step.give(step.emit('RESHAPE', [scores], x.shape, { newShape: x.shape }), x.shape);
  }
  const held = step.held(x).order;
  const order = held.at(-1) === axis ? held : [...asIs(rank).filter((d) => d !== axis), axis];
  const y = step.emit(
    'SOFTMAX',
    [step.arrange(x, order)],
    order.map((d) => x.shape[d]!),
    { beta: 1 },
  );
  step.give(y, x.shape, order);
};
