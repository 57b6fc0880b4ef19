// The bounds pass on files damaged on purpose. Positions are found by walking the built file as the format says.
import { Builder } from 'flatbuffers';
import { describe, expect, it } from 'vitest';
import { Model, OperatorCode, SubGraph, Tensor } from '../../../main/import/tflite/schema/tflite';
import { verifyModel } from '../../../main/import/tflite/verify';
import { Failure } from '../../../main/network/failure';
import { buildModel } from './build';
import { convolution } from './samples';

/** Where a field of the table at `table` lies; field ids as in the schema. */
function fieldAt(view: DataView, table: number, id: number): number {
  const vtable = table - view.getInt32(table, true);
  return table + view.getUint16(vtable + 4 + 2 * id, true);
}
const follow = (view: DataView, at: number) => at + view.getUint32(at, true);
/** Element `i` of the vector of tables in field `id`. */
const element = (view: DataView, table: number, id: number, i: number) =>
  follow(view, follow(view, fieldAt(view, table, id)) + 4 + 4 * i);

const [OPERATOR_CODES, SUBGRAPHS, DESCRIPTION, BUFFERS] = [1, 2, 3, 4];
const [TENSORS, OPERATORS] = [0, 3];

type Damage = (view: DataView, root: number) => void;
const CASES: [what: string, code: string, path: string, damage: Damage][] = [
  ['the root offset leads to itself', 'tflite-offset-outside', 'the root', (v) => v.setUint32(0, 0, true)],
  ['the root offset leads outside', 'tflite-offset-outside', 'the root', (v) => v.setUint32(0, 0xfffffff0, true)],
  ['the root offset is odd', 'tflite-misaligned', 'the root', (v) => v.setUint32(0, v.getUint32(0, true) + 1, true)],
  [
    'the vtable lies before the file',
    'tflite-offset-outside',
    'the root table',
    (v, root) => v.setInt32(root, 0x7ffffff0, true),
  ],
  [
    'the vtable lies behind the file',
    'tflite-offset-outside',
    'the root table',
    (v, root) => v.setInt32(root, -0x7ffffff0, true),
  ],
  [
    'the vtable has no size',
    'tflite-table-damaged',
    'the root table',
    (v, root) => v.setUint16(root - v.getInt32(root, true), 0, true),
  ],
  [
    'the vtable is huge',
    'tflite-offset-outside',
    'the root table',
    (v, root) => v.setUint16(root - v.getInt32(root, true), 0x7ffe, true),
  ],
  [
    'the table is huge',
    'tflite-offset-outside',
    'the root table',
    (v, root) => v.setUint16(root - v.getInt32(root, true) + 2, 0x7ffe, true),
  ],
  [
    'a field lies outside its table',
    'tflite-table-damaged',
    'version',
    (v, root) => v.setUint16(root - v.getInt32(root, true) + 4, 0xfff0, true),
  ],
  [
    'a vector of tables has 2^32-1 elements',
    'tflite-vector-outside',
    'subgraphs',
    (v, root) => v.setUint32(follow(v, fieldAt(v, root, SUBGRAPHS)), 0xffffffff, true),
  ],
  [
    'a vector of tables has one element more',
    'tflite-',
    'buffers',
    (v, root) => v.setUint32(follow(v, fieldAt(v, root, BUFFERS)), 0x40000, true),
  ],
  [
    'a string is longer than the file',
    'tflite-vector-outside',
    'description',
    (v, root) => v.setUint32(follow(v, fieldAt(v, root, DESCRIPTION)), 100_000, true),
  ],
  [
    'a string offset leads to itself',
    'tflite-offset-outside',
    'description',
    (v, root) => v.setUint32(fieldAt(v, root, DESCRIPTION), 0, true),
  ],
  [
    'a table element leads to itself',
    'tflite-offset-outside',
    'subgraphs[0]',
    (v, root) => v.setUint32(follow(v, fieldAt(v, root, SUBGRAPHS)) + 4, 0, true),
  ],
  [
    'a table leads far behind the file',
    'tflite-offset-outside',
    'operator_codes[1]',
    (v, root) => v.setUint32(follow(v, fieldAt(v, root, OPERATOR_CODES)) + 8, 0x7fffffff, true),
  ],
  [
    'a table leads back to the root by wrapping round',
    'tflite-offset-outside',
    'subgraphs[0]',
    (v, root) => {
      const at = follow(v, fieldAt(v, root, SUBGRAPHS)) + 4;
      v.setUint32(at, 2 ** 32 - (at - root), true);
    },
  ],
  [
    'a shape has 2^31 dimensions',
    'tflite-vector-outside',
    'subgraphs[0].tensors[3].shape',
    (v, root) => {
      const tensor = element(v, element(v, root, SUBGRAPHS, 0), TENSORS, 3);
      v.setUint32(follow(v, fieldAt(v, tensor, 0)), 0x80000000, true);
    },
  ],
  [
    'zero points reach past the end',
    'tflite-vector-outside',
    'subgraphs[0].tensors[0].quantization.zero_point',
    (v, root) => {
      const tensor = element(v, element(v, root, SUBGRAPHS, 0), TENSORS, 0);
      v.setUint32(follow(v, fieldAt(v, follow(v, fieldAt(v, tensor, 4)), 3)), 0x1fffffff, true);
    },
  ],
  [
    'inputs of an operator lead to themselves',
    'tflite-offset-outside',
    'subgraphs[0].operators[1].inputs',
    (v, root) => {
      const operator = element(v, element(v, root, SUBGRAPHS, 0), OPERATORS, 1);
      v.setUint32(fieldAt(v, operator, 1), 0, true);
    },
  ],
  [
    'options have a value but no type',
    'tflite-union-damaged',
    'subgraphs[0].operators[0].builtin_options',
    (v, root) => {
      const operator = element(v, element(v, root, SUBGRAPHS, 0), OPERATORS, 0);
      v.setUint8(fieldAt(v, operator, 3), 0);
    },
  ],
];

