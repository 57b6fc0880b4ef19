// The fast engine: kernels.node where it has a kernel, the reference kernels elsewhere; equal to them to the last bit.
// In: operators with their values. Out: outputs and, where asked for, accumulators. Weights are packed once and kept
// until release(): one entry for each network, operator and arithmetic.
import type { Arithmetic } from '../../network/arithmetic';
import { userFailure } from '../../network/failure';
import type { Network, Operator } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { type Engine, REFERENCE_TS } from '../engine';
import { type Accumulators, listText } from '../kernel';
import { type Addon, type AddonEngine, type AddonLayer, type Bytes, loadAddon } from './addon';
import { type FastLayer, type Inputs, type Pool, type Sum, isFastLayer, isPool, isSum, layerSpec, linearSumSpec, operandsOf, poolSpec, sumSpec } from './specs'; // prettier-ignore

const MOST_THREADS = 256;

/** Says that the reference kernels must compute. */
const NOT_COVERED = Symbol('not covered');

export interface NativeOptions {
  /** The caller's included; results do not depend on it. Default 1. */
  readonly threads?: number;
  /** One of the machine's instruction sets; default GOLDBENCH_ISA, else the best. */
  readonly isa?: string;
}

export class NativeEngine implements Engine {
  readonly name = 'native';
  readonly description: string;
  readonly isa: string;
  private readonly layers = new Map<string, AddonLayer>();
  private bytes = 0;

  private constructor(
    private readonly addon: Addon,
    private readonly engine: AddonEngine,
    readonly threads: number,
  ) {
    this.isa = addon.engineIsa(engine);
    this.description = `native ${this.isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  }

  /** @throws unavailable without kernels.node; userFailure for an instruction set the machine lacks, or a bad count */
  static open({ threads = 1, isa }: NativeOptions = {}, addon = loadAddon()): NativeEngine {
    if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS)
      throw userFailure(
        'golden-threads',
        `${threads} is no number of threads.`,
        `Take a whole number from 1 to ${MOST_THREADS}.`,
      );
    return new NativeEngine(addon, addon.openEngine(chooseIsa(addon, isa), threads), threads);
  }

  /** Bytes of all packed weights. */
  get packedBytes(): number {
    return this.bytes;
  }

  /** Exact multiply-accumulates a second of one thread out of registers, the best of `milliseconds`. */
  peak(milliseconds: number): number {
    return this.addon.peak(this.engine, milliseconds);
  }

  run(
    operator: Operator,
    network: Network,
    inputs: Inputs,
    outputs: readonly TensorValue[],
    arithmetic: Arithmetic,
    keepAccumulators: boolean,
  ): Accumulators | null {
    const result = this.runFast(operator, network, inputs, outputs[0]!, arithmetic, keepAccumulators);
    if (result !== NOT_COVERED) return result;
    return REFERENCE_TS.run(operator, network, inputs, outputs, arithmetic, keepAccumulators);
  }

  /** Forgets the packed weights of one network, or of all. */
  release(network?: Network): void {
    for (const [key, layer] of this.layers) {
      if (network && !key.startsWith(`${network.sha256}/`)) continue;
      this.bytes -= this.addon.layerBytes(layer);
      this.addon.freeLayer(layer);
      this.layers.delete(key);
    }
  }

  /** Releases everything and ends the threads; the engine is of no use afterwards. */
  close(): void {
    this.release();
    this.addon.closeEngine(this.engine);
  }

  private runFast(
    operator: Operator,
    network: Network,
    inputs: Inputs,
    y: TensorValue,
    arithmetic: Arithmetic,
    keepAccumulators: boolean,
  ): Accumulators | null | typeof NOT_COVERED {
    if (isFastLayer(operator)) return this.runLayer(operator, network, inputs, y, arithmetic, keepAccumulators);
    if (isPool(operator)) return this.runPool(operator, inputs[0]!, y, arithmetic);
    if (isSum(operator)) return this.runSum(operator, inputs[0]!, inputs[1]!, y, arithmetic);
    return NOT_COVERED;
  }

  private runLayer(
    layer: FastLayer,
    network: Network,
    inputs: Inputs,
    y: TensorValue,
    arithmetic: Arithmetic,
    keepAccumulators: boolean,
  ): Int32Array | null | typeof NOT_COVERED {
    const { x, w, bias } = operandsOf(layer, inputs);
    const isConstant = w.tensor.data !== null && (bias === null || bias.tensor.data !== null);
    const key = isConstant ? `${network.sha256}/${layer.index}/${arithmetic}` : null;
    const packed = (key === null ? undefined : this.layers.get(key)) ?? this.pack(layer, inputs, y, arithmetic, key);
    if (packed === null) return NOT_COVERED;
    const accumulators = keepAccumulators ? new Int32Array(y.data.length) : null;
    this.addon.runLayer(this.engine, packed, x.data as Bytes, y.data as Bytes, accumulators);
    if (key === null) this.addon.freeLayer(packed); // its weights were computed in this run
    return accumulators;
  }

  /** Packs a layer and, under a key, keeps it; null where the fast kernels do not cover it. */
  private pack(
    layer: FastLayer,
    inputs: Inputs,
    y: TensorValue,
    arithmetic: Arithmetic,
    key: string | null,
  ): AddonLayer | null {
    const spec = layerSpec(layer, inputs, y, arithmetic);
    if (spec === null) return null;
    const packed = this.addon.packLayer(this.engine, spec);
    if (key === null) return packed;
    this.layers.set(key, packed);
    this.bytes += this.addon.layerBytes(packed);
    return packed;
  }

  private runPool(pool: Pool, x: TensorValue, y: TensorValue, arithmetic: Arithmetic): null | typeof NOT_COVERED {
    const spec = poolSpec(pool, x, y, arithmetic);
    if (spec === null) return NOT_COVERED;
    this.addon.runPool(this.engine, spec, x.data as Bytes, y.data as Bytes);
    return null;
  }

  private runSum(
    sum: Sum,
    a: TensorValue,
    b: TensorValue,
    y: TensorValue,
    arithmetic: Arithmetic,
  ): null | typeof NOT_COVERED {
    const spec = sumSpec(sum, a, b, y, arithmetic);
    const linear = linearSumSpec(sum, a, b, y, arithmetic);
    if (spec) this.addon.runSum(this.engine, spec, a.data as Bytes, b.data as Bytes, y.data as Bytes);
    else if (linear) this.addon.runLinearSum(this.engine, linear, a.data as Bytes, b.data as Bytes, y.data as Bytes);
    else return NOT_COVERED;
    return null;
  }
}

/** The instruction set asked for, by argument or environment, or '' for the best. */
function chooseIsa(addon: Addon, isa: string | undefined): string {
  const wanted = isa ?? process.env.GOLDBENCH_ISA ?? '';
  if (wanted === '' || addon.isas.includes(wanted)) return wanted;
  throw userFailure(
    'golden-isa',
    `${isa === undefined ? 'GOLDBENCH_ISA names' : 'The native engine was asked for'} the instruction set ${wanted}, which this machine cannot run.`,
    `This machine has ${listText(addon.isas)}; without a choice the first of them is taken.`,
  );
}
