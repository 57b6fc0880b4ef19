// The four ways a thing can fail, kept apart everywhere (design: the user's, cancelled, a tool unavailable, our bug).
// In: where it went wrong. Out: an error that window, command line and log all tell the same way.

/** Where the fault lies. All fields optional: give the ones you know. */
export interface Place {
  readonly file?: string; // name without folder
  readonly offset?: number; // byte offset in the file
  readonly line?: number;
  readonly column?: number;
  readonly operator?: number; // index in execution order
  readonly tensor?: number;
  readonly element?: readonly number[];
}

export type FailureKind = 'user' | 'cancelled' | 'unavailable' | 'bug';

/** What crosses a process border in place of an Error. */
export interface FailureRecord {
  readonly kind: FailureKind;
  readonly code: string; // lower-case words with dashes, stable: 'tflite-offset-outside'
  readonly sentence: string;
  readonly remedy: string; // '' when there is nothing to advise
  readonly place: Place;
}

/** Base of all failures we raise on purpose. */
export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly code: string,
    sentence: string,
    readonly remedy = '',
    readonly place: Place = {},
    cause?: unknown,
  ) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.name = 'Failure';
  }
}

/** The user's input is wrong: say what, where, and how to mend it. */
export const userFailure = (code: string, sentence: string, remedy = '', place: Place = {}, cause?: unknown): Failure =>
  new Failure('user', code, sentence, remedy, place, cause);

/** A tool or file of the machine is missing. */
export const unavailable = (code: string, sentence: string, remedy: string, place: Place = {}): Failure =>
  new Failure('unavailable', code, sentence, remedy, place);

export const cancelled = (what: string): Failure => new Failure('cancelled', 'cancelled', `${what} was cancelled.`);

/** Any thrown thing as a record; what we did not raise on purpose is our bug, and is told as one. */
export function recordFailure(error: unknown): FailureRecord {
  if (error instanceof Failure)
    return { kind: error.kind, code: error.code, sentence: error.message, remedy: error.remedy, place: error.place };
  const text = error instanceof Error ? error.message : String(error);
  return {
    kind: 'bug',
    code: 'internal',
    sentence: `Goldbench itself failed: ${text}`,
    remedy: 'Please report this with the log (Help > Show Log).',
    place: {},
  };
}

/** The opposite of recordFailure, on the far side of a process border. */
export const reviveFailure = (r: FailureRecord): Failure => new Failure(r.kind, r.code, r.sentence, r.remedy, r.place);

/** The exit code of the command line (design: 0 done, 1 comparison failed, 2 user, 3 unavailable, 4 bug, 130 cancelled). */
export const EXIT_CODE: Readonly<Record<FailureKind, number>> = { user: 2, unavailable: 3, bug: 4, cancelled: 130 };
