// One multiply-accumulate in words. In: a layer and a MAC of it. Out: which elements of its tensors it takes, as
// 'y[0, 12, 5, 9] += x[0, 12, 6, 4] · w[9, 1, 2, 4]'. Convolutions: y and x as [frame, row, column, channel], w as [output
// channel, kernel row, kernel column, input channel of the group]; products: [row, column], several ones numbered first.
import { windowStart } from '../golden/padding';
import type { LayerMac } from './krakenClock';
import type { Layer } from './layer';

export function tellMac(layer: Layer, mac: LayerMac): string {
  const { frame, group, row, column, channelOut, channelIn, kernelRow, kernelColumn } = mac;
  const list = (...numbers: number[]): string => `[${numbers.join(', ')}]`;
  if (layer.kind === 'product') {
    const first = layer.products > 1 ? [group] : [];
    return `y${list(...first, row, channelOut)} += x${list(...first, row, channelIn)} · w${list(...first, channelIn, channelOut)}`;
  }
  const { rows, columns, inputChannels, outputChannels } = layer;
  const y = windowStart(rows, row) + kernelRow * rows.dilation;
  const x = windowStart(columns, column) + kernelColumn * columns.dilation;
  const out = group * outputChannels + channelOut;
  return `y${list(frame, row, column, out)} += x${list(frame, y, x, group * inputChannels + channelIn)} · w${list(out, kernelRow, kernelColumn, channelIn)}`;
}
