// The columns of a DataTable. In: a row. Out: its short text, and the exact one for the hover; which columns fit.
export interface Column<R> {
  readonly id: string; // also the name of the slot that may draw its cells
  readonly title: string; // with the unit
  readonly width: string; // a grid track
  readonly text: (row: R) => string;
  readonly exact?: (row: R) => string | undefined;
  readonly drop?: number; // in a narrow table the highest goes first; none: it always stays
  readonly numeric?: boolean;
  readonly stuck?: boolean; // stays in sight when the table is scrolled sideways
  readonly mono?: boolean;
  readonly hint?: string; // what the column means
  readonly sort?: (row: R) => string | number; // its head is a button that orders the rows
}

/** The columns that fit into `width` pixels; what goes is told elsewhere (inspector, tensor view). */
export function fitting<R>(columns: readonly Column<R>[], width: number): readonly Column<R>[] {
  const kept = [...columns];
  const droppable = columns.filter((c) => c.drop !== undefined).sort((a, b) => b.drop! - a.drop!);
  for (const column of droppable) {
    if (leastWidth(kept) <= width) break;
    kept.splice(kept.indexOf(column), 1);
  }
  return kept;
}

/** Pixels a row of these columns needs. */
export const leastWidth = (columns: readonly { readonly width: string }[]): number =>
  columns.reduce((sum, column) => sum + leastOf(column), 2 * EDGE);

const EDGE = 6; // pixels left and right of each row
/** The pixels a grid track names: '40px' and 'minmax(40px, 1fr)' -> 40. */
const leastOf = (column: { readonly width: string }): number => Number(/([\d.]+)px/.exec(column.width)?.[1] ?? 0);

/** By which column rows are ordered, and which way. */
export interface Order {
  readonly column: string;
  readonly down: boolean;
}

/** A head was pressed: the column, then the other way, then as the rows came. */
export const turnOrder = (now: Order | null, column: string): Order | null =>
  now?.column !== column ? { column, down: false } : now.down ? null : { column, down: true };

/** The rows in order; equal ones stay as they came. */
export function inOrder<R>(rows: readonly R[], columns: readonly Column<R>[], order: Order | null): readonly R[] {
  const key = order && columns.find(({ id }) => id === order.column)?.sort;
  if (!key) return rows;
  const way = order.down ? -1 : 1;
  const compare = (a: string | number, b: string | number): number =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a).localeCompare(String(b), 'en', { numeric: true });
  return rows
    .map((row) => ({ row, key: key(row) }))
    .sort((a, b) => way * compare(a.key, b.key))
    .map(({ row }) => row);
}
