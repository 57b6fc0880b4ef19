// Text in chunks, so that a file of any size needs little memory. In: what is written, byte by byte or in pieces. Out:
// chunks of about a mebibyte. The digits come from tables: strings would be the slowest part of an export.
const CHUNK = 1 << 20;
const ROOM = 4096; // no single piece is longer

const HEX = Uint8Array.from({ length: 512 }, (_, i) => ((i >> 1) >> (i % 2 === 0 ? 4 : 0)) & 15).map((d) =>
  '0123456789ABCDEF'.charCodeAt(d),
);

/** Collects bytes of text. After each piece ask `full`, and take the chunk when it is. */
export class TextBuffer {
  private readonly bytes = new Uint8Array(CHUNK + ROOM);
  private length = 0;

  get full(): boolean {
    return this.length >= CHUNK;
  }

  /** The chunk, which the next one does not overwrite. */
  take(): Uint8Array {
    const chunk = this.bytes.slice(0, this.length);
    this.length = 0;
    return chunk;
  }

  /** ASCII. */
  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  character(code: number): void {
    this.bytes[this.length++] = code;
  }

  hexByte(byte: number): void {
    this.bytes[this.length++] = HEX[2 * byte]!;
    this.bytes[this.length++] = HEX[2 * byte + 1]!;
  }

  /** Bytes from `first` to before `end` as one number: the last byte is the most significant and comes first. */
  hexNumber(bytes: Uint8Array, first: number, end: number): void {
    for (let at = end - 1; at >= first; at--) this.hexByte(bytes[at]!);
  }

  /** Upper-case digits, eight of them. */
  address(value: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.hexByte((value >>> shift) & 255);
  }

  decimal(value: number): void {
    let rest = value;
    if (rest < 0) {
      this.character(MINUS);
      rest = -rest;
    }
    if (rest < 1000) return this.small(rest);
    let place = 1;
    while (rest >= place * 10) place *= 10;
    for (; place >= 1; place /= 10) {
      const digit = Math.floor(rest / place);
      this.character(ZERO + digit);
      rest -= digit * place;
    }
  }

  /** Below 1000: most words are, and whole division is quick. */
  private small(value: number): void {
    if (value >= 100) this.bytes[this.length++] = ZERO + ((value / 100) | 0);
    if (value >= 10) this.bytes[this.length++] = ZERO + (((value / 10) | 0) % 10);
    this.bytes[this.length++] = ZERO + (value % 10);
  }
}

const ZERO = 48;
const MINUS = 45;
export const NEWLINE = 10;

/** Text of a file, as its readers take it. */
export const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
