// What the operators of a scheme of words ask of their tensors. Each check returns a sentence that says what is wrong and what
// would do, or null. In: a scheme, tensors. Out: sentences; exponents of power-of-two scales; the range of a tensor's words.
import { type Activation, type Network, type Operator, type Tensor } from '../../network/network';
import { type WordScheme, carrierOf, isWordScheme, rangeOfBits, schemeOf, wordBits } from '../../network/scheme';
import { readConstant } from '../../tensor/tensor';
import { realRange } from '../activation';
import { firstComplaint, needPerTensor } from '../checks';
import { roundHalfEven } from '../fixedPoint';
import { scaleOf, zeroPointOf } from '../kernel';

/** The scheme of an operator that computes with words. (Its kernel was chosen by it.) */
export function wordSchemeOf(operator: Operator, network: Network): WordScheme {
  const scheme = schemeOf(operator, network);
  if (!isWordScheme(scheme)) throw new Error(`operator ${operator.index} has no scheme of words`);
  return scheme;
}

/** f of a scale 2^-f; null for other scales. */
export function fractionOf(scale: number): number | null {
  const log = Math.log2(scale); // exact for powers of two
  return Number.isInteger(log) && 2 ** log === scale ? -log : null;
}

/** f of a tensor whose scale was checked. */
export const fractionBits = (tensor: Tensor): number => fractionOf(scaleOf(tensor))!;

/** Fractions further apart than that mean nothing any more, and keep every shifted word exact in a double. */
const MOST_FRACTION = 40;

const isPow2 = (scale: number): boolean => Math.abs(fractionOf(scale) ?? Infinity) <= MOST_FRACTION;

/** Words of a carrier, one scale each, as the scheme wants it; constants within their bits. */
export const needWords = (name: string, scheme: WordScheme, ...tensors: readonly Tensor[]): string | null =>
  tensors.reduce<string | null>(
    (complaint, tensor) =>
      complaint ??
      firstComplaint(
        () => needCarrier(name, tensor),
        () => needPerTensor(name, tensor),
        () => needScheme(name, scheme, tensor),
        () => needConstantFits(name, tensor),
      ),
    null,
  );

export const needCarrier = (name: string, { index, type, bits }: Tensor): string | null =>
  (type === 'int8' || type === 'int16') && carrierOf(bits ?? (type === 'int8' ? 8 : 16)) === type
    ? null
    : `${name} computes with signed words in int8 (up to 8 bits) or int16; tensor ${index} is ${type}${bits === undefined ? '' : ` of ${bits} bits`}.`;

/** `shift`: every scale a power of two, no zero points. `kraken`: zero points are words. */
function needScheme(name: string, scheme: WordScheme, tensor: Tensor): string | null {
  const { index, quantization } = tensor;
  const { scale, zeroPoint } = quantization!;
  if (scheme.kind === 'shift') {
    const odd = scale.find((value) => !isPow2(value));
    if (odd !== undefined)
      return `${name} by shifts needs scales that are powers of two (2^-${MOST_FRACTION} to 2^${MOST_FRACTION}); tensor ${index} has ${odd}.`;
    return zeroPoint.some((zero) => zero !== 0)
      ? `${name} by shifts has no zero points; tensor ${index} has ${zeroPoint.find((zero) => zero !== 0)}.`
      : null;
  }
  const [lowest, highest] = rangeOfBits(wordBits(tensor)!);
  const outside = zeroPoint.find((zero) => zero < lowest || zero > highest);
  return outside === undefined ? null : `${name}: the zero point ${outside} of tensor ${index} is no word of it.`;
}

const fits = new WeakMap<Tensor, string | null>();

/** A constant that says how many bits its words have keeps to them. */
export function needConstantFits(name: string, tensor: Tensor): string | null {
  if (!tensor.data || tensor.bits === undefined) return null;
  if (!fits.has(tensor)) {
    const [lowest, highest] = rangeOfBits(tensor.bits);
    const at = (readConstant(tensor) as Int32Array).findIndex((value) => value < lowest || value > highest);
    const why =
      at < 0
        ? null
        : `element ${at} of the constant tensor ${tensor.index} is ${readConstant(tensor)[at]}, no word of its ${tensor.bits} bits.`;
    fits.set(tensor, why);
  }
  const why = fits.get(tensor)!;
  return why && `${name}: ${why}`;
}

/** The words of a tensor are not longer than the scheme's. */
export const needBits = (name: string, tensor: Tensor, most: number, what: string): string | null => {
  const bits = wordBits(tensor)!;
  return bits <= most
    ? null
    : `${name} takes ${what} of ${most} bits in its scheme; tensor ${tensor.index} has words of ${bits}.`;
};

/**
 * Lowest and highest word of a tensor under an activation: limit / scale, half to even, on top of the zero point.
 * The activation was checked (refuseActivation).
 */
export function wordRange(activation: Activation, y: Tensor): { readonly lowest: number; readonly highest: number } {
  const [lowest, highest] = rangeOfBits(wordBits(y)!);
  const [from, to] = realRange(activation).map((limit) => roundHalfEven(limit / scaleOf(y)) + zeroPointOf(y)) as [
    number,
    number,
  ];
  return {
    lowest: Number.isFinite(from) ? Math.min(highest, Math.max(lowest, from)) : lowest,
    highest: Number.isFinite(to) ? Math.max(lowest, Math.min(highest, to)) : highest,
  };
}
