// The systolic dataflow `ws`, in SCALE-Sim's terms: weights stay in the PEs: rows are elements of the window, columns are filters, the output pixels stream.
// In: nothing. Out: the mapping that systolic.ts plans with.
import type { SystolicMapping } from './mapping';

export const ws: SystolicMapping = {
  dataflow: 'ws',
  r: 'window',
  c: 'filters',
  t: 'pixels',
  /** rows to load the weights, rows + cores - 2 to fill and drain. */
  overhead: (rows, cores) => 2 * rows + cores - 2,
};
