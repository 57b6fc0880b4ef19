// The keyhole: all the page gets of the world outside is `workbench.call`, `.on` and `.pathForFile`. In: names and plain
// values from the page. Out: Outcomes. Runs sandboxed, as one CommonJS file whose only require is electron. Nothing here
// decides anything: main checks every request; the names of events are checked only so that no other wire can be heard.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { CALL, EVENT, GRANT } from './contract/transport';
import type { EventName, Events, Keyhole, Outcome } from './contract/events';

const EVENTS: Readonly<Record<EventName, true>> = { job: true, session: true, log: true, failure: true, action: true };

type Listener = (value: never) => void;
const listeners = new Map<string, Set<{ readonly tell: Listener }>>();

// One ear for all events; the Electron event object, which leads back to ipcRenderer, ends here.
ipcRenderer.on(EVENT, (_event, name: string, value: unknown) => {
  for (const { tell } of listeners.get(name) ?? []) tell(value as never);
});

const keyhole: Keyhole = {
  call: (channel, request) => ask(CALL, channel, request),

  on<E extends EventName>(event: E, listener: (value: Events[E]) => void): () => void {
    if (typeof event !== 'string' || !Object.hasOwn(EVENTS, event)) throw new TypeError('there is no such event');
    if (typeof listener !== 'function') throw new TypeError('a listener must be a function');
    const entry = { tell: listener as Listener };
    const all = listeners.get(event) ?? new Set();
    listeners.set(event, all.add(entry));
    return () => void all.delete(entry);
  },

  async pathForFile(file) {
    let path = '';
    try {
      path = webUtils.getPathForFile(file);
    } catch {
      // not a File: main answers the empty path with the sentence for the user
    }
    return (await ask(GRANT, path)) as Outcome<number>;
  },
};

/** A value that cannot be sent (a function, a window) is a failure like any other, not a rejected promise. */
async function ask(wire: string, ...values: unknown[]): Promise<Outcome<unknown>> {
  try {
    return (await ipcRenderer.invoke(wire, ...values)) as Outcome<unknown>;
  } catch (error) {
    const sentence = `The call did not reach Goldbench: ${error instanceof Error ? error.message : String(error)}`;
    return {
      ok: false,
      failure: { kind: 'bug', code: 'call-not-sent', sentence, remedy: 'Reload the window.', place: {} },
    };
  }
}

contextBridge.exposeInMainWorld('workbench', keyhole);
