// Work that takes an AbortSignal, in a thread whose requests are cancelled by a flag. In: the request's progress. Out: a signal that
// follows the flag, and progress that may be told from anywhere, also where nothing may be thrown.
import { Failure } from '../network/failure';
import type { Progress } from './protocol';
import type { Context } from './serve';

const LOOK_EVERY_MS = 20;

export function watchRequest(progress: Context['progress'], note: string) {
  const abort = new AbortController();
  let last: Progress = { done: 0, total: 1, note };
  const tell = (value: Progress): void => {
    last = { ...value, said: undefined };
    try {
      progress(value);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      abort.abort(); // the request was cancelled
    }
  };
  const timer = setInterval(() => tell(last), LOOK_EVERY_MS);
  return {
    signal: abort.signal,
    tell,
    say: (said: string) => tell({ ...last, said }),
    end: () => clearInterval(timer),
  };
}
