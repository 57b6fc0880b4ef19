// Sweeps of the session: which values each axis takes, which sweep is shown, and its points as they come. In: texts of a
// person, the design, events of the job. Out: sweeps started, stopped and gone on with; a point loaded as the design.
import { defineStore } from 'pinia';
import { computed, nextTick, shallowRef, watch } from 'vue';
import { editArray } from '../../main/array/edit';
import { nearestPreset } from '../../main/array/command';
import {
  AXES,
  type Axes,
  type Axis,
  type DesignPoint,
  type SweepState,
  countDesigns,
  designAt,
  startSweep,
  sweepFront,
} from '../../main/estimate/sweep';
import { FIRST_GOALS, METRICS, type Metric, isMetric } from '../../main/estimate/metric';
import type { SweepListed, SweepPart } from '../../main/estimate/sweepRecord';
import { readValues, tellValues } from '../../main/estimate/values';
import { recordFailure } from '../../main/network/failure';
import type { JobView } from '../../preload/contract/views';
import { call } from '../bridge';
import { remember } from '../parts/memory';
import { useDesign } from './design';
import { useJobs } from './jobs';
import { useProblems } from './problems';
import { useWorkbench } from './workbench';

/** A sweep that runs is drawn anew so often at most, and no oftener than leaves the window free most of the time. */
const REFRESH_MS = 700;
const FREE = 6; // times what drawing took

type Texts = Readonly<Partial<Record<Axis, string>>>;
const FIRST: Texts = { rows: '4..12', cores: '24..144:8' };
const isTexts = (value: unknown): value is Texts =>
  typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');

/** Indexes of pinned points, by sweep. */
type Pinned = Readonly<Record<string, readonly number[]>>;
const MOST_PINNED = 50; // sweeps
const isPinned = (value: unknown): value is Pinned =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((all) => Array.isArray(all) && all.every(Number.isInteger));

const isGoals = (value: unknown): value is readonly Metric[] =>
  Array.isArray(value) && value.length > 0 && value.every(isMetric);

