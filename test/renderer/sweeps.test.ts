// The store of sweeps without a window: texts become axes or sentences, points come in parts and once, a point becomes the
// design; and the other design that is compared with.
import { createPinia, setActivePinia } from 'pinia';
import { nextTick } from 'vue';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { startSweep, stepSweep, sweepFront } from '../../main/estimate/sweep';
import { useBaseline } from '../../renderer/stores/baseline';
import { useDesign } from '../../renderer/stores/design';
import { useJobs } from '../../renderer/stores/jobs';
import { useSweeps } from '../../renderer/stores/sweeps';
import { useWorkbench } from '../../renderer/stores/workbench';
import { asSteps, table } from '../plan/tables';

const chip = presetArray('kraken-7x96');
const steps = asSteps(table('vgg-16').layers);
const whole = stepSweep(startSweep(chip, 1, { rows: [6, 7], cores: [48, 96], batch: [1, 2] }), steps, chip, 100);
const PART = 3;
const JOB = {
  id: 1,
  verb: 'sweep',
  name: 'Sweep',
  command: '',
  progress: 0,
  note: '',
  startedAt: '',
  elapsedMs: 0,
  failure: null,
  result: null,
} as const;

let done: number; // points that main has
const asked: [string, unknown][] = [];
const listed = () => ({
  id: 4,
  name: 'VGG-16',
  array: chip.name,
  state: done === whole.total ? 'done' : 'running',
  total: whole.total,
  done,
  startedAt: '',
  ms: 0,
  command: '',
});

/** Plays main: it has `done` points and gives three at a time. */
function answer(channel: string, request: { from: number }): unknown {
  asked.push([channel, request]);
  if (channel === 'sweep.list') return [listed()];
  if (channel === 'sweep.start') return { sweep: 4, job: { ...JOB, state: 'running' } };
  const points = whole.points.slice(request.from, Math.min(done, request.from + PART));
  return { sweep: listed(), base: chip, objective: 'clocks', axes: whole.axes, from: request.from, points };
}

beforeEach(() => {
  done = whole.total;
  asked.length = 0;
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  const stored: Record<string, string> = {};
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => void (stored[key] = value),
  });
  vi.stubGlobal('window', {
    workbench: { call: async (channel: string, request: never) => ({ ok: true, value: answer(channel, request) }) },
  });
  startWindow();
});
/** The window as it starts: what was kept is there, all else is not. */
function startWindow(): void {
  setActivePinia(createPinia());
  useWorkbench().session = { name: 'first', folder: '/', networks: [], runs: [], options: null, used: null };
}
async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) {
    await Promise.resolve();
    await nextTick();
  }
}

describe('what to sweep', () => {
  it('is read from texts; an empty axis stays as the design has it', async () => {
    const sweeps = useSweeps();
    await settle();
    sweeps.setText('rows', '4..6');
    sweeps.setText('cores', '');
    expect(sweeps.asked).toMatchObject({ total: 3, axes: { rows: [4, 5, 6], cores: [96], clockMHz: [400] } });
    sweeps.setText('rows', '4..');
    expect(sweeps.asked).toEqual({ why: 'rows 4.. is no list of numbers. Write 4..16, 4..16:2 or 24,48,96.' });
    sweeps.setText('rows', '1..1000');
    sweeps.setText('cores', '1..1000');
    expect(sweeps.asked).toMatchObject({ why: expect.stringContaining('1,000,000 designs') });
  });
  it('starts with the layers, the array and every axis', async () => {
    const sweeps = useSweeps();
    await settle();
    sweeps.setText('rows', '7');
    sweeps.setText('cores', '24,96');
    await sweeps.start();
    const [, request] = asked.find(([channel]) => channel === 'sweep.start')!;
    expect(request).toMatchObject({
      workload: { name: 'VGG-16', file: 'vgg-16', steps },
      array: chip,
      axes: { rows: [7], cores: [24, 96], batch: [1] },
    });
    expect(useJobs().running).toHaveLength(1);
  });
});

