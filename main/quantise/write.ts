// Writes the IR as a .tflite file. In: a network. Out: bytes that the importer and TFLite read as the same network: tensors,
// operators and constants keep their order and indices; schemes that TFLite does not know, and how
// images are prepared, travel as metadata.
// Traps (found with TFLite's own reader): a tensor without values names buffer 0, an operator without custom options has no
// vector of them, constants lie at multiples of 16 bytes, codes above 127 stand in the newer field alone.
import { createHash } from 'node:crypto';
import { Builder, type Offset } from 'flatbuffers';
import { importNetwork } from '../import/import';
import * as schema from '../import/tflite/schema/tflite';
import { METADATA } from '../import/tflite/metadata';
import { userFailure } from '../network/failure';
import type { Network, Operator, OperatorKind, Tensor } from '../network/network';
import { SCHEME_METADATA, writeSchemes } from '../network/schemeRecord';
import { encodeCustom, encodeOptions, typeCode } from './encode';
import { encodeMetadata } from './metadata';
import { versionOf } from './versions';

const CONSTANT_ALIGNMENT = 16; // schema.fbs, force_align of Buffer.data
const FORMAT_VERSION = 3;
const LARGEST_OLD_CODE = 127; // deprecated_builtin_code is a byte; this value sends readers to the newer field

export type Draft = Pick<Network, 'name' | 'description' | 'tensors' | 'operators' | 'inputs' | 'outputs' | 'scheme'>;

/** @throws userFailure write-operator, write-type: what the IR does not know cannot be written */
export const writeNetwork = (draft: Draft): Uint8Array => new Writer(draft).write();

/** The network that a draft becomes once it is a file: with an identity, and every check of import passed. */
export function settle(draft: Draft): { bytes: Uint8Array; network: Network } {
  const bytes = writeNetwork(draft);
  return { bytes, network: importNetwork(bytes, `${draft.name}.tflite`).network };
}

class Writer {
  private readonly builder: Builder;
  /** Offsets of the file's buffers; the first is the empty one of all tensors without values. */
  private readonly buffers: Offset[] = [];
  private readonly byContent = new Map<string, number>();
  private readonly codes: { readonly code: number; readonly custom: string; readonly version: number }[] = [];

  constructor(private readonly draft: Draft) {
    const bytes = draft.tensors.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    this.builder = new Builder(bytes + 64 * 1024); // one growth less copies everything once less
    this.addBuffer(new Uint8Array());
  }

  write(): Uint8Array {
    const { builder, draft } = this;
    const { Model, SubGraph } = schema;
    const schemes = writeSchemes(draft);
    const pixels = encodeMetadata(draft);
    const texts = [
      ...(schemes === null ? [] : [this.metadata(SCHEME_METADATA, new TextEncoder().encode(schemes))]),
      ...(pixels === null ? [] : [this.metadata(METADATA, pixels)]),
    ];
    const tensors = SubGraph.createTensorsVector(
      builder,
      draft.tensors.map((tensor) => this.tensor(tensor)),
    );
    const operators = SubGraph.createOperatorsVector(
      builder,
      draft.operators.map((operator) => this.operator(operator)),
    );
    const inputs = SubGraph.createInputsVector(builder, [...draft.inputs]);
    const outputs = SubGraph.createOutputsVector(builder, [...draft.outputs]);
    const graph = SubGraph.createSubGraph(builder, tensors, inputs, outputs, operators, builder.createString('main'));
    const graphs = Model.createSubgraphsVector(builder, [graph]);
    const codes = Model.createOperatorCodesVector(
      builder,
      this.codes.map((code) => this.operatorCode(code)),
    );
    const buffers = Model.createBuffersVector(builder, this.buffers);
    const described = builder.createString(draft.description);
    const metadatas = Model.createMetadataVector(builder, texts);
    Model.startModel(builder);
    Model.addVersion(builder, FORMAT_VERSION);
    Model.addOperatorCodes(builder, codes);
    Model.addSubgraphs(builder, graphs);
    Model.addDescription(builder, described);
    Model.addBuffers(builder, buffers);
    if (texts.length > 0) Model.addMetadata(builder, metadatas);
    builder.finish(Model.endModel(builder), 'TFL3');
    return builder.asUint8Array().slice();
  }

