// manifest.json: what a bundle holds and what made it. In: facts, vectors and files. Out: text that is the same for the
// same export: no clock, no folder, no machine in it. A line for each vector and file, so that people can search it.
import type { PeArray } from '../array/array';
import { zeroPointOf } from '../golden/kernel';
import type { KernelSet } from '../network/arithmetic';
import type { Network, Tensor } from '../network/network';
import { PROGRAM } from '../network/program';
import { signedZeroPoints } from '../simulate/accumulators';
import type { Engine } from '../simulate/engine';
import type { FormatName, Level } from './choice';
import type { FileRecord } from './folder';
import type { Corrections } from './host';
import type { Layer } from './layer';
import type { HostReads } from './next';
import type { OnHost } from './record';
import { type Vector, beatCount, lanesOf } from './vector';

export interface InputFacts {
  readonly tensor: number;
  readonly name: string;
  readonly source: string;
  readonly sha256: string; // of the values
}

/** What is known before the first layer. */
export interface Facts {
  readonly command: string;
  readonly network: Network;
  readonly kernels: KernelSet;
  readonly goldenEngine: string;
  readonly inputs: readonly InputFacts[];
  readonly array: PeArray;
  readonly engine: Engine;
  readonly levels: readonly Level[];
  readonly modules: number; // operations of each layer; 0: no vectors of modules
  readonly formats: readonly FormatName[];
  readonly align: number;
}

export type LayerFacts = ReturnType<typeof describeLayer>;

export interface VectorFiles {
  readonly vector: Omit<Vector, 'words'>;
  readonly signed: boolean; // its words
  readonly beats: number;
  readonly files: readonly FileRecord[];
}

/** Without its words: a bundle may hold more of them than memory does. */
export function listVector(vector: Vector, files: readonly FileRecord[]): VectorFiles {
  const { path, level, about, shape, order, wordBits, beatBits, header } = vector;
  const signed = !(vector.words instanceof Uint8Array);
  return {
    vector: { path, level, about, shape, order, wordBits, beatBits, header },
    signed,
    beats: beatCount(vector),
    files,
  };
}

/** The part without files; a .gvb carries it. */
export function describeExport(
  facts: Facts,
  layers: readonly LayerFacts[],
  host: readonly OnHost[],
): Record<string, unknown> {
  const { network, kernels, goldenEngine, inputs, array, engine, levels, modules, formats, align } = facts;
  return {
    kind: 'goldbench bundle',
    version: 1,
    program: PROGRAM,
    command: facts.command,
    network: { name: network.name, sha256: network.sha256, bytes: network.fileBytes },
    kernels,
    goldenEngine,
    inputs,
    array,
    engine,
    levels,
    modules,
    formats,
    align,
    layers,
    host,
  };
}

export function writeManifest(
  described: Record<string, unknown>,
  vectors: readonly VectorFiles[],
  others: readonly FileRecord[],
): string {
  const head = JSON.stringify(described, null, 2).slice(0, -2); // without the closing brace
  const rows = vectors.map(({ vector, signed, beats, files }) => {
    const { path, level, about, shape, order, wordBits, beatBits, header } = vector;
    return {
      vector: path,
      level,
      about,
      shape,
      order,
      wordBits,
      signed,
      lanes: lanesOf(vector),
      beatBits,
      headerBytes: header.length,
      beats,
      files,
    };
  });
  return `${head},\n  "vectors": [\n${listRows(rows)}\n  ],\n  "files": [\n${listRows(others)}\n  ]\n}\n`;
}

/** JSON.stringify in one line, with the spaces people like. */
const listRows = (rows: readonly object[]): string =>
  rows.map((row) => `    ${JSON.stringify(row, null, 1).replace(/\n */g, ' ')}`).join(',\n');

/** Shapes, zero points, clamp and tiles of a layer. */
export function describeLayer(
  layer: Layer,
  corrections: Corrections,
  hostReads: readonly HostReads[],
  packets: number,
) {
  const { operator, inputs, output, accumulator, requantization, runs } = layer;
  const [x, w] = [inputs[0]!, inputs[1]!];
  const { arithmetic, zeroPoint, lowest, highest } = requantization;
  return {
    operator: operator.index,
    name: operator.name,
    folder: layer.folder,
    options: operator.options,
    input: describeTensor(x.tensor),
    weights: describeTensor(w.tensor),
    output: describeTensor(output.tensor),
    arithmetic,
    keptIn: { bits: accumulator.accumulatorBits, overflow: accumulator.overflow },
    slope: 'slope' in requantization ? requantization.slope : 1,
    zeroPoints: { ...signedZeroPoints(x, w), output: zeroPoint },
    clamp: [lowest, highest],
    accumulators: [layer.rows, layer.columns, layer.channels],
    corrections: [corrections.rowClasses, corrections.columnClasses, layer.channels],
    packets,
    clocks: runs.reduce((sum, { tiles }) => sum + tiles.clocks, 0),
    runs: runs.map(({ layer: sizes, tiles, place }) => ({ sizes, tiles, place })),
    readOnHost: hostReads,
  };
}

const describeTensor = (tensor: Tensor) => {
  const { index, name, type, shape, quantization } = tensor;
  return { tensor: index, name, type, shape, scale: quantization?.scale ?? [], zeroPoint: zeroPointOf(tensor) };
};
