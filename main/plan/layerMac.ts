// One multiply-accumulate of a layer. In: a layer and a MAC of it. Out: does it lie in the image, and which elements of the
// tensors it takes, as 'y[0, 12, 5, 9] += x[0, 12, 6, 4] · w[9, 1, 2, 4]'. Convolutions: y and x as [frame, row, column,
// channel], w as [output channel, kernel row, kernel column, input channel of the group]; products: [row, column], several
// ones numbered first.
import { windowStart } from '../golden/padding';
import type { Convolution, Layer } from './layer';

export interface LayerMac {
  readonly frame: number; // of the batch; rows of a product count through all frames
  readonly group: number;
  readonly row: number;
  readonly column: number;
  readonly channelOut: number;
  readonly channelIn: number;
  readonly kernelRow: number;
  readonly kernelColumn: number;
}

type Tap = Pick<LayerMac, 'row' | 'column' | 'kernelRow' | 'kernelColumn'>;

const pixelOf = (
  { rows, columns }: Convolution,
  { row, column, kernelRow, kernelColumn }: Tap,
): [y: number, x: number] => [
  windowStart(rows, row) + kernelRow * rows.dilation,
  windowStart(columns, column) + kernelColumn * columns.dilation,
];

/** Does the tap meet a pixel, or a zero of the padding? */
export function isInImage(layer: Layer, tap: Tap): boolean {
  if (layer.kind === 'product') return true;
  const [y, x] = pixelOf(layer, tap);
  return y >= 0 && y < layer.rows.input && x >= 0 && x < layer.columns.input;
}

/** A MAC of a chunk of the batch as one of the whole batch. @param before inferences in the chunks before */
export function inBatch(layer: Layer, mac: LayerMac, before: number): LayerMac {
  if (before === 0) return mac;
  if (layer.kind === 'convolution') return { ...mac, frame: mac.frame + before * layer.frames };
  if (layer.isShared) return { ...mac, row: mac.row + before * layer.rows };
  return { ...mac, group: mac.group + before * layer.products };
}

/** The three elements, each as a text. */
export function tellElements(layer: Layer, mac: LayerMac): { y: string; x: string; w: string } {
  const { frame, group, row, column, channelOut, channelIn, kernelRow, kernelColumn } = mac;
  const list = (...numbers: number[]): string => `[${numbers.join(', ')}]`;
  if (layer.kind === 'product') {
    const first = layer.products > 1 ? [group] : [];
    return {
      y: `y${list(...first, row, channelOut)}`,
      x: `x${list(...first, row, channelIn)}`,
      w: `w${list(...first, channelIn, channelOut)}`,
    };
  }
  const [y, x] = pixelOf(layer, mac);
  const out = group * layer.outputChannels + channelOut;
  return {
    y: `y${list(frame, row, column, out)}`,
    x: `x${list(frame, y, x, group * layer.inputChannels + channelIn)}`,
    w: `w${list(out, kernelRow, kernelColumn, channelIn)}`,
  };
}

export function tellMac(layer: Layer, mac: LayerMac): string {
  const { y, x, w } = tellElements(layer, mac);
  return `${y} += ${x} · ${w}`;
}
