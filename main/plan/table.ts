// A layer table: a network given by its sizes alone. In: our JSON (resources/networks/*.json, TABLE_FORMAT below).
// Out: named layers, or a failure that names the layer and the field. SCALE-Sim's tables are in scaleSim.ts.
//
//     { "name": "…", "source": "…", "layers": [
//       { "name": "conv1", "kind": "convolution", "input": [224, 224], "channels": [3, 64], "kernel": 7, "stride": 2,
//         "padding": "same" | "valid" | "half", "groups": 1, "dilation": 1, "pin": { "form": "direct" } },
//       { "name": "fc", "kind": "fullyConnected", "channels": [2048, 1000] },
//       { "name": "scores", "kind": "product", "size": [128, 64, 128], "products": 12 } ] }
//
// channels: [in, out] of the whole layer, all groups together. padding: TFLite's SAME and VALID; `half` is floor(K/2)
// on every side, as papers and PyTorch write it. size: [rows, depth, columns]. A number stands for a pair of equals.
import { type Window, placeWindow } from '../golden/padding';
import { thousands } from '../network/digits';
import { userFailure } from '../network/failure';
import { type Convolution, type Layer, type Pin, type Product, countLayerMacs } from './layer';

export interface LayerTable {
  readonly name: string;
  readonly source: string;
  readonly layers: readonly Layer[];
}

const CONVOLUTION_FIELDS = [
  'name',
  'kind',
  'input',
  'channels',
  'kernel',
  'stride',
  'padding',
  'groups',
  'dilation',
  'pin',
];
const FIELDS_OF: Readonly<Record<string, readonly string[]>> = {
  convolution: CONVOLUTION_FIELDS,
  fullyConnected: ['name', 'kind', 'channels', 'pin'],
  product: ['name', 'kind', 'size', 'products', 'pin'],
};
/** The largest of each, which no published layer comes near to; a plan of what is larger would take minutes. */
export const LARGEST = {
  size: 2 ** 20, // pixels, channels, taps
  rows: 2 ** 24, // of a product: pixels and frames of an unrolled convolution
  count: 2 ** 16, // groups, products
  dilation: 2 ** 12,
  maps: 2 ** 16, // that a dilation interleaves, of rows times those of columns
} as const;

/** @throws userFailure 'table-field' naming the layer, the field, what it is and what it may be */
export function readTable(value: unknown, file: string): LayerTable {
  const refuse: Refuse = (sentence, remedy) => {
    throw userFailure('table-field', `${file}: ${sentence}`, remedy, { file });
  };
  const given = asRecord(value);
  if (!given || !Array.isArray(given.layers) || given.layers.length === 0)
    return refuse(
      'This is no layer table: it has no list of layers.',
      'Give { "name": …, "source": …, "layers": […] }.',
    );
  const { name, source } = given;
  if (typeof name !== 'string' || name === '') return refuse('The table has no name.', 'Give "name" a text.');
  const layers = given.layers.map((layer: unknown, at) => readLayer(layer, at, refuse));
  const uncounted = layers.find(isUncounted);
  if (uncounted) return refuse(`Layer ${uncounted.name} ${UNCOUNTED}.`, 'Change its sizes.');
  const twice = layers.find((layer, at) => layers.findIndex((other) => other.name === layer.name) !== at);
  if (twice) return refuse(`Two layers are named ${twice.name}.`, 'Give each layer a name of its own.');
  return { name, source: typeof source === 'string' ? source : '', layers };
}

/** Beyond 2^53 a clock more or less is the same number. */
export const isUncounted = (layer: Layer): boolean => countLayerMacs(layer).all > Number.MAX_SAFE_INTEGER;
export const UNCOUNTED = 'has more than 2^53 multiply-accumulates, which cannot be counted exactly';

type Refuse = (sentence: string, remedy: string) => never;

/** A layer's fields, read one at a time; each knows how to complain. */
class Fields {
  constructor(
    private readonly given: Readonly<Record<string, unknown>>,
    private readonly called: string,
    readonly refuse: Refuse,
  ) {}

  whole(field: string, value: unknown = this.given[field], largest: number = LARGEST.size): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= largest) return value;
    return this.bad(field, value, `a whole number from 1 to ${thousands(largest)}`);
  }
  /** How many there are of something. */
  countOr(field: string, otherwise: number): number {
    return this.given[field] === undefined ? otherwise : this.whole(field, this.given[field], LARGEST.count);
  }
  /** One number for both, or a list of exactly `count`. */
  list(field: string, count: number, otherwise?: number): number[] {
    const value = this.given[field] ?? otherwise;
    const largest = (at: number): number =>
      field === 'dilation' ? LARGEST.dilation : field === 'size' && at === 0 ? LARGEST.rows : LARGEST.size;
    if (typeof value === 'number' && count === 2 && field !== 'channels')
      return [this.whole(field, value, largest(0)), value];
    if (!Array.isArray(value) || value.length !== count) return this.bad(field, value, `a list of ${count} numbers`);
    return value.map((one, at) => this.whole(field, one, largest(at)));
  }
  pin(): { pin?: Pin } {
    const value = this.given.pin;
    if (value === undefined) return {};
    const record = asRecord(value);
    if (!record || !Object.values(record).every((text) => typeof text === 'string'))
      return this.bad('pin', value, 'an object of texts, such as { "form": "direct" }');
    return { pin: record as Pin };
  }
  bad(field: string, value: unknown, wanted: string): never {
    const is = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
    return this.refuse(`${field} of ${this.called} is ${is}, but it must be ${wanted}.`, `Change ${field}.`);
  }
}

