// The bounds pass: after it, every generated accessor reads inside the file. The JavaScript flatbuffers package has no
// verifier, and its accessors return 0 or undefined beyond the end instead of failing, so this walk comes first.
// In: a file's bytes and what its tables hold. Out: nothing, or a user failure that names the path into the file and the
// byte offset.
//
// The format (flatbuffers.dev, "FlatBuffer internals"): a table starts with a signed 32-bit distance back to its vtable;
// the vtable holds its own size, the table's size, and per field a 16-bit distance from the table's start (0 = absent).
// Offsets are unsigned and point forward and the description is no deeper than six tables, so the walk always ends;
// the budgets below bound its length where tables are shared.
import { userFailure } from '../../network/failure';
import { type FieldKind, type TableLayout, MODEL } from './layout';

const MAX_TABLES = 100_000; // visits, shared tables counted each time; the largest networks known have some 10,000
const MAX_BYTES = 0x7fffffff; // the accessors read offsets as signed 32-bit integers
const MAX_SMALL = 0x7fff; // and sizes in a vtable as signed 16-bit integers
/** Vectors may be shared by several tables, but not without bound: bytes read twice, in files' own sizes and in all. */
const MAX_REUSE = 15;
const MAX_REUSED_BYTES = 2 ** 28;

/** Throws userFailure unless every table, vector and string a Model can reach lies inside `bytes`. */
export const verifyModel = (bytes: Uint8Array, file: string): void => verifyTables(bytes, file, 'tflite', MODEL);

/** The same for any FlatBuffers file, by the layout of its root; `format` begins the codes of failures. */
export function verifyTables(bytes: Uint8Array, file: string, format: string, root: TableLayout): void {
  new Verifier(bytes, file, format).verify(root);
}

class Verifier {
  private readonly view: DataView;
  private readonly size: number;
  private tablesLeft = MAX_TABLES;
  private bytesLeft: number;

  constructor(
    bytes: Uint8Array,
    private readonly file: string,
    private readonly format: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.size = bytes.byteLength;
    this.bytesLeft = this.size + Math.min(MAX_REUSE * this.size, MAX_REUSED_BYTES);
  }

  verify(root: TableLayout): void {
    if (this.size > MAX_BYTES)
      throw userFailure(
        `${this.format}-too-large`,
        `${this.file} has ${this.size} bytes; a file of 2 GiB or more is not supported.`,
        '',
        { file: this.file },
      );
    this.table(this.follow(0, 'the root'), root, '');
  }

  private table(at: number, layout: TableLayout, path: string): void {
    if (--this.tablesLeft < 0) this.fail('too-many-tables', at, path, `there are more than ${MAX_TABLES} tables`);
    const named = path || 'the root table';
    this.inside(at, 4, named);
    const vtable = at - this.view.getInt32(at, true);
    if (vtable % 2 !== 0 || vtable < 0 || vtable + 4 > this.size)
      this.fail('offset-outside', at, named, `its list of fields would start at byte ${vtable}, outside the file`);
    const vtableSize = this.view.getUint16(vtable, true);
    const tableSize = this.view.getUint16(vtable + 2, true);
    if (vtableSize < 4 || vtableSize % 2 !== 0 || vtableSize > MAX_SMALL)
      this.fail('table-damaged', vtable, named, `its list of fields has an impossible size of ${vtableSize} bytes`);
    if (tableSize < 4 || tableSize > MAX_SMALL)
      this.fail('table-damaged', vtable + 2, named, `its table has an impossible size of ${tableSize} bytes`);
    this.inside(vtable, vtableSize, named);
    this.inside(at, tableSize, named);

    const fields = Math.min(layout.length, (vtableSize - 4) / 2);
    for (let id = 0; id < fields; id++) {
      const distance = this.view.getUint16(vtable + 4 + 2 * id, true);
      if (distance === 0) continue;
      const [name, field] = layout[id]!;
      const fieldPath = path ? `${path}.${name}` : name;
      const width = field.kind === 'scalar' ? field.width : 4;
      if (distance < 4 || distance + width > tableSize)
        this.fail('table-damaged', vtable + 4 + 2 * id, fieldPath, 'the field lies outside its table');
      if (field.kind !== 'scalar')
        this.reach(at + distance, field, fieldPath, () => this.unionType(at, vtable, id - 1));
    }
  }

  /** What an offset field points to. */
  private reach(
    at: number,
    field: Exclude<FieldKind, { kind: 'scalar' }>,
    path: string,
    unionType: () => number,
  ): void {
    const target = this.follow(at, path);
    switch (field.kind) {
      case 'vector':
        this.vector(target, field.width, path);
        return;
      case 'string':
        this.vector(target, 1, path);
        return;
      case 'table':
        this.table(target, field.table, path);
        return;
      case 'tables': {
        const count = this.vector(target, 4, path);
        for (let i = 0; i < count; i++) {
          const element = `${path}[${i}]`;
          this.table(this.follow(target + 4 + 4 * i, element), field.table, element);
        }
        return;
      }
      case 'union': {
        const type = unionType();
        if (type === 0) this.fail('union-damaged', at, path, 'there is a value of no type');
        this.table(target, field.members[type] ?? [], path);
      }
    }
  }

  private unionType(at: number, vtable: number, id: number): number {
    const distance = this.view.getUint16(vtable + 4 + 2 * id, true); // the field before: checked before
    return distance === 0 ? 0 : this.view.getUint8(at + distance);
  }

  /** Checks a vector of `width`-byte elements (a string is one of bytes); returns its element count. */
  private vector(at: number, width: number, path: string): number {
    this.inside(at, 4, path);
    const count = this.view.getUint32(at, true);
    const length = count * width;
    if (at + 4 + length > this.size)
      this.fail('vector-outside', at, path, `${count} elements of ${width} byte(s) reach past the end of the file`);
    this.bytesLeft -= length;
    if (this.bytesLeft < 0) this.fail('too-much-reuse', at, path, 'the same data are referred to over and over again');
    return count;
  }

  /** Follows the unsigned offset stored at `at`. */
  private follow(at: number, path: string): number {
    this.inside(at, 4, path);
    const offset = this.view.getUint32(at, true);
    const target = at + offset;
    if (offset === 0) this.fail('offset-outside', at, path, 'the offset stored here leads to itself');
    if (target + 4 > this.size)
      this.fail('offset-outside', at, path, `the offset ${offset} stored here leads outside the file`);
    if (target % 4 !== 0)
      this.fail('misaligned', at, path, `the offset stored here leads to byte ${target}, not a multiple of 4`);
    return target;
  }

  private inside(at: number, length: number, path: string): void {
    if (at + length > this.size)
      this.fail('offset-outside', at, path, `${length} bytes from here reach past the end of the file`);
  }

  private fail(code: string, offset: number, path: string, what: string): never {
    throw userFailure(
      `${this.format}-${code}`,
      `${this.file} is damaged at byte ${offset} (${path}): ${what}.`,
      'The file may have been cut short or altered on its way: get it again.',
      { file: this.file, offset },
    );
  }
}
