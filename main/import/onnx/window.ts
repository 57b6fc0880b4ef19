// Windows of convolutions and pools: from pads in numbers to the two paddings there are, and a PAD before where neither fits.
// In: a node's auto_pad, pads, strides, dilations, kernel and ceil_mode, and the image's size. Out: padding, output size, and
// how much has to be padded beforehand. Source: onnx/docs/Operators.md, Conv, MaxPool, AveragePool.
import type { Padding } from '../../network/network';
import type { Step } from './step';

export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number; // pads, as the node has them
  readonly after: number;
}

/** Along height and width. `kernel` is the weights' where the node does not say it. */
export function windowsOf(
  step: Step,
  [, , height, width]: readonly number[],
  kernel?: readonly number[],
): [Axis, Axis] {
  const taps = step.sizes('kernel_shape', 2, kernel ? 0 : -1, 0);
  const sizes = kernel ?? taps;
  if (kernel && taps.some((size, d) => size !== 0 && size !== kernel[d]))
    step.refuse('onnx-attribute', `has a kernel_shape of [${taps.join(', ')}], but weights of [${kernel.join(', ')}]`);
  if (sizes.some((size) => size < 1)) step.refuse('onnx-attribute', 'has an empty kernel');
  const strides = step.sizes('strides', 2, 1, 1);
  const dilations = step.sizes('dilations', 2, 1, 1);
  const pads = step.sizes('pads', 4, 0, 0);
  const axis = (d: 0 | 1, input: number): Axis =>
    fitAxis(step, {
      input,
      taps: sizes[d]!,
      stride: strides[d]!,
      dilation: dilations[d]!,
      before: pads[d]!,
      after: pads[d + 2]!,
    });
  return [axis(0, height!), axis(1, width!)];
}

/** How far a window reaches. */
const reach = ({ taps, dilation }: Pick<Axis, 'taps' | 'dilation'>): number => (taps - 1) * dilation + 1;

function fitAxis(step: Step, axis: Omit<Axis, 'output'>): Axis {
  const { input, stride } = axis;
  const auto = step.text('auto_pad', 'NOTSET');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const output = Math.ceil(input / stride);
    const total = Math.max(0, (output - 1) * stride + reach(axis) - input);
    const less = Math.floor(total / 2);
    const [before, after] = auto === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
    return { ...axis, before, after, output };
  }
  if (auto !== 'NOTSET' && auto !== 'VALID') step.refuse('onnx-attribute', `has an unknown auto_pad ${auto}`);
  const [before, after] = auto === 'VALID' ? [0, 0] : [axis.before, axis.after];
  const steps = (input + before + after - reach(axis)) / stride;
  let output = Math.floor(steps) + 1;
  if (step.int('ceil_mode', 0) === 1) {
    output = Math.ceil(steps) + 1;
    if ((output - 1) * stride >= input + before) output--; // a window must not begin in the padding behind
  }
  if (output < 1)
    step.refuse(
      'onnx-window',
      `has a window of ${reach(axis)} that does not fit an image of ${input} padded by ${before} and ${after}`,
    );
  return { ...axis, before, after, output };
}

/** TFLite's SAME: as many outputs as strides fit, the smaller half of what lacks before. */
function isSame(axis: Axis): boolean {
  const total = Math.max(0, (axis.output - 1) * axis.stride + reach(axis) - axis.input);
  return axis.output === Math.ceil(axis.input / axis.stride) && axis.before === Math.floor(total / 2);
}

/** What the windows reach over the image's end. */
const overhang = (axis: Axis): number =>
  Math.max(0, (axis.output - 1) * axis.stride + reach(axis) - axis.input - axis.before);

export const fitsValid = (axes: readonly Axis[]): boolean => axes.every((a) => a.before === 0 && overhang(a) === 0);
export const fitsSame = (axes: readonly Axis[]): boolean => axes.every(isSame);

export interface Padded {
  readonly x: number; // tensor, NHWC
  readonly padding: Padding;
}

/** The image ready for an operator: as it is where a padding fits, else padded with `fill` by an operator of its own. */
export function padFor(step: Step, x: number, axes: readonly [Axis, Axis], fill = 0): Padded {
  if (fitsValid(axes)) return { x, padding: 'valid' };
  if (fitsSame(axes)) return { x, padding: 'same' };
  return { x: padImage(step, x, axes, fill), padding: 'valid' };
}

export function padImage(step: Step, x: number, axes: readonly [Axis, Axis], fill: number): number {
  const [batch, , , channels] = step.conversion.builder.tensor(x).shape as [number, number, number, number];
  const amounts = [0, 0, ...axes.flatMap((axis) => [axis.before, overhang(axis)]), 0, 0];
  const size = (axis: Axis): number => axis.before + axis.input + overhang(axis);
  const shape = [batch, size(axes[0]), size(axes[1]), channels];
  step.note('Pads that are neither SAME nor VALID are an operator of their own');
  const paddings = step.indices(amounts, [4, 2]);
  return fill === 0
    ? step.emit('PAD', [x, paddings], shape, {})
    : step.emit('PADV2', [x, paddings, step.made('fill', 'float32', [], [fill])], shape, {});
}
