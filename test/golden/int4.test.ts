// Weights of int4: a layer gives what it gives with the same weights in int8, which test/oracle compares with TFLite.
import { expect, test } from 'vitest';
import { elementCount } from '../../main/network/network';
import { type OperatorResult, runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import { importNetwork } from '../../main/import/import';
import { readConstant } from '../../main/tensor/tensor';
import { NetworkBuilder } from '../oracle/build';
import { perTensor } from '../oracle/bench';
import { Random } from '../oracle/random';

type Kind = 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED';
const WINDOW = { padding: 'same', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' } as const;
const OPTIONS = {
  CONV_2D: WINDOW,
  DEPTHWISE_CONV_2D: { ...WINDOW, depthMultiplier: 1 },
  FULLY_CONNECTED: { activation: 'none', keepNumDims: false, shuffledWeights: false },
} as const;
const SHAPES = { CONV_2D: [5, 3, 3, 3], DEPTHWISE_CONV_2D: [1, 3, 3, 3], FULLY_CONNECTED: [7, 75] } as const; // odd counts
const OUTPUTS = { CONV_2D: [1, 5, 5, 5], DEPTHWISE_CONV_2D: [1, 5, 5, 3], FULLY_CONNECTED: [1, 7] } as const;

function layer(kind: Kind, type: 'int4' | 'int8', perChannel: boolean) {
  const r = new Random(31);
  const builder = new NetworkBuilder();
  const shape = SHAPES[kind];
  const axis = kind === 'DEPTHWISE_CONV_2D' ? 3 : 0;
  const channels = shape[axis]!;
  const scale = perChannel ? Array.from({ length: channels }, () => r.scale(0.05, 0.2)) : [0.1];
  const values = Int8Array.from({ length: elementCount(shape) }, () => r.whole(-8, 7));
  const x = builder.input({ type: 'int8', shape: [1, 5, 5, 3], quantization: perTensor(0.05, 3) });
  const w = builder.constant({ type, shape, quantization: { scale, axis } }, values);
  const bias = Int32Array.from({ length: channels }, () => r.whole(-500, 500));
  const b = builder.constant(
    { type: 'int32', shape: [channels], quantization: { scale: scale.map((s) => s * 0.05) } },
    bias,
  );
  builder.operator(
    kind,
    [x, w, b],
    { type: 'int8', shape: OUTPUTS[kind], quantization: perTensor(0.3, -5) },
    OPTIONS[kind],
  );
  const { network } = importNetwork(builder.finish(), 'int4');
  return { network, values, input: new Map([[network.inputs[0]!, r.values('int8', 75)]]) };
}

const KINDS = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'] as const;
test.each(KINDS.flatMap((kind) => [[kind, false] as const, [kind, true] as const]))(
  '%s with int4 weights, one scale a channel: %s',
  (kind, perChannel) => {
    for (const set of ['reference', 'builtin', 'xnnpack'] as const) {
      const run = (type: 'int4' | 'int8'): OperatorResult => {
        const { network, input } = layer(kind, type, perChannel);
        return [...runOperators(network, type === 'int4' || set !== 'xnnpack' ? set : 'builtin', input)][0]!;
      };
      const [four, eight] = [run('int4'), run('int8')];
      expect(four.outputs[0]!.data).toEqual(eight.outputs[0]!.data);
      expect(four.accumulators).toEqual(eight.accumulators);
      expect(new Set(Array.from(four.outputs[0]!.data, Number)).size).toBeGreaterThan(5);
    }
  },
);

test('the first of two weights lies in the low half of its byte; an odd last one alone', () => {
  const { network, values } = layer('CONV_2D', 'int4', false);
  const weights = network.tensors[network.operators[0]!.inputs[1]!]!;
  expect(weights.data).toHaveLength(68); // 135 values
  expect(readConstant(weights)).toEqual(values);
  expect(readConstant({ type: 'int4', shape: [3], data: Uint8Array.of(0x8f, 0x07) })).toEqual(Int8Array.of(-1, -8, 7));
});

test('int4 is for the weights of int8 layers alone', () => {
  const { network } = layer('CONV_2D', 'int4', false);
  const tensors = network.tensors.map((t) => (t.type === 'int8' ? { ...t, type: 'uint8' as const } : t));
  expect(supportOf(network.operators[0]!, { ...network, tensors }, 'reference')).toEqual({
    ok: false,
    why: 'CONV_2D of uint8 activations with int4 weights is not supported.',
  });
});
