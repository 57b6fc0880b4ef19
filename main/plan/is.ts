// The systolic dataflow `is`, in SCALE-Sim's terms: inputs stay in the PEs: rows are elements of the window, columns are output pixels, the filters stream.
// In: nothing. Out: the mapping that systolic.ts plans with.
import type { SystolicMapping } from './mapping';

export const is: SystolicMapping = {
  dataflow: 'is',
  r: 'window',
  c: 'pixels',
  t: 'filters',
  /** rows to load the inputs, rows + cores - 2 to fill and drain. */
  overhead: (rows, cores) => 2 * rows + cores - 2,
};
