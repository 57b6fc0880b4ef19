// What main tells the window without being asked.
import type { FailureRecord } from '../../main/network/failure';
import type { JobView, LogLine, SessionView } from './views';

export interface Events {
  job: JobView; // new state of one job, at most 10 a second each
  session: SessionView; // the session changed, or another was opened
  log: LogLine;
  failure: FailureRecord; // something failed that no call was waiting for
  action: { readonly id: string }; // the user chose an item of the menu: an id of the action table
}
export type EventName = keyof Events;

/** How a call's outcome crosses the border: errors are data, never a rejected string. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: FailureRecord };

/** What the page sees as `window.workbench`: a keyhole. */
export interface Keyhole {
  call(channel: string, request: unknown): Promise<Outcome<unknown>>;
  on<E extends EventName>(event: E, listener: (value: Events[E]) => void): () => void;
  /** A grant for a dropped file: main learns the path, the page only a number. */
  pathForFile(file: File): Promise<Outcome<number>>;
}
