// TFLite's metadata: a FlatBuffers file of its own in the buffer TFLITE_METADATA. In: its bytes. Out: for each input of the network, how
// pixels become real values; or a problem where it makes no sense, for a network runs without it, too.
// Source: tflite-support, metadata/metadata_schema.fbs: NormalizationOptions are (x - mean) / std, before quantisation.
import { ByteBuffer } from 'flatbuffers';
import { Failure } from '../../network/failure';
import type { Tensor } from '../../network/network';
import { type PixelRule, numberOf } from '../../network/pixels';
import { type Reading, warn } from '../place';
import { type TableLayout, byte, floats, int, many, offsets, one, string, union } from './layout';
import { verifyTables } from './verify';

export const METADATA = 'TFLITE_METADATA';
export const METADATA_IDENTIFIER = 'M001';
/** Members of the unions ContentProperties and ProcessUnitOptions. */
export const IMAGE_PROPERTIES = 2;
export const NORMALIZATION = 1;

export const NORMALIZATION_OPTIONS: TableLayout = [
  ['mean', floats],
  ['std', floats],
];
export const IMAGE: TableLayout = [
  ['color_space', byte],
  [
    'default_size',
    one([
      ['width', int],
      ['height', int],
    ]),
  ],
];
export const CONTENT: TableLayout = [
  ['content_properties_type', byte],
  ['content_properties', union({ [IMAGE_PROPERTIES]: IMAGE })],
  [
    'range',
    one([
      ['min', int],
      ['max', int],
    ]),
  ],
];
export const PROCESS_UNIT: TableLayout = [
  ['options_type', byte],
  ['options', union({ [NORMALIZATION]: NORMALIZATION_OPTIONS })],
];
export const TENSOR_METADATA: TableLayout = [
  ['name', string],
  ['description', string],
  ['dimension_names', offsets],
  ['content', one(CONTENT)],
  ['process_units', many(PROCESS_UNIT)],
];
export const SUBGRAPH_METADATA: TableLayout = [
  ['name', string],
  ['description', string],
  ['input_tensor_metadata', many(TENSOR_METADATA)],
  ['output_tensor_metadata', many(TENSOR_METADATA)],
];
export const MODEL_METADATA: TableLayout = [
  ['name', string],
  ['description', string],
  ['version', string],
  ['subgraph_metadata', many(SUBGRAPH_METADATA)],
  ['author', string],
  ['license', string],
  ['associated_files', offsets],
  ['min_parser_version', string],
];

/** The id of a field: its position. */
export const fieldId = (layout: TableLayout, name: string): number => layout.findIndex(([own]) => own === name);

/** By position among the inputs; null where nothing usable is said of an image. */
export function readPixelRules(
  bytes: Uint8Array,
  inputs: readonly Tensor[],
  reading: Reading,
): readonly (PixelRule | null)[] {
  const nothing = inputs.map(() => null);
  const pass = (sentence: string): typeof nothing => {
    warn(reading, 'tflite-metadata', `${sentence} Images are prepared by what the input's words can hold instead.`);
    return nothing;
  };
  const whole = bytes.slice(); // offsets count from its own beginning
  if (new TextDecoder('latin1').decode(whole.subarray(4, 8)) !== METADATA_IDENTIFIER)
    return pass(`The metadata ${METADATA} are of a kind this version does not know.`);
  try {
    verifyTables(whole, `${reading.file}, metadata ${METADATA},`, 'metadata', MODEL_METADATA);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return pass(error.message);
  }
  const graph = rootOf(whole).tables(fieldId(MODEL_METADATA, 'subgraph_metadata'))[0];
  const tensors = graph?.tables(fieldId(SUBGRAPH_METADATA, 'input_tensor_metadata')) ?? [];
  if (tensors.length === 0) return nothing;
  if (tensors.length !== inputs.length)
    return pass(`The metadata ${METADATA} speak of ${tensors.length} inputs, but there are ${inputs.length}.`);
  return tensors.map((table, at) => ruleOf(table, inputs[at]!, reading));
}

