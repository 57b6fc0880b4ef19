// PNG and JPEG files. In: a file's bytes. Out: its pixels as decoded, and words for what they are; or a user failure.
// Declared sizes are checked in the header first: a few bytes can ask for gigabytes.
import { inflateSync } from 'node:zlib';
import { convertIndexedToRgb, decode as decodePng } from 'fast-png';
import { decode as decodeJpeg } from 'jpeg-js';
import { Failure, userFailure } from '../network/failure';

export interface Image {
  readonly words: string; // 'PNG 32 x 32 RGB'
  readonly width: number;
  readonly height: number;
  /** Colours per pixel that count: 1 (grey) or 3 (red, green, blue). */
  readonly colours: 1 | 3;
  /** Row-major pixels of `stride` samples each, from 0 to `peak`; samples behind the colours (alpha) are to be left out. */
  readonly samples: Uint8Array | Uint16Array;
  readonly stride: number;
  readonly peak: number;
}

const MAX_PIXELS = 64 * 2 ** 20;
const JPEG_MEGABYTES = 1024; // what jpeg-js may use

type Header = { readonly width: number; readonly height: number };

export const isPng = (bytes: Uint8Array): boolean => latin1(bytes, 0, 8) === '\x89PNG\r\n\x1a\n';
export const isJpeg = (bytes: Uint8Array): boolean => latin1(bytes, 0, 3) === '\xff\xd8\xff';

/** Decodes a PNG or JPEG, whichever it is by content. */
export function readImage(bytes: Uint8Array, file: string): Image {
  const kind = isPng(bytes) ? 'PNG' : 'JPEG';
  try {
    return kind === 'PNG' ? readPng(bytes, file) : readJpeg(bytes, file);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw damaged(file, `the ${kind} cannot be decoded (${why})`, 0, error);
  }
}

const damaged = (file: string, what: string, offset: number, cause?: unknown): Failure =>
  userFailure(
    'image-damaged',
    `${file} is damaged: ${what}.`,
    'Save the image again, as PNG for instance.',
    { file, offset },
    cause,
  );

const latin1 = (bytes: Uint8Array, from: number, to: number) =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1');
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function checkSize({ width, height }: Header, file: string): void {
  if (width < 1 || height < 1) throw damaged(file, `it declares a size of ${width} x ${height}`, 0);
  if (width * height > MAX_PIXELS)
    throw userFailure(
      'image-too-large',
      `${file} declares ${width} x ${height} pixels; at most 64 Mpixel are read.`,
      'Scale the image down first.',
      { file },
    );
}

// PNG (w3.org/TR/png) ----------------------------------------------------------------------------------------------

const SAMPLES_OF: Readonly<Record<number, readonly [samples: number, words: string]>> = {
  0: [1, 'grey'],
  2: [3, 'RGB'],
  3: [1, 'palette'],
  4: [2, 'grey + alpha'],
  6: [4, 'RGBA'],
};

interface PngHeader extends Header {
  readonly depth: number;
  readonly samples: number;
  readonly words: string;
  readonly interlaced: boolean;
}

function readPng(bytes: Uint8Array, file: string): Image {
  const { kept, data, transparency } = sortChunks(bytes, file);
  const header = readPngHeader(bytes, file);
  checkSize(header, file);
  if (header.interlaced && header.depth < 8)
    throw userFailure(
      'png-interlaced',
      `${file} is an interlaced PNG of ${header.depth} bit a sample, which is not supported.`,
      'Save it without interlacing.',
      { file },
    );
  checkPngData(data, header, file);
  const png = decodePng(kept, { checkCrc: true });
  const { width, height, words, depth } = header;
  const alpha = header.samples % 2 === 0 || transparency ? ', transparency left out' : '';
  const image = (details: Pick<Image, 'colours' | 'samples' | 'stride' | 'peak'>, note = ''): Image => ({
    words: `PNG ${width} x ${height} ${words}${note}${alpha}`,
    width,
    height,
    ...details,
  });
  if (words === 'palette') return image({ colours: 3, samples: convertIndexedToRgb(png), stride: 3, peak: 255 });
  if (depth < 8) {
    const samples = unpackSamples(png.data as Uint8Array, width, height, depth);
    return image({ colours: 1, samples, stride: 1, peak: 2 ** depth - 1 }, ` of ${depth} bit`);
  }
  const colours = header.samples >= 3 ? 3 : 1;
  const samples = png.data instanceof Uint16Array ? png.data : new Uint8Array(png.data);
  return image({ colours, samples, stride: header.samples, peak: 2 ** depth - 1 }, depth === 16 ? ' of 16 bit' : '');
}

