// The TFLite reader. In: a file's bytes (beginning at byte 0 of their ArrayBuffer, so that a constant's byteOffset is
// its place in the file). Out: tensors and operators of the IR and the problems met; or a user failure with a place.
import { ByteBuffer } from 'flatbuffers';
import type { Network, Operator, Tensor } from '../../network/network';
import { elementCount } from '../../network/network';
import { SCHEME_METADATA, readSchemes } from '../../network/schemeRecord';
import { METADATA, readPixelRules } from './metadata';
import { readOperatorOptions } from './options';
import { type Reading, refuse, warn } from '../place';
import { type Operator as Slot, type SubGraph, BuiltinOperator, Model } from './schema/tflite';
import { readTensor } from './tensors';
import { cleanText, shortText } from '../text';
import { verifyModel } from './verify';

/** What a file of this format knows of a network; import.ts adds name and identity. */
export type Content = Pick<
  Network,
  'description' | 'tensors' | 'operators' | 'inputs' | 'outputs' | 'converted' | 'scheme'
>;

/** Reads a file that begins like TFLite. `reading` collects the problems. */
export function readModel(bytes: Uint8Array, reading: Reading): Content {
  verifyModel(bytes, reading.file);
  const model = Model.getRootAsModel(new ByteBuffer(bytes));
  const graph = readOnlySubgraph(model, reading);
  const place = { offset: graph.bb_pos };

  const slots = Array.from({ length: graph.tensorsLength() }, (_, i) => graph.tensors(i)!);
  const tensors = slots.map((slot, index) => readTensor(model, slot, index, reading));
  const operators: Operator[] = [];
  for (let i = 0; i < graph.operatorsLength(); i++)
    operators.push(readOperator(model, graph.operators(i)!, i, tensors.length, reading));

  const list = (length: number, get: (i: number) => number | null, what: string) =>
    readIndices(length, get, tensors.length, what, reading, { optional: false, ...place });
  const inputs = list(graph.inputsLength(), (i) => graph.inputs(i), 'the list of inputs');
  const outputs = list(graph.outputsLength(), (i) => graph.outputs(i), 'the list of outputs');
  checkOrder(tensors, operators, inputs, outputs, reading);
  const description = cleanText(model.description());
  const content = {
    description,
    tensors: withPixels(model, tensors, inputs, reading),
    operators,
    inputs,
    outputs,
    converted: null,
  };
  const schemes = readMetadata(model, SCHEME_METADATA);
  return schemes === null ? content : readSchemes(content, new TextDecoder().decode(schemes), reading.file);
}

/** The tensors, and of inputs that take images how those are prepared. */
function withPixels(
  model: Model,
  tensors: readonly Tensor[],
  inputs: readonly number[],
  reading: Reading,
): readonly Tensor[] {
  const metadata = readMetadata(model, METADATA);
  if (metadata === null) return tensors;
  const rules = readPixelRules(
    metadata,
    inputs.map((index) => tensors[index]!),
    reading,
  );
  return tensors.map((tensor) => {
    const pixels = rules[inputs.indexOf(tensor.index)];
    return pixels ? { ...tensor, pixels } : tensor;
  });
}

/** The bytes of a metadata buffer; null where the file has none of that name. */
function readMetadata(model: Model, name: string): Uint8Array | null {
  for (let i = 0; i < model.metadataLength(); i++) {
    const entry = model.metadata(i)!;
    const buffer = entry.name() === name && entry.buffer() < model.buffersLength() && model.buffers(entry.buffer());
    if (buffer) return buffer.dataArray() ?? new Uint8Array();
  }
  return null;
}

function readOnlySubgraph(model: Model, reading: Reading): SubGraph {
  const place = { offset: model.bb_pos };
  if (model.version() !== 3)
    refuse(
      reading,
      'tflite-version',
      `this is version ${model.version()} of the TFLite format; version 3 is supported.`,
      place,
    );
  const count = model.subgraphsLength();
  if (count === 0) refuse(reading, 'tflite-no-graph', 'the file holds no network.', place);
  if (count > 1)
    refuse(
      reading,
      'tflite-subgraphs',
      `the file holds ${count} subgraphs (control flow or several signatures); one is supported.`,
      place,
      'Convert one signature without IF, WHILE or CALL_ONCE operators.',
    );
  return model.subgraphs(0)!;
}

