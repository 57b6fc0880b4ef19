// What a person chooses of a bundle: levels, formats, width of the streams, alignment. In: nothing. Out: the choices there
// are and what each is, for command line, window and the rest of this room. It knows nothing of files, so that the window may read it.
import { type PeArray, changeArray } from '../array/array';

export { STREAM_WIDTHS } from '../simulate/engine';

export const LEVELS = ['raw', 'summed', 'requantised', 'tiled', 'packed'] as const;
/** raw: the streams; summed: passes added; requantised: as golden; tiled, packed: as the next layer takes it. */
export type Level = (typeof LEVELS)[number];

export const LEVEL_ABOUT: Readonly<Record<Level, string>> = {
  raw: 'each packet of the three streams, and the testbench that checks them',
  summed: 'raw sums with all passes added',
  requantised: 'the output of the layer, as golden has it',
  tiled: 'the output in the order in which the next layer takes it',
  packed: 'the same as a packet of pixels with its header',
};

export const FORMATS = ['mem', 'hex', 'coe', 'mif', 'bin', 'txt', 'npy', 'h', 'gvb'] as const;
export type FormatName = (typeof FORMATS)[number];
export const USUAL_FORMATS: readonly FormatName[] = ['mem', 'bin', 'npy'];

export const FORMAT_ABOUT: Readonly<Record<FormatName, string>> = {
  mem: 'a beat a line in hex, for $readmemh; the testbench reads these',
  hex: 'Intel HEX, byte addresses',
  coe: 'a beat a line in hex, for block memories in Vivado',
  mif: 'a beat a line in hex, for memories in Quartus',
  bin: 'bytes as a DMA takes them, little-endian, filled up to the alignment; what a board loads',
  txt: 'a word a line in decimal; the bytes of a header first',
  npy: 'words with their dimensions, for NumPy; without a header',
  h: 'an array of bytes for C',
  gvb: 'all vectors in one FlatBuffers file (resources/schema/bundle.fbs)',
};

/** Operations of each layer of which the vectors of single modules tell, where they are asked for. */
export const USUAL_OPERATIONS = 1000;

/** Bytes. */
export const USUAL_ALIGN = 64;
const MOST_ALIGN = 4096;
export const isAlign = (bytes: number): boolean =>
  Number.isInteger(Math.log2(bytes)) && bytes >= 1 && bytes <= MOST_ALIGN;

/** All three streams as wide as asked; null: as the array says. */
export const withStreams = (array: PeArray, bits: number | null): PeArray =>
  bits === null ? array : changeArray(array, { pixelStreamBits: bits, weightStreamBits: bits, outputStreamBits: bits });