export const useSweeps = defineStore('sweeps', () => {
  const design = useDesign();
  const jobs = useJobs();
  const workbench = useWorkbench();
  const { attempt } = useProblems();

  // ---- what to sweep: an axis without a text stays as the design has it
  const texts = remember<Texts>('sweep.axes', FIRST, isTexts);
  const setText = (axis: Axis, text: string): void => void (texts.value = { ...texts.value, [axis]: text });
  const own = computed(() => startSweep(design.design.array, design.design.batch, {}).axes);
  const fields = computed(() =>
    AXES.map((axis) => {
      const text = texts.value[axis] ?? '';
      const now = tellValues(own.value[axis]);
      try {
        return { axis, text, now, values: text.trim() === '' ? own.value[axis] : readValues(text, axis), error: null };
      } catch (error) {
        return { axis, text, now, values: null, error: recordFailure(error) };
      }
    }),
  );
  const asked = computed((): { axes: Axes; total: number } | { why: string } => {
    const wrong = fields.value.find(({ error }) => error !== null);
    if (wrong?.error) return { why: `${wrong.error.sentence} ${wrong.error.remedy}` };
    const axes = Object.fromEntries(fields.value.map(({ axis, values }) => [axis, values])) as unknown as Axes;
    try {
      return { axes, total: countDesigns(axes) };
    } catch (error) {
      const { sentence, remedy } = recordFailure(error);
      return { why: `${sentence} ${remedy}` };
    }
  });

  // ---- the sweeps there are, and the one that is shown
  const list = shallowRef<readonly SweepListed[]>([]); // newest first
  const id = shallowRef<number | null>(null);
  const about = shallowRef<SweepPart | null>(null);
  const points = shallowRef<readonly DesignPoint[]>([]);
  const front = shallowRef<readonly DesignPoint[]>([]); // those that no other beats, so far
  const selected = shallowRef<number | null>(null); // index of a point
  // pinned points are kept between starts, by the sweep; those of the last few sweeps
  const kept = remember<Pinned>('sweep.pins', {}, isPinned);
  const keyOf = ({ id, startedAt }: SweepListed): string => `${startedAt} ${id}`;
  const pinned = computed((): ReadonlySet<number> => new Set(about.value ? kept.value[keyOf(about.value.sweep)] : []));
  const job = computed((): JobView | null => jobs.running.find(({ verb }) => verb === 'sweep') ?? null);
  /** What the front is taken over: at least one. */
  const goals = remember<readonly Metric[]>('sweep.goals', FIRST_GOALS, isGoals);
  function toggleGoal(goal: Metric): void {
    const next = METRICS.map(({ id }) => id).filter((id) => goals.value.includes(id) !== (id === goal));
    if (next.length > 0) goals.value = next;
    front.value = sweepFront({ points: points.value }, goals.value);
  }
  const state = computed(
    (): SweepState | null =>
      about.value && { axes: about.value.axes, total: about.value.sweep.total, points: points.value },
  );

  async function open(): Promise<void> {
    list.value = (await call('sweep.list', {})).toReversed();
    const known = list.value.find((one) => one.id === id.value) ?? list.value[0];
    if (known && known.id === id.value) await fetchMore();
    else show(known?.id ?? null);
  }
  function show(sweep: number | null): void {
    id.value = sweep;
    about.value = selected.value = null;
    points.value = front.value = [];
    void attempt('Showing the sweep', fetchMore);
  }
  let fetching: Promise<void> | null = null;
  /** One after the other, so that no point comes twice. */
  function fetchMore(): Promise<void> {
    fetching = (fetching ?? Promise.resolve()).catch(() => {}).then(fetchNow); // a failure was told to whoever asked
    return fetching;
  }
  async function fetchNow(): Promise<void> {
    for (let more = true; more;) {
      const sweep = id.value;
      if (sweep === null) return;
      const part = await call('sweep.part', { sweep, from: points.value.length });
      if (sweep !== id.value || part.from !== points.value.length) continue; // another one is shown by now
      about.value = part;
      list.value = list.value.map((one) => (one.id === sweep ? part.sweep : one));
      points.value = [...points.value, ...part.points];
      front.value = sweepFront({ points: [...front.value, ...part.points] }, goals.value); // what was beaten stays beaten
      more = part.points.length > 0;
    }
  }

  async function start(): Promise<void> {
    const { workload } = design;
    if (!workload || 'why' in asked.value) return;
    const { array, objective } = design.design;
    const { name, file, steps } = workload;
    attend(
      await call('sweep.start', {
        workload: { name, file, steps: [...steps] },
        array,
        objective,
        axes: asked.value.axes,
      } as never),
    );
  }
  async function resume(sweep: number): Promise<void> {
    attend(await call('sweep.resume', { sweep }));
  }
  function attend({ sweep, job }: { readonly sweep: number; readonly job: JobView }): void {
    jobs.hear(job);
    show(sweep); // from its first point: those of another program are computed anew
    void attempt('Listing the sweeps', open);
  }
  async function remove(sweep: number): Promise<void> {
    await call('sweep.remove', { sweep });
    if (sweep === id.value) id.value = null;
    await open();
  }

  /** The point becomes the design; the network stays. */
  function load(point: DesignPoint): void {
    if (!about.value) return;
    const array = designAt(point, about.value.base);
    const { base } = nearestPreset(array);
    const pins = array.dataflow === design.design.array.dataflow ? design.design.pins : {};
    design.change({
      base,
      array: editArray(base, array, []),
      batch: point.batch,
      objective: about.value.objective,
      pins,
    });
    selected.value = point.index;
  }
  function pin(index: number): void {
    if (!about.value) return;
    const key = keyOf(about.value.sweep);
    const next = new Set(pinned.value);
    if (!next.delete(index)) next.add(index);
    const others = Object.entries(kept.value).filter(([sweep]) => sweep !== key);
    kept.value = Object.fromEntries([...others, [key, [...next]] as const].slice(-MOST_PINNED));
  }

  // ---- following main
  let waiting = false;
  let rest = REFRESH_MS;
  watch(job, (now) => {
    if (!now || waiting) return;
    waiting = true;
    setTimeout(() => void attempt('Showing the sweep', follow).finally(() => (waiting = false)), rest);
  });
  async function follow(): Promise<void> {
    await fetchMore();
    const start = performance.now();
    await nextTick(); // draws the new points
    rest = Math.max(REFRESH_MS, FREE * (performance.now() - start));
  }
  jobs.onEnd((ended) => {
    if (ended.verb === 'sweep' && workbench.isOwn(ended)) void attempt('Listing the sweeps', open);
  });
  watch(
    () => workbench.session && `${workbench.session.folder}/${workbench.session.name}`,
    (session) => {
      id.value = null;
      if (session !== null) void attempt('Listing the sweeps', open);
    },
    { immediate: true },
  );

  return {
    texts,
    setText,
    fields,
    asked,
    list,
    id,
    about,
    points,
    front,
    state,
    selected,
    pinned,
    goals,
    toggleGoal,
    job,
    open,
    show,
    start,
    resume,
    remove,
    load,
    pin,
  };
});
