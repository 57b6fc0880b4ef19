// The parameters of one engine as it is built. In: the array, and what only the RTL has. Out: a frozen value with every
// width settled, or a failure that names the field. The SystemVerilog package and the C++ header are generated from it
// (generate.ts); the streams are packed by it (pixels, weights, sums).
import type { PeArray } from '../array/array';
import { userFailure } from '../network/failure';
import { freeWidth, outputLanes } from '../plan/rtlForm';
import { weightBitsPerClock } from '../plan/rtlPorts';

/** What the engine's RTL takes from the array. */
type ArraySizes = Pick<
  PeArray,
  | 'rows'
  | 'cores'
  | 'pixelBits'
  | 'weightBits'
  | 'accumulatorBits'
  | 'kernelMax'
  | 'strideMax'
  | 'weightsSramDepthWords'
  | 'pixelStreamBits'
  | 'weightStreamBits'
  | 'outputStreamBits'
>;

/** What an array can be built with beside its sizes. */
export interface EngineOptions {
  /** Cores whose sums leave at once; 0 takes the default. */
  readonly outputLanes: number;
  /** A register between multiplier and adder in every PE: one clock later, none slower. */
  readonly multiplierRegister: boolean;
  /** Bits of the PE's accumulator above accumulatorBits, by which a sum too large is seen; 0 sees none. */
  readonly guardBits: number;
}

export interface Engine extends ArraySizes, EngineOptions {
  /** As given: the plan chooses by it how many groups run as one. */
  readonly array: PeArray;
}

export const WORD_BITS = 8; // words are int8: what TFLite's layers have
export const STREAM_WIDTHS: readonly number[] = [32, 64, 128, 256, 512]; // in bits, as AXI data buses have them
/** Widths of header fields (headers.ts) that bound the sizes. */
const MOST = { rows: 1024, cores: 4095, kernel: 16, stride: 4, depthWords: 65536 };

/**
 * A bank of weights is as deep as configWords leave it: this engine's configuration travels in headers.
 * @param array a stream of 0 bits is as wide as never limits
 * @param given the options that differ from the defaults
 * @throws userFailure 'engine-field' naming the field and what it may be
 */
export function defineEngine(array: PeArray, given: Partial<EngineOptions> = {}): Engine {
  const { rows, cores, accumulatorBits, kernelMax, strideMax } = array;
  const weightsSramDepthWords = array.weightsSramDepthWords - array.configWords;
  check('rows', rows, 1, MOST.rows);
  check('cores', cores, 1, MOST.cores);
  check('pixelBits', array.pixelBits, WORD_BITS, WORD_BITS);
  check('weightBits', array.weightBits, WORD_BITS, WORD_BITS);
  check('kernelMax', kernelMax, 1, MOST.kernel);
  check('strideMax', strideMax, 1, MOST.stride);
  check('weightsSramDepthWords', weightsSramDepthWords, 2, MOST.depthWords);
  if (![16, 24, 32].includes(accumulatorBits))
    refuse(`accumulatorBits is ${accumulatorBits}, but sums leave the engine as whole bytes.`, 'Give 16, 24 or 32.');
  const guardBits = given.guardBits ?? 32 - accumulatorBits;
  check('guardBits', guardBits, 0, 32 - accumulatorBits);
  const unitBits = (rows + kernelMax - 1) * WORD_BITS;
  const coreBits = rows * accumulatorBits;
  const lanes = given.outputLanes || outputLanes(array);
  check('outputLanes', lanes, 1, cores);
  return Object.freeze({
    array,
    rows,
    cores,
    pixelBits: WORD_BITS,
    weightBits: WORD_BITS,
    accumulatorBits,
    kernelMax,
    strideMax,
    weightsSramDepthWords,
    pixelStreamBits: settleWidth('pixelStreamBits', array.pixelStreamBits, Math.max(64, unitBits)),
    weightStreamBits: settleWidth('weightStreamBits', array.weightStreamBits, weightBitsPerClock(array)),
    outputStreamBits: settleWidth('outputStreamBits', array.outputStreamBits, lanes * coreBits),
    outputLanes: lanes,
    multiplierRegister: given.multiplierRegister ?? false,
    guardBits,
  });
}

/** The width asked for, or one that takes `needed` bits in every clock. */
function settleWidth(field: string, bits: number, needed: number): number {
  if (bits === 0) return freeWidth(needed);
  if (STREAM_WIDTHS.includes(bits)) return bits;
  return refuse(
    `${field} is ${bits}, which is no width of a stream.`,
    `Give ${STREAM_WIDTHS.join(', ')}, or 0 for as wide as never limits.`,
  );
}

function check(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = least === most ? String(least) : `a whole number from ${least} to ${most}`;
  refuse(`${field} is ${value}, but the engine's RTL takes ${range}.`, `Change ${field} of the array.`);
}

function refuse(sentence: string, remedy: string): never {
  throw userFailure('engine-field', sentence, remedy);
}
