// The systolic dataflow `os`, in SCALE-Sim's terms: outputs stay in the PEs: rows are output pixels, columns are filters, the window streams.
// In: nothing. Out: the mapping that systolic.ts plans with.
import type { SystolicMapping } from './mapping';

export const os: SystolicMapping = {
  dataflow: 'os',
  r: 'pixels',
  c: 'filters',
  t: 'window',
  /** The drain of a fold overlaps with the next fill, as SCALE-Sim v2's code has it (its paper counts one more rows). */
  overhead: (rows, cores) => rows + cores - 2,
};
