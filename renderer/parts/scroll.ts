// Where rows are in a long scrolled list. In: number of rows, heights in CSS pixels. Out: the height of the spacer and
// the mapping between the scroll bar and the virtual offset. Chromium lays out at most 2^31/64 = 33.5 M pixels; lists
// that are longer than LONGEST are mapped onto it, and the wheel moves the virtual offset instead of the scroll bar.

/** The tallest spacer we make, in pixels. */
export const LONGEST = 10_000_000;

export interface Track {
  readonly rows: number;
  readonly rowHeight: number;
  readonly view: number; // visible height
  readonly total: number; // virtual height of all rows
  readonly height: number; // height of the spacer
}

export function makeTrack(rows: number, rowHeight: number, view: number): Track {
  const total = rows * rowHeight;
  return { rows, rowHeight, view, total, height: Math.min(total, LONGEST) };
}

export const isScaled = (track: Track): boolean => track.total > track.height;

/** Largest virtual offset. */
export const lowest = (track: Track): number => Math.max(0, track.total - track.view);

/** Scroll bar position -> virtual offset. */
export function toVirtual(track: Track, scrollTop: number): number {
  if (!isScaled(track)) return clamp(scrollTop, 0, lowest(track));
  return clamp((scrollTop / (track.height - track.view)) * lowest(track), 0, lowest(track));
}

/** Virtual offset -> scroll bar position. */
export function toScroll(track: Track, top: number): number {
  if (!isScaled(track)) return top;
  return (top / lowest(track)) * (track.height - track.view);
}

/** Rows that touch the window at `top`: [first, last). */
export function visibleRows(track: Track, top: number): { first: number; last: number } {
  const first = clamp(Math.floor(top / track.rowHeight), 0, track.rows);
  return { first, last: Math.min(track.rows, Math.ceil((top + track.view) / track.rowHeight) + 1) };
}

/** The offset nearest to `top` that shows row `row` whole; `margin` rows stay clear at both ends. */
export function reveal(track: Track, top: number, row: number, margin = 1): number {
  const least = (row + 1 + margin) * track.rowHeight - track.view;
  const most = (row - margin) * track.rowHeight;
  return clamp(least > most ? most : clamp(top, least, most), 0, lowest(track));
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
