// Where what XNNPACK computes is no answer at all. In: an operator that the delegate takes over (delegation.ts). Out: a sentence
// that says what goes wrong, or null. Golden refuses these in the kernel set `xnnpack` rather than repeat a fault.
// Both were found by comparing with the runtime and are proved in test/oracle/delegation.test.ts.
import type { ConvOptions, Network, Operator, OperatorOf, Tensor } from '../network/network';
import { convolutionWindows } from './convolution';
import { inputTensor } from './kernel';
import { windowStart } from './padding';

export function delegateFault(operator: Operator, network: Network): string | null {
  if (operator.kind !== 'CONV_2D' && operator.kind !== 'DEPTHWISE_CONV_2D') return null;
  const [x, w] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!];
  if (stepsOver(operator.options, x, w))
    return 'its XNNPACK takes every tap for padding where a stride with SAME padding steps over the last rows or columns';
  if (overflows(operator, x, w))
    return 'its XNNPACK adds products in pairs of 16 bits, which -128 x -128 overflows, and two of its paired weights are -128';
  return null;
}

/**
 * SAME padding that the window does not need in one direction: the count of padding pixels runs below zero and wraps, and
 * the output is the bias alone. Filters of 1 x 1 take another way.
 */
function stepsOver(options: ConvOptions, x: Tensor, w: Tensor): boolean {
  if (options.padding !== 'same' || (w.shape[1] === 1 && w.shape[2] === 1)) return false;
  return convolutionWindows(options, x.shape, w.shape).some(
    (window) => windowStart(window, window.output - 1) + (window.taps - 1) * window.dilation + 1 < window.input,
  );
}

/**
 * Its fast int8 kernels for one channel in and one out (of 9 or 25 taps, and of 3 where weights have a scale a channel) add
 * the products of taps 0 and 1, 2 and 3, ... in 16 bits, column by column. Converters keep weights at -127 and above.
 */
function overflows(operator: OperatorOf<'CONV_2D' | 'DEPTHWISE_CONV_2D'>, x: Tensor, w: Tensor): boolean {
  if (w.type !== 'int8' || !w.data) return false;
  const [height, width] = [w.shape[1]!, w.shape[2]!];
  const depthwise = operator.kind === 'DEPTHWISE_CONV_2D';
  const channels = w.shape[depthwise ? 3 : 0]!;
  const taps = height * width;
  if (channels !== x.shape[3] || (!depthwise && w.shape[3] !== 1)) return false;
  if (taps !== 9 && taps !== 25 && (taps !== 3 || w.quantization!.scale.length === 1)) return false;
  const { data } = w;
  const isLowest = (c: number, place: number): boolean => {
    const tap = (place % height) * width + Math.floor(place / height);
    return data[depthwise ? tap * channels + c : c * taps + tap] === 0x80;
  };
  for (let c = 0; c < channels; c++)
    for (let place = 0; place + 1 < taps; place += 2) if (isLowest(c, place) && isLowest(c, place + 1)) return true;
  return false;
}
