// One lane of the engine: a worker thread and the requests that wait for it. In: requests and cancels. Out: messages for
// main. A thread that dies, or does not stop when told to, is replaced; only the request it worked on fails.
import { Worker } from 'node:worker_threads';
import { cancelled, Failure, type FailureRecord, recordFailure } from '../network/failure';
import type { FromEngine, FromWorker, ToWorker, Verb } from './protocol';

/** A told thread may finish the step it is in; then it is terminated. Well within the 200 ms a cancel may take. */
const GRACE_MS = 80;
/** JavaScript objects of a thread; tensors lie outside of this heap. A hostile file ends its thread, not the machine. */
const HEAP_MB = 512;

interface Waiting {
  readonly id: number;
  readonly verb: Verb;
  readonly args: unknown;
}

export class Lane {
  #thread: Worker | null = null;
  #current: { readonly id: number; readonly stop: Int32Array } | null = null;
  #waiting: Waiting[] = [];

  constructor(
    private readonly entry: string,
    private readonly say: (message: FromEngine) => void,
    private readonly graceMs = GRACE_MS,
  ) {}

  /** Starts the thread ahead of the first request, which then need not wait for it. */
  warm(): void {
    this.#thread ??= this.#start();
  }

  request(request: Waiting): void {
    this.#waiting.push(request);
    this.#next();
  }

  cancel(id: number): void {
    if (this.#waiting.some((request) => request.id === id)) {
      this.#waiting = this.#waiting.filter((request) => request.id !== id);
      this.say({ kind: 'failure', id, failure: CANCELLED });
    } else if (this.#current?.id === id) {
      Atomics.store(this.#current.stop, 0, 1);
      setTimeout(() => this.#end(id, CANCELLED), this.graceMs);
    }
  }

  #next(): void {
    if (this.#current) return;
    const request = this.#waiting.shift();
    if (!request) return;
    const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.#current = { id: request.id, stop: new Int32Array(stop) };
    this.warm();
    this.#thread!.postMessage({ ...request, stop } satisfies ToWorker);
  }

  #start(): Worker {
    const thread = new Worker(this.entry, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    let why: FailureRecord | null = null;
    thread.on('message', (message: FromWorker) => {
      if (thread === this.#thread && message.id === this.#current?.id) this.#pass(message);
    });
    thread.on('error', (error: NodeJS.ErrnoException) => (why = threadFailure(error)));
    thread.on('exit', (code) => {
      if (thread !== this.#thread) return; // one that was given up earlier
      this.#thread = null;
      if (this.#current)
        this.#end(this.#current.id, why ?? threadFailure(new Error(`its thread ended with code ${code}`)));
    });
    return thread;
  }

  #pass(message: FromWorker): void {
    this.say(message);
    if (message.kind === 'progress') return;
    this.#current = null;
    this.#next();
  }

  /** Fails the request `id`, if it is still the current one, and gives its thread up. */
  #end(id: number, failure: FailureRecord): void {
    if (this.#current?.id !== id) return;
    // terminate() stops JavaScript at once, but waits for a system call such as fsync: the answer does not.
    void this.#thread?.terminate();
    this.#thread = null;
    this.#current = null;
    this.say({ kind: 'failure', id, failure });
    this.warm();
    this.#next();
  }
}

const CANCELLED = recordFailure(cancelled('The work'));

const threadFailure = (error: NodeJS.ErrnoException): FailureRecord =>
  recordFailure(
    error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? new Failure(
          'bug',
          'out-of-memory',
          'The engine ran out of memory.',
          'Try a smaller network, and please report this.',
        )
      : error,
  );
