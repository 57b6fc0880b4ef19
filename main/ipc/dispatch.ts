// The doorway, without a transport: in comes any channel name and any value, out goes an Outcome, always.
// A request is first measured (plain JSON of a modest size, no prototype keys), then checked by its schema, then handled.
import { randomBytes } from 'node:crypto';
import { type ChannelName, type Limits, type Reply, type Request, channels } from '../../preload/contract/channels';
import type { Outcome } from '../../preload/contract/events';
import { Failure, recordFailure } from '../network/failure';

export type Handler<C extends ChannelName> = (request: Request<C>) => Reply<C> | Promise<Reply<C>>;
/** One handler per channel: a missing or a surplus one does not compile. */
export type Handlers = { readonly [C in ChannelName]: Handler<C> };
/** The handlers of one room, e.g. HandlersOf<'golden'>. */
export type HandlersOf<Room extends string> = {
  readonly [C in ChannelName as C extends `${Room}.${string}` ? C : never]: Handler<C>;
};

/** Told of a bug with the number under which the window shows it; the stack goes here and nowhere else. */
export type OnBug = (id: string, channel: string, error: unknown) => void;

const MOST_DEPTH = 6;
const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

export async function dispatch(
  handlers: Handlers,
  channel: unknown,
  request: unknown,
  onBug: OnBug,
): Promise<Outcome<unknown>> {
  try {
    const name = checkChannel(channel);
    const checked = checkRequest(name, request);
    // The schema of `name` has just made `checked` what its handler takes: TypeScript cannot follow that.
    const handle = handlers[name] as (request: unknown) => unknown;
    return { ok: true, value: await handle(checked) };
  } catch (error) {
    return {
      ok: false,
      failure: tellFailure(typeof channel === 'string' ? channel.slice(0, 64) : typeof channel, error, onBug),
    };
  }
}

/** Failures raised on purpose cross as they are; anything else gets a number that leads to its stack in the log. */
export function tellFailure(channel: string, error: unknown, onBug: OnBug) {
  const record = recordFailure(error);
  if (error instanceof Failure) return record;
  const id = `bug-${randomBytes(3).toString('hex')}`;
  onBug(id, channel, error);
  return { ...record, sentence: `${record.sentence} [${id}]` };
}

function checkChannel(channel: unknown): ChannelName {
  if (typeof channel === 'string' && Object.hasOwn(channels, channel)) return channel as ChannelName;
  const shown = typeof channel === 'string' ? `'${channel.slice(0, 64)}'` : 'of that kind';
  throw new Failure(
    'bug',
    'unknown-channel',
    `There is no channel ${shown}.`,
    'Reload the window; it may be of another version.',
  );
}

function checkRequest(channel: ChannelName, request: unknown): unknown {
  const fault = measure(request, channels[channel].limits);
  if (fault) throw badRequest(channel, fault);
  const result = channels[channel].request.safeParse(request);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 3);
  throw badRequest(
    channel,
    issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message.slice(0, 200)}`).join('; '),
  );
}

const badRequest = (channel: string, why: string): Failure =>
  new Failure(
    'bug',
    'bad-request',
    `The window's request ${channel} was refused: ${why}.`,
    'Please report this with the log.',
  );

/** Why a value is no modest plain JSON; null when it is. Runs before any schema, so that no schema meets a monster. */
function measure(request: unknown, limits: Limits): string | null {
  let values = 0;
  let characters = 0;
  const visit = (value: unknown, depth: number): string | null => {
    if (++values > limits.values) return `it holds more than ${limits.values} values`;
    if (depth > MOST_DEPTH) return `it is nested deeper than ${MOST_DEPTH}`;
    if (typeof value === 'string') return count(value);
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return null;
    if (Array.isArray(value) && value.length > limits.values) return `it holds more than ${limits.values} values`;
    if (!isPlain(value)) return 'it is not plain JSON';
    for (const key of Object.keys(value)) {
      if (PROTOTYPE_KEYS.has(key)) return `the key ${key} is not allowed`;
      const fault =
        (Array.isArray(value) ? null : count(key)) ?? visit((value as Record<string, unknown>)[key], depth + 1);
      if (fault) return fault;
    }
    return null;
  };
  const count = (text: string): string | null =>
    (characters += text.length) > limits.characters
      ? `its texts are longer than ${limits.characters} characters`
      : null;
  return visit(request, 0);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
