// Exporting the open network: which layers, levels and formats, how wide the streams. In: choices of a person. Out: the size before
// anything is written, the first words of a packet, jobs, the bundles of the session, and the command line that does the same.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { ExportChoice } from '../../preload/contract/channels';
import {
  FORMATS,
  type FormatName,
  LEVELS,
  type Level,
  STREAM_WIDTHS,
  USUAL_ALIGN,
  USUAL_FORMATS,
  isAlign,
} from '../../main/export/choice';
import type { BundleListed, BundleSize, LayerSize, PacketPreview, StreamName } from '../../main/export/record';
import type { FailureRecord } from '../../main/network/failure';
import type { OperatorView } from '../../main/network/view';
import { call, failureOf } from '../bridge';
import { isFlag, remember } from '../parts/memory';
import { useJobs } from './jobs';
import { useNetwork } from './network';
import { useProblems } from './problems';
import { tickLayers, useTarget } from './target';
import { useWorkbench } from './workbench';

export interface Row {
  readonly operator: OperatorView;
  readonly size: LayerSize | null; // null: not counted, not ticked, or the host's
  readonly why: string; // the host runs it
}

const PAUSE_MS = 250; // between a choice and counting what it takes
const START = { run: 0, iteration: 0, pass: 0, from: { pixels: 0, weights: 0, sums: 0 } };

const listOf =
  <T extends string>(known: readonly T[]) =>
  (value: unknown): value is readonly T[] =>
    Array.isArray(value) && value.length > 0 && value.every((word) => known.includes(word as T));
const isWidth = (value: unknown): value is ExportChoice['streamBits'] =>
  value === null || STREAM_WIDTHS.includes(value as number);
const isAlignment = (value: unknown): value is number => typeof value === 'number' && isAlign(value);

