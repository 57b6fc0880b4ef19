// What the host does with the sums of a layer. In: a layer. Out: vectors of its constants, and the levels summed and
// requantised. The host adds to the sum of all passes one number, which stands for bias and zero points:
//
//   accumulator = sum over passes + corrections[row_class[row]][column_class[column]][channel]
//   output      = clamp(accumulator rescaled by multiplier and shift of the channel, plus the output's zero point)
//
// In words of a scheme the accumulator is kept in its own bits, and shifts or float16 constants take the multiplier's place.
//
// Corrections depend on which taps lie inside the map, hence on a few kinds of rows and columns (Kraken's B values by edge
// position); where weights have a zero point they depend on the pixels as well, and each position is a kind of its own.
import { float16Bits } from '../golden/float16';
import { addSums, signedZeroPoints } from '../simulate/accumulators';
import type { IntegerArray } from '../tensor/tensor';
import type { Layer } from './layer';
import { biasOf } from './streams';
import type { Vector, WordBits } from './vector';

/** One number for each accumulator, and the kinds into which they fall. */
export interface Corrections {
  readonly rowClasses: number;
  readonly columnClasses: number;
  readonly rowClass: Int16Array; // of each row of each frame
  readonly columnClass: Int16Array;
  readonly table: Int32Array; // [row class, column class, channel]
}

export function findCorrections(layer: Layer): Corrections {
  const { rows, columns, channels } = layer;
  const all = correctEach(layer);
  const rowKinds = classify(rows, (i) => all.subarray(i * columns * channels, (i + 1) * columns * channels));
  const column = (o: number): Int32Array => joinColumn(all, rowKinds.first, o, columns, channels);
  const columnKinds = classify(columns, column);
  const table = new Int32Array(rowKinds.first.length * columnKinds.first.length * channels);
  let at = 0;
  for (const i of rowKinds.first)
    for (const o of columnKinds.first) {
      const from = (i * columns + o) * channels;
      table.set(all.subarray(from, from + channels), at);
      at += channels;
    }
  return {
    rowClasses: rowKinds.first.length,
    columnClasses: columnKinds.first.length,
    rowClass: rowKinds.kinds,
    columnClass: columnKinds.kinds,
    table,
  };
}

/** Accumulators of an engine whose sums are all 0. */
function correctEach({ accumulators, inputs, runs }: Layer): Int32Array {
  const bias = biasOf(inputs);
  const all = Int32Array.from(accumulators, (_, at) => bias?.[at % bias.length] ?? 0);
  const zeros = signedZeroPoints(inputs[0]!, inputs[1]!);
  for (const run of runs) {
    const { frames, rows, columns, channelsOut } = run.layer;
    addSums(all, run, new Int32Array(frames * rows.output * columns.output * channelsOut), zeros);
  }
  return all;
}

/** The kind of each item, and the first item of each kind; items of the same content are of one kind. */
function classify(count: number, content: (index: number) => Int32Array): { kinds: Int16Array; first: number[] } {
  const contents: Buffer[] = [];
  const first: number[] = [];
  const kinds = Int16Array.from({ length: count }, (_, index) => {
    const own = content(index);
    const bytes = Buffer.from(own.buffer, own.byteOffset, own.byteLength);
    const kind = contents.findIndex((known) => known.equals(bytes));
    if (kind >= 0) return kind;
    first.push(index);
    return contents.push(bytes) - 1;
  });
  return { kinds, first };
}

function joinColumn(
  all: Int32Array,
  rows: readonly number[],
  o: number,
  columns: number,
  channels: number,
): Int32Array {
  const joined = new Int32Array(rows.length * channels);
  rows.forEach((i, at) => {
    const from = (i * columns + o) * channels;
    joined.set(all.subarray(from, from + channels), at * channels);
  });
  return joined;
}

const vector = (
  layer: Layer,
  name: string,
  level: Vector['level'],
  about: string,
  words: IntegerArray,
  shape: readonly number[],
  order: string,
): Vector => ({
  path: `${layer.folder}/${name}`,
  level,
  about,
  words,
  shape,
  order,
  header: new Uint8Array(),
  wordBits: (words.BYTES_PER_ELEMENT * 8) as WordBits,
  beatBits: words.BYTES_PER_ELEMENT * 8,
});

/** A few numbers for each channel, and where the edges are. */
export function constantVectors(layer: Layer, corrections: Corrections): Vector[] {
  const { channels, bias } = layer;
  const of = (name: string, about: string, words: IntegerArray, shape = [channels], order = 'channel'): Vector =>
    vector(layer, name, 'constants', about, words, shape, order);
  const { rowClasses, columnClasses, rowClass, columnClass, table } = corrections;
  return [
    of('bias', 'as the file has it', bias ?? new Int32Array(channels)),
    ...requantiserVectors(layer.requantization, (name, about, words) => of(name, about, forEach(words, channels))),
    of(
      'corrections',
      'bias and zero points for each kind of row and column',
      table,
      [rowClasses, columnClasses, channels],
      'row_class column_class channel',
    ),
    of('row_class', 'kind of each row', rowClass, [rowClass.length], 'row (of all frames)'),
    of('column_class', 'kind of each column', columnClass, [columnClass.length], 'column'),
  ];
}

/** A product of matrices has one number for all its columns. */
const forEach = <T extends Int32Array | Int16Array>(words: T, channels: number): T =>
  words.length === channels
    ? words
    : (new (words.constructor as new (count: number) => T)(channels).fill(words[0]!) as T);

/** What the arithmetic of the layer takes for each channel. */
function requantiserVectors(
  requantization: Layer['requantization'],
  of: (name: string, about: string, words: Int32Array | Int16Array) => Vector,
): Vector[] {
  if ('multiplier' in requantization)
    return [
      of('multiplier', 'of the requantisation, times 2^(shift - 31)', requantization.multiplier),
      of('shift', 'of the requantisation, to the left', requantization.shift),
      of('scale', 'the same ratio as the bits of a float32', new Int32Array(requantization.scale.slice().buffer)),
    ];
  if (requantization.arithmetic === 'pow2')
    return [of('shift', 'of the requantisation, to the right, ties to even', requantization.shift)];
  const half = (values: Float32Array): Int16Array => Int16Array.from(values, float16Bits);
  return [
    of('scale', 'A of the requantisation, the bits of a float16', half(requantization.scale)),
    of('offset', 'B of the requantisation, the bits of a float16', half(requantization.offset)),
  ];
}

/** Raw sums, all passes added: int32 in the order of the output. */
export function summedVector(layer: Layer, { rowClass, columnClass, columnClasses, table }: Corrections): Vector {
  const { accumulators, columns, channels, output } = layer;
  const sums = new Int32Array(accumulators.length);
  let at = 0;
  for (const row of rowClass)
    for (let o = 0; o < columns; o++) {
      const from = (row * columnClasses + columnClass[o]!) * channels;
      for (let c = 0; c < channels; c++, at++) sums[at] = accumulators[at]! - table[from + c]!;
    }
  return vector(layer, 'summed', 'summed', 'raw sums, all passes added', sums, output.tensor.shape, orderOf(layer));
}

/** The operator's output, as golden and TFLite have it. */
export const requantisedVector = (layer: Layer): Vector =>
  vector(
    layer,
    'requantised',
    'requantised',
    'output of the operator',
    layer.output.data as IntegerArray,
    layer.output.tensor.shape,
    orderOf(layer),
  );

const orderOf = ({ output }: Layer): string => (output.tensor.shape.length === 4 ? 'n h w c' : 'row c');
