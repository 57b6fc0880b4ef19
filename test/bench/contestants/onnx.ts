// Writes ONNX models: the few protocol buffer messages that a quantised network needs. In: constants and nodes, one call
// each. Out: the file's bytes. Field numbers are those of onnx/onnx.proto3 (ModelProto, GraphProto, NodeProto, …).

const TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;
export type OnnxType = keyof typeof TYPES;
export type Attribute = number | readonly number[];

const utf8 = new TextEncoder();

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Uint8Array.of(...bytes, value);
}
const number = (field: number, value: number): Uint8Array[] => [varint(field << 3), varint(value)];
const bytes = (field: number, parts: readonly Uint8Array[]): Uint8Array[] => [
  varint((field << 3) | 2),
  varint(parts.reduce((sum, part) => sum + part.length, 0)),
  ...parts,
];
const text = (field: number, value: string): Uint8Array[] => bytes(field, [utf8.encode(value)]);

function attribute(name: string, value: Attribute): Uint8Array[] {
  const list = typeof value === 'number' ? number(3, value) : value.flatMap((one) => number(8, one));
  return bytes(5, [...text(1, name), ...list, ...number(20, typeof value === 'number' ? 2 : 7)]);
}

function valueInfo(field: number, name: string, type: OnnxType, shape: readonly number[]): Uint8Array[] {
  const dimensions = shape.flatMap((size) => bytes(1, number(1, size)));
  const tensorType = bytes(1, [...number(1, TYPES[type]), ...bytes(2, dimensions)]);
  return bytes(field, [...text(1, name), ...bytes(2, tensorType)]);
}

export class OnnxBuilder {
  private readonly nodes: Uint8Array[] = [];
  private readonly initializers: Uint8Array[] = [];
  private readonly ends: Uint8Array[] = [];
  private count = 0;

  constant(type: OnnxType, shape: readonly number[], data: ArrayBufferView): string {
    const name = `c${this.count++}`;
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const dimensions = shape.flatMap((size) => number(1, size));
    this.initializers.push(
      ...bytes(5, [...dimensions, ...number(2, TYPES[type]), ...text(8, name), ...bytes(9, [raw])]),
    );
    return name;
  }

  input(type: OnnxType, shape: readonly number[]): string {
    const name = `x${this.count++}`;
    this.ends.push(...valueInfo(11, name, type, shape));
    return name;
  }

  /** A node with one output, whose name is returned. `domain`: '' or com.microsoft. */
  node(
    kind: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): string {
    const name = `y${this.count++}`;
    const parts = [...inputs.flatMap((input) => text(1, input)), ...text(2, name), ...text(4, kind)];
    for (const [key, value] of Object.entries(attributes)) parts.push(...attribute(key, value));
    if (domain !== '') parts.push(...text(7, domain));
    this.nodes.push(...bytes(1, parts));
    return name;
  }

  /** The file, with one output. */
  finish(output: string, type: OnnxType, shape: readonly number[]): Uint8Array {
    const ends = [...this.ends, ...valueInfo(12, output, type, shape)];
    const graph = [...this.nodes, ...text(2, 'bench'), ...this.initializers, ...ends];
    const opset = (domain: string, version: number) => bytes(8, [...text(1, domain), ...number(2, version)]);
    return Buffer.concat([...number(1, 8), ...bytes(7, graph), ...opset('', 13), ...opset('com.microsoft', 1)]);
  }
}