function ruleOf(table: Table, tensor: Tensor, reading: Reading): PixelRule | null {
  const content = table.table(fieldId(TENSOR_METADATA, 'content'));
  const kind = content?.byte(fieldId(CONTENT, 'content_properties_type')) ?? 0;
  const channels = channelsOf(tensor);
  if (channels === null || (kind !== 0 && kind !== IMAGE_PROPERTIES)) return null;
  const units = table.tables(fieldId(TENSOR_METADATA, 'process_units'));
  const unit = units.find((one) => one.byte(fieldId(PROCESS_UNIT, 'options_type')) === NORMALIZATION);
  const options = unit?.table(fieldId(PROCESS_UNIT, 'options'));
  if (!options) return null;
  const [mean, std] = ['mean', 'std'].map((name) => options.floats(fieldId(NORMALIZATION_OPTIONS, name))) as [
    number[],
    number[],
  ];
  const fits = [mean, std].every(({ length }) => length === 1 || length === channels);
  if (fits && mean.every(Number.isFinite) && std.every((value) => Number.isFinite(value) && value > 0))
    return ruleFrom(mean, std);
  const listed = [mean, std].map((values) => `[${values.slice(0, 4).join(', ')}${values.length > 4 ? ', …' : ''}]`);
  warn(
    reading,
    'tflite-metadata',
    `The metadata ${METADATA} give tensor ${tensor.index} the mean ${listed[0]} and the deviation ${listed[1]}; one finite number is wanted of each, or ${channels}, and deviations above 0. Images are prepared by what the input's words can hold instead.`,
    { tensor: tensor.index },
  );
  return null;
}

/** (pixel - mean) / std as pixel x scale + offset; one number where all channels have the same. */
function ruleFrom(mean: readonly number[], std: readonly number[]): PixelRule {
  const isOne = [mean, std].every((values) => values.every((value) => value === values[0]));
  if (isOne) return { scale: 1 / std[0]!, offset: -mean[0]! / std[0]! + 0 };
  const channels = [0, 1, 2];
  return {
    scale: channels.map((c) => 1 / numberOf(std, c)),
    offset: channels.map((c) => -numberOf(mean, c) / numberOf(std, c) + 0),
  };
}

/** Of a tensor that holds images, 1 or 3; else null. */
function channelsOf({ shape, type }: Tensor): 1 | 3 | null {
  if (!['float32', 'int8', 'uint8', 'int16'].includes(type)) return null;
  const channels = shape.length === 4 ? shape[3] : shape.length === 3 ? 1 : 0;
  return channels === 1 || channels === 3 ? channels : null;
}

/** More than any input has channels: a vector of them all would be a burden. */
const MOST_FLOATS = 5;

/** A table of a verified file, by field ids. */
class Table {
  constructor(
    private readonly bb: ByteBuffer,
    private readonly at: number,
  ) {}

  private field(id: number): number | null {
    const distance = this.bb.__offset(this.at, 4 + 2 * id);
    return distance === 0 ? null : this.at + distance;
  }
  byte(id: number): number {
    const field = this.field(id);
    return field === null ? 0 : this.bb.readUint8(field);
  }
  table(id: number): Table | null {
    const field = this.field(id);
    return field === null ? null : new Table(this.bb, this.bb.__indirect(field));
  }
  tables(id: number): Table[] {
    return this.elements(id, (at) => new Table(this.bb, this.bb.__indirect(at)));
  }
  floats(id: number): number[] {
    return this.elements(id, (at) => this.bb.readFloat32(at), MOST_FLOATS);
  }
  private elements<T>(id: number, read: (at: number) => T, most = Infinity): T[] {
    const field = this.field(id);
    if (field === null) return [];
    const vector = this.bb.__indirect(field);
    return Array.from({ length: Math.min(most, this.bb.readInt32(vector)) }, (_, i) => read(vector + 4 + 4 * i));
  }
}

const rootOf = (bytes: Uint8Array): Table => {
  const bb = new ByteBuffer(bytes);
  return new Table(bb, bb.readInt32(0));
};
