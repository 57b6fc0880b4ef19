// The fast engine: kernels.node where it has a kernel, the reference kernels elsewhere; equal to them to the last bit.
// In: operators with their values. Out: outputs and, where asked for, accumulators. Weights are packed once and kept (packed.ts).
import type { Arithmetic } from '../../network/arithmetic';
import { userFailure } from '../../network/failure';
import type { Network, Operator } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { schemeOfWords } from '../arithmetic';
import { type Engine, REFERENCE_TS } from '../engine';
import { type Accumulators, integers, listText } from '../kernel';
import { slotsOf } from '../layer';
import { requantizerOf } from '../scheme/layerRequantizer';
import { requantizeWords } from '../scheme/requantizer';
import { type Addon, type AddonEngine, type AddonLayer, type Bytes, loadAddon } from './addon';
import { type Job, PackedJobs } from './packed';
import {
  type FastLayer,
  type Inputs,
  isFastLayer,
  isPool,
  isSum,
  layerSpec,
  linearSumSpec,
  operandsOf,
  poolSpec,
  realLayerSpec,
  sumSpec,
  wordLayerSpec,
} from './specs';

const MOST_THREADS = 256;

/** Packed weights of networks longest not used go beyond that: VGG-16's, the largest of the usual, are some 180 MB. */
const MOST_PACKED_BYTES = 512 << 20;

export interface NativeOptions {
  /** The caller's included; results do not depend on it. Default 1. */
  readonly threads?: number;
  /** One of the machine's instruction sets; default GOLDBENCH_ISA, else the best. */
  readonly isa?: string;
  /** Packed weights of other networks are kept up to that; default 512 MiB. */
  readonly mostPackedBytes?: number;
}

export class NativeEngine implements Engine {
  readonly name = 'native';
  readonly description: string;
  readonly isa: string;
  private readonly packed: PackedJobs;