function readLayer(value: unknown, at: number, refuse: Refuse): Layer {
  const given = asRecord(value);
  // eslint-disable-next-line no-control-regex -- a name stands in lines of text
  if (!given || typeof given.name !== 'string' || !/^[^\u0000-\u001f]+$/.test(given.name))
    return refuse(`Layer ${at + 1} has no name.`, 'Give each layer { "name": …, "kind": …, … }.');
  const { name } = given;
  const known =
    typeof given.kind === 'string' && Object.hasOwn(FIELDS_OF, given.kind) ? FIELDS_OF[given.kind] : undefined;
  if (!known)
    return refuse(
      `Layer ${name} is of the kind ${JSON.stringify(given.kind)}, which is none.`,
      `The kinds are ${Object.keys(FIELDS_OF).join(', ')}.`,
    );
  const unknown = Object.keys(given).find((field) => !known.includes(field));
  if (unknown !== undefined)
    return refuse(`Layer ${name} has ${unknown}, which is no field of it.`, `Its fields are ${known.join(', ')}.`);
  const fields = new Fields(given, `layer ${name}`, refuse);
  if (given.kind === 'convolution') return readConvolution(name, given.padding, fields);
  return given.kind === 'product' ? readProduct(name, fields) : readFullyConnected(name, fields);
}

function readConvolution(name: string, padding: unknown, fields: Fields): Convolution {
  const [height, width] = fields.list('input', 2) as [number, number];
  const [input, output] = fields.list('channels', 2) as [number, number];
  const groups = fields.countOr('groups', 1);
  if (input % groups !== 0 || output % groups !== 0)
    fields.refuse(
      `Layer ${name} has ${input} and ${output} channels, which do not divide into ${groups} groups.`,
      'Change groups or channels.',
    );
  const [kernel, stride, dilation] = (['kernel', 'stride', 'dilation'] as const).map((field) =>
    fields.list(field, 2, field === 'kernel' ? undefined : 1),
  ) as [number[], number[], number[]];
  const [rows, columns] = [height, width].map((size, i) => {
    const window = place(size, kernel[i]!, stride[i]!, dilation[i]!, padding);
    if (!window) return fields.bad('padding', padding, '"same", "valid" or "half"');
    if (window.output >= 1) return window;
    return fields.refuse(`Layer ${name} has a kernel larger than its input.`, 'Change kernel, input or padding.');
  }) as [Window, Window];
  const maps = Math.min(rows.dilation, rows.output) * Math.min(columns.dilation, columns.output);
  if (maps > LARGEST.maps)
    fields.refuse(
      `The dilation of layer ${name} makes ${thousands(maps)} interleaved maps, but at most ${thousands(LARGEST.maps)} can be planned.`,
      'Change dilation or input.',
    );
  return {
    kind: 'convolution',
    name,
    operator: null,
    frames: 1,
    groups,
    inputChannels: input / groups,
    outputChannels: output / groups,
    rows,
    columns,
    ...fields.pin(),
  };
}

function readFullyConnected(name: string, fields: Fields): Product {
  const [depth, columns] = fields.list('channels', 2) as [number, number];
  return {
    kind: 'product',
    name,
    operator: null,
    products: 1,
    rows: 1,
    depth,
    columns,
    isShared: true,
    ...fields.pin(),
  };
}

function readProduct(name: string, fields: Fields): Product {
  const [rows, depth, columns] = fields.list('size', 3) as [number, number, number];
  const products = fields.countOr('products', 1);
  // several right sides are values computed for each frame (attention); a single one is a constant
  return {
    kind: 'product',
    name,
    operator: null,
    products,
    rows,
    depth,
    columns,
    isShared: products === 1,
    ...fields.pin(),
  };
}

function place(input: number, taps: number, stride: number, dilation: number, padding: unknown): Window | null {
  if (padding === 'same' || padding === 'valid') return placeWindow(input, taps, stride, dilation, padding);
  if (padding !== 'half') return null;
  const reach = (taps - 1) * dilation + 1;
  const before = Math.floor(reach / 2);
  return { input, output: Math.floor((input + 2 * before - reach) / stride) + 1, taps, stride, dilation, before };
}

const asRecord = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
