// How pixels become real values, as TFLite's own metadata say it. In: a network. Out: the FlatBuffers file for its buffer
// TFLITE_METADATA, as other programs read it too; null where no input has a rule. Fields: import/tflite/metadata.ts.
import { Builder, type Offset } from 'flatbuffers';
import type { TableLayout } from '../import/tflite/layout';
import {
  CONTENT,
  IMAGE,
  IMAGE_PROPERTIES,
  METADATA_IDENTIFIER,
  MODEL_METADATA,
  NORMALIZATION,
  NORMALIZATION_OPTIONS,
  PROCESS_UNIT,
  SUBGRAPH_METADATA,
  TENSOR_METADATA,
  fieldId,
} from '../import/tflite/metadata';
import type { Tensor } from '../network/network';
import { type PixelRule, numberOf } from '../network/pixels';
import type { Draft } from './write';

const [RGB, GREY] = [1, 2]; // ColorSpaceType
const PARSER_VERSION = '1.0.0'; // that knows all the fields

export function encodeMetadata({ name, tensors, inputs, outputs }: Draft): Uint8Array | null {
  if (!inputs.some((index) => tensors[index]!.pixels)) return null;
  const writer = new Writer();
  const all = (indices: readonly number[]): Offset =>
    writer.vector(indices.map((index) => writer.tensor(tensors[index]!)));
  const graph = writer.table(SUBGRAPH_METADATA, {
    input_tensor_metadata: all(inputs),
    output_tensor_metadata: all(outputs),
  });
  const root = writer.table(MODEL_METADATA, {
    name: writer.builder.createString(name),
    subgraph_metadata: writer.vector([graph]),
    min_parser_version: writer.builder.createString(PARSER_VERSION),
  });
  writer.builder.finish(root, METADATA_IDENTIFIER);
  return writer.builder.asUint8Array().slice();
}

class Writer {
  readonly builder = new Builder(1024);

  tensor({ name, shape, pixels }: Tensor): Offset {
    const named = { name: this.builder.createString(name) };
    if (!pixels) return this.table(TENSOR_METADATA, named);
    const isGrey = shape.length === 3 || shape.at(-1) === 1;
    const image = this.table(IMAGE, {}, { color_space: isGrey ? GREY : RGB });
    const content = this.table(CONTENT, { content_properties: image }, { content_properties_type: IMAGE_PROPERTIES });
    const unit = this.table(PROCESS_UNIT, { options: this.normalization(pixels) }, { options_type: NORMALIZATION });
    return this.table(TENSOR_METADATA, { ...named, content, process_units: this.vector([unit]) });
  }

  /** pixel x scale + offset as (pixel - mean) / std. */
  private normalization({ scale, offset }: PixelRule): Offset {
    const channels = typeof scale === 'number' && typeof offset === 'number' ? [0] : [0, 1, 2];
    const mean = this.floats(channels.map((c) => -numberOf(offset, c) / numberOf(scale, c) + 0));
    return this.table(NORMALIZATION_OPTIONS, { mean, std: this.floats(channels.map((c) => 1 / numberOf(scale, c))) });
  }

  /** A table of what lies elsewhere, and of single bytes, by the names of its fields. */
  table(
    layout: TableLayout,
    fields: Readonly<Record<string, Offset>>,
    bytes: Readonly<Record<string, number>> = {},
  ): Offset {
    this.builder.startObject(layout.length);
    for (const [name, offset] of Object.entries(fields)) this.builder.addFieldOffset(fieldId(layout, name), offset, 0);
    for (const [name, value] of Object.entries(bytes)) this.builder.addFieldInt8(fieldId(layout, name), value, 0);
    return this.builder.endObject();
  }

  vector(tables: readonly Offset[]): Offset {
    this.builder.startVector(4, tables.length, 4);
    for (const table of tables.toReversed()) this.builder.addOffset(table);
    return this.builder.endVector();
  }

  private floats(values: readonly number[]): Offset {
    this.builder.startVector(4, values.length, 4);
    for (const value of values.toReversed()) this.builder.addFloat32(value);
    return this.builder.endVector();
  }
}
