// A chart as shapes: where each line, bar, mark and word stands. In: a chart and a size in pixels. Out: shapes whose colours
// are names (Ink), so that a file (svg.ts) and a window draw the same picture in colours of their own.
import type { Axis, Bar, Chart, Mark } from './chart';

/** ground, text, quiet text, grid; then the colours of parts in their order: plain, strong, third, fourth. */
export type Ink = 'ground' | 'ink' | 'muted' | 'grid' | 'plain' | 'strong' | 'third' | 'fourth';
const PARTS: readonly Ink[] = ['plain', 'strong', 'third', 'fourth'];

export interface Shape {
  readonly tag: 'rect' | 'line' | 'polyline' | 'path' | 'circle' | 'text';
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly fill: Ink | 'none';
  readonly stroke?: Ink;
  readonly text?: string;
  readonly tip?: string; // what pointing at it tells
  readonly item?: string; // the bar or mark it belongs to
}

export interface PictureOptions {
  readonly width: number;
  readonly height: number;
  readonly titled: boolean; // else what stands round the picture says what it is
  readonly chosen?: readonly string[]; // bars or marks to point out by a frame and their names
}

interface Frame extends PictureOptions {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
type Scale = (value: number) => number;

const EDGE = 4; // pixels between a slanting name and the edge
const LETTER = 6.2; // pixels of one, at size 11
const FIGURE = 38; // pixels of a bar that has room for its figure
const HEAD = 18; // pixels from the legend's line to the picture: the figure of the highest bar rises into them
const NAME = 16; // letters of a name that are shown along an axis

export function drawPicture(chart: Chart, options: PictureOptions): Shape[] {
  const { x, y, bars } = chart;
  const [xs, ys] = rangeOf(chart);
  const frame = frameOf(chart, ticks(y, ys).map(tell), options);
  const up = scale(y, ys, frame.bottom, frame.top);
  const right = scale(x, xs, frame.left, frame.right);
  return [
    ...(options.titled
      ? [text(options.width / 2, 20, titleOf(chart), 'ink', { 'text-anchor': 'middle', 'font-size': 15 })]
      : []),
    ...ticks(y, ys).flatMap((value) => [
      line(frame.left, up(value), frame.right, up(value), 'grid'),
      text(frame.left - 6, up(value) + 4, tell(value), 'muted', { 'text-anchor': 'end' }),
    ]),
    text(4, frame.top - HEAD, y.label, 'muted'),
    ...drawLegend(chart, frame),
    ...(bars.length > 0 ? drawBars(chart, up, frame) : drawAcross(chart, xs, right, frame)),
    ...drawLines(chart, right, up),
    ...chosenLast(chart.marks, frame).flatMap((mark) => drawMark(mark, chart, right(mark.x), up(mark.y), frame)),
  ];
}

export const titleOf = ({ title, subject }: Chart): string => (subject === '' ? title : `${title}: ${subject}`);

function frameOf({ bars }: Chart, labels: readonly string[], options: PictureOptions): Frame {
  const { width, height, titled } = options;
  const names = bars.reduce((most, { name }) => Math.max(most, Math.min(NAME, name.length)), 0);
  const axis = 14 + LETTER * Math.max(3, ...labels.map((label) => label.length));
  const left = Math.max(
    axis,
    overhang(bars, (width - 12 - axis) / Math.max(1, new Set(bars.map(({ name }) => name)).size)),
  );
  const below = bars.length > 0 ? 22 + names * LETTER * 0.64 : 38;
  return {
    ...options,
    left,
    right: width - 12,
    top: HEAD + (titled ? 44 : 20),
    bottom: height - Math.min(below, height / 3),
  };
}

/** Pixels that the slanting names of the first bars, `step` apart, take to the left of them. */
function overhang(bars: readonly Bar[], step: number): number {
  const names = [...new Set(bars.map(({ name }) => name))];
  const lengths = names.map((name, at) => Math.min(NAME, name.length) * LETTER * 0.77 - (at + 0.5) * step); // cos 40°
  return EDGE + Math.max(0, ...lengths);
}

/** What lines, colours and signs mean, where there is more than one; at the right of the line above the picture. */
function drawLegend({ parts, bars, marks, lines }: Chart, { right, top }: Frame): Shape[] {
  const isUsed = (part: number) =>
    bars.some((bar) => bar.part === part) || marks.some((mark) => Number(mark.strong) === part);
  const shown =
    parts.length + lines.length < 2
      ? []
      : parts.map((name, part) => ({ name, part })).filter(({ part }) => isUsed(part));
  const signs = [
    ...lines.map(({ name }, at) => ({
      name,
      sign: (x: number, y: number) => [drawLine(at, `${x - 8},${y} ${x + 8},${y}`)],
    })),
    ...shown.map(({ name, part }) => ({
      name,
      sign: (x: number, y: number) =>
        marks.length > 0 ? drawSign(x, y, part === 1) : [rect(x - 4, y - 4, 9, 9, PARTS[part]!)],
    })),
  ];
  let end = right;
  return signs.toReversed().flatMap(({ name, sign }) => {
    const start = end - name.length * LETTER;
    end = start - 34;
    return [...sign(round(start - 13), round(top - HEAD - 4)), text(start, top - HEAD, name, 'muted')];
  });
}

function drawBars({ bars, parts }: Chart, up: Scale, { left, right, bottom, chosen = [] }: Frame): Shape[] {
  const names = [...new Set(bars.map(({ name }) => name))];
  const step = (right - left) / Math.max(1, names.length);
  const place = new Map(names.map((name, at) => [name, left + at * step]));
  const every = Math.ceil(13 / step); // names are 11 pixels high
  const tip = ({ name, part, from, to }: Bar) =>
    [name, ...(parts.length > 1 ? [parts[part]] : []), tell(to - from)].join(', ');
  return [
    ...bars.map((bar): Shape => {
      const [high, low] = [Math.min(up(bar.from), up(bar.to)), Math.max(up(bar.from), up(bar.to))];
      const x = place.get(bar.name)! + step * 0.12;
      const height = bar.to === bar.from ? 0 : Math.max(1, low - high);
      return { ...rect(x, high, step * 0.76, height, PARTS[bar.part]!), tip: tip(bar), item: bar.name };
    }),
    ...names.flatMap((name, at) => {
      const isChosen = chosen.includes(name);
      const middle = place.get(name)! + step / 2;
      const turn = { 'text-anchor': 'end', transform: `rotate(-40 ${round(middle)} ${round(bottom + 12)})` };
      const label =
        at % every === 0 || isChosen
          ? [{ ...text(middle, bottom + 12, shorten(name), isChosen ? 'ink' : 'muted', turn), item: name }]
          : [];
      return isChosen
        ? [
            ...label,
            frameOfBar(
              bars.filter((bar) => bar.name === name),
              place.get(name)!,
              step,
              up,
            ),
          ]
        : label;
    }),
    ...(step < FIGURE
      ? []
      : names.map((name) =>
          drawFigure(
            bars.filter((bar) => bar.name === name),
            place.get(name)! + step / 2,
            up,
          ),
        )),
    line(left, up(0), right, up(0), 'muted'),
  ];
}

/** What a bar comes to, above it. */
function drawFigure(bars: readonly Bar[], middle: number, up: Scale): Shape {
  const value = bars.reduce((sum, { from, to }) => sum + to - from, 0);
  const top = Math.min(...bars.flatMap(({ from, to }) => [up(from), up(to)]));
  return text(middle, top - 4, shortly(value), 'muted', { 'text-anchor': 'middle', 'font-size': 10 });
}

function frameOfBar(bars: readonly Bar[], x: number, step: number, up: Scale): Shape {
  const ends = bars.flatMap(({ from, to }) => [up(from), up(to)]);
  const [high, low] = [Math.min(...ends), Math.max(...ends)];
  const size = { width: step * 0.76 + 4, height: low - high + 4 };
  return {
    tag: 'rect',
    attributes: { x: x + step * 0.12 - 2, y: high - 2, ...size, 'stroke-width': 1.5 },
    fill: 'none',
    stroke: 'ink',
  };
}

function drawAcross({ x }: Chart, xs: readonly [number, number], at: Scale, { left, right, bottom }: Frame): Shape[] {
  return [
    line(left, bottom, right, bottom, 'muted'),
    ...ticks(x, xs).map((value) => text(at(value), bottom + 15, tell(value), 'muted', { 'text-anchor': 'middle' })),
    text((left + right) / 2, bottom + 31, x.label, 'muted', { 'text-anchor': 'middle' }),
  ];
}

function drawLines({ lines }: Chart, right: Scale, up: Scale): Shape[] {
  return lines.map(({ points }, at) =>
    drawLine(at, points.map(([a, b]) => `${round(right(a))},${round(up(b))}`).join(' ')),
  );
}

/** The first line whole, the next dashed. */
const drawLine = (at: number, points: string): Shape => ({
  tag: 'polyline',
  attributes: { points, 'stroke-width': 2, ...(at === 0 ? {} : DASHED) },
  fill: 'none',
  stroke: at === 0 ? 'plain' : 'strong',
});
const DASHED: Shape['attributes'] = { 'stroke-dasharray': '6 4' };

/** Over the others, so that no cloud hides what is pointed out. */
const chosenLast = (marks: readonly Mark[], { chosen = [] }: Frame): Mark[] =>
  [false, true].flatMap((wanted) => marks.filter(({ name }) => chosen.includes(name) === wanted));

function drawMark(mark: Mark, { x, y }: Chart, left: number, top: number, { chosen = [], right }: Frame): Shape[] {
  const tip = `${mark.name}: ${tell(mark.x)} ${x.label}, ${tell(mark.y)} ${y.label}`;
  const sign = drawSign(left, top, mark.strong).map((shape) => ({ ...shape, tip, item: mark.name }));
  if (!chosen.includes(mark.name)) return sign;
  const before = left + (mark.name.length + 3) * LETTER > right;
  return [
    ...sign,
    { tag: 'circle', attributes: { cx: left, cy: top, r: 9, 'stroke-width': 1.5 }, fill: 'none', stroke: 'ink' },
    text(left + (before ? -13 : 13), top + 4, mark.name, 'ink', { 'text-anchor': before ? 'end' : 'start' }),
  ];
}

/** A circle, or a diamond for what stands out: a difference has a shape and not only a colour. */
function drawSign(x: number, y: number, strong: boolean): Shape[] {
  return strong
    ? [{ tag: 'path', attributes: { d: `M${round(x)} ${round(y - 5)}l5 5l-5 5l-5 -5z` }, fill: 'strong' }]
    : [{ tag: 'circle', attributes: { cx: x, cy: y, r: 3.5, 'fill-opacity': 0.75 }, fill: 'plain' }];
}

// ---- scales

/** From the least to the most of each axis; linear ones begin at 0. */
function rangeOf({ x, y, bars, marks, lines }: Chart): [readonly [number, number], readonly [number, number]] {
  const points = [...marks.map((mark) => [mark.x, mark.y] as const), ...lines.flatMap((one) => one.points)];
  const values = [...bars.flatMap(({ from, to }) => [from, to]), ...points.map(([, value]) => value)];
  return [
    span(
      x,
      points.map(([value]) => value),
    ),
    span(y, values),
  ];
}

function span({ log }: Axis, values: readonly number[]): readonly [number, number] {
  let [least, most] = log ? [Infinity, 0] : [0, 0];
  for (const value of values) {
    if (log && value <= 0) continue; // has no place on such an axis
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (log) return most === 0 ? [1, 10] : [least / 1.3, most * 1.3];
  return most === least ? [least, least + 1] : [least, most + (most - least) * 0.05];
}

function scale({ log }: Axis, [least, most]: readonly [number, number], from: number, to: number): Scale {
  const place = log ? Math.log : (value: number) => value;
  return (value) => from + ((place(value) - place(least)) / (place(most) - place(least))) * (to - from);
}

/** Round values: powers of ten and their 2 and 5, or about five even steps, also of a log axis that is short. */
function ticks({ log }: Axis, [least, most]: readonly [number, number]): number[] {
  if (log) {
    const first = Math.floor(Math.log10(least));
    const decades = Array.from({ length: Math.ceil(Math.log10(most)) - first + 1 }, (_, i) => 10 ** (first + i));
    const all = decades.flatMap((power) => (decades.length > 4 ? [power] : [power, 2 * power, 5 * power]));
    const round = all.filter((value) => value >= least && value <= most);
    if (round.length > 2) return round;
  }
  const rough = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.floor(most / step) - first + 1 }, (_, i) => (first + i) * step);
}

// ---- shapes

/** 22 897 728 -> '22,897,728'; three digits of what is small. */
const tell = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

/** 22 897 728 -> '22.9 M' */
function shortly(value: number): string {
  const unit = (
    [
      [1e9, ' G'],
      [1e6, ' M'],
      [1e3, ' k'],
    ] as const
  ).find(([size]) => Math.abs(value) >= size);
  return unit ? `${Number((value / unit[0]).toPrecision(3))}${unit[1]}` : String(Number(value.toPrecision(3)));
}

const shorten = (name: string): string => (name.length > NAME ? `${name.slice(0, NAME - 1)}…` : name);

export const round = (value: number): number => Math.round(value * 100) / 100;

const rect = (x: number, y: number, width: number, height: number, fill: Ink): Shape => ({
  tag: 'rect',
  attributes: { x, y, width, height },
  fill,
});

const line = (x1: number, y1: number, x2: number, y2: number, stroke: Ink): Shape => ({
  tag: 'line',
  attributes: { x1, y1, x2, y2 },
  fill: 'none',
  stroke,
});

const text = (x: number, y: number, content: string, fill: Ink, more: Shape['attributes'] = {}): Shape => ({
  tag: 'text',
  attributes: { x, y, ...more },
  fill,
  text: content,
});
