// The first words of each stream of a packet, and what each of them is. In: a layer, an engine, a packet. Out: plain JSON.
// The words are those that streams.ts exports; their meaning comes from the loops that put them in order (simulate/).
import { indexOf } from '../tensor/place';
import type { Tensor } from '../network/network';
import type { Engine } from '../simulate/engine';
import { readHeader } from '../simulate/headers';
import type { OperatorRun } from '../simulate/lower';
import { walkPacket } from '../simulate/outputs';
import { hasChannel, pixelOf, walkUnits } from '../simulate/pixels';
import { placeSum } from '../simulate/places';
import { walkCores, walkRows, weightOf } from '../simulate/weights';
import { userFailure } from '../network/failure';
import type { Layer } from './layer';
import type { PacketPlace, PacketPreview, StreamName, StreamPreview, WordPreview } from './record';
import { type PacketRow, streamVectors } from './streams';
import { type Vector, beatCount, headerBeats } from './vector';

/** In the order in which a packet's vectors are exported. */
export const STREAMS: readonly StreamName[] = ['pixels', 'weights', 'sums'];

/** Words of a stream that are seen at once, if they fill whole beats. */
const SEEN = 96;

/**
 * @param first the tag of the layer's first packet
 * @throws userFailure 'packet-unknown'
 */
export function previewPacket(layer: Layer, engine: Engine, first: number, at: PacketPlace): PacketPreview {
  const run = layer.runs[at.run];
  const pass = run?.tiles.passes[at.pass];
  if (!run || !pass || at.iteration >= run.tiles.T)
    throw userFailure(
      'packet-unknown',
      `Operator ${layer.operator.index} has no packet of run ${at.run}, iteration ${at.iteration}, pass ${at.pass}.`,
      `It has ${layer.runs.length} runs.`,
    );
  const { row, vectors } = findPacket(layer, engine, first, at);
  const tellers = [
    pixelTeller(layer, run, engine, at),
    weightTeller(layer, run, engine, at),
    sumTeller(layer, run, engine, at),
  ];
  return {
    runs: layer.runs.length,
    iterations: run.tiles.T,
    passes: run.tiles.passes.map(({ from, to, releases }) => ({ from, to, releases })),
    tag: row.tag,
    streams: vectors.map((vector, i) => previewStream(STREAMS[i]!, vector, at.from[STREAMS[i]!], tellers[i]!)),
  };
}

/** A packet's vectors: pixels, weights and, where its pass releases, sums. */
function findPacket(
  layer: Layer,
  engine: Engine,
  first: number,
  at: PacketPlace,
): { row: PacketRow; vectors: Vector[] } {
  let vectors: Vector[] = [];
  for (const item of streamVectors(layer, engine, first, 0)) {
    if ('words' in item) vectors.push(item);
    else if ('tag' in item && item.run === at.run && item.iteration === at.iteration && item.pass === at.pass)
      return { row: item, vectors };
    else vectors = [];
  }
  throw new Error(`operator ${layer.operator.index} gave no packet of run ${at.run}`);
}

type Meaning = Pick<WordPreview, 'about' | 'element'>;
/** What the words from `first` on up to `end` are, by number. */
type Teller = (first: number, end: number) => ReadonlyMap<number, Meaning>;

function previewStream(stream: StreamName, vector: Vector, from: number, tell: Teller): StreamPreview {
  const { path, shape, order, wordBits, beatBits, header, words } = vector;
  const before = headerBeats(vector);
  const least = Math.max(1, Math.floor((SEEN * wordBits) / beatBits)); // beats
  const start = Math.min(from, beatCount(vector) - before - 1);
  const wordAt = (beat: number): number => Math.min(words.length, Math.ceil((beat * beatBits) / wordBits));
  const [first, end] = [wordAt(start), wordAt(start + least)];
  const meanings = tell(first, end);
  return {
    stream,
    path,
    shape,
    order,
    wordBits,
    beatBits,
    beats: beatCount(vector),
    headerBeats: before,
    count: words.length,
    header: header.length > 0 ? readHeader(header) : [],
    words: Array.from(words.subarray(first, end), (value, i) => {
      const bit = (first + i) * wordBits;
      return {
        word: first + i,
        beat: before + Math.floor(bit / beatBits),
        bit: bit % beatBits,
        value,
        ...meanings.get(first + i)!,
      };
    }),
  };
}

