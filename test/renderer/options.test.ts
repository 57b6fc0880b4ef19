// How the next run is done: what the session remembers, as far as this machine has it.
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import type { EngineOffer, RunOptions } from '../../main/golden/record';
import { useOptions } from '../../renderer/stores/options';
import { useWorkbench } from '../../renderer/stores/workbench';
import type { SessionView } from '../../preload/contract/views';
import { OPTIONS } from '../session/samples';

const ABSENT = 'The native kernels are not built.';
const offers = (why: string | null): EngineOffer[] => [
  { name: 'native', about: '', why, mostThreads: 4 },
  { name: 'reference-ts', about: '', why: null, mostThreads: 1 },
];
const session = (options: RunOptions | null): SessionView => ({
  name: 's',
  folder: '/',
  networks: [],
  runs: [],
  options,
  used: null,
});
const call = vi.fn();
let engines = offers(null);

beforeEach(() => {
  call.mockReset().mockImplementation(async (channel: string, request: RunOptions) => ({
    ok: true,
    value: channel === 'golden.engines' ? engines : session(request),
  }));
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  vi.stubGlobal('window', { workbench: { call } });
  setActivePinia(createPinia());
  engines = offers(null);
});

it('without a choice: reference, by the fastest engine that is there', async () => {
  useWorkbench().session = session(null);
  await useOptions().learn();
  expect(useOptions().chosen).toEqual({
    kernels: 'reference',
    engine: 'native',
    threads: 4,
    keep: 'accumulators',
    pixels: 'file',
  });
});

it('what a session remembers holds, but for engines and threads that are not here', async () => {
  const known: RunOptions = { kernels: 'xnnpack', engine: 'native', threads: 16, keep: 'outputs', pixels: '0..1' };
  useWorkbench().session = session(known);
  expect(useOptions().chosen).toEqual(known); // before the engines are known
  await useOptions().learn();
  expect(useOptions().chosen).toEqual({ ...known, threads: 4 });
  useOptions().offers = offers(ABSENT);
  expect(useOptions().chosen).toEqual({ ...known, engine: 'reference-ts', threads: 1 });
});

it('a choice is written to the session; another engine brings its own threads', async () => {
  useWorkbench().session = session(OPTIONS);
  await useOptions().learn();
  await useOptions().learn(); // asks once
  await useOptions().choose({ engine: 'native' });
  expect(useOptions().chosen).toEqual({ ...OPTIONS, engine: 'native', threads: 4 });
  await useOptions().choose({ threads: 9 });
  expect(useOptions().chosen.threads).toBe(4);
  await useOptions().choose({ engine: 'reference-ts' });
  expect(call.mock.calls.map(([channel]) => channel)).toEqual([
    'golden.engines',
    ...Array<string>(3).fill('golden.choose'),
  ]);
  expect(call).toHaveBeenLastCalledWith('golden.choose', OPTIONS);
});
