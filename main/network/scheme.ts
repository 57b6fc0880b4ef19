// A scheme: how a network's numbers are kept, and in which arithmetic its layers come back to words. One value for a network,
// which single layers may override. In: a text of the command line, or JSON as read. Out: a checked, frozen Scheme, or a
// failure that names the field. What each scheme computes is defined in schemeDefinitions.ts; golden/scheme/ computes it.
//
// Words of 2 to 16 bits are signed and live in carriers: up to 8 bits in int8, above in int16 (`Tensor.bits` says how many).
import { userFailure } from './failure';
import type { ElementType, Network, Operator, Tensor } from './network';

/** TFLite's own arithmetics: scales of any value, 31-bit multipliers (arithmetic.ts). */
export interface TfliteScheme {
  readonly kind: 'tflite';
  readonly activations: 'int8' | 'int16';
  readonly weights: 'int8' | 'int4';
  /** One scale for each output channel of a layer's weights, or one for all. */
  readonly granularity: 'channel' | 'tensor';
}

/** What the two schemes of words have in common. */
interface Words {
  readonly pixelBits: number; // 2..16: what a layer reads, at most
  readonly weightBits: number; // 2..16
  readonly accumulatorBits: number; // 2..32
  /** What a sum does that leaves the accumulator: two's complement, or stop at the ends once all is summed. */
  readonly overflow: 'wrap' | 'saturate';
  /** What the requantiser multiplies values below zero by (a leaky ReLU inside it); 1: nothing. */
  readonly slope: number;
}

/** Power-of-two scales, no zero points: a layer's sum comes back to words by one shift. */
export interface ShiftScheme extends Words {
  readonly kind: 'shift';
  readonly biasBits: number; // 2..32
}

/** Kraken's requantiser: any scales, pixels may have a zero point; scale and bias of each channel are float16. */
export interface KrakenScheme extends Words {
  readonly kind: 'kraken';
}

export type WordScheme = ShiftScheme | KrakenScheme;
export type Scheme = TfliteScheme | WordScheme;
export type SchemeKind = Scheme['kind'];

export const isWordScheme = (scheme: Scheme | null): scheme is WordScheme =>
  scheme !== null && scheme.kind !== 'tflite';

/** The scheme of an operator: its own, else the network's; null where the file says nothing (TFLite as it stands). */
export const schemeOf = (operator: Operator, network: Network): Scheme | null =>
  operator.scheme ?? network.scheme ?? null;

/** The element type that holds words of `bits`. */
export const carrierOf = (bits: number): 'int8' | 'int16' => (bits <= 8 ? 'int8' : 'int16');

const CARRIER_BITS: Partial<Record<ElementType, number>> = { int4: 4, int8: 8, int16: 16, int32: 32 };

/** Bits of a signed tensor's words: its own number, else its type's; null for other types. */
export const wordBits = ({ bits, type }: Pick<Tensor, 'bits' | 'type'>): number | null =>
  bits ?? CARRIER_BITS[type] ?? null;

/** Lowest and highest word of `bits`. */
export const rangeOfBits = (bits: number): readonly [lowest: number, highest: number] => [
  -(2 ** (bits - 1)),
  2 ** (bits - 1) - 1,
];

interface Numbers {
  readonly least: number;
  readonly most: number;
  readonly about: string;
}
const BITS: Readonly<Record<'pixelBits' | 'weightBits' | 'accumulatorBits' | 'biasBits', Numbers>> = {
  pixelBits: { least: 2, most: 16, about: 'word of a pixel' },
  weightBits: { least: 2, most: 16, about: 'word of a weight' },
  accumulatorBits: { least: 2, most: 32, about: 'word of an accumulator' },
  biasBits: { least: 2, most: 32, about: 'word of a bias' },
};
type BitsField = keyof typeof BITS;

