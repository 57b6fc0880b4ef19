// Colours of the heat map. In: the range of the values and their zero. Out: a table of 256 colours and the pixels.
// Values on both sides of zero: blue below, orange above, quiet at zero. Values on one side only (after a ReLU): cividis
// (Nunez, Anderton, Renslow 2018), which reads the same with and without colour vision.
import type { TypedArray } from './values';

type Rgb = readonly [number, number, number];

export interface Scale {
  readonly kind: 'diverging' | 'sequential';
  readonly low: number; // value of colour 0
  readonly high: number; // value of colour 255
  readonly zero: number;
  readonly table: Uint8ClampedArray; // 256 x RGB
}

const CIVIDIS: readonly Rgb[] = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];
const BLUE_ORANGE: Readonly<Record<'dark' | 'light', readonly Rgb[]>> = {
  dark: [
    [158, 202, 255],
    [74, 140, 230],
    [34, 77, 140],
    [26, 32, 39],
    [140, 78, 20],
    [222, 132, 42],
    [255, 206, 138],
  ],
  light: [
    [12, 52, 122],
    [42, 110, 200],
    [150, 190, 235],
    [250, 249, 246],
    [246, 196, 138],
    [206, 112, 24],
    [116, 56, 4],
  ],
};
/** NaN and infinities: a colour that is on neither scale. */
const NOT_FINITE: Rgb = [214, 40, 150];

/** `min`, `max`: the whole tensor's, so that its channels compare. */
export function makeScale(min: number, max: number, zero: number, theme: 'dark' | 'light'): Scale {
  if (min < zero && max > zero) {
    const reach = Math.max(zero - min, max - zero);
    return { kind: 'diverging', low: zero - reach, high: zero + reach, zero, table: blend(BLUE_ORANGE[theme]) };
  }
  return { kind: 'sequential', low: min, high: max > min ? max : min + 1, zero, table: blend(CIVIDIS) };
}

/** Which of the 256 colours a value has. */
export function step(scale: Scale, value: number): number {
  const share = (value - scale.low) / (scale.high - scale.low);
  return Math.min(255, Math.max(0, Math.round(share * 255)));
}

/** RGBA pixels of a plane, row-major. */
export function paint(scale: Scale, values: TypedArray): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    const at = step(scale, value) * 3;
    const finite = Number.isFinite(value);
    pixels[i * 4] = finite ? scale.table[at]! : NOT_FINITE[0];
    pixels[i * 4 + 1] = finite ? scale.table[at + 1]! : NOT_FINITE[1];
    pixels[i * 4 + 2] = finite ? scale.table[at + 2]! : NOT_FINITE[2];
    pixels[i * 4 + 3] = 255;
  }
  return pixels;
}

function blend(stops: readonly Rgb[]): Uint8ClampedArray {
  const table = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(place));
    const a = stops[from]!;
    const b = stops[from + 1]!;
    for (let c = 0; c < 3; c++) table[i * 3 + c] = a[c]! + (b[c]! - a[c]!) * (place - from);
  }
  return table;
}
