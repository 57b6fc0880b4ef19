// Levels tiled and packed: the output of a layer as the next layer on the array takes it. In: a layer, the network. Out:
// for each operator that reads the output, and each run and pass of it, the words of its pixel packet in the order of the
// stream, and the packet itself, with the header of its first iteration. Where only the host reads it, the reason.
import type { Engine } from '../simulate/engine';
import { PIXEL_HEADER_BITS } from '../simulate/headers';
import type { OperatorRun } from '../simulate/lower';
import { packPixels } from '../simulate/pixels';
import { StreamBuilder } from '../simulate/stream';
import type { Pass } from '../simulate/tiles';
import type { Network } from '../network/network';
import { type Layer, lowerOrRefuse, readInputs } from './layer';
import { PIXEL_ORDER, pixelShape } from './streams';
import { type Vector, headerBeats } from './vector';

/** How the words of one pass lie in the tensor: what a testbench or a driver needs to tile it. */
export interface NextRow {
  readonly operator: number; // that made the tensor
  readonly reader: number; // operator that takes it
  readonly run: number;
  readonly pass: number;
  readonly of: OperatorRun;
  readonly from: number; // first channel
  readonly to: number; // one past the last
  readonly stem: string; // '…_tiled' and '…_packed' are its vectors
  readonly headerBeats: number;
}

export interface HostReads {
  readonly reader: number;
  readonly why: string;
}

export function* nextVectors(
  layer: Layer,
  network: Network,
  engine: Engine,
  levels: { readonly tiled: boolean; readonly packed: boolean },
  tags: ReadonlyMap<number, number>,
): Generator<Vector | NextRow | HostReads> {
  const { tensor, data } = layer.output;
  for (const reader of network.operators.filter(({ inputs }) => inputs[0] === tensor.index)) {
    const inputs = readInputs(reader, network, new Map([[tensor.index, data]]));
    const runs = lowerOrRefuse(reader, network, inputs, engine);
    if (typeof runs === 'string') {
      yield { reader: reader.index, why: runs };
      continue;
    }
    let tag = tags.get(reader.index) ?? 0; // as in the reader's own streams
    for (const [index, run] of runs.entries()) {
      for (const [p, pass] of run.tiles.passes.entries()) {
        const stem = `${layer.folder}/next${String(reader.index).padStart(2, '0')}_r${index}_p${p}`;
        const vectors = vectorsOf(stem, run, pass, engine, reader.index, (tag + p) % 256);
        if (levels.tiled) yield vectors.tiled;
        if (levels.packed) yield vectors.packed;
        yield {
          operator: layer.operator.index,
          reader: reader.index,
          run: index,
          pass: p,
          of: run,
          from: pass.from,
          to: pass.to,
          stem,
          headerBeats: headerBeats(vectors.packed),
        };
      }
      tag += run.tiles.T * run.tiles.passes.length;
    }
  }
}

function vectorsOf(
  stem: string,
  run: OperatorRun,
  pass: Pass,
  engine: Engine,
  reader: number,
  tag: number,
): { tiled: Vector; packed: Vector } {
  const stream = new StreamBuilder(engine.pixelStreamBits);
  packPixels(stream, run.layer, { ...run.tiles, T: 1, passes: [pass] }, engine, run.x, tag);
  const { bytes, segments, beatBytes } = stream.build();
  // packPixels stores what passes share before their headers: payload first
  const payload = segments[3]! * beatBytes;
  const header = segments[0]! * beatBytes;
  const shape = pixelShape(run, pass, engine);
  const words = new Int8Array(
    bytes.buffer,
    payload,
    shape.reduce((all, size) => all * size, 1),
  );
  const common = { words, shape, order: PIXEL_ORDER, wordBits: 8 as const };
  return {
    tiled: {
      ...common,
      path: `${stem}_tiled`,
      level: 'tiled',
      about: `as operator ${reader} takes it`,
      beatBits: 8,
      header: new Uint8Array(),
    },
    packed: {
      ...common,
      path: `${stem}_packed`,
      level: 'packed',
      about: `as operator ${reader} takes it, a packet`,
      beatBits: engine.pixelStreamBits,
      header: bytes.subarray(header, header + PIXEL_HEADER_BITS / 8),
    },
  };
}
