// .gvb: all vectors of a bundle in one FlatBuffers file (resources/schema/bundle.fbs). In: vectors one by one, and the
// manifest at the end. Out: the file's bytes; and back, after a bounds pass. The accessors are few enough to be written
// by hand; a test reads our files with the compiler's own reader.
import { Builder, ByteBuffer } from 'flatbuffers';
import type { TableLayout } from '../import/tflite/layout';
import { verifyTables } from '../import/tflite/verify';
import { userFailure } from '../network/failure';
import type { IntegerArray } from '../tensor/tensor';
import { narrowWords } from './formats/formats';
import type { Level } from './choice';
import { type Vector, type WordBits, WORD_BITS, headerBeats, unpackWords } from './vector';

const IDENTIFIER = 'GVB1';
const MOST_BYTES = 2 ** 31 - 1;

const VECTOR: TableLayout = [
  ['path', { kind: 'string' }],
  ['level', { kind: 'string' }],
  ['about', { kind: 'string' }],
  ['order', { kind: 'string' }],
  ['shape', { kind: 'vector', width: 4 }],
  ['word_bits', { kind: 'scalar', width: 4 }],
  ['signed', { kind: 'scalar', width: 1 }],
  ['beat_bits', { kind: 'scalar', width: 4 }],
  ['header_bytes', { kind: 'scalar', width: 4 }],
  ['data', { kind: 'vector', width: 1 }],
];
const BUNDLE: TableLayout = [
  ['manifest', { kind: 'string' }],
  ['vectors', { kind: 'tables', table: VECTOR }],
];
/** Place of a field in its table's list. */
const field = (name: string): number => VECTOR.findIndex(([own]) => own === name);

/** Collects the file; it holds all of it in memory. */
export class GvbWriter {
  private readonly builder = new Builder(1 << 16);
  private readonly vectors: number[] = [];
  private bytes = 0;

  add(vector: Vector, packed: Uint8Array): void {
    this.bytes += packed.length + 1024;
    if (this.bytes > MOST_BYTES)
      throw userFailure(
        'gvb-too-large',
        'The bundle does not fit into one .gvb file of 2 GiB.',
        'Leave gvb out of --formats, or export fewer layers.',
      );
    const { builder } = this;
    const data = builder.createByteVector(packed);
    builder.startVector(4, vector.shape.length, 4);
    for (const size of vector.shape.toReversed()) builder.addInt32(size);
    const shape = builder.endVector();
    const [path, level, about, order] = [vector.path, vector.level, vector.about, vector.order].map((text) =>
      builder.createString(text),
    );
    builder.startObject(VECTOR.length);
    builder.addFieldOffset(field('path'), path!, 0);
    builder.addFieldOffset(field('level'), level!, 0);
    builder.addFieldOffset(field('about'), about!, 0);
    builder.addFieldOffset(field('order'), order!, 0);
    builder.addFieldOffset(field('shape'), shape, 0);
    builder.addFieldInt32(field('word_bits'), vector.wordBits, 0);
    builder.addFieldInt8(field('signed'), vector.words instanceof Uint8Array ? 0 : 1, 0);
    builder.addFieldInt32(field('beat_bits'), vector.beatBits, 0);
    builder.addFieldInt32(field('header_bytes'), vector.header.length, 0);
    builder.addFieldOffset(field('data'), data, 0);
    this.vectors.push(builder.endObject());
  }

  finish(manifest: string): Uint8Array {
    const { builder } = this;
    const text = builder.createString(manifest);
    builder.startVector(4, this.vectors.length, 4);
    for (const vector of this.vectors.toReversed()) builder.addOffset(vector);
    const vectors = builder.endVector();
    builder.startObject(BUNDLE.length);
    builder.addFieldOffset(0, text, 0);
    builder.addFieldOffset(1, vectors, 0);
    builder.finish(builder.endObject(), IDENTIFIER);
    return builder.asUint8Array();
  }
}

export interface Gvb {
  readonly manifest: string;
  readonly vectors: readonly Vector[];
}

/** @throws userFailure gvb-… naming the byte where the file is not what it should be */
export function readGvb(bytes: Uint8Array, file: string): Gvb {
  const buffer = new ByteBuffer(bytes);
  if (bytes.length < 8 || !buffer.__has_identifier(IDENTIFIER))
    throw userFailure('gvb-not-one', `${file} is no .gvb file.`, 'Give one that goldbench export wrote.', { file });
  verifyTables(bytes, file, 'gvb', BUNDLE);
  const root = new Table(buffer, buffer.readInt32(0));
  return { manifest: root.text(0), vectors: root.tables(1).map((table, index) => readVector(table, file, index)) };
}

/** A table behind the bounds pass. */
class Table {
  constructor(
    private readonly buffer: ByteBuffer,
    private readonly at: number,
  ) {}

  private place(id: number): number {
    const offset = this.buffer.__offset(this.at, 4 + 2 * id);
    return offset === 0 ? 0 : this.at + offset;
  }

  number(id: number, width: 1 | 4): number {
    const at = this.place(id);
    return at === 0 ? 0 : width === 1 ? this.buffer.readUint8(at) : this.buffer.readUint32(at);
  }

  text(id: number): string {
    return new TextDecoder().decode(this.bytes(id));
  }

  bytes(id: number): Uint8Array {
    const at = this.place(id);
    if (at === 0) return new Uint8Array();
    const start = this.buffer.__vector(at);
    return this.buffer.bytes().subarray(start, start + this.buffer.__vector_len(at));
  }

  numbers(id: number): number[] {
    return this.items(id).map((at) => this.buffer.readUint32(at));
  }

  tables(id: number): Table[] {
    return this.items(id).map((at) => new Table(this.buffer, this.buffer.__indirect(at)));
  }

  /** Where the elements of 4 bytes lie. */
  private items(id: number): number[] {
    const at = this.place(id);
    if (at === 0) return [];
    const start = this.buffer.__vector(at);
    return Array.from({ length: this.buffer.__vector_len(at) }, (_, i) => start + 4 * i);
  }
}

function readVector(table: Table, file: string, index: number): Vector {
  const wordBits = WORD_BITS.find((bits) => bits === table.number(field('word_bits'), 4));
  const beatBits = table.number(field('beat_bits'), 4);
  const shape = table.numbers(field('shape'));
  const data = table.bytes(field('data'));
  const header = data.subarray(0, table.number(field('header_bytes'), 4));
  const count = shape.reduce((product, size) => product * size, 1);
  if (!wordBits || beatBits === 0 || beatBits % 8 !== 0) throw mismatch(file, index);
  const start = (headerBeats({ header, beatBits }) * beatBits) / 8;
  const length = Math.ceil((start * 8 + Math.ceil((count * wordBits) / 8) * 8) / beatBits) * (beatBits / 8);
  if (length !== data.length) throw mismatch(file, index);
  const words = wordsOf(data.subarray(start), wordBits, count, table.number(field('signed'), 1) === 1);
  return {
    path: table.text(field('path')),
    level: table.text(field('level')) as Level,
    about: table.text(field('about')),
    order: table.text(field('order')),
    shape,
    wordBits,
    beatBits,
    header,
    words,
  };
}

function wordsOf(bytes: Uint8Array, wordBits: WordBits, count: number, signed: boolean): IntegerArray {
  const words = unpackWords(bytes, wordBits, count, signed);
  return signed ? narrowWords(words, wordBits) : Uint8Array.from(words);
}

const mismatch = (file: string, index: number) =>
  userFailure(
    'gvb-vector',
    `${file} is damaged: the data of vector ${index} do not have its shape.`,
    'Export it again.',
    { file },
  );
