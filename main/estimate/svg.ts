// A chart as a picture. In: a Chart. Out: the text of an SVG that stands by itself; the same chart gives the same text.
// Names come from files: they are escaped, and the picture holds no script and no style from outside.
import type { Axis, Chart } from './chart';

const WIDTH = 960;
const HEIGHT = 480;
const AREA = { left: 88, right: WIDTH - 16, top: 40, bottom: HEIGHT - 96 } as const;
const INK = '#2b2f36';
const FAINT = '#d5d9e0';
const PLAIN = '#3b6ea5';
const STRONG = '#c78a00';

type Scale = (value: number) => number;

export function drawChart(chart: Chart): string {
  const { title, x, y, bars, marks, lines } = chart;
  const [xs, ys] = rangeOf(chart);
  const right = bars.length > 0 ? (value: number) => AREA.left + value : scale(x, xs, AREA.left, AREA.right);
  const up = scale(y, ys, AREA.bottom, AREA.top);
  const parts = [
    element('rect', { width: WIDTH, height: HEIGHT, fill: '#ffffff' }),
    text(WIDTH / 2, 24, title, { 'text-anchor': 'middle', 'font-size': 15 }),
    ...ticks(y, ys).flatMap((value) => [
      element('line', { x1: AREA.left, x2: AREA.right, y1: up(value), y2: up(value), stroke: FAINT }),
      text(AREA.left - 8, up(value) + 4, tell(value), { 'text-anchor': 'end' }),
    ]),
    ...(bars.length > 0 ? [] : ticks(x, xs).map((value) => text(right(value), AREA.bottom + 18, tell(value), { 'text-anchor': 'middle' }))),
    ...drawBars(chart, up),
    ...lines.flatMap(({ name, points }, at) => {
      const colour = at === 0 ? PLAIN : STRONG;
      const path = points.map(([a, b]) => `${round(right(a))},${round(up(b))}`).join(' ');
      const [endX, endY] = points.at(-1) ?? [0, 0];
      return [
        element('polyline', { points: path, fill: 'none', stroke: colour, 'stroke-width': 2, ...(at === 0 ? {} : { 'stroke-dasharray': '6 4' }) }),
        text(right(endX) - 4, up(endY) + (at === 0 ? -6 : 16), name, { 'text-anchor': 'end', fill: colour }),
      ];
    }),
    ...marks.map(({ name, x, y, strong }) => drawMark(right(x), up(y), name, strong)),
    text(WIDTH / 2, HEIGHT - 8, x.label, { 'text-anchor': 'middle' }),
    text(16, AREA.top - 12, y.label, {}),
  ]; // prettier-ignore
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="${INK}" role="img">\n${element('title', {}, escape(title))}\n${parts.join('\n')}\n</svg>\n`;
}

function drawBars({ bars }: Chart, up: Scale): string[] {
  const step = (AREA.right - AREA.left) / Math.max(1, bars.length);
  return bars.flatMap(({ name, from, to }, at) => {
    const left = AREA.left + at * step;
    const [high, low] = [Math.min(up(from), up(to)), Math.max(up(from), up(to))];
    const middle = left + step / 2;
    const tip = element('title', {}, escape(`${name}: ${tell(to - from)}`));
    return [
      element('rect', { x: left + step * 0.1, y: high, width: step * 0.8, height: Math.max(1, low - high), fill: at === 0 || from === 0 ? PLAIN : STRONG }, tip),
      text(middle, AREA.bottom + 12, name, { 'text-anchor': 'end', transform: `rotate(-40 ${round(middle)} ${AREA.bottom + 12})`, 'font-size': Math.max(6, Math.min(12, step)) }),
    ];
  }); // prettier-ignore
}

/** A circle, or a diamond for what stands out: a difference has a shape and not only a colour. */
function drawMark(x: number, y: number, name: string, strong: boolean): string {
  const tip = element('title', {}, escape(name));
  return strong
    ? element('path', { d: `M${round(x)} ${round(y - 6)}l6 6l-6 6l-6 -6z`, fill: STRONG }, tip)
    : element('circle', { cx: x, cy: y, r: 4, fill: PLAIN, 'fill-opacity': 0.7 }, tip);
}

/** From the least to the most of each axis; linear ones begin at 0. */
function rangeOf({ x, y, bars, marks, lines }: Chart): [readonly [number, number], readonly [number, number]] {
  const points = [...marks.map((mark) => [mark.x, mark.y] as const), ...lines.flatMap((line) => line.points)];
  const values = [...bars.flatMap(({ from, to }) => [from, to]), ...points.map(([, value]) => value)];
  return [span(x, points.map(([value]) => value)), span(y, values)]; // prettier-ignore
}

function span({ log }: Axis, values: readonly number[]): readonly [number, number] {
  const shown = log ? values.filter((value) => value > 0) : [...values, 0];
  if (shown.length === 0) return log ? [1, 10] : [0, 1];
  const [least, most] = [Math.min(...shown), Math.max(...shown)];
  if (log) return [least / 1.3, most * 1.3];
  return most === least ? [least, least + 1] : [least, most + (most - least) * 0.05];
}

function scale({ log }: Axis, [least, most]: readonly [number, number], from: number, to: number): Scale {
  const place = log ? Math.log : (value: number) => value;
  return (value) => from + ((place(value) - place(least)) / (place(most) - place(least))) * (to - from);
}

/** Round values: powers of ten and their 2 and 5, or about five even steps. */
function ticks({ log }: Axis, [least, most]: readonly [number, number]): number[] {
  if (log) {
    const first = Math.floor(Math.log10(least));
    const decades = Array.from({ length: Math.ceil(Math.log10(most)) - first + 1 }, (_, i) => 10 ** (first + i));
    const all = decades.flatMap((power) => (decades.length > 4 ? [power] : [power, 2 * power, 5 * power]));
    return all.filter((value) => value >= least && value <= most);
  }
  const rough = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.floor(most / step) - first + 1 }, (_, i) => (first + i) * step);
}

const tell = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

const round = (value: number): number => Math.round(value * 100) / 100;

const text = (x: number, y: number, content: string, attributes: Record<string, string | number>): string =>
  element('text', { x, y, ...attributes }, escape(content));

function element(name: string, attributes: Record<string, string | number>, content = ''): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escape(value)}"`,
  );
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Markup characters as entities; control characters, which XML forbids, as question marks. */
const escape = (content: string): string =>
  content
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!)
    // eslint-disable-next-line no-control-regex -- control characters are exactly what is removed
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, '?');
