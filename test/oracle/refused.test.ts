// Forms that golden refuses because TFLite's own kernels do not run them. In: one operator each. Out: both say no.
import { expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { supportOf } from '../../main/golden/support';
import { elementCount } from '../../main/network/network';
import { Bench, perTensor } from './bench';
import { Random } from './random';
import { runOracle } from './tfjs';

const WINDOW = { padding: 'valid', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1, activation: 'none' } as const;

/** int8 weights of one scale. */
const bytes = (bench: Bench, r: Random, shape: readonly number[]): number =>
  bench.constant('int8', shape, r.values('int8', elementCount(shape)), perTensor(0.01, 0));

function wideLstm(bench: Bench, r: Random): void {
  const [units, depth] = [4, 3];
  const slots = new Array<number>(24).fill(-1);
  for (const gate of [1, 2, 3]) {
    slots[1 + gate] = bytes(bench, r, [units, depth]);
    slots[5 + gate] = bytes(bench, r, [units, units]);
    slots[12 + gate] = bench.constant('int64', [units], new BigInt64Array(units), perTensor(1e-6, 0));
  }
  const state = perTensor(2 ** -15, 0);
  slots[18] = bench.builder.variable({ type: 'int16', shape: [1, units], quantization: state });
  slots[19] = bench.builder.variable({ type: 'int16', shape: [1, units], quantization: perTensor(2 ** -11, 0) });
  const beside = [0, 1, 2, 3, 4].map(() => bench.builder.beside({ type: 'int16', shape: [0], quantization: state }));
  const x = bench.input('int16', [1, 2, depth], perTensor(2 ** -12, 0));
  const options = {
    activation: 'tanh',
    timeMajor: false,
    cellClip: 0,
    projectionClip: 0,
    intermediates: beside,
  } as const;
  const y = { type: 'int16', shape: [1, 2, units], quantization: state } as const;
  bench.builder.operator('UNIDIRECTIONAL_SEQUENCE_LSTM', [x, ...slots.slice(1)], y, options);
}

function groupedHybrid(bench: Bench, r: Random): void {
  const [x, bias] = [bench.input('float32', [1, 4, 4, 4]), bench.constant('float32', [2], new Float32Array(2))];
  bench.inputs.set(x, new Float32Array(64).fill(1));
  const y = { type: 'float32', shape: [1, 3, 3, 2] } as const;
  bench.builder.operator('CONV_2D', [x, bytes(bench, r, [2, 2, 2, 2]), bias], y, WINDOW);
}

/** TFLite takes equal scales for one scale, which it then looks for where it is not. */
function equalHybrid(bench: Bench, r: Random): void {
  const [x, bias] = [bench.input('float32', [1, 4, 4, 2]), bench.constant('float32', [2], new Float32Array(2))];
  bench.inputs.set(x, new Float32Array(32).fill(1));
  const quantization = { scale: [0.01, 0.01], zeroPoint: [0, 0], axis: 0 };
  const w = bench.constant('int8', [2, 2, 2, 2], r.values('int8', 16), quantization);
  bench.builder.operator('CONV_2D', [x, w, bias], { type: 'float32', shape: [1, 3, 3, 2] }, WINDOW);
}

function transposedHybrid(bench: Bench, r: Random): void {
  const x = bench.input('float32', [1, 2, 2, 1]);
  bench.inputs.set(x, new Float32Array(4).fill(1));
  const inputs = [bench.indices([1, 3, 3, 1]), bytes(bench, r, [1, 2, 2, 1]), x];
  bench.builder.operator('TRANSPOSE_CONV', inputs, { type: 'float32', shape: [1, 3, 3, 1] }, WINDOW);
}

/** The second channel's scale is read behind the only one: what lies there is 0, or next to it, or makes it fail. */
const tellOutputs = ({ outputs }: { readonly outputs: readonly ArrayLike<number | bigint>[] }): string =>
  Math.abs(Number(outputs[0]![1])) < 1e-30 ? 'TFLite multiplies with what lies behind the scales' : 'runs';

test.each([
  ['LSTM of int16 without an input gate', wideLstm, /of int16 with no input gate .* neither TFLite nor TFLite Micro/],
  ['CONV_2D in groups, int8 weights of one scale', groupedHybrid, /in groups needs a weight scale for each channel/],
  ['CONV_2D, int8 weights of equal scales', equalHybrid, /needs one weight scale, or scales that differ/],
  ['TRANSPOSE_CONV with int8 weights', transposedHybrid, /TRANSPOSE_CONV of float32 activations with int8 weights/],
])('%s', async (_, add, says) => {
  const r = new Random(7);
  const bench = new Bench(r);
  add(bench, r);
  const file = bench.builder.finish();
  const { network } = importNetwork(file, 'refused.tflite');
  const inputs = network.inputs.map((index) => bench.inputs.get(index)!);
  const told = await runOracle(file, inputs).then(tellOutputs, (error: Error) => error.message);
  expect(told).toMatch(/^TFLite (fails|refuses|multiplies with what lies behind the scales)/);
  const support = supportOf(network.operators[0]!, network, 'reference');
  expect(support.ok ? 'runs' : support.why).toMatch(says);
});

test('RESIZE_BILINEAR so large that TFLite reads beyond the image', async () => {
  const bench = new Bench(new Random(1));
  const quantization = perTensor(0.1, 0);
  const x = bench.input('int16', [1, 1, 1, 1], quantization);
  bench.inputs.set(x, Int16Array.of(-30000));
  const y = { type: 'int16', shape: [1, 120, 1, 1], quantization } as const;
  bench.builder.operator('RESIZE_BILINEAR', [x, bench.indices([120, 1])], y, {
    alignCorners: false,
    halfPixelCenters: false,
  });
  const file = bench.builder.finish();
  const { outputs } = await runOracle(file, [bench.inputs.get(x)!]);
  expect([...outputs[0]!].slice(0, 113).every((value) => value === -30000)).toBe(true);
  expect(outputs[0]![119], 'from one pixel of -30000').not.toBe(-30000);
  const { network } = importNetwork(file, 'refused.tflite');
  const support = supportOf(network.operators[0]!, network, 'builtin');
  expect(support.ok ? 'runs' : support.why).toMatch(
    /enlarges 1 x 1 x 1 x 1 so much that TFLite reads pixels beyond the image/,
  );
});
