// Problems and toasts: what is kept, what is told in passing.
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FailureRecord } from '../../main/network/failure';
import { perform } from '../../renderer/actions';
import { followJob } from '../../renderer/follow';
import type { JobView } from '../../preload/contract/views';
import { useNetwork } from '../../renderer/stores/network';
import { tellCount, useProblems } from '../../renderer/stores/problems';
import { useWorkbench } from '../../renderer/stores/workbench';
import { residual } from './networks';

const failure = (sentence: string, code = 'x'): FailureRecord => ({
  kind: 'user',
  code,
  sentence,
  remedy: '',
  place: {},
});

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  setActivePinia(createPinia());
});

describe('problems and toasts', () => {
  it('tells a disabled action in passing and keeps no entry', () => {
    const problems = useProblems();
    problems.keep(failure('No network is open.', 'action-disabled'), 'Run');
    expect(problems.toasts.map((toast) => [toast.sentence, toast.severity])).toEqual([['No network is open.', 'note']]);
    expect(problems.entries).toEqual([]);
  });
  it('takes what it told in passing away as soon as something else is done, and nothing that failed', async () => {
    const problems = useProblems();
    problems.keep(failure('No network is open.', 'action-disabled'), 'Run');
    problems.keep(failure('broken'), 'test');
    await perform('view.panel');
    expect(problems.toasts.map((toast) => toast.sentence)).toEqual(['broken']);
  });
  it('counts notes as notes', () => {
    const entry = (severity: 'error' | 'warning' | 'note') => ({
      ...failure(severity),
      id: severity,
      severity,
      from: '',
      network: null,
    });
    expect(tellCount([])).toBe('0 problems');
    expect(tellCount([entry('note'), entry('note')])).toBe('2 notes');
    expect(tellCount([entry('warning')])).toBe('1 problem');
    expect(tellCount([entry('error'), entry('warning'), entry('note')])).toBe('2 problems, 1 note');
  });
  it('an action that succeeds takes away what it had told of the same network, and nothing else', async () => {
    const problems = useProblems();
    useNetwork().id = 1;
    const title = 'Show or hide the bottom panel';
    problems.keep(failure('of this'), title);
    problems.keep(failure('of another action'), 'Run');
    useNetwork().id = 2;
    problems.keep(failure('of another network'), title);
    useNetwork().id = 1;
    await perform('view.panel');
    expect(problems.failures.map(({ sentence }) => sentence)).toEqual(['of another network', 'of another action']);
    problems.mend('Run');
    expect(problems.toasts.map(({ sentence }) => sentence)).toEqual(['of another network']);
  });
  it('a job that is done takes away that it had failed', () => {
    const job = {
      id: 1,
      verb: 'golden',
      name: 'Golden run of digits',
      state: 'failed',
      failure: failure('broken'),
      result: null,
    } as unknown as JobView;
    const problems = useProblems();
    followJob(job);
    followJob({ ...job, name: 'Golden run of speech' });
    expect(problems.failures).toHaveLength(2);
    followJob({ ...job, id: 2, state: 'done', failure: null });
    expect(problems.failures.map(({ from }) => from)).toEqual(['Golden run of speech']);
  });
  it('shows two toasts at most, the same word once', () => {
    const problems = useProblems();
    for (const word of ['a', 'b', 'c', 'c']) problems.keep(failure(word), 'test');
    expect(problems.toasts.map((toast) => toast.sentence)).toEqual(['b', 'c']);
    expect(problems.failures).toHaveLength(4);
  });
  it('shows no toast of an entry that the open list shows', () => {
    useWorkbench().showPanel('problems');
    const problems = useProblems();
    problems.keep(failure('a'), 'test');
    expect(problems.toasts).toEqual([]);
    expect(problems.entries).toHaveLength(1);
  });
  it('counts what is said of the network apart from what went wrong', () => {
    const network = useNetwork();
    network.current = residual(60);
    const problems = useProblems();
    const said = problems.ofNetwork.length;
    expect(said).toBeGreaterThan(0);
    problems.keep(failure('a wrong drop'), 'test');
    expect(problems.ofNetwork).toHaveLength(said);
    expect(problems.entries).toHaveLength(said + 1);
  });
});
