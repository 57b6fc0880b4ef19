// Damaged copies of a file. In: its bytes, the places that matter, the number of a copy. Out: the copy; the same number gives the same
// damage.

export interface Source {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Bytes outside constants: damage there hurts most. */
  readonly structure: readonly number[];
}

/** xorshift32: the same numbers on every machine. */
function seeded(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2654435761) || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Cuts, flips bits anywhere, flips bits of the structure, or writes a nasty number over four of its bytes. */
export function damage({ bytes, structure }: Source, copy: number): Uint8Array {
  const random = seeded(copy + 1);
  const kind = copy % 4;
  if (kind === 0) return bytes.slice(0, random(bytes.length));
  const damaged = bytes.slice();
  const view = new DataView(damaged.buffer);
  const times = 1 + random(8);
  for (let i = 0; i < times; i++) {
    const at = kind === 1 ? random(bytes.length) : structure[random(structure.length)]!;
    if (kind < 3) damaged[at] = damaged[at]! ^ (1 << random(8));
    else view.setUint32(Math.min(at & ~3, bytes.length - 4), NASTY[random(NASTY.length)]!, true);
  }
  return damaged;
}
const NASTY = [0, 1, 2, 4, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff];
