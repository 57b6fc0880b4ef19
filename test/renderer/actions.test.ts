// The one table of actions: ids, keys, why one cannot be done, and no failure lost.
import { createPinia, setActivePinia } from 'pinia';
import { parseKeybinding } from 'tinykeys';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ACTIONS, PRIMARY, actionOf, perform, primaryOf } from '../../renderer/actions';
import { keyMap, tinyKeys } from '../../renderer/keys';
import { useBaseline } from '../../renderer/stores/baseline';
import { useDesign } from '../../renderer/stores/design';
import { useNetwork } from '../../renderer/stores/network';
import { useGolden } from '../../renderer/stores/golden';
import { useJobs } from '../../renderer/stores/jobs';
import { useSweeps } from '../../renderer/stores/sweeps';
import { useProblems } from '../../renderer/stores/problems';
import { useWorkbench } from '../../renderer/stores/workbench';
import type { InputView, JobView } from '../../preload/contract/views';
import { OPTIONS } from '../session/samples';
import { digits, residual } from './networks';

const MENU = [
  'import.open',
  'import.digits',
  'import.detector',
  'session.new',
  'session.open',
  'golden.run',
  'golden.saveRun',
  'jobs.cancel',
  'view.theme.dark',
  'view.theme.light',
  'view.theme.system',
  'golden.options',
  'compare.dump',
  'batch.folder',
  'batch.file',
  'golden.why',
  'view.palette',
  'view.goto',
  'view.panel',
  'view.inspector',
  'room.import',
  'room.quantise',
  'quantise.start',
  'quantise.suggest',
  'quantise.save',
  'room.golden',
  'room.plan',
  'room.estimate',
  'room.compare',
  'room.export',
  'export.start',
  'plan.openTable',
  'plan.save',
  'array.save',
  'help.keys',
  'help.log',
  'app.quit',
];
const call = vi.fn();

beforeEach(() => {
  call.mockReset().mockResolvedValue({ ok: true, value: null });
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  vi.stubGlobal('window', { workbench: { call } });
  setActivePinia(createPinia());
});

/** The session has this value for an input of the open network. */
async function give(input: InputView): Promise<void> {
  call.mockImplementation(async (channel: string) => ({
    ok: true,
    value: channel === 'golden.inputs' ? [input] : null,
  }));
  await useGolden().open();
}

it('Estimate’s button goes to the sweep, and there starts it once there is what to sweep', () => {
  expect(primaryOf('estimate')).toBe('estimate.sweep');
  useBaseline().view = 'sweep';
  expect(primaryOf('estimate')).toBe('estimate.startSweep');
  useDesign().setWorkload({ kind: 'network' });
  useDesign().workload = null;
  expect(actionOf('estimate.startSweep').enabled()).toBe('There is no network to plan.');
  useDesign().workload = { name: 'x', steps: [], file: 'x' };
  expect(actionOf('estimate.startSweep').enabled()).toBe(true);
  useSweeps().setText('rows', 'many');
  expect(actionOf('estimate.startSweep').enabled()).toContain('rows many is no list of numbers.');
});

describe('the action table', () => {
  it('has unique ids and keys, and a title each', () => {
    expect(new Set(ACTIONS.map((a) => a.id)).size).toBe(ACTIONS.length);
    const keys = ACTIONS.map((a) => a.keys).filter(Boolean);
    expect(new Set(keys).size).toBe(keys.length);
    for (const action of ACTIONS) expect(action.title).toMatch(/^[A-Z].{3,}/);
  });
  it('has every id of the menu and of the rooms’ buttons', () => {
    for (const id of [...MENU, ...Object.values(PRIMARY)]) expect(actionOf(id), id).toBeDefined();
  });
  it('has keys tinykeys understands', () => {
    expect(tinyKeys('Ctrl+1')).toBe('$mod+Digit1');
    expect(tinyKeys('Ctrl+Shift+P')).toBe('$mod+Shift+P');
    for (const key of Object.keys(keyMap())) expect(parseKeybinding(key)[0]?.[1]).toBeTruthy();
  });
  it('tells why an action cannot be done, step by step up to the run', async () => {
    const run = actionOf('golden.run');
    expect(run.enabled()).toMatch(/No network is open/);
    const network = useNetwork();
    network.id = 1;
    network.current = residual(60);
    expect(run.enabled()).toMatch(/do not support HARD_SWISH \(2 times\)/);
    network.current = digits();
    expect(run.enabled()).toMatch(/'serving_default_image:0' has no value/);
    await give({ id: 4, tensor: 0, source: '7.png', preparation: '', sha256: '', statistics: {} as never });
    expect(run.enabled()).toBe(true);
    expect(actionOf('golden.saveRun').enabled()).toMatch(/no finished run/);
    expect(actionOf('jobs.cancel').enabled()).toMatch(/No job/);
  });
  it('runs golden with the chosen inputs, and only once at a time', async () => {
    const job: JobView = {
      id: 1,
      verb: 'golden',
      name: 'Golden run',
      command: '',
      state: 'running',
      progress: 0,
      note: '',
      startedAt: '',
      elapsedMs: 0,
      failure: null,
      result: null,
    };
    call.mockResolvedValue({ ok: true, value: job });
    const network = useNetwork();
    network.id = 9;
    network.current = digits();
    await give({ id: 4, tensor: 0, source: '', preparation: '', sha256: '', statistics: {} as never });
    call
      .mockReset()
      .mockImplementation(async (channel: string) => ({ ok: true, value: channel === 'golden.engines' ? [] : job }));
    await perform('golden.run');
    expect(call.mock.calls.map(([channel]) => channel)).toEqual(['golden.engines', 'golden.run']);
    expect(call).toHaveBeenLastCalledWith('golden.run', {
      network: 9,
      ...OPTIONS,
      inputs: [{ tensor: 0, input: 4 }],
    });
    expect(actionOf('golden.run').enabled()).toMatch(/under way/);
    expect(useWorkbench().room).toBe('golden');
    useJobs().hear({ ...job, state: 'cancelled' });
    useJobs().hear({ ...job, progress: 0.5 }); // late news of an ended job
    expect(useJobs().jobs[0]?.state).toBe('cancelled');
  });
  it('never loses a failure: an unknown id and a refused call become problems, a disabled action a passing word', async () => {
    await perform('golden.run');
    expect(useProblems().toasts.map((t) => t.code)).toEqual(['action-disabled']);
    await perform('no.such');
    call.mockResolvedValue({
      ok: false,
      failure: { kind: 'user', code: 'x', sentence: 'The file is gone.', remedy: '', place: {} },
    });
    await perform('import.open');
    call.mockResolvedValue({
      ok: false,
      failure: { kind: 'cancelled', code: 'cancelled', sentence: 'It was cancelled.', remedy: '', place: {} },
    });
    await perform('import.open');
    expect(useProblems().failures.map((f) => f.code)).toEqual(['x', 'internal']);
    expect(useProblems().toasts.map((t) => t.code)).toEqual(['internal', 'x']);
  });
});
