// READ FIRST in this room. A network's run on an array as a folder that brings the array up in a lab. In: a network with
// its inputs, an array, a choice of layers, levels and formats. Out: files in a sink (folder.ts), and what was written.
//
//   layer.ts     which operators go to the array          streams.ts   level raw: the packets of the three streams
//   schedule.ts  what the array does clock by clock        modules.ts   in and out of each of the engine's modules
//   host.ts      constants, levels summed and requantised  next.ts      levels tiled and packed
//   vector.ts, formats/, gvb.ts   vectors and their files  bench.ts     what the testbench reads beside them
//   sources.ts   RTL, testbench, scripts                   manifest.ts  what the bundle holds, with hashes
import type { PeArray } from '../array/array';
import { type Engine as GoldenEngine, REFERENCE_TS } from '../golden/engine';
import { runOperators } from '../golden/run';
import type { KernelSet } from '../network/arithmetic';
import { userFailure } from '../network/failure';
import type { Network } from '../network/network';
import { type Engine, defineEngine } from '../simulate/engine';
import { isOverflow } from '../simulate/outputs';
import type { TypedArray } from '../tensor/tensor';
import { BenchTables } from './bench';
import type { FormatName, Level } from './choice';
import { type DryRun, type FileRecord, MANIFEST, textChunks } from './folder';
import { FILE_FORMATS, type FileFormat } from './formats/formats';
import { GvbWriter } from './gvb';
import { constantVectors, findCorrections, requantisedVector, summedVector } from './host';
import { type Layer, chooseLayers, numberPackets, readInputs, readLayer } from './layer';
import {
  type Facts,
  type InputFacts,
  type LayerFacts,
  type VectorFiles,
  describeExport,
  describeLayer,
  listVector,
  writeManifest,
} from './manifest';
import { type HostReads, nextVectors } from './next';
import type { OnHost } from './record';
import { readSources } from './sources';
import { type PacketRow, countWrapped, streamVectors } from './streams';
import { type Vector, packVector } from './vector';

export interface BundleRequest {
  readonly network: Network;
  readonly kernels: KernelSet;
  readonly inputs: ReadonlyMap<number, TypedArray>;
  readonly inputFacts: readonly InputFacts[];
  readonly goldenEngine?: GoldenEngine;
  readonly array: PeArray;
  readonly layers: string; // 'all', or operators such as '0,3-5'
  readonly levels: readonly Level[];
  readonly formats: readonly FormatName[];
  readonly modules?: number; // operations of each layer for the vectors of single modules; none without
  readonly align: number; // bytes
  readonly command: string; // that repeats the export
  readonly appRoot: string; // holds resources/
  readonly onProgress?: (done: number, all: number, bytes: number) => void; // operators, bytes written
}

export interface Bundle {
  readonly layers: readonly LayerFacts[];
  readonly host: readonly OnHost[];
  readonly vectors: readonly VectorFiles[];
  readonly files: readonly FileRecord[]; // besides those of vectors
  readonly bytes: number;
}

/**
 * Writes all files; putting the folder in its place is the caller's.
 * @throws userFailure 'layers-unknown', 'export-nothing', 'export-overflow', 'export-dataflow', 'export-modules', 'engine-field'; 'cancelled'
 */
export async function exportBundle(request: BundleRequest, sink: DryRun): Promise<Bundle> {
  const { network, array } = request;
  if (array.dataflow !== 'kraken')
    throw userFailure(
      'export-dataflow',
      `The array ${array.name} has the dataflow ${array.dataflow}, for which there is no RTL.`,
      'Choose an array of the dataflow kraken.',
    );
  if (request.modules && !request.levels.includes('raw'))
    throw userFailure(
      'export-modules',
      'Vectors of single modules were asked for without the level raw, whose packets they are made from.',
      'Add the level raw, or leave the modules out.',
    );
  const engine = defineEngine(array);
  const chosen = chooseLayers(network, request.layers);
  const writer = new BundleWriter(request, engine, numberPackets(network, chosen, engine), sink);
  const values = new Map(request.inputs);
  for (const result of runOperators(network, request.kernels, request.inputs, request.goldenEngine ?? REFERENCE_TS)) {
    const operator = network.operators[result.operator]!;
    if (chosen.includes(operator.index)) {
      const layer = readLayer(network, result, readInputs(operator, network, values), engine);
      if (typeof layer === 'string') writer.host.push({ operator: operator.index, name: operator.name, why: layer });
      else await writer.writeLayer(layer);
    }
    for (const { tensor, data } of result.outputs) values.set(tensor.index, data);
    await sink.giveTurn();
    request.onProgress?.(result.operator + 1, network.operators.length, writer.bytes);
  }
  if (writer.layers.length === 0)
    throw userFailure(
      'export-nothing',
      `The array runs no chosen layer of ${network.name}. ${writer.host[0]?.why ?? ''}`,
      'Choose other layers or another array.',
    );
  return writer.writeRest();
}

class BundleWriter {
  readonly layers: LayerFacts[] = [];
  readonly host: OnHost[] = [];
  bytes = 0;
  private readonly vectors: VectorFiles[] = [];
  private readonly files: FileRecord[] = [];
  private readonly tables: BenchTables;
  private readonly gvb: GvbWriter | null;
  private readonly formats: readonly FileFormat[];

