// SCALE-Sim's topologies, read and written. In: the text of a CSV, either of its two kinds. Out: layers, or a failure
// with line and column; and the other way round. Format: scale-sim-v2, README and topologies/.
//   Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
//   Layer, M, N, K,                                              (-i gemm: [M, K] x [K, N])
// It knows no padding: the input height and width contain it. Its last window may hang over the edge of the input.
import { thousands } from '../network/digits';
import { userFailure } from '../network/failure';
import type { Window } from '../golden/padding';
import type { Layer, Product } from './layer';
import { LARGEST, type LayerTable, UNCOUNTED, isUncounted } from './table';

const CONVOLUTION = [
  'IFMAP Height',
  'IFMAP Width',
  'Filter Height',
  'Filter Width',
  'Channels',
  'Num Filter',
  'Strides',
];
const PRODUCT = ['M', 'N', 'K'];

interface Cell {
  readonly text: string;
  readonly line: number; // from 1
  readonly column: number; // of its first character, from 1
}

/** @throws userFailure 'topology' with line and column */
export function readTopology(text: string, file: string): LayerTable {
  const rows = text
    .split(/\r\n|\r|\n/)
    .map((line, at) => cellsOf(line, at + 1))
    .filter((cells) => cells.some((cell) => cell.text !== '')); // a shipped topology has blank rows
  const [header, ...body] = rows;
  if (!header || body.length === 0)
    throw complaint(
      file,
      { text: '', line: 1, column: 1 },
      'holds no layer',
      'Give a header line and a line for each layer.',
    );
  const columns = columnsOf(header, file);
  const names = new Set<string>();
  const layers = body.map((cells) => {
    const numbers = columns.map((title, i) => readSize(cells[i + 1], title, cells, file));
    const name = freshName(cells[0]!.text || `layer ${cells[0]!.line}`, names);
    const layer = columns === PRODUCT ? product(name, numbers) : convolution(name, numbers, cells, file);
    if (isUncounted(layer)) throw complaint(file, cells[0]!, `${name} ${UNCOUNTED}`, 'Change its sizes.');
    return layer;
  });
  return { name: file.replace(/\.[^.]*$/, ''), source: `SCALE-Sim topology ${file}`, layers };
}

function cellsOf(line: string, number: number): Cell[] {
  let column = 1;
  return line.split(',').map((raw) => {
    const cell = { text: raw.trim(), line: number, column: column + (raw.length - raw.trimStart().length) };
    column += raw.length + 1;
    return cell;
  });
}

/** Which of the two kinds the header announces. */
function columnsOf(header: readonly Cell[], file: string): readonly string[] {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, '');
  const kind = [CONVOLUTION, PRODUCT].find((titles) =>
    titles.every((title, i) => plain(header[i + 1]?.text ?? '').startsWith(plain(title).slice(0, 12))),
  );
  if (kind) return kind;
  throw complaint(
    file,
    header[0]!,
    `has a header that is neither of SCALE-Sim's`,
    `Write 'Layer name, ${CONVOLUTION.join(', ')},' or 'Layer, ${PRODUCT.join(', ')},'.`,
  );
}

function readSize(cell: Cell | undefined, title: string, cells: readonly Cell[], file: string): number {
  const last = cells.at(-1)!;
  const place = cell ?? { ...last, column: last.column + last.text.length };
  const value = Number(cell?.text || NaN);
  const largest = title === 'M' ? LARGEST.rows : LARGEST.size;
  if (Number.isInteger(value) && value >= 1 && value <= largest) return value;
  const is = cell?.text ? `'${cell.text.slice(0, 40)}'` : 'missing';
  throw complaint(file, place, `${title} is ${is}`, `Give a whole number from 1 to ${thousands(largest)}.`);
}

const complaint = (file: string, { line, column }: Cell, what: string, remedy: string) =>
  userFailure('topology', `${file}, line ${line}, column ${column}: ${what}.`, remedy, { file, line, column });

function freshName(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let count = 2; names.has(name); count++) name = `${wanted} (${count})`;
  names.add(name);
  return name;
}

const product = (name: string, [rows, columns, depth]: readonly number[]): Product => ({
  kind: 'product',
  name,
  operator: null,
  products: 1,
  rows: rows!,
  depth: depth!,
  columns: columns!,
  isShared: true,
});

function convolution(name: string, numbers: readonly number[], cells: readonly Cell[], file: string): Layer {
  const [height, width, filterHeight, filterWidth, channels, filters, stride] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (const [size, taps, at] of [
    [height, filterHeight, 3],
    [width, filterWidth, 4],
  ] as const)
    if (taps > size)
      throw complaint(
        file,
        cells[at]!,
        `the filter (${taps}) is larger than the input (${size})`,
        'SCALE-Sim knows no padding: add it to the input.',
      );
  return {
    kind: 'convolution',
    name,
    operator: null,
    frames: 1,
    groups: 1,
    inputChannels: channels,
    outputChannels: filters,
    rows: hanging(height, filterHeight, stride),
    columns: hanging(width, filterWidth, stride),
  };
}

const hanging = (input: number, taps: number, stride: number): Window => ({
  input,
  taps,
  stride,
  output: Math.ceil((input - taps + stride) / stride),
  dilation: 1,
  before: 0,
});

/**
 * The layers as a topology: products alone as M, N, K, else all as convolutions. Groups become a line each, padding
 * becomes input.
 * @throws userFailure 'topology-inexpressible' where SCALE-Sim has no way to say it
 */
export function writeTopology(layers: readonly Layer[]): string {
  const isProducts = layers.every(({ kind }) => kind === 'product');
  const titles = isProducts ? ['Layer', ...PRODUCT] : ['Layer name', ...CONVOLUTION];
  const lines = layers.flatMap((layer) => {
    const runs = layer.kind === 'product' ? layer.products : layer.groups;
    const sizes = isProducts ? productSizes(layer as Product) : convolutionSizes(layer);
    const names =
      runs === 1 ? [layer.name] : Array.from({ length: runs }, (_, i) => `${layer.name} ${i + 1} of ${runs}`);
    return names.map((name) => [name.replace(/,/g, ' '), ...sizes]);
  });
  return [titles, ...lines].map((cells) => `${cells.join(', ')},\n`).join('');
}

const productSizes = ({ rows, columns, depth }: Product): number[] => [rows, columns, depth];

function convolutionSizes(layer: Layer): number[] {
  if (layer.kind === 'product') return [layer.rows, 1, 1, 1, layer.depth, layer.columns, 1];
  const { rows, columns, frames } = layer;
  if (rows.stride !== columns.stride || rows.dilation * columns.dilation > 1 || frames > 1)
    throw userFailure(
      'topology-inexpressible',
      `${layer.name} cannot be written as a SCALE-Sim topology, which has one stride, no dilation and no batch.`,
      'Write the layer table as JSON.',
    );
  const padded = (window: Window) => (window.output - 1) * window.stride + window.taps;
  return [
    padded(rows),
    padded(columns),
    rows.taps,
    columns.taps,
    layer.inputChannels,
    layer.outputChannels,
    rows.stride,
  ];
}
