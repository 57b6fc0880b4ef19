// The streams of some layers that run one after the other without a reset. In: layers with their tensors, and the sums
// they must give. Out: the two streams and the packets to expect; the tags count through all of them.
import type { Engine } from './engine';
import { type SumPacket, expectPackets } from './outputs';
import { type PixelView, packPixels } from './pixels';
import { type Stream, StreamBuilder } from './stream';
import type { EngineLayer, Tiles } from './tiles';
import { type WeightView, packWeights } from './weights';

export interface LayerRun {
  readonly layer: EngineLayer;
  readonly tiles: Tiles;
  readonly x: PixelView;
  readonly w: WeightView;
  /** Of each pass that releases: int32 [N, sumRows, W_out, C_o]. */
  readonly sums: readonly Int32Array[];
  readonly sumRows: number;
}

export interface Streams {
  readonly pixels: Stream;
  readonly weights: Stream;
  readonly expected: readonly SumPacket[];
  /** Clocks in which the array is busy: what a run takes from its first to its last operation when nothing waits. */
  readonly clocks: number;
}

export function assembleStreams(engine: Engine, runs: readonly LayerRun[]): Streams {
  const pixels = new StreamBuilder(engine.pixelStreamBits);
  const weights = new StreamBuilder(engine.weightStreamBits);
  const expected: SumPacket[] = [];
  let tag = 0;
  let clocks = 0;
  for (const { layer, tiles, x, w, sums, sumRows } of runs) {
    packPixels(pixels, layer, tiles, engine, x, tag);
    packWeights(weights, layer, tiles, engine, w, tag);
    expected.push(...expectPackets(layer, tiles, engine, sums, sumRows, tag));
    tag = (tag + tiles.T * tiles.passes.length) % 256;
    clocks += tiles.clocks;
  }
  return { pixels: pixels.build(), weights: weights.build(), expected, clocks };
}
