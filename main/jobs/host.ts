// Main's end of the line to the engine process. In: requests with a signal to cancel them. Out: promises. Starts the
// engine when it is first needed; a crash fails the requests that were under way, and the next request starts another.
import { cancelled, Failure, recordFailure, reviveFailure, unavailable } from '../network/failure';
import {
  type Args,
  type FromEngine,
  isFromEngine,
  PROTOCOL,
  type Progress,
  type Reply,
  type ToEngine,
  type Verb,
} from './protocol';

/** The seam: an Electron utility process in the window, a forked Node process elsewhere. */
export interface EngineProcess {
  postMessage(message: ToEngine): void;
  onMessage(listener: (message: unknown) => void): void;
  onExit(listener: (code: number | null) => void): void;
  kill(): void;
}

export interface RequestOptions {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface Patience {
  readonly helloMs: number; // from start to hello
  readonly cancelMs: number; // from cancel to the caller's being told
  readonly deafMs: number; // from cancel to the engine's being killed, should it not answer at all
}
const PATIENCE: Patience = { helloMs: 15_000, cancelMs: 150, deafMs: 5_000 };

const RESTARTS = 3;
const RESTARTS_WITHIN_MS = 60_000;

interface Pending {
  readonly request: ToEngine;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  timer: NodeJS.Timeout | null; // runs once the request is cancelled
}

export class EngineHost {
  #engine: EngineProcess | null = null;
  #isReady = false;
  #helloTimer: NodeJS.Timeout | null = null;
  #starts: number[] = []; // times of recent starts
  #isClosed = false;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();

  constructor(
    private readonly spawn: () => EngineProcess,
    private readonly patience: Patience = PATIENCE,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /**
   * Asks the engine to do something.
   * @throws the verb's own failure; cancelled, in under 200 ms, when `signal` says so; bug engine-crashed;
   *   unavailable engine-protocol, engine-garbage, engine-silent, engine-restarts
   */
  request<V extends Verb>(verb: V, args: Args<V>, { onProgress, signal }: RequestOptions = {}): Promise<Reply<V>> {
    if (this.#isClosed || signal?.aborted) return Promise.reject(cancelled('The work'));
    const id = ++this.#lastId;
    const request: ToEngine = { kind: 'request', id, verb, args };
    const promise = new Promise<Reply<V>>((resolve, reject) => {
      const settle = resolve as (value: unknown) => void;
      this.#pending.set(id, { request, resolve: settle, reject, onProgress, timer: null });
    });
    const cancel = (): void => this.#cancel(id);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      this.#start();
      if (this.#isReady) this.#engine!.postMessage(request);
    } catch (error) {
      this.#take(id)?.reject(error);
    }
    return promise.finally(() => signal?.removeEventListener('abort', cancel));
  }

  /** Ends the engine; what is under way is cancelled. */
  close(): void {
    this.#isClosed = true;
    this.#stop(cancelled('The work'));
  }

  #start(): void {
    if (this.#engine) return;
    const time = this.clock();
    this.#starts = this.#starts.filter((start) => time - start < RESTARTS_WITHIN_MS);
    if (this.#starts.length > RESTARTS)
      throw unavailable(
        'engine-restarts',
        `The engine process ended unexpectedly ${RESTARTS + 1} times within a minute.`,
        'Wait a minute, then try again with another network; please report this with the log (Help > Show Log).',
      );
    this.#starts.push(time);
    const engine = this.spawn();
    this.#engine = engine;
    this.#isReady = false;
    // An engine that was given up may still have something to say: it no longer counts
    engine.onMessage((message) => engine === this.#engine && this.#receive(message));
    engine.onExit((code) => engine === this.#engine && this.#stop(crashed(code)));
    this.#helloTimer = setTimeout(() => this.#stop(silent()), this.patience.helloMs);
  }

  #receive(message: unknown): void {
    if (!isFromEngine(message)) this.#stop(garbage());
    else if (message.kind === 'hello') this.#greet(message.protocol);
    else if (!this.#isReady) this.#stop(garbage());
    else this.#deliver(message);
  }

  #greet(protocol: number): void {
    if (protocol !== PROTOCOL) return this.#stop(mismatch(protocol));
    if (this.#helloTimer) clearTimeout(this.#helloTimer);
    this.#isReady = true;
    for (const { request } of this.#pending.values()) this.#engine!.postMessage(request);
  }

  #deliver(message: Exclude<FromEngine, { kind: 'hello' }>): void {
    const pending = this.#pending.get(message.id);
    if (!pending) return; // cancelled meanwhile
    if (message.kind === 'progress') return this.#tell(message.id, pending, message.progress);
    this.#take(message.id);
    if (message.kind === 'reply') pending.resolve(message.value);
    else pending.reject(reviveFailure(message.failure));
  }

  /** What the listener of a request cannot do (record into a full disk, say) fails that request. */
  #tell(id: number, pending: Pending, progress: Progress): void {
    if (pending.timer) return; // cancelled: the caller expects no more
    try {
      pending.onProgress?.(progress);
    } catch (error) {
      this.#take(id)?.reject(error);
      this.#engine?.postMessage({ kind: 'cancel', id });
    }
  }

  #cancel(id: number): void {
    const pending = this.#pending.get(id);
    if (!pending || pending.timer) return;
    if (!this.#isReady) return this.#take(id)!.reject(cancelled('The work')); // not even sent
    this.#engine!.postMessage({ kind: 'cancel', id });
    const { cancelMs, deafMs } = this.patience;
    pending.timer = setTimeout(() => {
      pending.reject(cancelled('The work')); // the caller waits no longer; the engine still owes an answer
      pending.timer = setTimeout(() => this.#stop(silent()), deafMs - cancelMs);
      pending.timer.unref?.();
    }, cancelMs);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending?.timer) clearTimeout(pending.timer);
    this.#pending.delete(id);
    return pending;
  }

  /** Ends the engine and fails all that was under way; the next request starts another one. */
  #stop(failure: Failure): void {
    if (this.#helloTimer) clearTimeout(this.#helloTimer);
    const engine = this.#engine;
    this.#engine = null;
    this.#isReady = false;
    for (const id of [...this.#pending.keys()]) this.#take(id)!.reject(reviveFailure(recordFailure(failure)));
    engine?.kill();
  }
}

const REPORT = 'The session is not affected. Try again, and please report this with the log (Help > Show Log).';
const REINSTALL = 'Build or install Goldbench again: its parts do not fit together.';

const crashed = (code: number | null): Failure =>
  new Failure(
    'bug',
    'engine-crashed',
    `The engine process ended unexpectedly${code === null ? '' : ` (code ${code})`}.`,
    REPORT,
  );
const silent = (): Failure => unavailable('engine-silent', 'The engine process does not answer.', REPORT);
const garbage = (): Failure =>
  unavailable('engine-garbage', 'The engine process sent a message that is not of its protocol.', REINSTALL);
const mismatch = (protocol: number): Failure =>
  unavailable(
    'engine-protocol',
    `The engine process speaks protocol ${protocol}, but ${PROTOCOL} is expected.`,
    REINSTALL,
  );
