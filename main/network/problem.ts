// A diagnostic with a place: something to know about a file that still could be read. (What could not is a Failure.)
import type { Place } from './failure';

export interface Problem {
  readonly severity: 'warning' | 'note';
  readonly code: string;
  readonly sentence: string;
  readonly place: Place;
}