function readOperator(model: Model, slot: Slot, index: number, tensorCount: number, reading: Reading): Operator {
  const place = { operator: index, offset: slot.bb_pos };
  const number = slot.opcodeIndex();
  const entry = number < model.operatorCodesLength() ? model.operatorCodes(number) : null;
  if (!entry)
    refuse(
      reading,
      'tflite-operator-code',
      `operator ${index} names operator code ${number}, but there are ${model.operatorCodesLength()}.`,
      place,
    );
  // Codes outgrew a byte in 2020: older files fill one field, newer ones both (schema version 3a).
  const code = Math.max(entry.builtinCode(), entry.deprecatedBuiltinCode());
  if (code < 0) refuse(reading, 'tflite-operator-code', `operator ${index} has the impossible code ${code}.`, place);
  const known = BuiltinOperator[code];
  if (known === undefined)
    warn(
      reading,
      'tflite-operator-unknown',
      `Operator ${index} has the code ${code}, which this version does not know.`,
      place,
    );
  const name =
    code === BuiltinOperator.CUSTOM ? `CUSTOM:${cleanText(entry.customCode())}` : (known ?? `UNKNOWN_${code}`);

  const list = (length: number, get: (i: number) => number | null, what: string, optional: boolean) =>
    readIndices(length, get, tensorCount, `${what} of operator ${index} (${name})`, reading, { optional, ...place });
  const common = {
    index,
    name,
    version: entry.version(),
    inputs: list(slot.inputsLength(), (i) => slot.inputs(i), 'the inputs', true),
    outputs: list(slot.outputsLength(), (i) => slot.outputs(i), 'the outputs', false),
    fileOffset: slot.bb_pos,
  };
  return readOperatorOptions(common, code, slot, reading);
}

function readIndices(
  length: number,
  get: (i: number) => number | null,
  tensorCount: number,
  what: string,
  reading: Reading,
  { optional, ...place }: { optional: boolean; operator?: number; offset?: number },
): number[] {
  const indices = Array.from({ length }, (_, i) => get(i)!);
  const wrong = indices.find((i) => i >= tensorCount || i < (optional ? -1 : 0));
  if (wrong !== undefined)
    refuse(reading, 'tflite-tensor-index', `${what} name tensor ${wrong}, but there are ${tensorCount}.`, place);
  return indices;
}

/** Every tensor is written once, and before it is read: what golden and all later rooms rely on. */
function checkOrder(
  tensors: readonly Tensor[],
  operators: readonly Operator[],
  inputs: readonly number[],
  outputs: readonly number[],
  reading: Reading,
): void {
  // A tensor without elements has a value from the start: there is only one.
  const hasValue = tensors.map((t) => t.data !== null || t.isVariable || elementCount(t.shape) === 0);
  const called = (tensor: number) => `tensor ${tensor} (${shortText(tensors[tensor]!.name)})`;
  const written = new Set<number>();
  for (const i of inputs) {
    if (tensors[i]!.data !== null)
      refuse(reading, 'tflite-constant-input', `${called(i)} is an input of the network, but a constant.`, {
        tensor: i,
      });
    written.add(i);
  }
  for (const operator of operators) {
    const place = { operator: operator.index, offset: operator.fileOffset };
    for (const i of operator.inputs)
      if (i >= 0 && !written.has(i) && !hasValue[i])
        refuse(
          reading,
          'tflite-order',
          `operator ${operator.index} (${operator.name}) reads ${called(i)}, which nothing has written before.`,
          { ...place, tensor: i },
        );
    for (const i of operator.outputs) {
      if (written.has(i) || tensors[i]!.data !== null)
        refuse(
          reading,
          'tflite-written-twice',
          `operator ${operator.index} (${operator.name}) writes ${called(i)}, which has a value already.`,
          { ...place, tensor: i },
        );
      written.add(i);
    }
  }
  for (const i of outputs)
    if (!written.has(i) && !hasValue[i])
      refuse(reading, 'tflite-output-unwritten', `${called(i)} is an output of the network, but nothing writes it.`, {
        tensor: i,
      });
}
