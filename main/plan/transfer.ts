// What moving words costs. In: words of the three streams and an array. Out: bytes, and clocks the streams and the DRAM
// need. The model is double buffering: transfers overlap with computing, and what does not fit beside it is stall.
import type { PeArray } from '../array/array';

/** Words of one layer over a whole batch, and in how many packets each stream carries them. */
export interface Traffic {
  readonly pixelWords: number;
  readonly weightWords: number;
  readonly outputWords: number; // written; accumulators
  readonly outputReadWords: number; // partial sums that come back
  readonly pixelPackets: number;
  readonly weightPackets: number;
  readonly outputPackets: number;
}

/** What a stream or the DRAM needs for a layer. */
export interface TransferClocks {
  readonly pixelStream: number;
  readonly weightStream: number;
  readonly outputStream: number;
  readonly dram: number;
}

/** Bytes in DRAM, each packet rounded up to whole bursts. */
export function dramBytes(traffic: Traffic, array: PeArray): number {
  const { pixelWords, weightWords, outputWords, outputReadWords, pixelPackets, weightPackets, outputPackets } = traffic;
  const burst = array.dramBurstBytes;
  return (
    burstBytes((pixelWords * array.pixelBits) / 8, pixelPackets, burst) +
    burstBytes((weightWords * array.weightBits) / 8, weightPackets, burst) +
    burstBytes((outputWords * array.accumulatorBits) / 8, outputPackets, burst) +
    burstBytes((outputReadWords * array.accumulatorBits) / 8, outputPackets, burst)
  );
}

/** Bytes of a number of equal packets, each in whole bursts. */
export const burstBytes = (bytes: number, packets: number, burst: number): number =>
  burst === 1 ? bytes : packets * Math.ceil(bytes / packets / burst) * burst;

/** Clocks the three streams and the DRAM take when nothing else holds them up. */
export function transferClocks(traffic: Traffic, array: PeArray, bytes = dramBytes(traffic, array)): TransferClocks {
  const outputs = traffic.outputWords + traffic.outputReadWords;
  return {
    pixelStream: streamClocks(traffic.pixelWords, array.pixelBits, array.pixelStreamBits),
    weightStream: streamClocks(traffic.weightWords, array.weightBits, array.weightStreamBits),
    outputStream: streamClocks(outputs, array.accumulatorBits, array.outputStreamBits),
    dram: dramClocks(bytes, array),
  };
}

/** Clocks the DRAM takes at its bandwidth; 0 where it never limits. */
export const dramClocks = (bytes: number, { clockMHz, dramMegabytesPerSecond }: PeArray): number =>
  dramMegabytesPerSecond === 0 ? 0 : Math.ceil((bytes * clockMHz) / dramMegabytesPerSecond);

/** Whole words per clock where a beat holds at least one; a wider word takes several beats. */
function streamClocks(words: number, wordBits: number, streamBits: number): number {
  if (streamBits === 0) return 0;
  return streamBits >= wordBits
    ? Math.ceil(words / Math.floor(streamBits / wordBits))
    : words * Math.ceil(wordBits / streamBits);
}

/** Does any stream or the DRAM have a limit at all? */
export const hasLimits = (array: PeArray): boolean =>
  array.pixelStreamBits + array.weightStreamBits + array.outputStreamBits + array.dramMegabytesPerSecond > 0;

/** Clocks the array waits for the slowest of them beyond `clocks` of computing. */
export function stallClocks(clocks: number, traffic: Traffic, array: PeArray, bytes?: number): number {
  const { pixelStream, weightStream, outputStream, dram } = transferClocks(traffic, array, bytes);
  return Math.max(0, pixelStream - clocks, weightStream - clocks, outputStream - clocks, dram - clocks);
}
