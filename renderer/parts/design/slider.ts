// Where a slider helps: the range people explore, which is smaller than what a field may be. In: a field. Out: positions
// of a slider and the values they stand for.
export interface Slider {
  readonly least: number;
  readonly most: number;
  readonly step: number;
  toValue(position: number): number;
  /** The nearest position; values beyond the range stand at its end. */
  toPosition(value: number): number;
}

const within = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

const even = (least: number, most: number, step = 1): Slider => ({
  least,
  most,
  step,
  toValue: (position) => position,
  toPosition: (value) => within(value, least, most),
});
/** Each step doubles, in eighths between; with `zero` the first position is 0, which stands for no limit. */
const doubling = (least: number, most: number, zero = false): Slider => {
  const [first, last] = [Math.log2(least) * 8, Math.log2(most) * 8];
  return {
    least: zero ? first - 1 : first,
    most: last,
    step: 1,
    toValue: (position) => (position < first ? 0 : Math.round(2 ** (position / 8))),
    toPosition: (value) =>
      zero && value === 0 ? first - 1 : within(Math.round(Math.log2(Math.max(value, least)) * 8), first, last),
  };
};

export const SLIDERS: Readonly<Record<string, Slider>> = {
  rows: even(1, 64),
  cores: even(1, 256),
  clockMHz: even(25, 2000, 25),
  weightsSramDepthWords: doubling(64, 65_536),
  pixelSramBytes: doubling(1024, 2 ** 24, true),
  weightSramBytes: doubling(1024, 2 ** 24, true),
  outputSramBytes: doubling(1024, 2 ** 24, true),
  dramMegabytesPerSecond: doubling(64, 2 ** 18, true),
};