describe('points', () => {
  it('come in parts, each once and in order, with their front', async () => {
    const sweeps = useSweeps();
    await settle();
    expect(sweeps.points).toEqual(whole.points);
    expect(sweeps.front).toEqual(sweepFront(whole));
  });
  it('that are added later follow those that are there', async () => {
    done = 4;
    const sweeps = useSweeps();
    await settle();
    expect(sweeps.points).toHaveLength(4);
    done = whole.total;
    await Promise.all([sweeps.open(), sweeps.open()]); // two at once, and still no point twice
    await settle();
    expect(sweeps.points).toEqual(whole.points);
    expect(sweeps.front).toEqual(sweepFront(whole));
  });
  it('become the design, in one step that can be undone', async () => {
    const [design, sweeps] = [useDesign(), useSweeps()];
    await settle();
    const point = whole.points.find(({ rows, cores, batch }) => rows === 6 && cores === 48 && batch === 2)!;
    sweeps.load(point);
    await settle();
    expect(design.design).toMatchObject({ batch: 2, array: { name: 'kraken-6x48', rows: 6, cores: 48 } });
    expect(design.estimate!.totals.all.Q_t).toBe(point.clocks);
    expect(design.changes).toEqual([
      ['rows', '6'],
      ['cores', '48'],
    ]);
    design.undo();
    await settle();
    expect(design.design).toMatchObject({ batch: 1, array: { name: 'kraken-7x96' } });
  });
});

it('goals of the front can be chosen, the last one not taken away, and are kept', async () => {
  const sweeps = useSweeps();
  await settle();
  for (const goal of ['energy', 'area', 'traffic', 'fps', 'latency'] as const) sweeps.toggleGoal(goal);
  expect(sweeps.goals).toEqual(['fps', 'latency']);
  expect(sweeps.front).toEqual(sweepFront(whole, ['fps', 'latency']));
  expect(sweeps.front).not.toEqual(sweepFront(whole));
  startWindow();
  const again = useSweeps();
  await settle();
  expect(again.front).toEqual(sweeps.front);
});

it('pinned points are there again after a restart', async () => {
  const sweeps = useSweeps();
  await settle();
  for (const index of [1, 5, 1, 6]) sweeps.pin(index);
  startWindow();
  const again = useSweeps();
  await settle();
  expect([...again.pinned]).toEqual([5, 6]);
});

it('design A is there again after a restart, with the layers it was made for', async () => {
  const baseline = useBaseline();
  useDesign().edit('rows', '8');
  await settle();
  baseline.pin();
  const { clocks, layers } = { clocks: baseline.a!.estimate.totals.all.Q_t, layers: baseline.a!.estimate.layers };
  useDesign().setWorkload({ kind: 'table', name: 'alexnet' });
  startWindow();
  const again = useBaseline();
  await settle();
  expect(again.a!.design.array.rows).toBe(8);
  expect(again.a!.estimate.totals.all.Q_t).toBe(clocks);
  expect(again.a!.estimate.layers).toHaveLength(layers.length);
  expect(useDesign().workload!.name).toBe('AlexNet');
  expect(again.found!.figures).not.toHaveLength(0);
});

it('a kept design A of another program is none', async () => {
  localStorage.setItem('goldbench.design.a', JSON.stringify({ design: { batch: 0 }, name: 'x', steps: [] }));
  startWindow();
  await settle();
  expect(useBaseline().a).toBeNull();
});

it('design A stays, while B follows each change; they can be swapped', async () => {
  const [design, baseline] = [useDesign(), useBaseline()];
  await settle();
  baseline.pin();
  design.edit('clockMHz', '800');
  await settle();
  const fps = baseline.found!.figures.find(({ name }) => name === 'fps')!;
  expect(fps.b).toBeCloseTo(2 * fps.a, 9);
  baseline.swap();
  await settle();
  expect(design.design.array.clockMHz).toBe(400);
  expect(baseline.a!.design.array.clockMHz).toBe(800);
});
