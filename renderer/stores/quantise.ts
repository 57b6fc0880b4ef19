// Quantising the open network: inputs, scheme, method, single layers' own schemes. In: choices of a person. Out: jobs; what became
// of the network, and what it cost; the command line that does the same.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { QuantisationAsked, Reply } from '../../preload/contract/channels';
import { recordFailure } from '../../main/network/failure';
import type { FailureRecord } from '../../main/network/failure';
import { parseScheme } from '../../main/network/scheme';
import { parseMethod } from '../../main/quantise/choice';
import type {
  FusedRecord,
  FusionChange,
  OperatorRange,
  QuantisationListed,
  QuantisationRecord,
} from '../../main/quantise/record';
import { call } from '../bridge';
import { decibelOrder } from '../parts/decibels';
import { oneOf, remember } from '../parts/memory';
import { useJobs } from './jobs';
import { useNetwork } from './network';
import { useProblems } from './problems';
import { useWorkbench } from './workbench';

export type Use = 'calibrate' | 'judge';

/** An operator: of the fused network, or of the quantised one where that is open. */
export interface Row {
  readonly index: number;
  readonly name: string;
  readonly shape: readonly number[];
  readonly result: OperatorRange | null;
  readonly fusion: Pick<FusionChange, 'absorbed'> | null; // what it took in
}
interface Shown {
  readonly id: number;
  readonly network: number;
  readonly result: number;
  readonly command: string;
  readonly record: QuantisationRecord;
}

export const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 80;

/** The operator with most noise: what is looked at first. */
const worstOf = (rows: readonly Row[]): Row | null =>
  rows
    .filter(({ result }) => result?.range && result.noise)
    .reduce<Row | null>((worst, row) => (worst && noiseOf(worst) <= noiseOf(row) ? worst : row), null);
const noiseOf = ({ result }: Row): number => decibelOrder(result?.noise?.sqnr);

/** null, or what is wrong with a text. */
export function checkChoice(read: () => unknown): FailureRecord | null {
  try {
    read();
    return null;
  } catch (error) {
    return recordFailure(error);
  }
}

