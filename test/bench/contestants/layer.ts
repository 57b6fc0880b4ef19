// A layer as every contestant gets it. In: a layer of a shipped table. Out: its sizes with the same seeded values,
// scales and zero points for all. Windows lie as TFLite's SAME and VALID place them, so that all compute the same.
import { type Window, placeWindow } from '../../../main/golden/padding';
import type { Padding } from '../../../main/network/network';
import { type Layer, countLayerMacs, describeLayer } from '../../../main/plan/layer';
import { Random } from '../../oracle/random';
import { table } from '../../plan/tables';

export type LayerKind = 'dense' | 'depthwise' | 'fullyConnected';

export interface BenchLayer {
  readonly name: string;
  readonly sizes: string;
  readonly kind: LayerKind;
  /** How many layers of the network have these sizes. */
  readonly count: number;
  readonly macs: number; // taps in the padding included, as every contestant computes them
  readonly rows: Window;
  readonly columns: Window;
  readonly padding: Padding;
  readonly depth: number; // input channels, all groups
  readonly channels: number; // output channels, all groups
  readonly groups: number;
}

export interface LayerValues {
  readonly x: Int8Array; // NHWC
  readonly weights: Int8Array; // O H W I of a group; depthwise H W O
  readonly bias: Int32Array;
  readonly xScale: number;
  readonly xZero: number;
  readonly wScales: Float32Array; // by output channel; all equal where fully connected, which XNNPACK's older versions want
  readonly yScale: number;
  readonly yZero: number;
}

const ONE = placeWindow(1, 1, 1, 1, 'valid');

/** Products summed up in one output. */
export const depthOfSum = (l: BenchLayer): number => (l.rows.taps * l.columns.taps * l.depth) / l.groups;
export const weightCount = (l: BenchLayer): number => l.channels * depthOfSum(l);

/** The scales as TFLite writes them: one for a fully-connected layer. */
export const scalesOf = (l: BenchLayer, v: LayerValues): number[] =>
  [...v.wScales].slice(0, l.kind === 'fullyConnected' ? 1 : l.channels);

/** The layers of a shipped table, those of equal sizes once. */
export function layersOf(network: string): BenchLayer[] {
  const bySizes = new Map<string, BenchLayer>();
  for (const layer of table(network).layers) {
    const sizes = describeLayer(layer);
    const known = bySizes.get(sizes);
    bySizes.set(sizes, known ? { ...known, count: known.count + 1 } : asBenchLayer(layer, sizes));
  }
  return [...bySizes.values()];
}

function asBenchLayer(layer: Layer, sizes: string): BenchLayer {
  const common = { name: layer.name, sizes, count: 1, macs: countLayerMacs(layer).all };
  if (layer.kind === 'product') {
    const { depth, columns: channels } = layer;
    return { ...common, kind: 'fullyConnected', rows: ONE, columns: ONE, padding: 'valid', depth, channels, groups: 1 };
  }
  const { groups, inputChannels, outputChannels } = layer;
  const padding = layer.rows.before > 0 || layer.rows.taps === 1 ? 'same' : paddingOf(layer.rows);
  const [rows, columns] = [layer.rows, layer.columns].map((w) => placedAs(w, padding, layer.name)) as [Window, Window];
  const kind = inputChannels === 1 && outputChannels === 1 ? 'depthwise' : 'dense';
  return {
    ...common,
    kind,
    rows,
    columns,
    padding,
    depth: groups * inputChannels,
    channels: groups * outputChannels,
    groups,
  };
}

const paddingOf = (w: Window): Padding =>
  placeWindow(w.input, w.taps, w.stride, w.dilation, 'valid').output === w.output ? 'valid' : 'same';

/** Papers pad floor(K/2) on both sides; TFLite moves a strided window by a pixel, the work stays the same. */
function placedAs(window: Window, padding: Padding, name: string): Window {
  const placed = placeWindow(window.input, window.taps, window.stride, window.dilation, padding);
  if (placed.output !== window.output) throw new Error(`${name}: ${padding} padding gives another output size`);
  return placed;
}

/** Padding pixels after the last. */
export const after = (w: Window): number =>
  Math.max(0, (w.output - 1) * w.stride + (w.taps - 1) * w.dilation + 1 - w.input - w.before);

/** Values over the whole int8 range, of weights without -128, which TFLite's have not; scales that spread outputs over most of it. */
export function makeValues(layer: BenchLayer): LayerValues {
  const { kind, rows, columns, depth, channels } = layer;
  const random = new Random(2112);
  const bytes = (count: number, lowest = -128): Int8Array => new Int8Array(count).map(() => random.whole(lowest, 127));
  const [xScale, wScale] = [1 / 64, 1 / 256];
  const deviation = 74; // of evenly spread bytes
  return {
    x: bytes(rows.input * columns.input * depth),
    weights: bytes(weightCount(layer), -127),
    // a matrix product has none in ONNX, so it has none for anyone
    bias: Int32Array.from({ length: channels }, () => (kind === 'fullyConnected' ? 0 : random.whole(-5000, 5000))),
    xScale,
    xZero: -3,
    wScales: Float32Array.from({ length: channels }, (_, c) =>
      kind === 'fullyConnected' ? wScale : wScale * (1 + (c % 8) / 8),
    ),
    yScale: Math.fround((xScale * wScale * Math.sqrt(depthOfSum(layer)) * deviation * deviation) / 30),
    yZero: 5,
  };
}
