// From an image to a tensor's real values. In: an image, the tensor's height, width and channels, and the rule
// real = pixel x scale + offset. Out: real values in HWC order, and the sentence's parts that say what was done.
import { PIXEL_RULES, type PixelRule, numberOf, ruleText } from '../network/pixels';
import type { Image } from './image';

export type Preprocessing = PixelRule;

type SimpleRule = Readonly<Record<keyof PixelRule, number>>;

/** The rule whose range is most like the real values from `low` to `high` that a tensor can hold: the largest overlap. */
export function chooseRule(low: number, high: number): Preprocessing {
  const likeness = ({ scale, offset }: SimpleRule): number => {
    const [from, to] = [offset, 255 * scale + offset];
    return Math.max(0, Math.min(high, to) - Math.max(low, from)) / (Math.max(high, to) - Math.min(low, from));
  };
  return Object.values<SimpleRule>(PIXEL_RULES).reduce((best, rule) => (likeness(rule) > likeness(best) ? rule : best));
}

/** ITU-R BT.601 luma, as Pillow's and TensorFlow's conversions to grey. */
const GREY = [0.299, 0.587, 0.114] as const;

export interface Reals {
  readonly values: Float32Array;
  readonly steps: readonly string[];
}

/** Resizes (only if the size differs), converts the colours (only if they differ), and scales. */
export function convertImage(image: Image, height: number, width: number, channels: 1 | 3, rule: Preprocessing): Reals {
  const steps = [image.words];
  const resized =
    image.height === height && image.width === width ? takePixels(image) : resizeBilinear(image, height, width);
  if (image.height !== height || image.width !== width)
    steps.push(`resized to ${width} x ${height} by bilinear interpolation`);
  const coloured = convertColours(resized, image.colours, channels);
  if (channels < image.colours) steps.push(`converted to grey (${GREY[0]} R + ${GREY[1]} G + ${GREY[2]} B)`);
  if (channels > image.colours) steps.push('grey repeated as red, green and blue');
  steps.push(ruleText(rule));
  const [scales, offsets] = [rule.scale, rule.offset].map((value) =>
    Array.from({ length: channels }, (_, c) => numberOf(value, c)),
  ) as [number[], number[]];
  const values = Float32Array.from(coloured, (pixel, i) => pixel * scales[i % channels]! + offsets[i % channels]!);
  return { values, steps };
}

/** Samples as pixels from 0 to 255, alpha left out. */
function takePixels({ samples, stride, colours, width, height, peak }: Image): Float64Array {
  const pixels = new Float64Array(width * height * colours);
  for (let i = 0, to = 0; i < width * height; i++)
    for (let c = 0; c < colours; c++) pixels[to++] = (samples[i * stride + c]! * 255) / peak;
  return pixels;
}

/** Bilinear interpolation with half-pixel centres, edges repeated: as TensorFlow's tf.image.resize without antialias. */
function resizeBilinear(
  { samples, stride, colours, peak, ...from }: Image,
  height: number,
  width: number,
): Float64Array {
  const rows = interpolate(from.height, height);
  const columns = interpolate(from.width, width);
  const pixels = new Float64Array(width * height * colours);
  let to = 0;
  for (const row of rows)
    for (const column of columns)
      for (let c = 0; c < colours; c++) {
        const sample = (y: number, x: number) => samples[(y * from.width + x) * stride + c]!;
        const upper = sample(row.low, column.low) * (1 - column.part) + sample(row.low, column.high) * column.part;
        const lower = sample(row.high, column.low) * (1 - column.part) + sample(row.high, column.high) * column.part;
        pixels[to++] = ((upper * (1 - row.part) + lower * row.part) * 255) / peak;
      }
  return pixels;
}

/** For each place of the new size: the two old places around its centre, and how far it lies towards the second. */
function interpolate(from: number, to: number): { low: number; high: number; part: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const centre = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(centre);
    return { low, high: Math.min(from - 1, low + 1), part: centre - low };
  });
}

function convertColours(pixels: Float64Array, from: 1 | 3, to: 1 | 3): Float64Array {
  if (from === to) return pixels;
  const count = pixels.length / from;
  const converted = new Float64Array(count * to);
  for (let i = 0; i < count; i++)
    if (to === 1) converted[i] = GREY[0] * pixels[3 * i]! + GREY[1] * pixels[3 * i + 1]! + GREY[2] * pixels[3 * i + 2]!;
    else converted.fill(pixels[i]!, 3 * i, 3 * i + 3);
  return converted;
}