  private constructor(
    private readonly addon: Addon,
    private readonly engine: AddonEngine,
    readonly threads: number,
    mostPackedBytes: number,
  ) {
    this.packed = new PackedJobs(mostPackedBytes, (layer) => addon.freeLayer(layer));
    this.isa = addon.engineIsa(engine);
    this.description = `native ${this.isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  }

  /** @throws unavailable without kernels.node; userFailure for an instruction set the machine lacks, or a bad count */
  static open(options: NativeOptions = {}, addon = loadAddon()): NativeEngine {
    const { threads = 1, isa, mostPackedBytes = MOST_PACKED_BYTES } = options;
    if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS)
      throw userFailure(
        'golden-threads',
        `${threads} is no number of threads.`,
        `Take a whole number from 1 to ${MOST_THREADS}.`,
      );
    return new NativeEngine(addon, addon.openEngine(chooseIsa(addon, isa), threads), threads, mostPackedBytes);
  }

  /** Bytes of all packed weights. */
  get packedBytes(): number {
    return this.packed.bytes;
  }

  /** Exact multiply-accumulates a second of all threads out of registers, the best of `milliseconds`. */
  peak(milliseconds: number): number {
    return this.addon.peak(this.engine, milliseconds);
  }

  /** Reads a layer's packed weights, as fast as the machine gives them to the engine's threads: some of the bits; null of what was not packed. */
  readWeights(network: Network, layer: Operator, arithmetic: Arithmetic): number | null {
    const job = this.packed.find(network, layer, arithmetic);
    return job?.kind === 'layer' ? this.addon.readWeights(this.engine, job.layer) : null;
  }

  run(
    operator: Operator,
    network: Network,
    inputs: Inputs,
    outputs: readonly TensorValue[],
    arithmetic: Arithmetic,
    keepAccumulators: boolean,
  ): Accumulators | null {
    const compute = (job: Job): Accumulators | null =>
      job
        ? this.runJob(job, operator, inputs, outputs[0]!, keepAccumulators)
        : REFERENCE_TS.run(operator, network, inputs, outputs, arithmetic, keepAccumulators);
    const scheme = schemeOfWords(operator, network);
    if (scheme) {
      const sums = isFastLayer(operator) ? this.sumWords(operator, network, inputs, outputs[0]!, arithmetic) : null;
      if (sums === null || !isFastLayer(operator)) return compute(null);
      requantizeWords(sums, scheme, requantizerOf(operator, network), integers(outputs[0]!));
      return keepAccumulators ? sums : null;
    }
    const kept = this.packed.find(network, operator, arithmetic);
    if (kept !== undefined) return compute(kept);
    const job = this.pack(operator, inputs, outputs[0]!, arithmetic);
    if (areConstant(operator, inputs)) {
      this.packed.keep(network, operator, arithmetic, job);
      return compute(job);
    }
    try {
      return compute(job);
    } finally {
      if (job?.kind === 'layer') this.addon.freeLayer(job.layer); // its weights were computed in this run
    }
  }

  /** The sums of a layer in words; null where the reference kernels must compute them. */
  private sumWords(
    operator: FastLayer,
    network: Network,
    inputs: Inputs,
    y: TensorValue,
    arithmetic: Arithmetic,
  ): Int32Array | null {
    let job = this.packed.find(network, operator, arithmetic);
    if (job === undefined) {
      const spec = wordLayerSpec(operator, network, inputs, y);
      const layer = spec && this.addon.packLayer(this.engine, spec);
      job = layer && { kind: 'layer', layer, bytes: this.addon.layerBytes(layer) };
      this.packed.keep(network, operator, arithmetic, job); // weights in words are constants
    }
    if (job?.kind !== 'layer') return null;
    const sums = new Int32Array(y.data.length);
    const x = inputs[slotsOf(operator).x]!.data as Bytes;
    this.addon.runLayer(this.engine, job.layer, x, new Int8Array(y.data.length), sums);
    return sums;
  }

  /** Forgets the packed weights of one network, or of all. */
  release(network?: Network): void {
    this.packed.release(network);
  }

  /** Releases everything and ends the threads; the engine is of no use afterwards. */
  close(): void {
    this.release();
    this.addon.closeEngine(this.engine);
  }

  /** null where the fast kernels do not cover the operator. */
  private pack(operator: Operator, inputs: Inputs, y: TensorValue, arithmetic: Arithmetic): Job {
    if (isFastLayer(operator)) {
      const layer = this.packLayer(operator, inputs, y, arithmetic);
      return layer && { kind: 'layer', layer, bytes: this.addon.layerBytes(layer) };
    }
    if (isPool(operator)) {
      const spec = poolSpec(operator, inputs[0]!, y, arithmetic);
      return spec && { kind: 'pool', pool: this.addon.packPool(spec) };
    }
    if (!isSum(operator)) return null;
    const [a, b] = [inputs[0]!, inputs[1]!];
    const spec = sumSpec(operator, a, b, y, arithmetic);
    if (spec) return { kind: 'sum', sum: this.addon.packSum(spec) };
    const linear = linearSumSpec(operator, a, b, y, arithmetic);
    return linear && { kind: 'sum', sum: this.addon.packLinearSum(linear) };
  }

  private packLayer(operator: FastLayer, inputs: Inputs, y: TensorValue, arithmetic: Arithmetic): AddonLayer | null {
    const spec = layerSpec(operator, inputs, y, arithmetic);
    if (spec) return this.addon.packLayer(this.engine, spec);
    const reals = realLayerSpec(operator, inputs, y);
    return reals && this.addon.packRealLayer(this.engine, reals);
  }

  private runJob(
    job: NonNullable<Job>,
    operator: Operator,
    inputs: Inputs,
    y: TensorValue,
    keepAccumulators: boolean,
  ): Int32Array | null {
    if (job.kind === 'layer') {
      const out = y.data as Bytes | Float32Array;
      const accumulators = keepAccumulators && !(out instanceof Float32Array) ? new Int32Array(out.length) : null;
      const x = inputs[slotsOf(operator as FastLayer).x]!.data as typeof out;
      this.addon.runLayer(this.engine, job.layer, x, out, accumulators);
      return accumulators;
    }
    const out = y.data as Bytes;
    const x = inputs[0]!.data as Bytes;
    if (job.kind === 'pool') this.addon.runPool(this.engine, job.pool, x, out);
    else this.addon.runSum(this.engine, job.sum, x, inputs[1]!.data as Bytes, out);
    return null;
  }
}

/** Weights and bias are in the file, so that what was packed of them holds for the next run. */
function areConstant(operator: Operator, inputs: Inputs): boolean {
  if (!isFastLayer(operator)) return true;
  const { w, bias } = operandsOf(operator, inputs);
  return w.tensor.data !== null && (bias === null || bias.tensor.data !== null);
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
