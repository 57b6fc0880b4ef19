// The door to kernels.node (native/kernels/addon.cc). In: plain numbers and typed arrays; JavaScript allocates them all.
// Out: outputs written in place. Every call checks its arrays; a wrong one is an Error with a sentence, never a crash.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { unavailable } from '../../network/failure';
import { nativeFolder } from './place';

export type Rounding = 'double' | 'single' | 'float32';
export type Bytes = Int8Array | Uint8Array;

/** Threads that wait for work, and the instruction set they use. */
export interface AddonEngine {
  readonly engine: never;
}
/** Packed weights and constants. */
export interface AddonLayer {
  readonly layer: never;
}

/** A pool's or a sum's numbers, checked. */
export interface AddonPool {
  readonly pool: never;
}
export interface AddonSum {
  readonly sum: never;
}

/** One spatial dimension: see Axis in native/kernels/layer.h. A Window of padding.ts is one. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

/** See LayerSpec in native/kernels/layer.h. */
export interface LayerShape {
  readonly kind: 'dense' | 'depthwise' | 'transposed';
  readonly rows: Axis;
  readonly columns: Axis;
  readonly depth: number; // input channels
  readonly channels: number; // output channels
  readonly groups: number;
}

/** A layer of float32. */
export interface RealLayerSpec extends LayerShape {
  readonly lowest: number; // either may be infinite
  readonly highest: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array | null;
}

export interface LayerSpec extends LayerShape {
  readonly isSigned: boolean; // int8, else uint8
  readonly inputZero: number;
  readonly weightZero: number;
  readonly outputZero: number;
  readonly lowest: number;
  readonly highest: number;
  readonly rounding: Rounding;
  readonly weights: Bytes;
  readonly bias: Int32Array | null;
  readonly multiplier: Int32Array | null; // with shift: for double and single
  readonly shift: Int32Array | null;
  readonly scale: Float32Array | null; // for float32
}

export interface PoolSpec {
  readonly isMaximum: boolean;
  readonly isSigned: boolean;
  readonly rows: Axis;
  readonly columns: Axis;
  readonly channels: number;
  readonly lowest: number;
  readonly highest: number;
}

/** See SumJob in native/kernels/kernels.h. */
export interface SumSpec {
  readonly isSigned: boolean;
  readonly isDifference: boolean;
  readonly leftShift: number;
  readonly zeroA: number;
  readonly multiplierA: number;
  readonly shiftA: number;
  readonly zeroB: number;
  readonly multiplierB: number;
  readonly shiftB: number;
  readonly multiplier: number;
  readonly shift: number;
  readonly zeroPoint: number;
  readonly lowest: number;
  readonly highest: number;
}

/** XNNPACK's sum, clamp(((bias + a x multiplierA + b x multiplierB) >> shift) + zeroPoint). */
export interface LinearSumSpec {
  readonly isSigned: boolean;
  readonly bias: number;
  readonly multiplierA: number;
  readonly multiplierB: number;
  readonly shift: number;
  readonly zeroPoint: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface Addon {
  /** Instruction sets of this machine, best first; the last is always `scalar`. */
  readonly isas: readonly string[];
  /** `isa`: one of isas, or '' for the best. Threads 1..256, the caller's included. */
  openEngine(isa: string, threads: number): AddonEngine;
  engineIsa(engine: AddonEngine): string;
  /** Ends the threads. Closing or freeing twice is harmless; using a closed engine or freed layer is an Error. */
  closeEngine(engine: AddonEngine): void;
  packLayer(engine: AddonEngine, spec: LayerSpec): AddonLayer;
  packRealLayer(engine: AddonEngine, spec: RealLayerSpec): AddonLayer;
  /** Bytes of packed weights and constants. */
  layerBytes(layer: AddonLayer): number;
  freeLayer(layer: AddonLayer): void;
  /** x: one or more images; y as many; accumulators as long as y, or null: where nobody wants them, and of reals. */
  runLayer<T extends Bytes | Float32Array>(
    engine: AddonEngine,
    layer: AddonLayer,
    x: T,
    y: T,
    accumulators: Int32Array | null,
  ): void;
  packPool(spec: PoolSpec): AddonPool;
  runPool(engine: AddonEngine, pool: AddonPool, x: Bytes, y: Bytes): void;
  packSum(spec: SumSpec): AddonSum;
  packLinearSum(spec: LinearSumSpec): AddonSum;
  runSum(engine: AddonEngine, sum: AddonSum, a: Bytes, b: Bytes, y: Bytes): void;
  /** Exact multiply-accumulates a second of the engine's threads out of registers: the bound of all dense kernels. */
  peak(engine: AddonEngine, milliseconds: number): number;
  /** Reads packed weights with the engine's threads and hardly computes: the bound of weights that are used once. Some of the bits. */
  readWeights(engine: AddonEngine, layer: AddonLayer): number;
}

/** @throws unavailable where it has not been built, or does not load here */
export function loadAddon(folder = nativeFolder()): Addon {
  const file = path.join(folder, 'kernels.node');
  const place = { file: path.basename(file) };
  const remedy = 'Run ./scripts/setup.sh, which builds them, or choose the engine reference-ts.';
  if (!fs.existsSync(file))
    throw unavailable(
      'kernels-not-built',
      'The fast golden kernels (kernels.node) have not been built.',
      remedy,
      place,
    );
  try {
    return createRequire(file)(file) as Addon;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw unavailable(
      'kernels-not-loaded',
      `The fast golden kernels (kernels.node) do not load: ${why}.`,
      remedy,
      place,
    );
  }
}