const FIELDS: Readonly<Record<SchemeKind, readonly string[]>> = {
  tflite: ['kind', 'activations', 'weights', 'granularity'],
  shift: ['kind', 'pixelBits', 'weightBits', 'accumulatorBits', 'biasBits', 'overflow', 'slope'],
  kraken: ['kind', 'pixelBits', 'weightBits', 'accumulatorBits', 'overflow', 'slope'],
};
export const SCHEME_KINDS = Object.keys(FIELDS) as readonly SchemeKind[];

/** As the sources have it: cgra4ml's int32 sums wrap, Kraken's golden model clips its sums. */
const USUAL_OVERFLOW = { shift: 'wrap', kraken: 'saturate' } as const;

/**
 * The checked scheme; `overflow` and `slope` may be left out.
 * @param from where it comes from, named in failures
 * @throws userFailure 'scheme' naming the field, what it is and what it may be
 */
export function checkScheme(value: unknown, from: string): Scheme {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(from, `a scheme is an object of named fields, not ${JSON.stringify(value)}.`);
  const given = value as Record<string, unknown>;
  const kind = SCHEME_KINDS.find((known) => known === given.kind);
  if (!kind) refuse(from, `kind is ${tell(given.kind)}, which is no scheme; ${SCHEME_KINDS.join(', ')} are.`);
  const unknown = Object.keys(given).find((field) => !FIELDS[kind].includes(field));
  if (unknown !== undefined)
    refuse(from, `${unknown} is no field of a ${kind} scheme; those are ${FIELDS[kind].join(', ')}.`);
  return Object.freeze(kind === 'tflite' ? checkTflite(given, from) : checkWords(kind, given, from));
}

function checkTflite(given: Record<string, unknown>, from: string): TfliteScheme {
  const activations = oneOf(given.activations, 'activations', ['int8', 'int16'] as const, from);
  const weights = oneOf(given.weights, 'weights', ['int8', 'int4'] as const, from);
  if (activations === 'int16' && weights === 'int4')
    refuse(from, 'TFLite has no layers of int16 activations with int4 weights.');
  const granularity = oneOf(given.granularity ?? 'channel', 'granularity', ['channel', 'tensor'] as const, from);
  return { kind: 'tflite', activations, weights, granularity };
}

function checkWords(kind: WordScheme['kind'], given: Record<string, unknown>, from: string): WordScheme {
  const bits = (field: BitsField): number => checkBits(given[field], field, from);
  const [pixelBits, weightBits, accumulatorBits] = [bits('pixelBits'), bits('weightBits'), bits('accumulatorBits')];
  if (accumulatorBits < pixelBits + weightBits - 1)
    refuse(
      from,
      `accumulatorBits is ${accumulatorBits}, too few for one product of ${pixelBits}-bit pixels and ${weightBits}-bit weights; give at least ${pixelBits + weightBits - 1}.`,
    );
  const overflow = oneOf(given.overflow ?? USUAL_OVERFLOW[kind], 'overflow', ['wrap', 'saturate'] as const, from);
  const words = { pixelBits, weightBits, accumulatorBits, overflow, slope: checkSlope(kind, given.slope ?? 1, from) };
  return kind === 'shift' ? { kind, ...words, biasBits: bits('biasBits') } : { kind, ...words };
}

function checkBits(value: unknown, field: BitsField, from: string): number {
  const { least, most, about } = BITS[field];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
    refuse(from, `${field} is ${tell(value)}, but it must be a whole number from ${least} to ${most} (${about}).`);
  return value;
}

/** Shift-only hardware divides by powers of two, or makes values below zero 0. */
function checkSlope(kind: WordScheme['kind'], value: unknown, from: string): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    refuse(from, `slope is ${tell(value)}, but it must be a number from 0 to 1.`);
  if (kind === 'shift' && value !== 0 && !(Number.isInteger(Math.log2(value)) && value >= 2 ** -15))
    refuse(from, `slope is ${value}, but a shift scheme has 0, 1, 1/2, 1/4 and so on to 2^-15 only.`);
  return value;
}

function oneOf<T extends string>(value: unknown, field: string, words: readonly T[], from: string): T {
  const found = words.find((word) => word === value);
  if (found === undefined) refuse(from, `${field} is ${tell(value)}, but it must be ${words.join(' or ')}.`);
  return found;
}

