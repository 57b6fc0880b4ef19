// A window onto the bytes of one big tensor. In: a reader of byte ranges. Out: 64 KiB slices, kept by last use.
// Only the slices wanted last are fetched, a few at a time: dragging the scroll bar must not queue the whole tensor.
export const SLICE = 65_536;

export class Slices {
  readonly #kept = new Map<number, Uint8Array>(); // insertion order = order of use
  readonly #underway = new Set<number>();
  #wanted: number[] = [];
  #closed = false;

  constructor(
    private readonly bytes: number,
    private readonly read: (offset: number, length: number) => Promise<Uint8Array>,
    private readonly arrived: () => void,
    private readonly failed: (error: unknown) => void,
    private readonly most = 256, // slices kept: 16 MiB
    private readonly atOnce = 4,
  ) {}

  /** The slice that holds byte `offset`, if it is here. */
  at(offset: number): Uint8Array | undefined {
    const slice = Math.floor(offset / SLICE);
    const found = this.#kept.get(slice);
    if (found) {
      this.#kept.delete(slice);
      this.#kept.set(slice, found);
    }
    return found;
  }

  /** Bytes [from, to) are about to be shown; earlier wishes that were not begun are dropped. */
  want(from: number, to: number): void {
    this.#wanted = [];
    for (let slice = Math.floor(from / SLICE); slice * SLICE < Math.min(to, this.bytes); slice++)
      if (!this.#kept.has(slice) && !this.#underway.has(slice)) this.#wanted.push(slice);
    this.#fetch();
  }

  close(): void {
    this.#closed = true;
    this.#wanted = [];
    this.#kept.clear();
  }

  get held(): number {
    return this.#kept.size;
  }

  #fetch(): void {
    while (!this.#closed && this.#underway.size < this.atOnce && this.#wanted.length > 0)
      void this.#fetchOne(this.#wanted.shift()!);
  }

  async #fetchOne(slice: number): Promise<void> {
    this.#underway.add(slice);
    const offset = slice * SLICE;
    try {
      const found = await this.read(offset, Math.min(SLICE, this.bytes - offset));
      if (this.#closed) return;
      this.#kept.set(slice, found);
      for (const oldest of this.#kept.keys()) {
        if (this.#kept.size <= this.most) break;
        this.#kept.delete(oldest);
      }
      this.arrived();
    } catch (error) {
      if (!this.#closed) this.failed(error);
    } finally {
      this.#underway.delete(slice);
      this.#fetch();
    }
  }
}
