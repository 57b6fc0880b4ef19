// Records lie in the session as JSON. In: the text of one, and what it tells of. Out: the record; or a failure that names it, where
// the file was damaged in a way that SQLite's own checks do not see.
import { userFailure } from '../network/failure';

/** @throws userFailure session-damaged. `what`: 'network 3' */
export function readStored<T>(text: unknown, what: string): T {
  try {
    if (typeof text !== 'string') throw new Error(`it is ${text === null ? 'null' : typeof text}`);
    return JSON.parse(text) as T;
  } catch (error) {
    throw userFailure(
      'session-damaged',
      `The session is damaged: what it tells of ${what} cannot be read.`,
      'Restore the session from a backup, or make another.',
      {},
      error,
    );
  }
}
