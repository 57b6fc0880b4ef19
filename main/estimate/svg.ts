// A chart as a picture file. In: a chart. Out: the text of an SVG that stands by itself; the same chart gives the same text.
// Names come from files: they are escaped, and the picture holds no script and no style from outside.
import type { Chart } from './chart';
import { type Ink, type Shape, drawPicture, round, titleOf } from './picture';

const WIDTH = 960;
const HEIGHT = 480;
/** Colours for paper. */
const PAPER: Readonly<Record<Ink, string>> = {
  ground: '#ffffff',
  ink: '#2b2f36',
  muted: '#555d68',
  grid: '#d5d9e0',
  plain: '#3b6ea5',
  strong: '#c78a00',
  third: '#2f8f7f',
  fourth: '#8a5a9e',
};

/** @param chosen bars or marks to point out */
export function drawChart(chart: Chart, chosen: readonly string[] = []): string {
  const shapes = drawPicture(chart, { width: WIDTH, height: HEIGHT, titled: true, chosen });
  const parts = [
    element('title', {}, escape(titleOf(chart))),
    element('rect', { width: WIDTH, height: HEIGHT, fill: PAPER.ground }),
    ...shapes.map(writeShape),
  ];
  const font = 'font-family="sans-serif" font-size="11"';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" ${font} role="img">\n${parts.join('\n')}\n</svg>\n`;
}

function writeShape({ tag, attributes, fill, stroke, text = '', tip }: Shape): string {
  const inks = { fill: fill === 'none' ? fill : PAPER[fill], ...(stroke && { stroke: PAPER[stroke] }) };
  const title = tip === undefined ? '' : element('title', {}, escape(tip));
  return element(tag, { ...attributes, ...inks }, title + escape(text));
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
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
