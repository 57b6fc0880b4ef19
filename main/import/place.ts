// How the reader says that a file is well-formed but makes no sense.
// In: what is wrong and where. Out: a user failure or a problem, always naming the file.
import { type Place, userFailure } from '../network/failure';
import type { Problem } from '../network/problem';

/** The file being read, and what was noticed on the way. */
export interface Reading {
  readonly file: string;
  readonly problems: Problem[];
}

/** Gives the reading up. `sentence` has no subject's file: it is put in front. */
export function refuse(reading: Reading, code: string, sentence: string, place: Place = {}, remedy = ''): never {
  throw userFailure(code, `${reading.file}: ${sentence}`, remedy, { file: reading.file, ...place });
}

/** Notes something the reading survives. */
export function warn(reading: Reading, code: string, sentence: string, place: Place = {}): void {
  reading.problems.push({ severity: 'warning', code, sentence, place: { file: reading.file, ...place } });
}
