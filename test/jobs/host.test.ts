// EngineHost against an engine that the test plays: protocol failures, silence, restarts. No process is started.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type EngineProcess, EngineHost } from '../../main/jobs/host';
import { PROTOCOL, type ToEngine } from '../../main/jobs/protocol';

const SILENCE = Symbol('says nothing');

class Played implements EngineProcess {
  readonly heard: ToEngine[] = [];
  killed = false;
  say: (message: unknown) => void = () => {};
  exit: (code: number | null) => void = () => {};
  constructor(private readonly greeting: unknown) {}
  postMessage(message: ToEngine): void {
    this.heard.push(message);
    this.onHeard?.(message);
  }
  onHeard?: (message: ToEngine) => void;
  onMessage(listener: (message: unknown) => void): void {
    this.say = listener;
    if (this.greeting !== SILENCE) queueMicrotask(() => listener(this.greeting));
  }
  onExit(listener: (code: number | null) => void): void {
    this.exit = listener;
  }
  kill(): void {
    this.killed = true;
  }
}

const HELLO = { kind: 'hello', protocol: PROTOCOL };
const PATIENCE = { helloMs: 50, cancelMs: 20, deafMs: 60 };
const ARGS = { blobs: '', path: '', name: '' };

function play(greeting: unknown = HELLO) {
  const engines: Played[] = [];
  let time = 0;
  const host = new EngineHost(
    () => {
      const engine = new Played(greeting);
      engines.push(engine);
      return engine;
    },
    PATIENCE,
    () => time,
  );
  return { host, engines, pass: (ms: number) => (time += ms) };
}

describe('what is not of the protocol', () => {
  it.each([
    ['another version', { kind: 'hello', protocol: PROTOCOL + 1 }, 'engine-protocol'],
    ['text', 'hello', 'engine-garbage'],
    ['nothing', null, 'engine-garbage'],
    ['an unknown kind', { kind: 'shout', id: 1 }, 'engine-garbage'],
    ['a reply before hello', { kind: 'reply', id: 1, value: 1 }, 'engine-garbage'],
    ['progress without numbers', { kind: 'progress', id: 1, progress: { done: 'x' } }, 'engine-garbage'],
    ['a failure without a sentence', { kind: 'failure', id: 1, failure: null }, 'engine-garbage'],
    ['silence', SILENCE, 'engine-silent'],
  ])('%s ends the engine with a failure of its own', async (_, greeting, code) => {
    const { host, engines } = play(greeting);
    await expect(host.request('import', ARGS)).rejects.toMatchObject({ kind: 'unavailable', code });
    expect(engines[0]!.killed).toBe(true);
  });
});

it('sends a request only after hello, and passes its reply', async () => {
  const { host, engines } = play(SILENCE);
  const request = host.request('import', ARGS);
  expect(engines[0]!.heard).toEqual([]);
  engines[0]!.say(HELLO);
  expect(engines[0]!.heard).toMatchObject([{ kind: 'request', verb: 'import' }]);
  engines[0]!.say({ kind: 'reply', id: 1, value: { view: 1 } });
  await expect(request).resolves.toEqual({ view: 1 });
});

it('a crash fails what was under way, all of it, and the next request starts another engine', async () => {
  const { host, engines } = play();
  const both = [host.request('import', ARGS), host.request('import', ARGS)].map((request) =>
    expect(request).rejects.toMatchObject({
      kind: 'bug',
      code: 'engine-crashed',
      message: expect.stringContaining('(code 134)'),
    }),
  );
  await sleep(1);
  engines[0]!.exit(134);
  await Promise.all(both);
  const next = host.request('import', ARGS);
  await sleep(1);
  engines[0]!.say({ kind: 'reply', id: 3, value: 'from the dead' }); // no longer counts
  engines[1]!.say({ kind: 'reply', id: 3, value: 'from the living' });
  await expect(next).resolves.toBe('from the living');
});

it('starts again at most three times within a minute', async () => {
  const { host, engines, pass } = play();
  const crash = async () => {
    const request = expect(host.request('import', ARGS)).rejects.toMatchObject({ code: 'engine-crashed' });
    await sleep(1);
    engines.at(-1)!.exit(1);
    await request;
  };
  for (let i = 0; i < 4; i++) await crash();
  await expect(host.request('import', ARGS)).rejects.toMatchObject({ code: 'engine-restarts' });
  expect(engines).toHaveLength(4);
  pass(60_001);
  await crash();
  expect(engines).toHaveLength(5);
});

it('a caller who cancels is told in time even by an engine that does not answer, which is then ended', async () => {
  const { host, engines } = play();
  const abort = new AbortController();
  const request = host.request('import', ARGS, { signal: abort.signal });
  const other = expect(host.request('plane', {} as never)).rejects.toMatchObject({ code: 'engine-silent' });
  await sleep(1);
  abort.abort();
  await expect(request).rejects.toMatchObject({ kind: 'cancelled' });
  expect(engines[0]!.killed).toBe(false);
  expect(engines[0]!.heard.at(-1)).toEqual({ kind: 'cancel', id: 1 });
  await other;
  expect(engines[0]!.killed).toBe(true);
});

it('an engine that answers a cancel late lives on', async () => {
  const { host, engines } = play();
  const abort = new AbortController();
  const request = host.request('import', ARGS, { signal: abort.signal });
  await sleep(1);
  abort.abort();
  await expect(request).rejects.toMatchObject({ kind: 'cancelled' });
  engines[0]!.say({ kind: 'failure', id: 1, failure: { sentence: 'late' } });
  await sleep(2 * PATIENCE.deafMs);
  expect(engines[0]!.killed).toBe(false);
});

it('close cancels what is under way, and nothing starts any more', async () => {
  const { host, engines } = play();
  const request = expect(host.request('import', ARGS)).rejects.toMatchObject({ kind: 'cancelled' });
  host.close();
  await request;
  expect(engines[0]!.killed).toBe(true);
  await expect(host.request('import', ARGS)).rejects.toMatchObject({ kind: 'cancelled' });
  expect(engines).toHaveLength(1);
});
