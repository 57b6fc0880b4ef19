// How an image's pixels become the real values of a network's input. In: a choice, a rule. Out: the rule, its sentence.

/** real = pixel x scale + offset, pixel from 0 to 255; one number, or one for red, green and blue each. */
export interface PixelRule {
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
}

export const DEFAULT_PREPROCESSING = { scale: 1 / 255, offset: 0 };

/** The three ways networks take pixels. */
export const PIXEL_RULES = {
  '0..1': DEFAULT_PREPROCESSING,
  '-1..1': { scale: 1 / 127.5, offset: -1 },
  '0..255': { scale: 1, offset: 0 },
} as const satisfies Record<string, PixelRule>;

/** What may be chosen; `file`: as the network's file says, else by what its input can hold. */
export type PixelChoice = keyof typeof PIXEL_RULES | 'file';
export const PIXEL_CHOICES: readonly PixelChoice[] = ['file', '0..1', '-1..1', '0..255'];
export const ruleOfChoice = (choice: PixelChoice): PixelRule | undefined =>
  choice === 'file' ? undefined : PIXEL_RULES[choice];

export const numberOf = (value: number | readonly number[], channel: number): number =>
  typeof value === 'number' ? value : value[channel % value.length]!;

/** 'real = pixel / 127.5 - 1'; of several channels, one after the other. */
export function ruleText({ scale, offset }: PixelRule): string {
  const channels = [scale, offset].reduce(
    (most: number, value) => Math.max(most, typeof value === 'number' ? 1 : value.length),
    1,
  );
  const each = Array.from({ length: channels }, (_, c) => channelText(numberOf(scale, c), numberOf(offset, c)));
  return each.length === 1 ? `real = ${each[0]}` : `real = ${each.join(', ')} (red, green, blue)`;
}

function channelText(scale: number, offset: number): string {
  const divisor = [255, 127.5].find((value) => scale === 1 / value);
  const product = divisor ? `pixel / ${divisor}` : scale === 1 ? 'pixel' : `pixel x ${shortNumber(scale)}`;
  return offset === 0 ? product : `${product} ${offset < 0 ? '-' : '+'} ${shortNumber(Math.abs(offset))}`;
}

/** Six significant digits: what a sentence needs. */
export const shortNumber = (value: number): string => String(Number(value.toPrecision(6)));
