// Operators in which TFLite Micro parts from TFLite, against what its reference kernels computed: micro/make_micro.py.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KernelSet } from '../../main/network/arithmetic';
import { runOperators } from '../../main/golden/run';
import { importNetwork } from '../../main/import/import';
import type { TypedArray } from '../../main/tensor/tensor';

const FOLDER = join(import.meta.dirname, 'micro');

/** Elements that differ from TFLite Micro's, of how many. */
function compare(name: string, set: KernelSet): { differing: number; elements: number } {
  const { network } = importNetwork(readFileSync(join(FOLDER, `${name}.tflite`)), name);
  const given = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as {
    inputs: number[][];
    outputs: number[][];
  };
  const hold = (index: number, values: number[]): TypedArray =>
    network.tensors[index]!.type === 'int8' ? Int8Array.from(values) : Int16Array.from(values);
  const inputs = new Map(network.inputs.map((index, i) => [index, hold(index, given.inputs[i]!)]));
  const results = [...runOperators(network, set, inputs)];
  const outputs = results.map((result) => Array.from(result.outputs[0]!.data, Number));
  const expected = given.outputs.flat();
  expect(outputs.flat()).toHaveLength(expected.length);
  return { differing: outputs.flat().filter((value, i) => value !== expected[i]).length, elements: expected.length };
}

test.each([
  ['lstm_int8', 270],
  ['lstm_int16', 196],
  ['softmax_int16', 328],
  ['mean_int16', 232],
  ['sum_int16', 424],
])('%s: reference is TFLite Micro, bit for bit', (name, elements) => {
  expect(compare(name, 'reference')).toEqual({ differing: 0, elements });
});

test.each(['lstm_int8', 'softmax_int16'])('%s: builtin is another arithmetic', (name) => {
  const { differing, elements } = compare(name, 'builtin');
  expect(differing).toBeGreaterThan(0);
  expect(differing).toBeLessThan(elements / 2);
});

test('an LSTM of int16 is TFLite Micro’s alone', () => {
  expect(() => compare('lstm_int16', 'builtin')).toThrow('TFLite has no such kernel');
});