function failureOf(bytes: Uint8Array): Failure {
  try {
    verifyModel(bytes, 'net.tflite');
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('the bounds pass found nothing');
}

describe('the bounds pass', () => {
  const whole = buildModel(convolution());

  it('passes a whole file', () => {
    expect(() => verifyModel(whole, 'net.tflite')).not.toThrow();
  });

  it.each(CASES)('finds that %s', (_, code, path, damage) => {
    const bytes = whole.slice();
    const view = new DataView(bytes.buffer);
    damage(view, view.getUint32(0, true));
    const failure = failureOf(bytes);
    expect(failure.kind).toBe('user');
    expect(failure.code).toContain(code);
    expect(failure.message).toContain(path);
    expect(failure.place.offset).toBeTypeOf('number');
    expect(failure.message).toContain(`at byte ${failure.place.offset}`);
  });

  it('finds every truncation', () => {
    for (let length = 0; length < whole.length - 16; length += 4) failureOf(whole.slice(0, length)); // the tail may be padding
  });

  it('checks the options under any union type', () => {
    for (let type = 1; type < 256; type++) {
      const bytes = whole.slice();
      const view = new DataView(bytes.buffer);
      const operator = element(view, element(view, view.getUint32(0, true), SUBGRAPHS, 0), OPERATORS, 0);
      view.setUint8(fieldAt(view, operator, 3), type);
      try {
        verifyModel(bytes, 'net.tflite');
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
      }
    }
  });
});

describe('shared tables', () => {
  /** A model whose vectors name the same table `count` times. */
  function share(
    count: number,
    make: (b: Builder) => number,
    finish: (b: Builder, vector: number) => number,
  ): Uint8Array {
    const b = new Builder(4 * count + 1024);
    const table = make(b);
    b.startVector(4, count, 4);
    for (let i = 0; i < count; i++) b.addOffset(table);
    b.finish(finish(b, b.endVector()), 'TFL3');
    return b.asUint8Array().slice();
  }

  it('are counted: 150,000 operator codes end the walk', () => {
    const bytes = share(
      150_000,
      (b) => OperatorCode.createOperatorCode(b, 0, 0, 1, 0),
      (b, codes) => {
        Model.startModel(b);
        Model.addOperatorCodes(b, codes);
        return Model.endModel(b);
      },
    );
    expect(failureOf(bytes).code).toBe('tflite-too-many-tables');
  });

  it('are weighed: one long name in many tensors ends the walk', () => {
    const bytes = share(
      10_000,
      (b) => {
        const name = b.createString('x'.repeat(100_000));
        Tensor.startTensor(b);
        Tensor.addName(b, name);
        return Tensor.endTensor(b);
      },
      (b, tensors) => {
        SubGraph.startSubGraph(b);
        SubGraph.addTensors(b, tensors);
        const graphs = Model.createSubgraphsVector(b, [SubGraph.endSubGraph(b)]);
        Model.startModel(b);
        Model.addSubgraphs(b, graphs);
        return Model.endModel(b);
      },
    );
    expect(failureOf(bytes).code).toBe('tflite-too-much-reuse');
  });
});
