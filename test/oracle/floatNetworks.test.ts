// A whole network of float32 in TFLite itself and in golden: small, residual, made here. Operator by operator on TFLite's own inputs, to 1e-5 (realComparison.ts); and from the input to the end,
// where each side goes on with its own rounding errors, to ten times that.
import { expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { type Network, elementCount } from '../../main/network/network';
import type { TypedArray } from '../../main/tensor/tensor';
import { runOperator, runOperators } from '../../main/golden/run';
import { arithmeticFor } from '../../main/golden/support';
import { DYNAMIC_INPUTS, NetworkBuilder, exposeAll } from './build';
import { Random } from './random';
import { countFarReals, magnitudeOf } from './realComparison';
import { readSharedModel, sharedPresent } from './shared';
import { runOracle } from './tfjs';

/** Reals between -1 and 1. */
const realsOf = (r: Random, count: number): Float32Array =>
  Float32Array.from({ length: count }, () => r.real() * 2 - 1);

/** Convolutions with a residual connection, pools, an inverted-residual block, a classifier. */
function residualNetwork(): Uint8Array {
  const [r, b] = [new Random(99), new NetworkBuilder('residual')];
  const constant = (...shape: number[]): number => {
    const fan = elementCount(shape.slice(1)) || 1;
    return b.constant(
      { type: 'float32', shape },
      realsOf(r, elementCount(shape)).map((value) => (value * 2) / Math.sqrt(fan)),
    );
  };
  const real = (...shape: number[]) => ({ type: 'float32', shape }) as const;
  const step = { padding: 'same', strideH: 1, strideW: 1, dilationH: 1, dilationW: 1 } as const;
  const x = b.input(real(1, 16, 16, 3));
  const first = b.operator('CONV_2D', [x, constant(8, 3, 3, 3), constant(8)], real(1, 16, 16, 8), {
    ...step,
    activation: 'relu',
  });
  const second = b.operator('CONV_2D', [first, constant(8, 3, 3, 8), constant(8)], real(1, 16, 16, 8), {
    ...step,
    activation: 'none',
  });
  const sum = b.operator('ADD', [first, second], real(1, 16, 16, 8), { activation: 'relu', potScaleInt16: false });
  const pool = b.operator('MAX_POOL_2D', [sum], real(1, 8, 8, 8), {
    padding: 'valid',
    strideH: 2,
    strideW: 2,
    filterH: 2,
    filterW: 2,
    activation: 'none',
  });
  const wide = b.operator('CONV_2D', [pool, constant(24, 1, 1, 8), constant(24)], real(1, 8, 8, 24), {
    ...step,
    activation: 'relu6',
  });
  const deep = b.operator('DEPTHWISE_CONV_2D', [wide, constant(1, 3, 3, 24), constant(24)], real(1, 8, 8, 24), {
    ...step,
    activation: 'none',
    depthMultiplier: 1,
  });
  const swish = b.operator('HARD_SWISH', [deep], real(1, 8, 8, 24), {});
  const mean = b.operator(
    'MEAN',
    [swish, b.constant({ type: 'int32', shape: [2] }, Int32Array.of(1, 2))],
    real(1, 24),
    { keepDims: false },
  );
  const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
  const logits = b.operator('FULLY_CONNECTED', [mean, constant(10, 24), constant(10)], real(1, 10), options);
  b.operator('SOFTMAX', [logits], real(1, 10), { beta: 1 });
  return b.finish();
}

/** `isWhole`: from the input to the end, too. */
async function compareNetwork(name: string, file: Uint8Array, isWhole = true): Promise<void> {
  const { network } = importNetwork(file, name);
  const r = new Random(4242);
  const inputs = new Map(network.inputs.map((i) => [i, realsOf(r, elementCount(network.tensors[i]!.shape))]));
  const { bytes, outputs } = exposeAll(file);
  const oracle = await runOracle(bytes, [...inputs.values(), ...DYNAMIC_INPUTS]);
  const theirs = new Map<number, TypedArray>([...inputs, ...outputs.map((id, i) => [id, oracle.outputs[i]!] as const)]);
  const elements = compareOperators(name, network, theirs);
  for (const {
    operator,
    outputs: [y],
  } of isWhole ? runOperators(network, 'reference', inputs) : []) {
    const [ours, expected] = [y!.data as Float32Array, theirs.get(y!.tensor.index) as Float32Array];
    const far = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
    expect(far, `${name}, end to end: operator ${operator}`).toBeLessThanOrEqual(1e-5 * magnitudeOf(expected));
  }
  console.log(`${name}: ${network.operators.length} operators, ${elements} elements`);
}

function compareOperators(name: string, network: Network, theirs: ReadonlyMap<number, TypedArray>): number {
  let elements = 0;
  for (const operator of network.operators) {
    const arithmetic = arithmeticFor(operator, network, 'reference');
    const [y] = runOperator(network, operator, arithmetic, new Map(theirs)).outputs;
    const expected = theirs.get(y!.tensor.index) as Float32Array;
    expect(
      countFarReals(y!.data as Float32Array, expected),
      `${name}: operator ${operator.index} ${operator.name}`,
    ).toBe(0);
    elements += expected.length;
  }
  return elements;
}

test('a residual network', () => compareNetwork('residual.tflite', residualNetwork()));

const DYNAMIC = 'tiny/kws_ref_model_float32.tflite';
if (sharedPresent)
  // activations quantised as it runs: a last bit more or less may round another way, so it is no use to follow them to the end
  test('a dynamic-range network', () => compareNetwork(DYNAMIC, readSharedModel(DYNAMIC), false));
else
  test('skipped: ../shared not present', () => {
    console.log('skipped: ../shared not present');
    expect(sharedPresent).toBe(false);
  });
