// What each scheme computes, as sentences that people read and anyone can build hardware from. golden/scheme/ follows them line by
// line, and test/golden/scheme/definition.ts follows them a second time in whole numbers. In: nothing. Out: text.
//
// Words throughout: q a stored word, s its tensor's scale, z its zero point, real = s x (q - z). round() goes to the nearest
// integer, ties to the even one. clip() goes to the words of the output, which the activation may narrow: relu from z, relu6
// to z + round(6 / s), relu_n1_to_1 from z + round(-1 / s) to z + round(1 / s).
import type { SchemeKind } from './scheme';

export interface SchemeDefinition {
  readonly title: string;
  readonly about: string;
  /** What is computed, by whom: 'layers', 'ADD, SUB'. */
  readonly rules: readonly { readonly of: string; readonly rule: string }[];
}

type Rules = SchemeDefinition['rules'];

/** Who computes; by shifts, and by Kraken's requantiser. */

const OWN: readonly (readonly [of: string, shift: string, kraken: string])[] = [
  [
    'layers',
    'sum = sum(x w) + b 2^(fx + fw - fb), a bias without a scale has fb = fx + fw; the sum is kept in the accumulator: a. Below zero a is left as it is (slope 0: becomes 0), elsewhere it is multiplied by 2^p, the slope being 2^-p. y = clip(round(a / 2^(fx + fw + p - fy))).',
    'sum = sum(x w) of raw words, all taps, x = zx outside the image; kept in the accumulator: a. A = float16(sx sw / sy), B = float16((sb b - sx sw zx sum(w)) / sy), of double precision; a bias without a scale has sb = sx sw. v = float32(float32(float32(a) A) + B); h = float16(v); below zero h = float16(h float16(slope)), or 0 where the slope is 0; y = clip(round(float16(h + float16(zy)))).',
  ],
  [
    'ADD, SUB',
    'f = max(fa, fb); clip(round((a 2^(f - fa) ± b 2^(f - fb)) / 2^(f - fy))).',
    'v = float32(float32((a - za) float16(sa / sy)) ± float32((b - zb) float16(sb / sy))), then as layers from h on, without a slope.',
  ],
  [
    'MUL',
    'clip(round(a b / 2^(fa + fb - fy))).',
    'As layers, the sum being (a - za)(b - zb), A = float16(sa sb / sy), B = 0, without accumulator.',
  ],
  [
    'BATCH_MATMUL',
    'As layers, the sum being that of a b; b has words of weights.',
    'As layers, the sum being that of (a - za)(b - zb), A = float16(sa sb / sy), B = 0; b has words of weights.',
  ],
  [
    'DIV',
    'clip(round(a 2^(fb + fy - fa) / b)), the quotient being exact; by 0 it is the end of clip on the side of a, 0 / 0 is 0.',
    'v = float32(float32((a - za) / (b - zb)) float16(sa / sb / sy)), then as layers from h on, without a slope; by 0 the quotient is infinite, 0 / 0 is 0.',
  ],
  [
    'PRELU',
    'From 0: clip(round(x / 2^(fx - fy))); below: clip(round(x alpha / 2^(fx + falpha - fy))).',
    'As MUL: from 0 of x - zx, A = float16(sx / sy); below of (x - zx)(alpha - zalpha), A = float16(sx salpha / sy).',
  ],
  [
    'RELU, RELU6, RELU_N1_TO_1, NEG, ABS, QUANTIZE',
    'clip(round(x / 2^(fx - fy))), of -x for NEG and |x| for ABS.',
    'As MUL, of x - zx (-(x - zx) for NEG, |x - zx| for ABS), A = float16(sx / sy).',
  ],
  ['LEAKY_RELU', 'As PRELU: alpha is the word round(alpha 2^15), falpha = 15.', 'As RELU, with the slope alpha.'],
  ['MEAN', 'clip(round(sum x 2^(fy - fx) / count)).', 'As MUL, of sum(x - zx), A = float16(sx / count / sy).'],
  ['SUM', 'clip(round(sum / 2^(fx - fy))).', 'As MUL, of sum(x - zx), A = float16(sx / sy).'],
];

const SHARED: Rules = [
  {
    of: 'accumulator',
    rule: 'A sum outside -2^(b-1) … 2^(b-1)-1, b the bits of the accumulator, wraps in two’s complement, or saturates to the nearer end once all products are summed; a run counts these sums.',
  },
  {
    of: 'MAX_POOL_2D, data movement, comparison',
    rule: 'Words are carried over; both sides have one scale and zero point. Padding is the zero point.',
  },
  { of: 'AVERAGE_POOL_2D', rule: 'clip(round(sum / count)) of the words inside the image.' },
  { of: 'QUANTIZE from float32', rule: 'clip(round(x / s) + z).' },
  {
    of: 'RESIZE_BILINEAR',
    rule: 'One scale and zero point on both sides. Of each dimension of n pixels that becomes m: p = i k + c in 1024ths of a pixel, k = floor((1024 n + floor(m / 2)) / m) (corners aligned: of n - 1 and m - 1), c = 0 (centres at half pixels: floor(k / 2) - 512); between the pixels l = min(max(floor(p / 1024), 0), n - 1) and u = min(floor((p + 1023) / 1024), n - 1), whose weights are 1024 - w and w = p - 1024 l. clip(round(sum of the four words by both weights / 2^20)).',
  },
  {
    of: 'L2_NORMALIZATION',
    rule: 'S = sum((x - zx)^2) of the row, r = float64(float64(root of S) sy); clip(round(float64((x - zx) / r)) + zy), zy where S is 0: the host.',
  },
  {
    of: 'LOGISTIC, TANH, ELU, HARD_SWISH, SQRT, RSQRT, SOFTMAX',
    rule: 'The function of the real values in double precision, then as QUANTIZE: a table, or the host.',
  },
];

const rulesOf = (kind: 'shift' | 'kraken'): Rules => [
  ...OWN.map(([of, shift, kraken]) => ({ of, rule: kind === 'shift' ? shift : kraken })),
  ...SHARED,
];

/** Does a rule `of` these operators say what this one computes? Data movement is not named operator by operator. */
export const ruleCovers = (of: string, operator: string): boolean =>
  of.split(', ').includes(LAYERS.includes(operator) ? 'layers' : operator);
const LAYERS: readonly string[] = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV'];

export const SCHEME_DEFINITIONS: Readonly<Record<SchemeKind, SchemeDefinition>> = {
  tflite: {
    title: 'TFLite',
    about:
      'Scales of any value, int8 or int16 activations, int8 or int4 weights, int32 bias. The arithmetic is that of the kernel set.',
    rules: [],
  },
  shift: {
    title: 'Shifts',
    about:
      'Every scale is a power of two, s = 2^-f, and no tensor has a zero point: sums come back to words by one shift. Weights may have a scale for each output channel.',
    rules: rulesOf('shift'),
  },
  kraken: {
    title: 'Kraken',
    about:
      'Scales of any value; pixels may have a zero point, weights have none and may have a scale for each output channel. The array sums raw words, fed the zero point in the padding; scale and bias are one float16 each for every output channel.',
    rules: rulesOf('kraken'),
  },
};
