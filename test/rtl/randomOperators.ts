// Operators of TFLite that the engine runs, at random: types, zero points, strides, dilations, groups, multipliers.
// In: a seed. Out: the tensors with their values, and options; oneOperator.ts makes a network of one.
import { placeWindow } from '../../main/golden/padding';
import type { OperatorKind, OptionsOf, Quantization } from '../../main/network/network';
import type { TypedArray } from '../../main/tensor/tensor';
import { type Slot, constant, perChannel, q, slot } from '../golden/oneOperator';
import type { Random } from '../oracle/random';

export interface Case {
  readonly kind: OperatorKind;
  readonly inputs: readonly Slot[];
  readonly output: Slot;
  readonly options: OptionsOf[OperatorKind];
  readonly product: 'float' | 'double';
}

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Mostly convolutions; some draws have no output, and the next is taken. */
export function randomOperator(random: Random): Case {
  for (;;) {
    const one = random.chance(0.25) ? product(random) : convolution(random);
    if (one) return one;
  }
}

function tensor(random: Random, type: 'int8' | 'uint8', shape: readonly number[]): TypedArray {
  const bytes = Int8Array.from({ length: elements(shape) }, () => random.whole(-128, 127));
  return type === 'int8' ? bytes : new Uint8Array(bytes.buffer);
}

/** x, weights, bias and an output scale that does not saturate all. */
function slots(random: Random, x: readonly number[], w: readonly number[], axis: number, output: readonly number[]) {
  const type = random.chance(0.75) ? ('int8' as const) : ('uint8' as const);
  const channels = w[axis]!;
  const isPerChannel = type === 'int8' && random.chance(0.7);
  const scales = Array.from({ length: channels }, () => random.scale(0.01, 0.02));
  const weights: Quantization = isPerChannel
    ? perChannel(scales, axis)
    : q(scales[0]!, type === 'uint8' ? random.zeroPoint('uint8') : 0);
  const inputs = [
    slot(type, x, q(0.05, random.zeroPoint(type)), tensor(random, type, x)),
    constant(type, w, weights, tensor(random, type, w)),
  ];
  if (random.chance(0.8))
    inputs.push(
      constant(
        'int32',
        [channels],
        isPerChannel
          ? perChannel(
              scales.map((s) => s * 0.05),
              0,
            )
          : q(scales[0]! * 0.05),
        Int32Array.from({ length: channels }, () => random.whole(-20000, 20000)),
      ),
    );
  return { inputs, output: { type, shape: output, quantization: q(random.scale(0.3, 3), random.zeroPoint(type)) } };
}

function convolution(random: Random): Case | null {
  const isDepthwise = random.chance(0.4);
  const stride = random.pick([1, 1, 2, 3]);
  const options = {
    padding: random.pick(['same', 'valid'] as const),
    strideH: stride,
    strideW: random.chance(0.85) ? stride : random.pick([1, 2]),
    dilationH: 1,
    dilationW: 1,
    activation: 'none' as const,
  };
  if (options.strideH * options.strideW === 1 && random.chance(0.3)) {
    options.dilationH = random.pick([2, 3]);
    options.dilationW = random.pick([1, 2]);
  }
  const taps = [random.pick([1, 2, 3, 3, 5, 7]), random.pick([1, 2, 3, 3, 5, 7])] as const;
  const [frames, height, width] = [random.pick([1, 1, 2]), random.whole(1, 11), random.whole(1, 11)];
  const rows = placeWindow(height, taps[0], options.strideH, options.dilationH, options.padding);
  const columns = placeWindow(width, taps[1], options.strideW, options.dilationW, options.padding);
  if (rows.output < 1 || columns.output < 1) return null;
  if (isDepthwise) {
    const [depth, multiplier] = [random.whole(1, 9), random.pick([1, 1, 2])];
    const shapes = slots(random, [frames, height, width, depth], [1, ...taps, depth * multiplier], 3, [
      frames,
      rows.output,
      columns.output,
      depth * multiplier,
    ]);
    return {
      kind: 'DEPTHWISE_CONV_2D',
      ...shapes,
      options: { ...options, depthMultiplier: multiplier },
      product: productOf(shapes.output),
    };
  }
  const groups = random.pick([1, 1, 1, 2, 3]);
  const [inputs, outputs] = [random.whole(1, 6), random.whole(1, 9)];
  const shapes = slots(random, [frames, height, width, inputs * groups], [outputs * groups, ...taps, inputs], 0, [
    frames,
    rows.output,
    columns.output,
    outputs * groups,
  ]);
  return { kind: 'CONV_2D', ...shapes, options, product: productOf(shapes.output) };
}

const productOf = ({ type }: { readonly type: string }): 'float' | 'double' => (type === 'uint8' ? 'float' : 'double');

const product = (random: Random): Case => (random.chance(0.5) ? fullyConnected(random) : batchMatmul(random));

/** Both sides are activations, with zero points of their own; one of them may serve several products. */
function batchMatmul(random: Random): Case {
  const [rows, depth, columns] = [random.whole(1, 9), random.whole(1, 40), random.whole(1, 40)];
  const [adjX, adjY] = [random.chance(0.3), random.chance(0.5)];
  const lead = random.pick([[], [3], [2, 2]]);
  const fewer = random.pick([[], lead, lead, lead.map((n, d) => (d === 0 ? 1 : n))]); // broadcast, or not
  const [left, right] = random.chance(0.5) ? [lead, fewer] : [fewer, lead];
  const side = (of: readonly number[], height: number, width: number, isTurned: boolean) => {
    const shape = [...of, ...(isTurned ? [width, height] : [height, width])];
    return slot('int8', shape, q(random.scale(0.01, 0.05), random.zeroPoint('int8')), tensor(random, 'int8', shape));
  };
  const inputs = [side(left, rows, depth, adjX), side(right, depth, columns, adjY)];
  const output = {
    type: 'int8' as const,
    shape: [...lead, rows, columns],
    quantization: q(random.scale(0.3, 3), random.zeroPoint('int8')),
  };
  return { kind: 'BATCH_MATMUL', inputs, output, options: { adjX, adjY }, product: 'float' };
}

function fullyConnected(random: Random): Case {
  const [batch, depth, channels] = [random.whole(1, 9), random.whole(1, 150), random.whole(1, 70)];
  const shapes = slots(random, [batch, depth], [channels, depth], 0, [batch, channels]);
  const options = { activation: 'none' as const, keepNumDims: false, shuffledWeights: false };
  const scales = shapes.inputs[1]!.quantization!.scale.length;
  return { kind: 'FULLY_CONNECTED', ...shapes, options, product: scales > 1 ? 'double' : 'float' };
}

/** What failed. */
export const tell = ({ kind, inputs, options }: Case): string =>
  `${kind} ${inputs.map(({ type, shape }) => `${type} ${shape.join('x')}`).join(', ')} ${JSON.stringify(options)}`;
