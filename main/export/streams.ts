// Level raw: each packet of each stream. In: a layer and an engine. Out: the vectors, and a row for each packet, from
// which testbench, driver and scripts know what to send and what must come.
import { rawSums, signedZeroPoints } from '../simulate/accumulators';
import type { Engine } from '../simulate/engine';
import { PIXEL_HEADER_BITS, WEIGHT_HEADER_BITS } from '../simulate/headers';
import type { OperatorRun } from '../simulate/lower';
import { type SumPacket, expectPackets, userOf } from '../simulate/outputs';
import { packPixels } from '../simulate/pixels';
import { type Stream, StreamBuilder } from '../simulate/stream';
import { sumProducts } from '../simulate/sums';
import type { Pass } from '../simulate/tiles';
import { packWeights } from '../simulate/weights';
import type { TensorValue } from '../tensor/tensor';
import type { Layer } from './layer';
import { type ModuleRow, moduleVectors } from './modules';
import { narrowWords } from './formats/formats';
import { type Vector, type WordBits, beatCount, unpackWords } from './vector';

/** One packet of pixels, its packet of weights, and the packet of sums that answers, if its pass releases. */
export interface PacketRow {
  readonly operator: number;
  readonly run: number;
  readonly iteration: number;
  readonly pass: number;
  readonly tag: number;
  readonly stem: string; // '…_pixels', '…_weights' and '…_sums' are its vectors
  readonly pixelBeats: number;
  readonly weightBeats: number;
  readonly sums: { readonly beats: number; readonly bytes: number; readonly user: number } | null;
}

const NONE = new Uint8Array();

/**
 * Yields the vectors of each packet, then its row; first those of the modules.
 * @param first tag of the first packet
 * @param operations of the modules; 0: none
 */
export function* streamVectors(
  layer: Layer,
  engine: Engine,
  first: number,
  operations = 0,
): Generator<Vector | PacketRow | ModuleRow> {
  let tag = first;
  for (const [index, run] of layer.runs.entries()) {
    const { tiles } = run;
    const pixels = packetsOf(engine.pixelStreamBits, (stream) =>
      packPixels(stream, run.layer, tiles, engine, run.x, tag),
    );
    const weights = packetsOf(engine.weightStreamBits, (stream) =>
      packWeights(stream, run.layer, tiles, engine, run.w, tag),
    );
    const sums = expectPackets(run.layer, tiles, engine, sumsOf(layer, run, engine), tiles.L * engine.rows, tag);
    let [at, released] = [0, 0];
    if (index === 0 && operations > 0) {
      let next = 0;
      const answers = tiles.passes.map(({ releases }) => (releases ? sums[next++]! : null));
      yield* moduleVectors(layer.folder, run, engine, { tag, weights, sums: answers }, operations);
    }
    for (let t = 0; t < tiles.T; t++)
      for (const [p, pass] of tiles.passes.entries()) {
        const stem = `${layer.folder}/r${index}_t${t}_p${p}`;
        const x = pixelVector(stem, pixels[at]!, run, pass, engine);
        const w = weightVector(stem, weights[at]!, run, pass, engine);
        const y = pass.releases ? sumVector(stem, sums[released]!, run, engine) : null;
        yield x;
        yield w;
        if (y) yield y;
        yield {
          operator: layer.operator.index,
          run: index,
          iteration: t,
          pass: p,
          tag,
          stem,
          pixelBeats: beatCount(x),
          weightBeats: beatCount(w),
          sums: y && { beats: beatCount(y), bytes: sums[released]!.bytes.length, user: userOf(sums[released]!) },
        };
        at++;
        if (pass.releases) released++;
        tag = (tag + 1) % 256;
      }
  }
}

/** The beats of each packet, header and payload apart. */
function packetsOf(bits: number, pack: (stream: StreamBuilder) => void): { header: Uint8Array; payload: Uint8Array }[] {
  const builder = new StreamBuilder(bits);
  pack(builder);
  const { segments, bytes, beatBytes }: Stream = builder.build();
  const stretch = (at: number): Uint8Array =>
    bytes.subarray(segments[at]! * beatBytes, (segments[at]! + segments[at + 1]!) * beatBytes);
  return Array.from({ length: segments.length / 6 }, (_, i) => ({
    header: stretch(6 * i),
    payload: stretch(6 * i + 3),
  }));
}

const product = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);

const bytesAsWords = (bytes: Uint8Array, shape: readonly number[]): Int8Array =>
  new Int8Array(bytes.buffer, bytes.byteOffset, product(shape));