const tell = (value: unknown): string => (value === undefined ? 'missing' : JSON.stringify(value));

function refuse(from: string, sentence: string): never {
  throw userFailure('scheme', `${from}: ${sentence}`, `Schemes are written ${SCHEME_EXAMPLES.join(', ')}.`);
}

export const SCHEME_EXAMPLES: readonly string[] = [
  'int8',
  'int8:tensor',
  '16x8',
  'int4',
  'shift:8,8,24',
  'kraken:8,8,24,slope=0.1',
];

const TFLITE_TEXTS: Readonly<Record<string, Pick<TfliteScheme, 'activations' | 'weights'>>> = {
  int8: { activations: 'int8', weights: 'int8' },
  '16x8': { activations: 'int16', weights: 'int8' },
  int4: { activations: 'int8', weights: 'int4' },
};

/**
 * A scheme from its text: int8, 16x8 or int4, with `:tensor` for one scale a tensor; or shift or kraken, bits of pixels,
 * weights and accumulators (shift: and of the bias, the accumulator's where left out), then `wrap`, `saturate`, `slope=0.1`.
 * @throws userFailure 'scheme'
 */
export function parseScheme(text: string): Scheme {
  const from = `The scheme ${text}`;
  const [name, rest, ...more] = text.trim().split(':');
  const words = (rest ?? '').split(',').filter((word) => word !== '');
  if (more.length > 0) refuse(from, 'it has more than one colon.');
  const tflite = Object.hasOwn(TFLITE_TEXTS, name!) ? TFLITE_TEXTS[name!] : undefined;
  if (tflite) {
    if (words.length > 1) refuse(from, `behind ${name} only tensor or channel may stand.`);
    return checkScheme({ kind: 'tflite', ...tflite, granularity: words[0] ?? 'channel' }, from);
  }
  if (name !== 'shift' && name !== 'kraken') refuse(from, `${name} is no scheme.`);
  const numbers = words.filter((word) => /^\d+$/.test(word)).map(Number);
  const options = words.slice(numbers.length);
  if (words.slice(0, numbers.length).some((word) => !/^\d+$/.test(word)))
    refuse(from, 'the numbers of bits come first.');
  if (numbers.length < 3 || numbers.length > (name === 'shift' ? 4 : 3))
    refuse(
      from,
      `${name} takes bits of pixels, weights and accumulators${name === 'shift' ? ', and of the bias' : ''}.`,
    );
  const [pixelBits, weightBits, accumulatorBits, biasBits = accumulatorBits] = numbers;
  const bias = name === 'shift' ? { biasBits } : {};
  const fields = Object.assign({}, ...options.map((option) => parseOption(option, from))) as object;
  return checkScheme({ kind: name, pixelBits, weightBits, accumulatorBits, ...bias, ...fields }, from);
}

function parseOption(option: string, from: string): object {
  if (option === 'wrap' || option === 'saturate') return { overflow: option };
  const slope = /^slope=(\d*\.?\d+(?:e-?\d+)?)$/.exec(option);
  if (!slope) refuse(from, `${option} is none of wrap, saturate and slope=NUMBER.`);
  return { slope: Number(slope[1]) };
}

/** The shortest text that `parseScheme` reads back as the same scheme. */
export function schemeText(scheme: Scheme): string {
  if (scheme.kind === 'tflite') {
    const name = scheme.activations === 'int16' ? '16x8' : scheme.weights;
    return scheme.granularity === 'tensor' ? `${name}:tensor` : name;
  }
  const { kind, pixelBits, weightBits, accumulatorBits, overflow, slope } = scheme;
  const bias = scheme.kind === 'shift' && scheme.biasBits !== accumulatorBits ? [scheme.biasBits] : [];
  const options = [
    ...(overflow === USUAL_OVERFLOW[kind] ? [] : [overflow]),
    ...(slope === 1 ? [] : [`slope=${slope}`]),
  ];
  return `${kind}:${[pixelBits, weightBits, accumulatorBits, ...bias, ...options].join(',')}`;
}
