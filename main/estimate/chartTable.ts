// A chart as a table, for those who read numbers rather than pictures. In: a chart. Out: rows, and the same as CSV.
import type { Chart } from './chart';

export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One row for each name: a bar with its parts, a mark, or a point of the lines, which share their x. */
export function chartTable({ x, y, parts, bars, marks, lines }: Chart): ChartTable {
  if (bars.length > 0) {
    const names = [...new Set(bars.map(({ name }) => name))];
    const used = parts.filter((_, part) => bars.some((bar) => bar.part === part));
    const single = names.length === bars.length;
    return {
      columns: [x.label, ...(single ? [y.label] : used.map((part) => `${part}, ${y.label}`))],
      rows: names.map((name) => [name, ...bars.filter((bar) => bar.name === name).map(({ from, to }) => to - from)]),
    };
  }
  if (marks.length > 0)
    return {
      columns: ['name', x.label, y.label, 'kind'],
      rows: marks.map((mark) => [mark.name, mark.x, mark.y, parts[mark.strong ? 1 : 0] ?? '']),
    };
  return {
    columns: [x.label, ...lines.map(({ name }) => `${y.label}: ${name}`)],
    rows: (lines[0]?.points ?? []).map(([at], i) => [at, ...lines.map(({ points }) => points[i]![1])]),
  };
}

/** RFC 4180, with line feeds; numbers in full. */
export function chartCsv(chart: Chart): string {
  const { columns, rows } = chartTable(chart);
  return [columns, ...rows].map((row) => `${row.map(quote).join(',')}\n`).join('');
}

const quote = (cell: string | number): string =>
  typeof cell === 'string' && /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : String(cell);
