// Two planes, or two values, compared. In: the values of both, the colours of the theme. Out: what is told, and RGBA: where they are equal a quiet
// green that keeps the picture recognisable, where they differ the colour of a difference, undimmed.
import type { ElementType } from '../../main/network/network';
import { type Scale, step } from './colour';
import { group, real } from './number';
import { type TypedArray, isInteger } from './values';

type Rgb = readonly [number, number, number];
/** As the tokens --panel, --equal and --differs (style/tokens.css). */
const COLOURS: Readonly<
  Record<'dark' | 'light', { readonly ground: Rgb; readonly equal: Rgb; readonly differs: Rgb }>
> = {
  dark: { ground: [20, 24, 29], equal: [63, 183, 165], differs: [244, 117, 127] },
  light: { ground: [251, 250, 248], equal: [13, 112, 98], differs: [184, 35, 54] },
};
const MOST_GREEN = 0.45; // of the way from ground to green, for the highest value

export function paintDifference(
  a: TypedArray,
  b: TypedArray,
  scale: Scale,
  theme: 'dark' | 'light',
): Uint8ClampedArray<ArrayBuffer> {
  const { ground, equal, differs } = COLOURS[theme];
  const pixels = new Uint8ClampedArray(a.length * 4);
  for (let i = 0; i < a.length; i++) {
    const isEqual = Object.is(a[i], b[i]);
    const share = 0.08 + (step(scale, Number(a[i])) / 255) * (MOST_GREEN - 0.08);
    for (let c = 0; c < 3; c++)
      pixels[i * 4 + c] = isEqual ? ground[c]! + (equal[c]! - ground[c]!) * share : differs[c]!;
    pixels[i * 4 + 3] = 255;
  }
  return pixels;
}

/** One value as it is told large: raw integers grouped, reals short. */
export const tellValue = (value: number | bigint, type: ElementType): string =>
  isInteger(type) ? group(value) : real(Number(value));

/** What was added to a to make b: '+1', '−64', '0'. */
export function tellChange(a: number | bigint, b: number | bigint, type: ElementType): string {
  const by = typeof a === 'bigint' && typeof b === 'bigint' ? b - a : Number(b) - Number(a);
  return by > 0 ? `+${tellValue(by, type)}` : tellValue(by, type);
}
