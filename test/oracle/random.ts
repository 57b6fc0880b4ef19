// A seeded source of numbers (mulberry32): the same seed gives the same networks everywhere.
import type { ElementType } from '../../main/network/network';
import { type TypedArray, allocate } from '../../main/tensor/tensor';
import { INTEGER_RANGE } from '../../main/golden/activation';

export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  real(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  /** A whole number from `lowest` to `highest`, both possible. */
  whole(lowest: number, highest: number): number {
    return lowest + Math.floor(this.real() * (highest - lowest + 1));
  }
  chance(probability: number): boolean {
    return this.real() < probability;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length - 1)]!;
  }
  /** A float32 between the two, even on a logarithmic scale; now and then a power of two, where results lie on ties. */
  scale(lowest: number, highest: number): number {
    const scale = Math.fround(lowest * (highest / lowest) ** this.real());
    const power = 2 ** Math.round(Math.log2(scale));
    return this.chance(0.2) && power >= lowest && power <= highest ? power : scale;
  }
  zeroPoint(type: ElementType): number {
    const [lowest, highest] = INTEGER_RANGE[type]!;
    return this.chance(0.15) ? this.pick([lowest, highest]) : this.whole(lowest, highest);
  }
  /** Values of a tensor: mostly over the whole range, sometimes all at one end, sometimes near the middle. */
  values(type: ElementType, count: number): TypedArray {
    const data = allocate(type, count);
    if (data instanceof BigInt64Array) return data.map(() => BigInt(this.whole(-1000000, 1000000)));
    if (data instanceof Float32Array)
      return data.map(() =>
        this.chance(0.02) ? this.pick([0, 1e-40]) : this.scale(1e-3, 300) * (this.chance(0.5) ? 1 : -1),
      );
    const [lowest, highest] = INTEGER_RANGE[type]!;
    const middle = Math.round((lowest + highest) / 2);
    const mood = this.real();
    const [from, to] =
      mood < 0.05
        ? [lowest, lowest]
        : mood < 0.1
          ? [highest, highest]
          : mood < 0.2
            ? [middle - 5, middle + 5]
            : [lowest, highest];
    return data.map(() => this.whole(from, to));
  }
}