export const useQuantise = defineStore('quantise', () => {
  const network = useNetwork();
  const jobs = useJobs();
  const workbench = useWorkbench();

  // ---- what is chosen
  const scheme = remember('quantise.scheme', 'int8', isText);
  const method = remember('quantise.method', 'min-max', isText);
  const ends = remember('quantise.ends', 'words', oneOf('words', 'real'));
  const pixels = remember('quantise.pixels', 'file', oneOf('file', '0..1', '-1..1', '0..255'));
  const judged = remember('quantise.judged', 'same', oneOf('no', 'same', 'others'));
  const limit = shallowRef<number | null>(null);
  const layers = shallowRef<ReadonlyMap<number, string>>(new Map()); // texts by operator of the fused network
  const places = shallowRef<Readonly<Record<Use, string | null>>>({ calibrate: null, judge: null });
  const fused = shallowRef<FusedRecord | null>(null);
  const labels = shallowRef<readonly string[]>([]); // files, besides those that lie with the inputs
  const refusal = shallowRef<FailureRecord | null>(null); // why this network cannot be quantised

  const wrong = computed(
    (): FailureRecord | null =>
      checkChoice(() => parseScheme(scheme.value)) ??
      checkChoice(() => parseMethod(method.value)) ??
      [...layers.value.values()].map((text) => checkChoice(() => text !== 'real' && parseScheme(text))).find(Boolean) ??
      null,
  );
  const choice = computed((): QuantisationAsked | null => {
    if (network.id === null || !fused.value || wrong.value || !places.value.calibrate) return null;
    const others = judged.value === 'others' && !places.value.judge;
    const own = [...layers.value].map(([operator, text]) => ({ operator, scheme: text === 'real' ? null : text }));
    return {
      network: network.id,
      scheme: scheme.value,
      layers: own,
      method: method.value,
      ends: ends.value,
      pixels: pixels.value,
      limit: limit.value,
      judged: others ? 'same' : judged.value,
    };
  });
  /** A layer's own scheme, 'real', or '' for the network's. */
  function setLayer(operator: number, text: string): void {
    const next = new Map(layers.value);
    if (text.trim()) next.set(operator, text.trim());
    else next.delete(operator);
    layers.value = new Map([...next].sort(([a], [b]) => a - b));
  }
  async function chooseInputs(use: Use, from: 'folder' | 'file'): Promise<void> {
    const name = await call('quantise.chooseInputs', { use, from });
    if (name === null) return;
    places.value = { ...places.value, [use]: name };
    if (use === 'judge') judged.value = 'others';
  }

  async function chooseLabels(): Promise<void> {
    const names = await call('quantise.chooseLabels', {});
    if (names !== null) labels.value = names;
  }
  async function forgetLabels(): Promise<void> {
    await call('quantise.forgetLabels', {});
    labels.value = [];
  }
  /** What the inputs that are judged by hold, or why they cannot be read. */
  const looked = shallowRef<Reply<'quantise.lookAtInputs'> | null>(null);
  let looks = 0;
  const use = computed((): Use => (judged.value === 'others' && places.value.judge ? 'judge' : 'calibrate'));
  watch([places, labels, use, judged, fused], async () => {
    const turn = ++looks;
    looked.value = null;
    if (!places.value[use.value] || !fused.value) return;
    const now = { use: use.value, labelsFor: judged.value === 'no' ? null : network.id };
    const told = await useProblems().attempt('Looking at the inputs', () => call('quantise.lookAtInputs', now));
    if (turn === looks) looked.value = told;
  });

  const command = shallowRef<string | null>(null);
  const isShown = computed(() => workbench.room === 'quantise');
  watch([() => JSON.stringify([choice.value, places.value, labels.value]), isShown], async () => {
    const now = choice.value;
    command.value = null;
    if (!now || !isShown.value) return;
    const told = await useProblems().attempt('Telling the command line', () => call('quantise.command', now));
    if (now === choice.value) command.value = told;
  });

  // ---- what came of it
  const list = shallowRef<readonly QuantisationListed[]>([]); // newest first
  const shown = shallowRef<Shown | null>(null);
  const selected = shallowRef<number | null>(null); // row
  const job = computed(() => jobs.running.find(({ verb }) => verb === 'quantise') ?? null);
  /** Is the open network the one that was made? */
  const isResult = computed(() => shown.value !== null && shown.value.result === network.id);
  async function show(id: number): Promise<void> {
    const of = network.id;
    const found = await call('quantise.result', { quantisation: id });
    if (of !== network.id) return;
    shown.value = { id, ...found };
    selected.value ??= worstOf(rows.value)?.index ?? null;
  }
  /** Reads what fusing makes of the open network, and what it has become before. */
  async function open(): Promise<void> {
    const { id } = network;
    fused.value = refusal.value = shown.value = null;
    [list.value, layers.value, selected.value] = [[], new Map(), null];
    if (id === null) return;
    const [told, found] = await Promise.all([
      call('quantise.fuse', { network: id }),
      call('quantise.list', { network: id }),
    ]);
    if (id !== network.id) return;
    if ('fused' in told) fused.value = told.fused;
    else refusal.value = told.why;
    list.value = found.toReversed();
    const made = list.value.find(({ result }) => result === id) ?? list.value[0];
    if (made) await show(made.id);
  }
  const isStale = shallowRef(true);
  async function enter(): Promise<void> {
    if (!isShown.value || !isStale.value) return;
    isStale.value = false;
    await useProblems().attempt('Opening Quantise', open);
  }
  watch(
    () => network.id,
    () => {
      fused.value = refusal.value = shown.value = null; // of another network
      isStale.value = true;
      void enter();
    },
  );
  watch(isShown, () => void enter());

  const rows = computed((): readonly Row[] => {
    const record = shown.value?.record;
    const fusionOf = (was: number) => (fused.value ?? record)?.fusions.find(({ index }) => index === was) ?? null;
    if (!fused.value) return (record?.operators ?? []).map((result) => ({ ...result, result, fusion: null }));
    const results = new Map(record?.operators.map((result) => [result.fused, result]));
    return fused.value.operators.map(({ index, name, shape, was }) => ({
      index,
      name,
      shape,
      result: results.get(index) ?? null,
      fusion: fusionOf(was),
    }));
  });
  const selectedRow = computed(() => rows.value.find(({ index }) => index === selected.value) ?? null);

  async function start(): Promise<void> {
    if (choice.value) jobs.hear(await call('quantise.start', choice.value));
  }
  const save = (): Promise<unknown> =>
    shown.value ? call('quantise.save', { quantisation: shown.value.id }) : Promise.resolve();

  return {
    scheme,
    method,
    ends,
    pixels,
    judged,
    limit,
    layers,
    places,
    labels,
    looked,
    fused,
    refusal,
    wrong,
    choice,
    command,
    list,
    shown,
    selected,
    selectedRow,
    job,
    isResult,
    rows,
    setLayer,
    chooseInputs,
    chooseLabels,
    forgetLabels,
    show,
    start,
    save,
  };
});