function pixelTeller(
  layer: Layer,
  { layer: sizes, tiles, x }: OperatorRun,
  engine: Engine,
  { pass }: PacketPlace,
): Teller {
  const { stride, input } = sizes.rows;
  const unit = engine.rows + tiles.F;
  const tensor = layer.inputs[0]!.tensor;
  return (first, end) => {
    const told = new Map<number, Meaning>();
    walkUnits(sizes, tiles, engine, tiles.passes[pass]!, (word, n, start, column, channel) => {
      if (word >= end) return false;
      for (let i = Math.max(0, first - word); i < unit && word + i < end; i++) {
        const row = start + i * stride;
        const isInside = row >= 0 && row < input;
        const where = `column ${column}, channel ${channel}`;
        if (!hasChannel(x, channel))
          told.set(
            word + i,
            outside(`zero: the last groups that run as one are fewer, there is no channel ${channel}`),
          );
        else
          told.set(
            word + i,
            isInside
              ? elementAt('input', MAPS, tensor, pixelOf(x, n, row, column, channel))
              : outside(
                  row < 0
                    ? `padding above the map (row ${row}), ${where}`
                    : `below the map (row ${row} of ${input}), ${where}`,
                ),
          );
      }
      return true;
    });
    return told;
  };
}

function weightTeller(
  layer: Layer,
  { layer: sizes, tiles, w }: OperatorRun,
  engine: Engine,
  { pass, iteration }: PacketPlace,
): Teller {
  const { cores } = engine;
  const tensor = layer.inputs[1]!.tensor;
  const filters = layer.operator.kind === 'DEPTHWISE_CONV_2D' ? DEPTHWISE : FILTERS;
  return (first, end) => {
    const told = new Map<number, Meaning>();
    walkRows(sizes, tiles, engine, tiles.passes[pass]!, (word, kernelRow, channelIn, phase) => {
      if (word >= end) return false;
      if (word + cores <= first) return true;
      for (let core = 0; core < cores; core++) told.set(word + core, outside(`core ${core} has no weight in this row`));
      walkCores(sizes, tiles, iteration, phase, (core, kernelColumn, channelOut) => {
        const element = weightOf(w, kernelRow, kernelColumn, channelIn, channelOut);
        const own =
          element === null
            ? outside('zero between groups that run as one')
            : elementAt('weights', filters, tensor, element);
        told.set(word + core, { ...own, about: `${own.about}; core ${core}` });
      });
      return true;
    });
    return told;
  };
}

function sumTeller(layer: Layer, run: OperatorRun, engine: Engine, { pass, iteration }: PacketPlace): Teller {
  const { layer: sizes, tiles } = run;
  const { from, to } = tiles.passes[pass]!;
  const isPart = tiles.passes.filter(({ releases }) => releases).length > 1;
  const part = isPart ? `; input channels ${from} to ${to - 1}, the host adds the passes` : '';
  return (first, end) => {
    const told = new Map<number, Meaning>();
    walkPacket(sizes, tiles, engine, iteration, (word, n, row, column, channel) => {
      if (word >= end) return false;
      if (word < first) return true;
      const place = placeSum(run, engine, iteration, n, row, column, channel, pass);
      const own =
        place.element === null
          ? outside(
              channel >= sizes.channelsOut
                ? `idle: there is no output channel ${channel}`
                : `idle: row ${row} lies below the output`,
            )
          : elementAt('output', MAPS, layer.output.tensor, place.element);
      told.set(word, { ...own, about: `${own.about}; PE row ${place.row}, core ${place.core}${part}` });
      return true;
    });
    return told;
  };
}

const outside = (about: string): Meaning => ({ about, element: null });

/** 'weights[3, 0, 2, 1]: output channel 3, kernel row 0, kernel column 2, input channel 1' */
function elementAt(
  name: 'input' | 'weights' | 'output',
  dimensions: Dimensions,
  { shape, type }: Tensor,
  element: number,
): Meaning {
  const index = indexOf(shape, element);
  const words = dimensions[shape.length] ?? [];
  const parts = words.flatMap((word, d) => (d === 0 && shape[0] === 1 ? [] : [`${word} ${index[d]}`]));
  const less = name !== 'output' && type === 'uint8' ? ', less 128' : '';
  return { about: `${name}[${index.join(', ')}]${parts.length ? `: ${parts.join(', ')}` : ''}${less}`, element };
}

/** What the dimensions of TFLite's tensors are, by how many there are. */
type Dimensions = Readonly<Record<number, readonly string[]>>;
const MAPS: Dimensions = { 4: ['image', 'row', 'column', 'channel'], 2: ['row', 'channel'] };
const FILTERS: Dimensions = {
  4: ['output channel', 'kernel row', 'kernel column', 'input channel'],
  2: ['output channel', 'input channel'],
};
const DEPTHWISE: Dimensions = { 4: ['filter', 'kernel row', 'kernel column', 'output channel'] };
