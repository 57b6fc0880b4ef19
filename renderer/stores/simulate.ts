// Simulating the open network: which layers, on which array, how; the simulations of the session. In: choices of a person.
// Out: jobs, the shown simulation as a row for each layer, and the layer that is looked at.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { ClockRange, LayerVerdict, SimulationListed, SimulationRecord } from '../../main/compare/verdict';
import type { FailureRecord } from '../../main/network/failure';
import type { OperatorView } from '../../main/network/view';
import type { Request } from '../../preload/contract/channels';
import { call } from '../bridge';
import { remember } from '../parts/memory';
import { useCompare } from './compare';
import { useDesign } from './design';
import { useJobs } from './jobs';
import { useNetwork } from './network';
import { useProblems } from './problems';
import { tickLayers, useTarget } from './target';
import { useWorkbench } from './workbench';

export interface Row {
  readonly operator: OperatorView;
  readonly verdict: LayerVerdict | null;
}

const isPercent = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100;
const isSeed = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) < 1e9;

export const useSimulate = defineStore('simulate', () => {
  const network = useNetwork();
  const jobs = useJobs();
  const workbench = useWorkbench();

  const target = useTarget();
  const throttle = remember('simulate.throttle', 100, isPercent);
  const seed = remember('simulate.seed', 1, isSeed);
  const chain = shallowRef(false);
  const rtl = shallowRef<string | null>(null); // name of a folder with other RTL; null: ours
  const missing = shallowRef<FailureRecord | null>(null); // what the machine lacks
  const list = shallowRef<readonly SimulationListed[]>([]);
  const shown = shallowRef<SimulationListed | null>(null);
  const record = shallowRef<SimulationRecord | null>(null);
  const selected = shallowRef<number | null>(null); // operator

  const layers = computed(() => target.layers);
  const { picked, chosen, pick, pickAll } = tickLayers(layers);
  const rows = computed((): readonly Row[] =>
    layers.value.map((operator) => ({
      operator,
      verdict: record.value?.layers.find((layer) => layer.operator === operator.index) ?? null,
    })),
  );
  const verdict = computed(() => rows.value.find(({ operator }) => operator.index === selected.value)?.verdict ?? null);
  const job = computed(() => jobs.running.find(({ verb }) => verb === 'simulate') ?? null);

  async function chooseRtl(): Promise<void> {
    rtl.value = (await call('simulate.chooseRtl', {})) ?? rtl.value;
  }
  /** Asks what the machine lacks, anew each time: what was missing may have been installed. */
  async function look(): Promise<void> {
    missing.value = await call('simulate.tools', {});
    await openList();
  }
  async function start(): Promise<void> {
    await ask({ layers: chosen.value, chain: chain.value, seed: seed.value, throttle: throttle.value, waves: null });
  }
  /** The layer that is looked at once more, as the shown simulation ran it, with the waves of these clocks. */
  async function startWaves(waves: ClockRange): Promise<void> {
    if (!record.value || selected.value === null) return;
    const { seed, throttle } = record.value;
    await ask({ layers: [selected.value], chain: false, seed, throttle, waves: { ...waves } });
  }
  type Asked = Pick<Request<'simulate.start'>, 'layers' | 'chain' | 'seed' | 'throttle' | 'waves'>;
  async function ask(how: Asked): Promise<void> {
    const [run, given] = [target.source, target.array.value];
    if (!run || !given) return;
    target.leftBehind = '';
    const job = await call('simulate.start', {
      golden: run.id,
      array: { ...given },
      ...how,
      otherRtl: rtl.value !== null,
    });
    jobs.hear(job);
  }

  let turn = 0; // a reply that was overtaken is dropped
  async function openList(run?: number): Promise<void> {
    const mine = ++turn;
    const id = network.id;
    const found = id === null ? [] : await call('simulate.list', { network: id });
    if (mine !== turn) return;
    list.value = found;
    const wanted = found.find((one) => one.run === (run ?? shown.value?.run)) ?? found.at(-1) ?? null;
    if (wanted?.run !== shown.value?.run || run !== undefined) await show(wanted);
  }
  async function show(one: SimulationListed | null): Promise<void> {
    const mine = ++turn;
    const found = one && (await call('simulate.result', { run: one.run }));
    if (mine !== turn) return;
    shown.value = one;
    record.value = found;
    const wrong = found?.layers.find(({ result }) => result === 'differs');
    selected.value = wrong?.operator ?? found?.layers[0]?.operator ?? null;
  }
  /** What the array does when it finishes the first wrong sum. */
  function showInPlan(): void {
    const first = verdict.value?.first;
    if (!first) return;
    useDesign().lookAt(verdict.value!.operator, first);
    workbench.room = 'plan';
  }
  /** The tensors of golden and RTL side by side, at the layer that is looked at. */
  async function compare(): Promise<void> {
    if (!shown.value) return;
    const comparing = useCompare();
    const operator = selected.value;
    await comparing.compare(shown.value.golden, shown.value.run);
    const row = comparing.rows.findIndex((one) => one.operator === operator);
    if (row >= 0) comparing.select(row);
    workbench.room = 'compare';
  }

  const attempt = useProblems().attempt;
  watch(
    () => network.id,
    () => {
      turn++;
      list.value = [];
      shown.value = record.value = selected.value = null;
    },
  );
  jobs.onEnd((ended) => {
    const run = ended.result?.run;
    if (ended.verb === 'simulate' && run && ended.result?.network === network.id && workbench.isOwn(ended))
      void attempt(ended.name, () => openList(run));
  });

  return {
    throttle,
    seed,
    chain,
    rtl,
    missing,
    layers,
    picked,
    rows,
    list,
    shown,
    record,
    selected,
    verdict,
    job,
    pick,
    pickAll,
    chooseRtl,
    look,
    start,
    startWaves,
    show,
    showInPlan,
    compare,
  };
});
