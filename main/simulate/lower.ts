// An operator as the engine runs it. In: a layer of the network with the values of its inputs. Out: runs of the engine,
// each a convolution of one group without dilation, seen in the operator's own tensors through strides; nothing is copied
// but the weights of merged groups. Forms: a dilation of d is d x d interleaved maps; a kernel one column wide takes only
// the columns it uses; groups run one by one, or merged with zeros between them where that takes fewer clocks.
import { convolutionWindows } from '../golden/convolution';
import { matrixOf } from '../golden/operators/batchMatmul';
import { type Window, pointWindow } from '../golden/padding';
import { userFailure } from '../network/failure';
import type { Operator, OperatorOf } from '../network/network';
import { planKraken } from '../plan/kraken';
import type { Layer } from '../plan/layer';
import { type InterleavedMap, interleave, rtlPin, usedPixels } from '../plan/rtlForm';
import { broadcastOffsets, broadcastShape, padRank } from '../tensor/offsets';
import type { TensorValue } from '../tensor/tensor';
import type { Engine } from './engine';
import type { PixelView } from './pixels';
import { type EngineLayer, type Tiles, tileLayer } from './tiles';
import { type WeightView, offsetIn, weightOf } from './weights';

/** Where the sum of [frame, row, column, channel] belongs in the operator's accumulators. */
export interface SumPlace {
  readonly offset: number;
  readonly frame: number;
  readonly row: number;
  readonly column: number; // channels lie side by side
}

export interface OperatorRun {
  readonly layer: EngineLayer;
  readonly tiles: Tiles;
  readonly x: PixelView;
  readonly w: WeightView;
  readonly place: SumPlace;
}

/** Words of the engine are int8: uint8 ones lose 128, and their zero points as well. */
export const signedWords = ({ tensor, data }: TensorValue): Int8Array =>
  tensor.type === 'uint8' ? Int8Array.from(data as Uint8Array, (value) => value - 128) : (data as Int8Array);

/** Groups side by side: what one of them has. */
interface Grouped {
  readonly groups: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly frames: number;
  readonly rows: Window;
  readonly columns: Window;
  readonly x: PixelView;
  readonly w: WeightView; // of the first group
  readonly nextWeights: number; // elements from one group's weights to the next
  readonly mayMerge: boolean;
}

/**
 * The runs of a CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED or BATCH_MATMUL.
 * @throws userFailure 'engine-operator', 'engine-layer' where the engine cannot run it
 */
export function lowerOperator(
  operator: Operator,
  inputs: readonly (TensorValue | null)[],
  engine: Engine,
): OperatorRun[] {
  if (operator.kind === 'BATCH_MATMUL') return lowerProducts(operator, inputs, engine);
  return lowerGrouped(groupOperator(operator, inputs), 0, engine);
}

/** @param offset of the first sum in the operator's accumulators */
function lowerGrouped(grouped: Grouped, offset: number, engine: Engine): OperatorRun[] {
  const channels = grouped.groups * grouped.outputs;
  const { rows, columns, x } = grouped;
  const maps = mapsOf(rows).flatMap((row) =>
    mapsOf(columns).map((column): PlacedMap => {
      const place: SumPlace = {
        offset: offset + (row.first * columns.output + column.first) * channels,
        frame: rows.output * columns.output * channels,
        row: rows.dilation * columns.output * channels,
        column: columns.dilation * channels,
      };
      const used = usedPixels(column.window);
      const view = {
        ...x,
        offset: x.offset + row.pixel * x.row + column.pixel * x.column,
        row: x.row * rows.dilation,
        column: x.column * columns.dilation * (columns.stride / used.stride),
      };
      return { rows: row.window, columns: used, x: view, place };
    }),
  );
  if (maps.length === 0)
    throw userFailure(
      'engine-layer',
      'The engine has nothing to add up: all taps of the dilated kernel lie in the padding.',
      'Its accumulators are its bias.',
    );
  const merge = grouped.mayMerge ? planMerge(grouped, engine) : 1;
  return maps.flatMap((map) => runGroups(grouped, map, merge, engine));
}

/** One of the maps of a dilation; the only one without. */
interface PlacedMap {
  readonly rows: Window;
  readonly columns: Window;
  readonly x: PixelView;
  readonly place: SumPlace;
}

