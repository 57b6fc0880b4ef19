// Which engines there are, and which of them this machine can use. In: a name and a number of threads. Out: the engine, or
// the sentence why it is absent. Every engine gives the same values: a choice of engine is a choice of speed.
import { availableParallelism } from 'node:os';
import { Failure, unavailable, userFailure } from '../network/failure';
import { type Engine, type EngineName, REFERENCE_TS } from './engine';
import { loadAddon } from './native/addon';
import { NativeEngine } from './native/engine';
import type { EngineOffer } from './record';

interface Source {
  readonly about: string;
  readonly mostThreads: number;
  /** null where it can be used, else the sentence that says why not. */
  readonly absence: () => string | null;
  readonly open: (threads: number) => Engine;
}

/** Kept open, by the number of their threads. The one used last keeps its packed weights, which serve every later run. */
const native = new Map<number, NativeEngine>();

/** Fastest first: the first that is there is the usual one. */
const SOURCES: Readonly<Record<EngineName, Source>> = {
  native: {
    about: 'C++ kernels for this processor',
    mostThreads: availableParallelism(),
    absence: () => whyNot(loadAddon),
    open(threads) {
      const engine = native.get(threads) ?? NativeEngine.open({ threads });
      native.set(threads, engine);
      for (const other of native.values()) if (other !== engine) other.release();
      return engine;
    },
  },
  'reference-ts': {
    about: 'the TypeScript kernels, which every other engine must equal',
    mostThreads: 1,
    absence: () => null,
    open: () => REFERENCE_TS,
  },
};
export const ENGINE_NAMES = Object.keys(SOURCES) as readonly EngineName[];

export const offerEngines = (): readonly EngineOffer[] =>
  ENGINE_NAMES.map((name) => {
    const { about, mostThreads, absence } = SOURCES[name];
    return { name, about, mostThreads, why: absence() };
  });

/** The fastest that is there; reference-ts always is. */
export const usualEngine = (): EngineName => offerEngines().find(({ why }) => why === null)!.name;

/** @throws unavailable engine-absent; userFailure threads, and what the engine itself refuses */
export function engineOf(name: EngineName, threads: number): Engine {
  const { mostThreads, absence, open } = SOURCES[name];
  const why = absence();
  if (why !== null)
    throw unavailable('engine-absent', why, `Choose the engine ${usualEngine()}, which gives the same values.`);
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads)
    throw userFailure(
      'threads',
      `The engine ${name} runs on ${mostThreads === 1 ? 'one thread' : `1 to ${mostThreads} threads`}, not on ${threads}.`,
      mostThreads === 1 ? 'Leave the number of threads out.' : 'Choose a number within that.',
    );
  return open(threads);
}

function whyNot(load: () => unknown): string | null {
  try {
    load();
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
