// The digit network quantised here, beside the real one and the one TFLite's converter made of it: as often right, and TFLite
// itself runs the file, with golden's very bytes.
import { expect, test } from 'vitest';
import { type Scheme, parseScheme } from '../../main/network/scheme';
import { type Method, METHODS, parseMethod } from '../../main/quantise/range';
import type { Ends } from '../../main/quantise/convert';
import { convert, prepare } from '../../main/quantise/quantise';
import { runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import { DYNAMIC_INPUTS, exposeAll } from '../oracle/build';
import { runOracle } from '../oracle/tfjs';
import { Random } from '../oracle/random';
import { calibrationDigits, countRight, engine, finish, heldOutDigits, readSample, runReference } from './digits';

const real = readSample('digits_float');
const HALF_A_POINT = 4; // of 800 digits

const prepared = finish(prepare(real, calibrationDigits(), runReference));
type Layers = ReadonlyMap<number, Scheme | null>;
const made = (scheme: string, method: Method = { name: 'min-max' }, ends: Ends = 'words', layers: Layers = new Map()) =>
  convert(prepared, { scheme: parseScheme(scheme), layers, method, ends });

test('int8 is within half a point of the real network and of the converter’s int8', () => {
  const { network } = made('int8');
  const [ours, theirs, reals] = [network, readSample('digits'), real].map((one) => countRight(one)) as [
    number,
    number,
    number,
  ];
  console.log(`right of 800: real ${reals}, the converter's int8 ${theirs}, ours ${ours}`);
  expect(Math.abs(ours - reals)).toBeLessThanOrEqual(HALF_A_POINT);
  expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(HALF_A_POINT);
});

test('operators, types and weights are those of the converter', () => {
  const [ours, theirs] = [made('int8').network, readSample('digits')];
  expect(ours.operators.map(({ kind }) => kind)).toEqual(theirs.operators.map(({ kind }) => kind));
  const typesOf = (network: typeof ours) =>
    network.operators.map(({ inputs, outputs }) => [...inputs, ...outputs].map((i) => network.tensors[i]!.type));
  expect(typesOf(ours)).toEqual(typesOf(theirs));
  for (const [i, operator] of ours.operators.entries()) {
    if (!['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'].includes(operator.kind)) continue;
    const weights = [ours, theirs].map((network) => network.tensors[network.operators[i]!.inputs[1]!]!);
    expect(weights[0]!.quantization!.scale.length).toBe(weights[1]!.quantization!.scale.length);
    expect(weights[0]!.quantization!.scale).toEqual(weights[1]!.quantization!.scale);
    expect(Buffer.from(weights[0]!.data!).equals(Buffer.from(weights[1]!.data!)), `weights of operator ${i}`).toBe(
      true,
    );
  }
});

const CASES = ['int8', '16x8'].flatMap((scheme) => (['words', 'real'] as const).map((ends) => [scheme, ends] as const));
test.each(CASES)('%s with %s at its ends: TFLite loads it and computes what golden computes', async (scheme, ends) => {
  const { network, bytes } = made(scheme, { name: 'min-max' }, ends);
  const input = network.tensors[network.inputs[0]!]!;
  const random = new Random(11);
  for (let i = 0; i < 4; i++) {
    const values =
      input.type === 'float32'
        ? Float32Array.from({ length: 784 }, () => random.real())
        : random.values(input.type, 784);
    const exposed = exposeAll(bytes);
    const oracle = await runOracle(exposed.bytes, [values, ...DYNAMIC_INPUTS]);
    const ours = new Map(
      [...runOperators(network, 'builtin', new Map([[input.index, values]]), engine, false)].flatMap(({ outputs }) =>
        outputs.map(({ tensor, data }) => [tensor.index, data]),
      ),
    );
    exposed.outputs.forEach((tensor, at) => expect(ours.get(tensor), `tensor ${tensor}`).toEqual(oracle.outputs[at]));
  }
});

test.each(METHODS)('ranges by %s keep the digits', (name) => {
  const right = countRight(made('int8', parseMethod(name)).network);
  console.log(`${name}: right of 800: ${right}`);
  expect(right).toBeGreaterThan(776); // 97 %
});

test('16x8 is as good as real numbers, int4 weights nearly', () => {
  const some = heldOutDigits(20);
  const networks = [real, made('16x8').network, made('int4', { name: 'mse' }).network];
  const [reals, wide, narrow] = networks.map((one) => countRight(one, some)) as [number, number, number];
  console.log(`right of 200: real ${reals}, 16x8 ${wide}, int4 ${narrow}`);
  expect(Math.abs(wide - reals)).toBeLessThanOrEqual(1);
  expect(narrow).toBeGreaterThan(180);
});

test('single layers in other schemes or real: QUANTIZE and DEQUANTIZE stand between, and golden runs it', () => {
  const layers = new Map([
    [2, parseScheme('16x8')],
    [4, parseScheme('int4')],
    [6, null],
  ]);
  const { network, origins } = made('int8', { name: 'min-max' }, 'words', layers);
  for (const operator of network.operators)
    expect(supportOf(operator, network, 'reference')).toMatchObject({ ok: true });
  const between = network.operators.filter((_, i) => origins[i] === null).map(({ kind }) => kind);
  expect(between).toEqual(['DEQUANTIZE', 'QUANTIZE', 'QUANTIZE', 'DEQUANTIZE', 'QUANTIZE']); // TFLite has no QUANTIZE from int8 to int16
  expect(countRight(network)).toBeGreaterThan(770);
});