function groupOperator(operator: Operator, inputs: readonly (TensorValue | null)[]): Grouped {
  const [x, w] = [inputs[0]!, inputs[1]!];
  const [xs, ws] = [signedWords(x), signedWords(w)];
  const mayMerge = (w.tensor.quantization?.zeroPoint ?? []).every(
    (zero) => zero === (w.tensor.type === 'uint8' ? 128 : 0),
  ); // zeros must count as 0
  if (operator.kind === 'FULLY_CONNECTED') {
    const [outputs, depth] = w.tensor.shape as [number, number];
    const batch = xs.length / depth;
    const x = { data: xs, offset: 0, row: depth, channel: 1 };
    return product(batch, depth, outputs, x, { data: ws, offset: 0, input: 1, output: depth });
  }
  if (operator.kind !== 'CONV_2D' && operator.kind !== 'DEPTHWISE_CONV_2D')
    throw userFailure(
      'engine-operator',
      `The engine does not run ${operator.kind}.`,
      'It runs CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and BATCH_MATMUL.',
    );
  const [frames, height, width, depth] = x.tensor.shape as [number, number, number, number];
  const [rows, columns] = convolutionWindows(operator.options, x.tensor.shape, w.tensor.shape);
  const view = { data: xs, offset: 0, frame: height * width * depth, row: width * depth, column: depth, channel: 1 };
  if (operator.kind === 'DEPTHWISE_CONV_2D') {
    const channels = w.tensor.shape[3]!;
    const outputs = channels / depth;
    const tap = { tapRow: columns.taps * channels, tapColumn: channels, input: 0, output: 1 };
    return {
      groups: depth,
      inputs: 1,
      outputs,
      frames,
      rows,
      columns,
      x: view,
      w: { data: ws, offset: 0, ...tap },
      nextWeights: outputs,
      mayMerge,
    };
  }
  const inputsOfGroup = w.tensor.shape[3]!;
  const groups = depth / inputsOfGroup;
  const outputs = w.tensor.shape[0]! / groups;
  const filter = rows.taps * columns.taps * inputsOfGroup;
  const tap = { tapRow: columns.taps * inputsOfGroup, tapColumn: inputsOfGroup, input: 1, output: filter };
  return {
    groups,
    inputs: inputsOfGroup,
    outputs,
    frames,
    rows,
    columns,
    x: view,
    w: { data: ws, offset: 0, ...tap },
    nextWeights: outputs * filter,
    mayMerge,
  };
}

/** [rows, depth] x [depth, columns], a convolution of one pixel a row. */
const product = (
  rows: number,
  depth: number,
  columns: number,
  x: Pick<PixelView, 'data' | 'offset' | 'row' | 'channel'>,
  w: Pick<WeightView, 'data' | 'offset' | 'input' | 'output'>,
): Grouped => ({
  groups: 1,
  inputs: depth,
  outputs: columns,
  frames: 1,
  rows: pointWindow(rows),
  columns: pointWindow(1),
  nextWeights: 0,
  mayMerge: true,
  x: { ...x, frame: 0, column: 0 },
  w: { ...w, tapRow: 0, tapColumn: 0 },
});

/**
 * The products of matrices of a BATCH_MATMUL, one run each: the right side is the weights, whoever computed it. With one
 * right side for all, the rows of all lie together as those of one product, where they lie one after the other.
 */
function lowerProducts(
  operator: OperatorOf<'BATCH_MATMUL'>,
  inputs: readonly (TensorValue | null)[],
  engine: Engine,
): OperatorRun[] {
  const [a, b] = [inputs[0]!, inputs[1]!];
  const { adjX, adjY } = operator.options;
  const [left, right] = [matrixOf(a.tensor.shape, adjX), matrixOf(b.tensor.shape, adjY)];
  const [rows, depth, columns] = [left.rows, left.columns, right.columns];
  const lead = broadcastShape(a.tensor.shape.slice(0, -2), b.tensor.shape.slice(0, -2))!;
  const matrices = ({ tensor }: TensorValue) => broadcastOffsets(padRank(tensor.shape.slice(0, -2), lead.length), lead);
  const [lefts, rights] = [matrices(a), matrices(b)];
  const [xs, ws] = [signedWords(a), signedWords(b)];
  const runs = (x: number, w: number, height: number, offset: number): OperatorRun[] => {
    const pixels = { data: xs, offset: x * rows * depth, row: adjX ? 1 : depth, channel: adjX ? rows : 1 };
    const weights = { data: ws, offset: w * depth * columns, input: adjY ? 1 : columns, output: adjY ? depth : 1 };
    return lowerGrouped(product(height, depth, columns, pixels, weights), offset, engine);
  };
  if (rights.every((w) => w === 0) && !adjX) return runs(0, 0, lefts.length * rows, 0);
  return [...lefts].flatMap((x, at) => runs(x, rights[at]!, rows, at * rows * columns));
}

