// Text must be readable on every surface of its theme: 4.5:1 (WCAG 2.2, 1.4.3), computed from the tokens themselves.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../renderer/style/tokens.css', import.meta.url), 'utf8');
const themes = Object.fromEntries(
  ['dark', 'light'].map((theme) => {
    const block = css.slice(css.indexOf(`[data-theme='${theme}'] {`)).split('}')[0]!;
    return [theme, Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map((m) => [m[1]!, m[2]!]))];
  }),
);
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

describe.each(['dark', 'light'])('the %s theme', (name) => {
  const theme = themes[name]!;
  const pairs: [string, string][] = [
    ...['text', 'muted', 'faint', 'gold', 'rtl', 'equal', 'differs', 'warn'].flatMap((text) =>
      ['ground', 'panel', 'raised'].map((on): [string, string] => [text, on]),
    ),
    ['on-gold', 'gold'],
    ['differs', 'differs-quiet'],
    ['warn', 'warn-quiet'],
    ['equal', 'equal-quiet'],
    ['text', 'gold-quiet'],
    ...['mac', 'pool', 'sum', 'curve', 'shape', 'convert', 'other'].flatMap((c): [string, string][] => [
      [`op-${c}`, `op-${c}-fill`],
      ['muted', `op-${c}-fill`],
    ]),
  ];
  it.each(pairs)('%s on %s', (text, on) => expect(contrast(theme[text]!, theme[on]!)).toBeGreaterThanOrEqual(4.5));
  it.each(['ground', 'panel', 'raised'])('focus ring on %s', (on) =>
    expect(contrast(theme.focus!, theme[on]!)).toBeGreaterThanOrEqual(3),
  );
});
