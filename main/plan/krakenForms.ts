// The forms in which Kraken's array can see a layer. In: a layer and a batch. Out: shapes whose results are the layer's
// own, each with the rearrangement of data that makes it; none moves a word more than the layer has.
//   direct: as the paper runs it. Dilation d runs as d x d interleaved maps without dilation, each a frame of its own; those
//           that see no pixel are left out. A kernel one pixel high or wide takes only those that it uses: of a 1x1 kernel the
//           map decimated, as the paper does with ResNet's strided 1x1 convolutions.
//   folded: a stride S becomes min(S, K) phases, each a channel of a map with stride 1 and ceil(K/S) taps.
//   blocks: row blocks are cut from the output rows, or, as the published engine does, from the input rows, which without
//           padding are more.
//   turned: rows and columns change places. flat: a 1x1 kernel at stride 1 is a product with a row for each pixel.
import { type Window, pointWindow } from '../golden/padding';
import type { Convolution, Layer, Product } from './layer';
import { interleave, streamedOf, usedPixels } from './rtlForm';

/** What the array runs: sizes in the paper's sense, for a whole batch. */
export interface KrakenShape {
  readonly frames: number; // N, images that share the weights
  readonly groups: number;
  readonly channelsIn: number; // C_i of one group
  readonly channelsOut: number; // C_o of one group
  readonly kernelH: number;
  readonly kernelW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly columns: number; // W, input columns that are streamed
  readonly outputRows: number; // H_out, of all maps; rows of a product
  readonly heights: readonly number[]; // of each map, that are cut into row blocks: H_out in all, or more where the input rows are cut
  readonly outputColumns: number; // W_out, of all maps
  readonly maps: number; // of a dilation, which run one after the other, each with the weights anew; 1 without
  readonly rows: Window; // along R, as the array sees it
  readonly cols: Window;
}

export interface KrakenForm {
  readonly form: 'direct' | 'folded';
  readonly turned: boolean;
  readonly flat: boolean;
  readonly blocks: 'output' | 'input';
  readonly shape: KrakenShape;
}
/** A form that this layer does not have, and why; only where the paper's own form is refused. */
export type RefusedForm = Omit<KrakenForm, 'shape'> & { readonly why: string };

export function krakenForms(layer: Layer, batch: number): (KrakenForm | RefusedForm)[] {
  return layer.kind === 'product' ? productForms(layer, batch) : convolutionForms(layer, batch);
}

function productForms(layer: Product, batch: number): KrakenForm[] {
  const { products, rows, depth, columns, isShared } = layer;
  const groups = isShared ? products : products * batch;
  const left = isShared ? rows * batch : rows;
  const form = { form: 'direct', flat: false, blocks: 'output' } as const;
  return [
    { ...form, turned: false, shape: productShape(groups, left, depth, columns) },
    { ...form, turned: true, shape: productShape(groups, columns, depth, left) },
  ];
}

const productShape = (groups: number, rows: number, depth: number, columns: number): KrakenShape => ({
  frames: 1,
  groups,
  channelsIn: depth,
  channelsOut: columns,
  kernelH: 1,
  kernelW: 1,
  strideH: 1,
  strideW: 1,
  columns: 1,
  outputRows: rows,
  heights: [rows],
  outputColumns: 1,
  maps: 1,
  rows: pointWindow(rows),
  cols: pointWindow(1),
});

function convolutionForms(layer: Convolution, batch: number): (KrakenForm | RefusedForm)[] {
  const { rows, columns } = layer;
  const frames = batch * layer.frames;
  const forms: (KrakenForm | RefusedForm)[] = [];
  for (const form of ['direct', 'folded'] as const) {
    if (form === 'folded' && rows.stride * columns.stride === 1) continue;
    for (const turned of isSame(rows, columns) ? [false] : [false, true]) {
      const [along, across] = turned ? [columns, rows] : [rows, columns];
      if (rows.stride * columns.stride > 1 && rows.dilation * columns.dilation > 1) {
        forms.push({ form, turned, flat: false, blocks: 'output', why: 'it has a stride and a dilation at once' });
        continue;
      }
      const shape =
        form === 'direct'
          ? mapShape(layer, frames, usedPixels(along), usedPixels(across), 1)
          : foldedShape(layer, frames, along, across);
      forms.push({ form, turned, flat: false, blocks: 'output', shape });
      const inputRows = Math.ceil(along.input / along.stride);
      if (form === 'direct' && along.dilation === 1 && inputRows > along.output)
        forms.push({ form, turned, flat: false, blocks: 'input', shape: { ...shape, heights: [inputRows] } });
      const flat = turned ? null : flatShape(shape);
      if (flat) forms.push({ form, turned, flat: true, blocks: 'output', shape: flat });
    }
  }
  return forms;
}

const isSame = (a: Window, b: Window): boolean =>
  a.input === b.input &&
  a.output === b.output &&
  a.taps === b.taps &&
  a.stride === b.stride &&
  a.dilation === b.dilation &&
  a.before === b.before;

/** The layer as it is; `phases` is how many channels each of its channels became. */
function mapShape(layer: Convolution, frames: number, rows: Window, cols: Window, phases: number): KrakenShape {
  const heights = interleave(rows).map(({ window }) => window.output);
  const maps = interleave(cols).map(({ window }) => window);
  return {
    frames,
    groups: layer.groups,
    channelsIn: layer.inputChannels * phases,
    channelsOut: layer.outputChannels,
    kernelH: rows.taps,
    kernelW: cols.taps,
    strideH: rows.stride,
    strideW: cols.stride,
    columns: add(maps.map(streamedOf)),
    outputRows: add(heights),
    heights,
    outputColumns: add(maps.map(({ output }) => output)),
    maps: heights.length * maps.length,
    rows,
    cols,
  };
}

const add = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);

function foldedShape(layer: Convolution, frames: number, rows: Window, cols: Window): KrakenShape {
  const phases = Math.min(rows.stride, rows.taps) * Math.min(cols.stride, cols.taps);
  return mapShape(layer, frames, foldWindow(rows), foldWindow(cols), phases);
}

/** Position n of the folded map holds the pixels S*n - before … S*n - before + S-1, one in each phase. */
function foldWindow({ input, output, taps, stride, before }: Window): Window {
  const first = Math.floor(before / stride); // positions before it lie in the padding
  const kernel = Math.ceil(taps / stride);
  const last = Math.min(Math.floor((input - 1 + before) / stride), output + kernel - 2);
  return { input: Math.max(1, last - first + 1), output, taps: kernel, stride: 1, dilation: 1, before: first };
}

function flatShape(shape: KrakenShape): KrakenShape | null {
  const { kernelH, kernelW, strideH, strideW, rows, cols, frames, groups, channelsIn, channelsOut } = shape;
  const isPoint = kernelH * kernelW * strideH * strideW === 1 && rows.before === 0 && cols.before === 0;
  const fits = rows.output <= rows.input && cols.output <= cols.input;
  if (!isPoint || !fits || frames * rows.output * cols.output === rows.output) return null;
  return productShape(groups, frames * rows.output * cols.output, channelsIn, channelsOut);
}
