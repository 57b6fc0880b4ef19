// The schemes of words in networks: what a run counts, whose scheme an operator has, which kernels compute it.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openNetwork, prepareInput } from '../../../main/flow';
import { engineOf, usualEngine } from '../../../main/golden/engines';
import { runOperators } from '../../../main/golden/run';
import { type Scheme, type WordScheme, parseScheme } from '../../../main/network/scheme';
import { topScores } from '../../../main/tensor/scores';
import { type Slot, oneOperator } from '../oneOperator';
import { golden } from './made';

describe('accumulators', () => {
  const one = (type: 'int8', bits: number, data: number[], constant = false): Slot => ({
    type,
    bits,
    shape: constant ? [1, data.length] : [1, data.length],
    quantization: { scale: [1], zeroPoint: [0], axis: 0 },
    data: Int8Array.from(data),
    ...(constant && { constant: true as const }),
  });
  const y: Slot = { type: 'int8', shape: [1, 1], quantization: { scale: [1], zeroPoint: [0], axis: 0 } };
  const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
  const x = one('int8', 4, [7, 7, 7]);
  const w = one('int8', 4, [7, 7, 7], true); // 147: 8 bits hold up to 127
  test.each([
    ['shift:4,4,8', 147 - 256],
    ['shift:4,4,8,saturate', 127],
    ['kraken:4,4,8', 127],
    ['kraken:4,4,8,wrap', 147 - 256],
    ['kraken:4,4,9', 127], // the word ends there, the accumulator does not
  ])('%s: 147 becomes %d', (text, word) => {
    const result = golden(parseScheme(text) as WordScheme, 'FULLY_CONNECTED', [x, w], y, options);
    expect(result.words).toEqual([word]);
    expect(result.sums).toEqual([147n]);
    expect(result.overflows).toBe(text.includes('4,4,9') ? 0 : 1);
  });
  test('an operator may have a scheme of its own, and TFLite stays as it is', () => {
    const made = oneOperator('FULLY_CONNECTED', [x, w], y, options);
    const own = {
      ...made.network,
      operators: [{ ...made.operator, scheme: parseScheme('shift:4,4,8') }],
      scheme: parseScheme('kraken:4,4,8'),
    };
    const run = (network: typeof made.network) => [...runOperators(network, 'builtin', made.inputs)][0]!;
    expect([run(own).arithmetic, Number(run(own).outputs[0]!.data[0])]).toEqual(['pow2', 147 - 256]);
    expect([run({ ...own, operators: made.network.operators }).arithmetic]).toEqual(['float16']);
    const tflite = run({ ...made.network, scheme: parseScheme('int8') });
    expect([tflite.arithmetic, Number(tflite.outputs[0]!.data[0]), tflite.overflows]).toEqual(['single', 127, null]);
  });
});

test('the digits, as they were quantised for TFLite, are read in Kraken’s scheme', () => {
  const folder = path.resolve(__dirname, '../../../resources/samples/digits');
  const { network } = openNetwork(readFileSync(path.join(folder, 'digits.tflite')), 'digits.tflite');
  const images = readdirSync(path.join(folder, 'inputs')).filter((name) => name.endsWith('.png'));
  const [input, output] = [network.inputs[0]!, network.outputs[0]!];
  const read = images.map((name) => {
    const { data } = prepareInput(network, input, readFileSync(path.join(folder, 'inputs', name)), name);
    const results = [
      ...runOperators({ ...network, scheme: parseScheme('kraken:8,8,24') }, 'builtin', new Map([[input, data]])),
    ];
    expect(results.map(({ overflows }) => overflows).filter((n) => n !== null && n > 0)).toEqual([]);
    const scores = results.flatMap(({ outputs }) => outputs).find(({ tensor }) => tensor.index === output)!;
    return topScores(scores.data, null, null, 1)[0]!.index;
  });
  expect(images.length).toBeGreaterThan(9);
  expect(read).toEqual(images.map((name) => Number(name[0])));
});

test('the usual engine leaves words to the kernels of words', () => {
  const x: Slot = {
    type: 'int8',
    shape: [1, 2, 1, 1],
    data: Int8Array.of(1, 2),
    quantization: { scale: [1], zeroPoint: [0], axis: 0 },
  };
  const options = { padding: 'valid', strideH: 1, strideW: 1, filterH: 2, filterW: 1, activation: 'none' } as const;
  const made = oneOperator(
    'AVERAGE_POOL_2D',
    [{ ...x, data: Int8Array.of(2, 3) }],
    { ...x, shape: [1, 1, 1, 1] },
    options,
  );
  const engine = engineOf(usualEngine(), 1);
  const mean = (scheme: Scheme): number =>
    Number([...runOperators({ ...made.network, scheme }, 'reference', made.inputs, engine)][0]!.outputs[0]!.data[0]);
  expect(mean(parseScheme('shift:8,8,24'))).toBe(2); // ties to even
  expect(mean(parseScheme('int8'))).toBe(3); // away from zero
});