  private tensor({ index, name, type, shape, quantization, data, isVariable }: Tensor): Offset {
    if (type === 'string' || type === 'other')
      throw userFailure('write-type', `Tensor ${index} (${name}) holds values of a type that cannot be written.`, '', {
        tensor: index,
      });
    const { builder } = this;
    const { Tensor: Table } = schema;
    const shapes = Table.createShapeVector(builder, [...shape]);
    const named = builder.createString(name);
    const quantised = quantization ? this.quantization(quantization) : 0;
    const buffer = data && data.length > 0 ? this.constant(data) : 0;
    Table.startTensor(builder);
    Table.addShape(builder, shapes);
    Table.addType(builder, typeCode(type));
    Table.addBuffer(builder, buffer);
    Table.addName(builder, named);
    if (quantised) Table.addQuantization(builder, quantised);
    Table.addIsVariable(builder, isVariable);
    Table.addHasRank(builder, true);
    return Table.endTensor(builder);
  }

  private quantization({ scale, zeroPoint, axis }: NonNullable<Tensor['quantization']>): Offset {
    const { builder } = this;
    const { QuantizationParameters: Table } = schema;
    const scales = Table.createScaleVector(builder, [...scale]);
    const zeroPoints = Table.createZeroPointVector(builder, zeroPoint.map(BigInt));
    Table.startQuantizationParameters(builder);
    Table.addScale(builder, scales);
    Table.addZeroPoint(builder, zeroPoints);
    Table.addQuantizedDimension(builder, axis);
    return Table.endQuantizationParameters(builder);
  }

  /** Equal constants share a buffer. */
  private constant(data: Uint8Array): number {
    const key = createHash('sha256').update(data).digest('base64');
    const known = this.byContent.get(key);
    if (known !== undefined) return known;
    const index = this.addBuffer(data);
    this.byContent.set(key, index);
    return index;
  }

  private addBuffer(data: Uint8Array): number {
    const { builder } = this;
    let vector = 0;
    if (data.length > 0) {
      builder.prep(CONSTANT_ALIGNMENT, data.length);
      vector = builder.createByteVector(data);
    }
    schema.Buffer.startBuffer(builder);
    if (vector) schema.Buffer.addData(builder, vector);
    return this.buffers.push(schema.Buffer.endBuffer(builder)) - 1;
  }

  private operator(operator: Operator): Offset {
    const { index, name, kind, inputs, outputs, options } = operator;
    if (kind === 'OTHER')
      throw userFailure(
        'write-operator',
        `Operator ${index} (${name}) cannot be written: its options are not understood.`,
        '',
        { operator: index },
      );
    const { builder } = this;
    const { Operator: Table } = schema;
    const signatures = (indices: readonly number[]) => indices.map((i) => this.draft.tensors[i] ?? null);
    const made = encodeOptions(kind, options, signatures(inputs), signatures(outputs) as Tensor[]);
    const version = versionOf(kind, options, signatures(inputs), signatures(outputs) as Tensor[]);
    const custom = encodeCustom(kind, options);
    const read = Table.createInputsVector(builder, [...inputs]);
    const written = Table.createOutputsVector(builder, [...outputs]);
    const table = made.table ? builder.createObjectOffset(made.table) : 0;
    const customs = custom.length > 0 ? Table.createCustomOptionsVector(builder, custom) : 0;
    const between =
      'intermediates' in options ? Table.createIntermediatesVector(builder, [...options.intermediates]) : 0;
    Table.startOperator(builder);
    Table.addOpcodeIndex(builder, this.codeOf(kind, version));
    Table.addInputs(builder, read);
    Table.addOutputs(builder, written);
    Table.addBuiltinOptionsType(builder, made.type);
    if (table) Table.addBuiltinOptions(builder, table);
    if (customs) Table.addCustomOptions(builder, customs);
    if (between) Table.addIntermediates(builder, between);
    return Table.endOperator(builder);
  }

  /** Operators of one kind and version share a code. */
  private codeOf(kind: OperatorKind, version: number): number {
    const builtin = kind in schema.BuiltinOperator;
    const code = builtin ? schema.BuiltinOperator[kind as 'ADD'] : schema.BuiltinOperator.CUSTOM;
    const custom = builtin ? '' : kind;
    const at = this.codes.findIndex((c) => c.code === code && c.custom === custom && c.version === version);
    return at >= 0 ? at : this.codes.push({ code, custom, version }) - 1;
  }

  private operatorCode({ code, custom, version }: { code: number; custom: string; version: number }): Offset {
    const name = custom ? this.builder.createString(custom) : 0;
    return schema.OperatorCode.createOperatorCode(this.builder, Math.min(code, LARGEST_OLD_CODE), name, version, code);
  }

  private metadata(name: string, content: Uint8Array): Offset {
    const buffer = this.addBuffer(content);
    const named = this.builder.createString(name);
    const { Metadata } = schema;
    Metadata.startMetadata(this.builder);
    Metadata.addName(this.builder, named);
    Metadata.addBuffer(this.builder, buffer);
    return Metadata.endMetadata(this.builder);
  }
}