  constructor(
    private readonly request: BundleRequest,
    private readonly engine: Engine,
    private readonly tags: ReadonlyMap<number, number>, // of each layer's first packet
    private readonly sink: DryRun,
  ) {
    this.tables = new BenchTables(request.levels);
    this.gvb = request.formats.includes('gvb') ? new GvbWriter() : null;
    const formats = this.hasBench ? ['mem', ...request.formats] : request.formats; // .mem is what the testbench reads
    this.formats = [...new Set(formats)].filter((format): format is FileFormat => format !== 'gvb');
  }

  private get hasBench(): boolean {
    return this.has('raw');
  }
  private has(level: Level): boolean {
    return this.request.levels.includes(level);
  }

  async writeLayer(layer: Layer): Promise<void> {
    const corrections = findCorrections(layer);
    const packets = this.has('raw') ? await this.writeStreams(layer) : 0;
    for (const vector of constantVectors(layer, corrections)) await this.writeVector(vector);
    if (this.has('summed')) await this.writeVector(summedVector(layer, corrections));
    if (this.has('requantised')) await this.writeVector(requantisedVector(layer));
    const hostReads = this.has('tiled') || this.has('packed') ? await this.writeNext(layer) : [];
    this.tables.addLayer(layer, corrections, packets);
    this.layers.push(describeLayer(layer, corrections, hostReads, packets));
  }

  /** @returns packets of sums */
  private async writeStreams(layer: Layer): Promise<number> {
    let [packets, overflows] = [0, false];
    for (const item of streamVectors(
      layer,
      this.engine,
      this.tags.get(layer.operator.index)!,
      this.request.modules ?? 0,
    )) {
      if ('words' in item) await this.writeVector(item);
      else if ('modules' in item) this.tables.addModules(item);
      else {
        this.tables.addPacket(item, layer.runs[item.run]!);
        this.packets.push(item);
        if (item.sums) packets++;
        overflows ||= item.sums !== null && isOverflow(item.sums.user);
      }
    }
    if (overflows && this.request.levels.some((level) => level !== 'raw')) this.refuseWrapped(layer);
    return packets;
  }

  /** The levels above raw are made from the right sums, and the testbench would find that the array's are others. */
  private refuseWrapped(layer: Layer): void {
    const { index, name } = layer.operator;
    const count = countWrapped(layer, this.engine);
    if (count > 0)
      throw userFailure(
        'export-overflow',
        `${count} sums of operator ${index} (${name}) do not fit the ${this.engine.accumulatorBits} bits of the array's accumulators, and wrap: no host can make its output of them.`,
        'Give an array with more accumulatorBits, leave the operator out, or choose the level raw alone.',
        { operator: index },
      );
  }
  private readonly packets: PacketRow[] = [];

  private async writeNext(layer: Layer): Promise<HostReads[]> {
    const levels = { tiled: this.has('tiled'), packed: this.has('packed') };
    const hostReads: HostReads[] = [];
    for (const item of nextVectors(layer, this.request.network, this.engine, levels, this.tags)) {
      if ('words' in item) await this.writeVector(item);
      else if ('why' in item) hostReads.push(item);
      else this.tables.addNext(item, layer, this.engine);
    }
    return hostReads;
  }

  private async writeVector(vector: Vector): Promise<void> {
    const packed = packVector(vector);
    this.gvb?.add(vector, packed);
    const files: FileRecord[] = [];
    for (const format of this.formats) {
      const chunks = FILE_FORMATS[format].write(vector, packed, this.request.align);
      files.push(await this.sink.write(`${vector.path}.${format}`, chunks));
      this.bytes += files.at(-1)!.bytes;
    }
    this.vectors.push(listVector(vector, files));
  }

  /** Sources, scripts, hashes and the manifest, which comes last and lists all others. */
  async writeRest(): Promise<Bundle> {
    const { request, engine, vectors, files, layers, host } = this;
    const described = describeExport(this.facts(), layers, host);
    if (this.gvb) await this.writeFile('bundle.gvb', [this.gvb.finish(JSON.stringify(described))]);
    const tables = this.hasBench ? this.tables.files() : [];
    const hasBinaries = request.formats.includes('bin');
    const parts = {
      engine,
      tables,
      packets: this.packets,
      hasBinaries,
      align: request.align,
      appRoot: request.appRoot,
    };
    for (const [name, text] of readSources(parts)) await this.writeFile(name, textChunks(text));
    const hashed = [...vectors.flatMap((vector) => vector.files), ...files];
    const sums = hashed.map(({ sha256, path }) => `${sha256}  ${path}\n`).join('');
    await this.writeFile('SHA256SUMS', textChunks(sums));
    await this.writeFile(MANIFEST, textChunks(writeManifest(described, vectors, files)), false);
    return { layers, host, vectors, files, bytes: this.bytes };
  }

  private async writeFile(name: string, chunks: Iterable<Uint8Array>, listed = true): Promise<void> {
    const record = await this.sink.write(name, chunks);
    this.bytes += record.bytes;
    if (listed) this.files.push(record);
  }

  private facts(): Facts {
    const { command, network, kernels, inputFacts, array, levels, modules = 0, formats, align } = this.request;
    const goldenEngine = (this.request.goldenEngine ?? REFERENCE_TS).description;
    return {
      command,
      network,
      kernels,
      goldenEngine,
      inputs: inputFacts,
      array,
      engine: this.engine,
      levels,
      modules,
      formats,
      align,
    };
  }
}
