// One column of a DataTable. In: a row. Out: its short text, and the exact one for the hover.
export interface Column<R> {
  readonly id: string; // also the name of the slot that may draw its cells
  readonly title: string; // with the unit
  readonly width: string; // a grid track
  readonly text: (row: R) => string;
  readonly exact?: (row: R) => string | undefined;
  readonly numeric?: boolean;
  readonly stuck?: boolean; // stays in sight when the table is scrolled sideways
  readonly mono?: boolean;
  readonly hint?: string; // what the column means
}