/** The words of a pixel packet: [frame, row block, column, channel, sub-word, row]. */
export function pixelShape({ layer, tiles }: OperatorRun, pass: Pass, engine: Engine): number[] {
  return [layer.frames, tiles.L, tiles.columns, pass.to - pass.from, tiles.subWords, engine.rows + tiles.F];
}
export const PIXEL_ORDER = 'n l w ci s r';

function pixelVector(stem: string, { header, payload }: Beats, run: OperatorRun, pass: Pass, engine: Engine): Vector {
  const shape = pixelShape(run, pass, engine);
  return {
    path: `${stem}_pixels`,
    level: 'raw',
    about: 'packet of pixels',
    words: bytesAsWords(payload, shape),
    shape,
    order: PIXEL_ORDER,
    wordBits: 8,
    beatBits: engine.pixelStreamBits,
    header: header.subarray(0, PIXEL_HEADER_BITS / 8),
  };
}

interface Beats {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

function weightVector(stem: string, { header, payload }: Beats, run: OperatorRun, pass: Pass, engine: Engine): Vector {
  const { rows, columns } = run.layer;
  const shape = [columns.stride, pass.to - pass.from, rows.taps, engine.cores];
  return {
    path: `${stem}_weights`,
    level: 'raw',
    about: 'packet of weights',
    words: bytesAsWords(payload, shape),
    shape,
    order: 'phase ci kh core (kh in the order s, s+S_H, …)',
    wordBits: 8,
    beatBits: engine.weightStreamBits,
    header: header.subarray(0, WEIGHT_HEADER_BITS / 8),
  };
}

function sumVector(stem: string, { bytes }: SumPacket, { layer, tiles }: OperatorRun, engine: Engine): Vector {
  const shape = [layer.frames, tiles.L, layer.columns.output, layer.columns.stride, tiles.E, engine.rows];
  const wordBits = engine.accumulatorBits as WordBits; // defineEngine: 16, 24 or 32
  return {
    path: `${stem}_sums`,
    level: 'raw',
    about: 'packet of raw sums',
    words: narrowWords(unpackWords(bytes, wordBits, product(shape), true), wordBits),
    shape,
    order: 'n l o j g r',
    wordBits,
    beatBits: engine.outputStreamBits,
    header: NONE,
  };
}

/** Of each pass that releases: [N, L*R, W_out, C_o], the rows that only fill the last block included. */
function sumsOf({ accumulators, inputs }: Layer, run: OperatorRun, engine: Engine): Int32Array[] {
  const { layer, tiles, x, w } = run;
  const rows = tiles.L * engine.rows;
  const releasing = tiles.passes.filter(({ releases }) => releases);
  if (releasing.length > 1) return releasing.map(({ from, to }) => sumProducts(layer, x, w, rows, from, to));
  const real = rawSums(accumulators, biasOf(inputs), run, signedZeroPoints(inputs[0]!, inputs[1]!));
  return [withIdleRows(real, run, rows)];
}

/** Sums behind the layer's outputs that the accumulators do not hold; those of idle rows do not count. */
export function countWrapped(layer: Layer, engine: Engine): number {
  const most = 2 ** (engine.accumulatorBits - 1);
  let count = 0;
  for (const run of layer.runs) {
    const { frames, rows, columns, channelsOut } = run.layer;
    const [row, height] = [columns.output * channelsOut, run.tiles.L * engine.rows];
    for (const sums of sumsOf(layer, run, engine))
      for (let n = 0; n < frames; n++)
        for (const sum of sums.subarray(n * height * row, (n * height + rows.output) * row))
          if (sum < -most || sum >= most) count++;
  }
  return count;
}

export const biasOf = (inputs: readonly (TensorValue | null)[]): Int32Array | null =>
  (inputs[2]?.data as Int32Array) ?? null;

/** Golden knows nothing of the rows below the output: the array computes them from what lies there, and so does this. */
function withIdleRows(real: Int32Array, { layer, x, w }: OperatorRun, rows: number): Int32Array {
  const { frames, channelsOut } = layer;
  const height = layer.rows.output;
  if (rows === height) return real;
  const below = { ...layer, rows: { ...layer.rows, before: layer.rows.before - height * layer.rows.stride } };
  const idle = sumProducts(below, x, w, rows - height);
  const row = layer.columns.output * channelsOut;
  const all = new Int32Array(frames * rows * row);
  for (let n = 0; n < frames; n++) {
    all.set(real.subarray(n * height * row, (n + 1) * height * row), n * rows * row);
    all.set(idle.subarray(n * (rows - height) * row, (n + 1) * (rows - height) * row), (n * rows + height) * row);
  }
  return all;
}
