// An area proxy, to compare designs with each other. In: an array. Out: mm² at its feature size. Calibrated on the one
// published point: Kraken 7 x 96 in 65 nm is 7.33 mm² (arXiv 2112.02793, Table V), of which 2.54 mm² are logic (Genus
// report of dnn-engine 4016e3d0) and the rest 384 KB of SRAM. Logic grows with the product of the word lengths.
import { type PeArray, peCount } from '../array/array';

const LOGIC_MM2 = 2.54;
const SRAM_MM2 = 7.33 - LOGIC_MM2;
const PUBLISHED = { pes: 672, sramKilobytes: 384, nm: 65, bits: 64 } as const;

/** On-chip SRAM in KB (1024 bytes): Kraken's two banks of weights, or the three buffers of a systolic array. */
export function sramKilobytes(array: PeArray): number {
  const { dataflow, cores, weightsSramDepthWords, weightBits, pixelSramBytes, weightSramBytes, outputSramBytes } =
    array;
  return dataflow === 'kraken'
    ? (2 * weightsSramDepthWords * cores * weightBits) / 8 / 1024
    : (pixelSramBytes + weightSramBytes + outputSramBytes) / 1024;
}

export function areaProxyMm2(array: PeArray): number {
  const logic = ((LOGIC_MM2 / PUBLISHED.pes) * peCount(array) * array.pixelBits * array.weightBits) / PUBLISHED.bits;
  const sram = (SRAM_MM2 / PUBLISHED.sramKilobytes) * sramKilobytes(array);
  return (logic + sram) * (array.technologyNm / PUBLISHED.nm) ** 2;
}