function readPngHeader(bytes: Uint8Array, file: string): PngHeader {
  if (bytes.length < 33 || latin1(bytes, 12, 16) !== 'IHDR') throw damaged(file, 'the PNG lacks its header', 8);
  const view = viewOf(bytes);
  const [depth, colourType, interlace] = [bytes[24]!, bytes[25]!, bytes[28]!];
  const [samples, words] = SAMPLES_OF[colourType] ?? [];
  if (!samples || !words || ![1, 2, 4, 8, 16].includes(depth) || (depth < 8 && words !== 'grey' && words !== 'palette'))
    throw damaged(file, `the PNG declares colour type ${colourType} with ${depth} bit, which cannot be`, 24);
  return { width: view.getUint32(16), height: view.getUint32(20), depth, samples, words, interlaced: interlace !== 0 };
}

/** Keeps the chunks that make pixels: the others (profiles, texts) could inflate without bound and change nothing. */
function sortChunks(bytes: Uint8Array, file: string): { kept: Uint8Array; data: Uint8Array; transparency: boolean } {
  const view = viewOf(bytes);
  const kept = [bytes.subarray(0, 8)];
  const data: Uint8Array[] = [];
  let transparency = false;
  for (let at = 8; ;) {
    const length = at + 12 <= bytes.length ? view.getUint32(at) : Infinity;
    if (at + 12 + length > bytes.length)
      throw damaged(file, 'the PNG ends before its last chunk', Math.min(at, bytes.length));
    const type = latin1(bytes, at + 4, at + 8);
    const next = at + 12 + length;
    if (['IHDR', 'PLTE', 'IDAT', 'IEND'].includes(type)) kept.push(bytes.subarray(at, next));
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, next - 4));
    if (type === 'tRNS') transparency = true;
    if (type === 'IEND') return { kept: Buffer.concat(kept), data: Buffer.concat(data), transparency };
    at = next;
  }
}

/** The compressed data must hold exactly the declared lines, each behind its filter byte. */
function checkPngData(data: Uint8Array, header: PngHeader, file: string): void {
  const expected = countPngBytes(header);
  let found: number;
  try {
    found = inflateSync(data, { maxOutputLength: expected + 1 }).length;
  } catch (error) {
    const tooLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw damaged(
      file,
      tooLong ? 'the PNG holds more data than its size declares' : 'the compressed data of the PNG are broken',
      33,
      error,
    );
  }
  if (found !== expected)
    throw damaged(file, `the PNG holds ${found} bytes of lines; its size declares ${expected}`, 33);
}

function countPngBytes({ width, height, depth, samples, interlaced }: PngHeader): number {
  const bytes = (w: number, h: number) => (w === 0 || h === 0 ? 0 : h * (1 + Math.ceil((w * samples * depth) / 8)));
  if (!interlaced) return bytes(width, height);
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const;
  const part = (size: number, from: number, step: number) => Math.max(0, Math.ceil((size - from) / step));
  return passes.reduce((sum, [x, y, stepX, stepY]) => sum + bytes(part(width, x, stepX), part(height, y, stepY)), 0);
}

/** Samples of 1, 2 or 4 bits: high bits first, every line begins a new byte. */
function unpackSamples(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const line = Math.ceil((width * depth) / 8);
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      samples[y * width + x] = (packed[y * line + (bit >> 3)]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  return samples;
}

// JPEG (ITU-T T.81) ------------------------------------------------------------------------------------------------

function readJpeg(bytes: Uint8Array, file: string): Image {
  const frame = readJpegFrame(bytes, file);
  checkSize(frame, file);
  const options = {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxMemoryUsageInMB: JPEG_MEGABYTES,
  } as const;
  const { width, height, data } = decodeJpeg(bytes, { ...options, maxResolutionInMP: MAX_PIXELS / 1e6 });
  const grey = frame.components === 1;
  return {
    words: `JPEG ${width} x ${height} ${grey ? 'grey' : 'RGB'}`,
    width,
    height,
    colours: grey ? 1 : 3,
    samples: data,
    stride: 3,
    peak: 255,
  };
}

/** The first frame header (SOF0 to SOF15 without DHT, JPG and DAC, which lie between). */
function readJpegFrame(bytes: Uint8Array, file: string): Header & { components: number } {
  const view = viewOf(bytes);
  for (let at = 2; at + 10 <= bytes.length;) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), components: bytes[at + 9]! };
    at += 2 + view.getUint16(at + 2);
  }
  throw damaged(file, 'the JPEG lacks a frame header', 2);
}
