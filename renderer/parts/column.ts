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
