// The bounds pass describes the tables a second time: here both descriptions are compared, field by field.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type FieldKind, type TableLayout, MODEL, OPTIONS } from '../../../main/import/tflite/layout';
import { BuiltinOptions } from '../../../main/import/tflite/schema/tflite';

const schema = readFileSync('resources/schema/tflite.fbs', 'utf8').replace(/\/\/.*$/gm, '');
const matches = (pattern: RegExp) => Array.from(schema.matchAll(pattern), ([, name, body]) => [name!, body!] as const);
const TABLES = new Map(matches(/table (\w+) \{([^}]*)\}/g));
const UNIONS = new Map(matches(/union (\w+) \{([^}]*)\}/g));
const ENUM_WIDTHS = new Map(matches(/enum (\w+) : (\w+)/g).map(([name, type]) => [name, type === 'int' ? 4 : 1]));
const WIDTHS: Record<string, number> = { bool: 1, byte: 1, ubyte: 1, int: 4, uint: 4, float: 4, long: 8, ulong: 8 };

/** The schema's fields of a table, in the words of a layout. */
function fieldsOf(table: string): [string, string][] {
  const body = TABLES.get(table);
  if (body === undefined) throw new Error(`the schema lacks ${table}`);
  return body
    .split(';')
    .filter((line) => line.trim())
    .flatMap((line): [string, string][] => {
      const [, name, vector, type] = /^\s*(\w+)\s*:\s*(\[?)(\w+)/.exec(line) ?? [];
      const width = WIDTHS[type!] ?? ENUM_WIDTHS.get(type!);
      if (type === 'string') return [[name!, 'string']];
      if (width) return [[name!, `${vector ? 'vector' : 'scalar'} ${width}`]];
      if (UNIONS.has(type!))
        return [
          [`${name}_type`, 'scalar 1'],
          [name!, `union ${type}`],
        ];
      return [[name!, `${vector ? 'tables' : 'table'} ${type}`]];
    });
}

/** Compares a layout with a table of the schema, and all that hangs on it. */
function compare(table: string, layout: TableLayout): void {
  const fields = fieldsOf(table);
  expect(
    layout.map(([name]) => name),
    table,
  ).toEqual(fields.map(([name]) => name));
  layout.forEach(([name, field], id) => compareField(`${table}.${name}`, field, fields[id]![1]));
}

function compareField(path: string, field: FieldKind, expected: string): void {
  const [kind, of] = expected.split(' ') as [string, string];
  expect(field.kind, path).toBe(kind);
  if (field.kind === 'scalar' || field.kind === 'vector') expect(field.width, path).toBe(Number(of));
  if (field.kind === 'table' || field.kind === 'tables') compare(of, field.table);
  if (field.kind === 'union' && of !== 'BuiltinOptions')
    for (const [, name, number] of UNIONS.get(of)!.matchAll(/(\w+) = (\d+)/g))
      compare(name!, field.members[Number(number)]!);
}

it('describes every table from Model on as the schema does', () => {
  expect(TABLES.size).toBeGreaterThan(50);
  compare('Model', MODEL);
});

it('describes every options table with fields', () => {
  for (const [name] of TABLES) {
    const number = BuiltinOptions[name as keyof typeof BuiltinOptions];
    if (number === undefined) continue;
    compare(name, OPTIONS[number] ?? []);
  }
  expect(Object.keys(OPTIONS).length).toBeGreaterThan(30);
});

it('has the union numbers of the file format', () => {
  // Known from files and from TFLite's documentation: the first, the last few, and some between.
  expect(BuiltinOptions).toMatchObject({
    NONE: 0,
    Conv2DOptions: 1,
    DepthwiseConv2DOptions: 2,
    Pool2DOptions: 5,
    FullyConnectedOptions: 8,
    SoftmaxOptions: 9,
    AddOptions: 11,
    ReshapeOptions: 17,
    PadOptions: 22,
    ReducerOptions: 27,
    StridedSliceOptions: 32,
    TransposeConvOptions: 49,
    LeakyReluOptions: 75,
    QuantizeOptions: 89,
    HardSwishOptions: 91,
    BatchMatMulOptions: 101,
  });
});
