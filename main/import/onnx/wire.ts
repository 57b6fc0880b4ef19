// Protocol buffers as bytes lie in the file: every step is checked against the message it is in, and counted. In: a file's
// bytes (beginning at byte 0 of their buffer, so that positions are offsets in the file). Out: fields, one by one; or a user
// failure that names the path into the file and the byte. The wire itself is read by @bufbuild/protobuf; what a field means
// is model.ts's to know. Unknown fields are passed over, as the format demands.
// The format: protobuf.dev/programming-guides/encoding.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { userFailure } from '../../network/failure';

const MAX_MESSAGES = 1_000_000; // the largest networks known have some 100,000
const MAX_LIST = 1_000_000; // numbers of one attribute; values of tensors are read as bytes

/** One field: ask it for what it should hold; it refuses if it holds something else. */
export interface Field {
  readonly offset: number; // of its tag, in the file
  readonly whole: Uint8Array; // tag and value, as they lie there
  int(): number;
  float(): number;
  text(): string;
  bytes(): Uint8Array; // a view of the file
  /** A number, or a packed list of them. */
  ints(): number[];
  floats(): number[];
  message(path: string, take: (field: Field, number: number) => void): void;
}

/** Visits the fields of a whole file. */
export function readWire(bytes: Uint8Array, file: string, take: (field: Field, number: number) => void): void {
  new Wire(file).message(bytes, '', take);
}

class Wire {
  private messages = 0;

  constructor(private readonly file: string) {}

  message(bytes: Uint8Array, path: string, take: (field: Field, number: number) => void): void {
    if (++this.messages > MAX_MESSAGES)
      throw userFailure('onnx-too-many-messages', `${this.file} holds more than ${MAX_MESSAGES} messages.`, '', {
        file: this.file,
        offset: bytes.byteOffset,
      });
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const at = reader.pos;
      const [number, type] = this.guard(bytes, at, path, () => reader.tag());
      if (type === WireType.StartGroup || type === WireType.EndGroup) this.fail(bytes, at, path, 'it holds a group');
      const value = reader.pos;
      this.guard(bytes, at, path, () => reader.skip(type));
      take(this.field(bytes, { at, value, end: reader.pos, type, number, path }), number);
    }
  }

  private field(
    bytes: Uint8Array,
    {
      at,
      value,
      end,
      type,
      number,
      path,
    }: { at: number; value: number; end: number; type: WireType; number: number; path: string },
  ): Field {
    const read = <T>(wanted: WireType, get: (reader: BinaryReader) => T): T => {
      if (type !== wanted) this.fail(bytes, at, path, `field ${number} is of the wrong kind`);
      const reader = new BinaryReader(bytes);
      reader.pos = value;
      return this.guard(bytes, at, path, () => get(reader));
    };
    const view = (): Uint8Array => read(WireType.LengthDelimited, (reader) => reader.bytes());
    const list = (one: WireType, get: (reader: BinaryReader) => number): number[] =>
      type === WireType.LengthDelimited ? this.list(view(), path, get) : [read(one, get)];
    const int = (reader: BinaryReader): number => Number(reader.int64()); // beyond 2^53 only as "to the very end"
    const float = (reader: BinaryReader): number => reader.float();
    return {
      offset: bytes.byteOffset + at,
      whole: bytes.subarray(at, end),
      int: () => read(WireType.Varint, int),
      float: () => read(WireType.Bit32, float),
      text: () => read(WireType.LengthDelimited, (reader) => reader.string()),
      bytes: view,
      ints: () => list(WireType.Varint, int),
      floats: () => list(WireType.Bit32, float),
      message: (name, take) => this.message(view(), path ? `${path}.${name}` : name, take),
    };
  }

  private list(packed: Uint8Array, path: string, get: (reader: BinaryReader) => number): number[] {
    const reader = new BinaryReader(packed);
    const values: number[] = [];
    while (reader.pos < reader.len) {
      if (values.length === MAX_LIST) this.fail(packed, reader.pos, path, `a list has more than ${MAX_LIST} numbers`);
      values.push(this.guard(packed, reader.pos, path, () => get(reader)));
    }
    return values;
  }

  /** The library's own complaints (beyond the end, not a number) as ours. */
  private guard<T>(bytes: Uint8Array, at: number, path: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return this.fail(
        bytes,
        at,
        path,
        error.message === 'premature EOF' ? 'a field reaches past the end' : error.message,
      );
    }
  }

  private fail(bytes: Uint8Array, at: number, path: string, what: string): never {
    const offset = bytes.byteOffset + at;
    throw userFailure(
      'onnx-damaged',
      `${this.file} is damaged at byte ${offset} (${path || 'the model'}): ${what}.`,
      'The file may have been cut short or altered on its way: get it again.',
      { file: this.file, offset },
    );
  }
}
