// Work in steps, watched from a terminal. In: a generator. Out: what it returns; a progress line meanwhile, and Ctrl+C stops it
// between two steps.
import { setImmediate } from 'node:timers/promises';
import { cancelled } from '../network/failure';
import { showProgress } from './print';

/** A generator that is stopped is told, so that it may clean up. @throws cancelled, naming `what` */
export async function watch<S, T>(steps: Generator<S, T>, what: string, tell: (step: S) => string): Promise<T> {
  let stop = false;
  const onInterrupt = () => (stop = true);
  process.once('SIGINT', onInterrupt);
  try {
    for (;;) {
      const step = stop ? steps.throw(cancelled(what)) : steps.next();
      if (step.done) return step.value;
      showProgress(tell(step.value));
      await setImmediate(); // lets the signal in
    }
  } finally {
    showProgress('');
    process.off('SIGINT', onInterrupt);
  }
}
