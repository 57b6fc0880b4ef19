// A worker thread's end of the line. In: requests, one at a time, and a table of verbs. Out: progress, then one reply or
// failure each. Progress without a record is let through ten times a second; records always.
import { type MessagePort, parentPort } from 'node:worker_threads';
import { cancelled, recordFailure } from '../network/failure';
import type { Args, FromWorker, Progress, Reply, ToWorker, Verb } from './protocol';

const PROGRESS_EVERY_MS = 100;

export interface Context {
  /** Tells how far the work is. @throws cancelled when the request has been cancelled: call it at every safe place. */
  readonly progress: (progress: Progress) => void;
}

export type VerbTable = { readonly [V in Verb]: (args: Args<V>, context: Context) => Reply<V> | Promise<Reply<V>> };

/** Serves the thread's parent for as long as the thread lives. */
export function serve(verbs: VerbTable): void {
  const port = parentPort;
  if (!port) throw new Error('this file is the entry of a worker thread');
  port.on('message', (request: ToWorker) => {
    void answer(verbs, request, port).then((reply) => port.postMessage(reply));
  });
}

async function answer(verbs: VerbTable, { id, verb, args, stop }: ToWorker, port: MessagePort): Promise<FromWorker> {
  const flag = new Int32Array(stop);
  let told = -Infinity;
  const progress = (value: Progress): void => {
    const time = performance.now();
    if (value.operator || value.points || value.said !== undefined || time - told >= PROGRESS_EVERY_MS) {
      told = time;
      port.postMessage({ kind: 'progress', id, progress: value } satisfies FromWorker);
    }
    if (Atomics.load(flag, 0) !== 0) throw cancelled('The work');
  };
  try {
    // The pair of a verb and its arguments is checked where main makes it (EngineHost.request)
    const run = verbs[verb] as (args: unknown, context: Context) => unknown;
    return { kind: 'reply', id, value: await run(args, { progress }) };
  } catch (error) {
    return { kind: 'failure', id, failure: recordFailure(error) };
  }
}