export const useExport = defineStore('export', () => {
  const network = useNetwork();
  const jobs = useJobs();
  const target = useTarget();
  const workbench = useWorkbench();

  const levels = remember<readonly Level[]>('export.levels', LEVELS, listOf(LEVELS));
  const formats = remember<readonly FormatName[]>('export.formats', USUAL_FORMATS, listOf(FORMATS));
  const streamBits = remember<ExportChoice['streamBits']>('export.streamBits', null, isWidth);
  const align = remember('export.align', USUAL_ALIGN, isAlignment);
  const modules = remember('export.modules', false, isFlag);
  /** Module vectors are made from the packets of level raw. */
  const canModules = computed(() => levels.value.includes('raw'));
  const layers = computed(() => target.layers);
  const { picked, chosen, pick, pickAll } = tickLayers(layers);

  const choice = computed((): ExportChoice | null => {
    const [run, array] = [target.source, target.array.value];
    if (!run || !array || picked.value.length === 0) return null;
    return {
      golden: run.id,
      array: { ...array },
      layers: chosen.value,
      levels: [...levels.value],
      modules: modules.value && canModules.value,
      formats: [...formats.value],
      streamBits: streamBits.value,
      align: align.value,
    };
  });
  /** Changes only when the choice does, whatever else of run and array is drawn anew. */
  const choiceKey = computed(() => JSON.stringify(choice.value));
  /** Ticks one of several, or takes its tick away; the last one stays. Both below answer whether it is ticked now. */
  const toggle = <T extends string>(list: readonly T[], word: T, known: readonly T[]): readonly T[] => {
    const next = known.filter((one) => (one === word ? !list.includes(one) : list.includes(one)));
    return next.length > 0 ? next : list;
  };
  const toggleLevel = (level: Level): boolean => (levels.value = toggle(levels.value, level, LEVELS)).includes(level);
  const toggleFormat = (format: FormatName): boolean =>
    (formats.value = toggle(formats.value, format, FORMATS)).includes(format);

  // ---- what it would be: its command line at once, its size as soon as it is counted
  const described = shallowRef<{ readonly command: string; readonly folder: string } | null>(null);
  const size = shallowRef<BundleSize | null>(null);
  const counting = shallowRef(false);
  const wrong = shallowRef<FailureRecord | null>(null); // why it cannot be exported
  let turn = 0; // a reply that was overtaken is dropped
  async function ask(): Promise<void> {
    const mine = ++turn;
    const now = choice.value;
    [described.value, size.value, wrong.value, counting.value] = [null, null, null, now !== null];
    if (!now) return;
    try {
      const told = await call('export.describe', now);
      if (mine !== turn) return;
      described.value = told;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      const counted = mine === turn && !job.value ? await call('export.size', now) : null;
      if (mine === turn) size.value = counted;
    } catch (error) {
      const failure = failureOf(error);
      if (mine === turn && failure.kind !== 'cancelled') wrong.value = failure;
    }
    if (mine === turn) counting.value = false;
  }
  const isShown = computed(() => workbench.room === 'export');
  watch([choiceKey, isShown], () => isShown.value && void ask());

  const rows = computed((): readonly Row[] =>
    layers.value.map((operator) => ({
      operator,
      size: size.value?.layers.find((layer) => layer.operator === operator.index) ?? null,
      why: size.value?.host.find((layer) => layer.operator === operator.index)?.why ?? '',
    })),
  );

  // ---- the first words of a packet
  const selected = shallowRef<number | null>(null); // operator
  const at = shallowRef<typeof START>(START);
  const preview = shallowRef<PacketPreview | { readonly why: string } | null>(null);
  const previewed = shallowRef<number | null>(null); // its operator: the one before, while the next is read
  let look = 0;
  async function see(): Promise<void> {
    const mine = ++look;
    const now = choice.value;
    const operator = selected.value;
    if (!now || operator === null) return void (preview.value = null);
    try {
      const found = await call('export.preview', { ...now, operator, at: at.value });
      if (mine === look) [preview.value, previewed.value] = [found, operator];
    } catch (error) {
      if (mine === look) preview.value = { why: failureOf(error).sentence };
    }
  }
  function select(operator: number | null): void {
    [selected.value, at.value] = [operator, START];
  }
  /** Another packet of the layer, from its start. */
  const goTo = (place: Partial<Omit<typeof START, 'from'>>): void =>
    void (at.value = { ...at.value, ...place, from: START.from });
  /** Another beat of one stream. */
  const goToBeat = (stream: StreamName, beat: number): void =>
    void (at.value = { ...at.value, from: { ...at.value.from, [stream]: Math.max(0, beat) } });
  watch([choiceKey, selected, at, isShown], () => isShown.value && void see());

  // ---- bundles
  const job = computed(() => jobs.running.find(({ verb }) => verb === 'export') ?? null);
  const list = shallowRef<readonly BundleListed[]>([]); // newest first
  async function openList(): Promise<void> {
    const { id } = network;
    const found = id === null ? [] : await call('export.list', { network: id });
    if (id === network.id) list.value = [...found].reverse();
  }
  async function start(): Promise<void> {
    if (!choice.value) return;
    target.leftBehind = '';
    const started = await call('export.start', choice.value);
    if (started) jobs.hear(started);
  }
  const openFolder = (bundle: number): Promise<null> => call('export.openFolder', { bundle });
  /** Asks in a dialog whether the folder goes, too. */
  async function remove(bundle: number): Promise<void> {
    if (await call('export.remove', { bundle })) await openList();
  }
  /** The room is entered. */
  async function open(): Promise<void> {
    if (selected.value === null) select(layers.value[0]?.index ?? null);
    await openList();
  }
  watch(
    () => network.id,
    () => {
      list.value = [];
      select(null);
    },
  );
  jobs.onEnd((ended) => {
    if (ended.verb !== 'export' || !workbench.isOwn(ended)) return;
    void useProblems().attempt(ended.name, openList);
    if (isShown.value && !size.value) void ask(); // starting had stopped the counting
  });

  return {
    levels,
    modules,
    canModules,
    formats,
    streamBits,
    align,
    layers,
    picked,
    choice,
    described,
    size,
    counting,
    wrong,
    rows,
    selected,
    at,
    preview,
    previewed,
    job,
    list,
    pick,
    pickAll,
    toggleLevel,
    toggleFormat,
    select,
    goTo,
    goToBeat,
    start,
    openFolder,
    remove,
    open,
    openList,
  };
});
