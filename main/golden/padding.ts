// Where a sliding window lies on its input. In: one spatial dimension's sizes. Out: output size and padding before.
// Source: tflite/kernels/padding.h ComputeOutSize, ComputePaddingWithOffset. Taps outside the image are skipped.
import type { Padding } from '../network/network';

export interface Window {
  readonly input: number; // pixels of the input along this dimension
  readonly output: number; // positions of the window
  readonly taps: number; // filter size
  readonly stride: number;
  readonly dilation: number;
  readonly before: number; // padding pixels before the first; an odd one goes after the last
}

export function placeWindow(input: number, taps: number, stride: number, dilation: number, padding: Padding): Window {
  const reach = (taps - 1) * dilation + 1;
  const output = Math.floor((padding === 'same' ? input + stride - 1 : input + stride - reach) / stride);
  const total = Math.max(0, (output - 1) * stride + reach - input);
  return { input, output, taps, stride, dilation, before: total >> 1 };
}

/** One tap, one output for each input: a product of matrices has no other. */
export const pointWindow = (size: number): Window => ({
  input: size,
  output: size,
  taps: 1,
  stride: 1,
  dilation: 1,
  before: 0,
});

/** Input position of the first tap at window position `at` (may be negative). */
export const windowStart = (w: Window, at: number): number => at * w.stride - w.before;

/** First tap inside the image when the window starts at `start`. */
export const firstTap = (w: Window, start: number): number => (start < 0 ? Math.ceil(-start / w.dilation) : 0);

/** One past the last tap inside the image; not above firstTap when none is. */
export const endTap = (w: Window, start: number): number => Math.min(w.taps, Math.ceil((w.input - start) / w.dilation));
