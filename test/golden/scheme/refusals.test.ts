// What the schemes of words refuse, each with a sentence.
import { expect, test } from 'vitest';
import { arithmeticOf } from '../../../main/golden/arithmetic';
import { SUPPORTED_KINDS } from '../../../main/golden/operators';
import { runOperators } from '../../../main/golden/run';
import { type WordScheme, parseScheme } from '../../../main/network/scheme';
import { type Slot, oneOperator } from '../oneOperator';
import { refusalOf } from './made';

const shift = parseScheme('shift:8,8,24,16') as WordScheme;
const slot = (more: Partial<Slot> & { scale?: number; zero?: number } = {}): Slot => {
  const { scale = 1, zero = 0, ...rest } = more;
  return {
    type: 'int8',
    shape: [1, 2],
    data: Int8Array.of(1, 2),
    quantization: { scale: [scale], zeroPoint: [zero], axis: 0 },
    ...rest,
  };
};
const weights = (more: Parameters<typeof slot>[0] = {}): Slot => slot({ constant: true, ...more });
const y = (more: Parameters<typeof slot>[0] = {}): Slot => slot({ shape: [1, 1], ...more });
const bias = (more: Partial<Slot>): Slot => ({
  type: 'int32',
  shape: [1],
  data: Int32Array.of(5),
  constant: true,
  ...more,
});
const options = { activation: 'none', keepNumDims: false, shuffledWeights: false } as const;
test.each<[string, WordScheme, Slot[], Slot, string]>([
  [
    'a scale that is no power of two',
    shift,
    [slot({ scale: 0.3 }), weights()],
    y(),
    'powers of two (2^-40 to 2^40); tensor 0 has 0.3',
  ],
  ['a weight scale that is none', shift, [slot(), weights({ scale: 3 })], y(), 'powers of two; tensor 1 has 3'],
  ['a zero point', shift, [slot({ zero: 3 }), weights()], y(), 'has no zero points; tensor 0 has 3'],
  [
    'long pixels',
    parseScheme('shift:4,8,24') as WordScheme,
    [slot({ bits: 5 }), weights()],
    y(),
    'takes pixels of 4 bits in its scheme; tensor 0 has words of 5',
  ],
  [
    'long weights',
    parseScheme('kraken:8,4,24') as WordScheme,
    [slot(), weights()],
    y(),
    'takes weights of 4 bits in its scheme; tensor 1 has words of 8',
  ],
  [
    'weights outside their bits',
    shift,
    [slot(), weights({ bits: 2 })],
    y(),
    'element 1 of the constant tensor 1 is 2, no word of its 2 bits',
  ],
  [
    'a long bias',
    shift,
    [slot(), weights(), bias({})],
    y(),
    'takes a bias of 16 bits in its scheme; tensor 2 has words of 32',
  ],
  [
    'a finer bias',
    shift,
    [slot(), weights(), bias({ bits: 8, quantization: { scale: [0.25], zeroPoint: [0], axis: 0 } })],
    y(),
    'has 2 fraction bits more than the products',
  ],
  [
    'unsigned words',
    shift,
    [slot({ type: 'uint8', data: Uint8Array.of(1, 2) }), weights()],
    y({ type: 'uint8' }),
    'signed words in int8 (up to 8 bits) or int16; tensor 0 is uint8',
  ],
  [
    'a scale beyond float16',
    parseScheme('kraken:8,8,24') as WordScheme,
    [slot({ scale: 1e-9 }), weights()],
    y(),
    'channel 0 leave float16',
  ],
  [
    'weights of a zero point',
    parseScheme('kraken:8,8,24') as WordScheme,
    [slot(), weights({ zero: 1 })],
    y(),
    'whose zero point is not 0',
  ],
])('%s', (_, scheme, inputs, output, sentence) => {
  expect(refusalOf(scheme, 'FULLY_CONNECTED', inputs, output, options)).toContain(sentence);
});
test('operators that no scheme of words defines, and slopes below zero', () => {
  const options = { rank: 1, activation: 'none' } as const;
  expect(refusalOf(shift, 'SVDF', [slot(), slot(), slot(), slot()], slot(), options)).toBe(
    'SVDF: the scheme shift does not say how it is computed; keep it in real numbers, or give it the scheme int8.',
  );
  expect(refusalOf(shift, 'LEAKY_RELU', [slot()], slot(), { alpha: -0.1 })).toContain(
    'the slope -0.1 is not supported in schemes of words',
  );
  expect(refusalOf(shift, 'RESHAPE', [slot()], slot({ bits: 4 }), { newShape: [1, 2] })).toContain(
    'does not cut words: tensor 0 has 8 bits, tensor 1 4',
  );
});
test('an input outside its words', () => {
  const made = oneOperator('RELU', [slot({ bits: 2 })], slot({ bits: 2 }), {});
  expect(() => [...runOperators({ ...made.network, scheme: shift }, 'reference', made.inputs)]).toThrow(
    'Input tensor 0 (t0) has words of 2 bits; element 1 is 2',
  );
});

test('every operator golden runs is computed in words, but for three', () => {
  const left = SUPPORTED_KINDS.filter((kind) => {
    const { network, operator } = oneOperator(kind, [slot(), slot(), slot()], slot(), {} as never);
    return typeof arithmeticOf(operator as never, { ...network, scheme: shift }, 'reference') !== 'string';
  });
  expect(left.toSorted()).toEqual(['SVDF', 'TFLite_Detection_PostProcess', 'UNIDIRECTIONAL_SEQUENCE_LSTM']);
});