/** The maps of a dilation. */
function mapsOf(window: Window): InterleavedMap[] {
  if (window.stride > 1 && window.dilation > 1)
    throw userFailure(
      'engine-operator',
      'The engine does not run a stride and a dilation at once.',
      'Split the operator.',
    );
  return interleave(window);
}

const layerOf = ({ frames, inputs, outputs }: Grouped, { rows, columns }: PlacedMap, groups: number): EngineLayer => ({
  frames,
  channelsIn: inputs * groups,
  channelsOut: outputs * groups,
  rows,
  columns,
});

function runGroups(grouped: Grouped, map: PlacedMap, merge: number, engine: Engine): OperatorRun[] {
  const { groups, inputs, outputs } = grouped;
  const { x, place } = map;
  const runs: OperatorRun[] = [];
  for (let group = 0; group < groups; group += merge) {
    const count = Math.min(merge, groups - group);
    // the last run is laid out as the others are, as the plan has it: the groups that it lacks idle. A shorter one spares
    // 0.15 % of MobileNet's clocks at most (16x16; 7x96: 0.02 %), for which every formula would have to know two sizes of runs
    const full = layerOf(grouped, map, merge);
    const layer = { ...full, channelsOut: outputs * count };
    runs.push({
      layer,
      tiles: tileLayer(full, engine),
      x: { ...x, offset: x.offset + group * inputs * x.channel, ...(count < merge && { channels: inputs * count }) },
      w: mergeWeights(grouped, group, count, merge),
      place: { ...place, offset: place.offset + group * outputs },
    });
  }
  return runs;
}

/** As many groups run as one as the plan says that take the fewest clocks. */
function planMerge({ groups, inputs, outputs, frames, rows, columns }: Grouped, { array }: Engine): number {
  if (groups === 1) return 1;
  const layer: Layer = {
    kind: 'convolution',
    name: 'groups',
    operator: null,
    frames,
    groups,
    inputChannels: inputs,
    outputChannels: outputs,
    rows,
    columns,
  };
  const plan = planKraken(layer, array, 1, 'clocks', rtlPin(layer));
  return typeof plan === 'string' ? 1 : plan.choice.merge; // what no plan runs, the engine refuses
}

/** The weights of neighbouring groups as one filter, zero where an input is another group's. */
function mergeWeights(
  { rows, columns, inputs, outputs, w, nextWeights }: Grouped,
  group: number,
  count: number,
  merge: number,
): WeightView {
  const first = { ...w, offset: w.offset + group * nextWeights };
  if (merge === 1) return first;
  const [channelsIn, channelsOut] = [inputs * merge, outputs * count];
  const data = new Int8Array(rows.taps * columns.taps * channelsIn * channelsOut);
  const merged = { of: first, inputs, outputs, next: nextWeights };
  const view = {
    data,
    offset: 0,
    tapRow: columns.taps * channelsIn * channelsOut,
    tapColumn: channelsIn * channelsOut,
    input: channelsOut,
    output: 1,
    merged,
  };
  for (let kh = 0; kh < rows.taps; kh++)
    for (let kw = 0; kw < columns.taps; kw++)
      for (let g = 0; g < count; g++)
        for (let i = g * inputs; i < (g + 1) * inputs; i++)
          for (let o = g * outputs; o < (g + 1) * outputs; o++)
            data[offsetIn(view, kh, kw, i, o)] = w.data[weightOf(view, kh, kw, i, o)!]!;
  return view;
}
