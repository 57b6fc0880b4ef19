// A stream as files hold it: beats of one width, and the segments that make packets of them. Segments may share beats:
// all iterations of a layer take the same pixels, which therefore lie in the file once, each time behind another header.
// Word 0 of a beat is its least significant byte; packets start with a beat of their own and are padded with zeros.

export interface Stream {
  readonly beatBytes: number;
  readonly bytes: Uint8Array; // whole beats
  /** Three numbers each: first beat, beats, and 1 where the packet ends. */
  readonly segments: Uint32Array;
}

/** Where some bytes lie in the stream. */
export interface Stretch {
  readonly first: number; // beat
  readonly beats: number;
}

/** Collects a stream. */
export class StreamBuilder {
  private readonly chunks: Uint8Array[] = [];
  private readonly segments: number[] = [];
  private beats = 0;
  readonly beatBytes: number;

  constructor(bits: number) {
    this.beatBytes = bits / 8;
  }

  /** Puts the bytes into the file, not yet into a packet. */
  store(bytes: Uint8Array): Stretch {
    const stretch = { first: this.beats, beats: Math.ceil(bytes.length / this.beatBytes) };
    this.chunks.push(bytes);
    this.beats += stretch.beats;
    return stretch;
  }

  /** One packet of two stretches. */
  packet(header: Stretch, payload: Stretch): void {
    this.segments.push(header.first, header.beats, 0, payload.first, payload.beats, 1);
  }

  build(): Stream {
    const bytes = new Uint8Array(this.beats * this.beatBytes);
    let at = 0;
    for (const chunk of this.chunks) {
      bytes.set(chunk, at);
      at += Math.ceil(chunk.length / this.beatBytes) * this.beatBytes;
    }
    return { beatBytes: this.beatBytes, bytes, segments: Uint32Array.from(this.segments) };
  }
}
