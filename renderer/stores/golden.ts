// The golden room: inputs of the open network, its runs, and where the bytes of a tensor are. In: ids of the session.
// Out: what can be run and shown. Bytes are never kept here: they are fetched as slices by the views.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { OperatorRecord, RunRecord, RunSummary, StoredTensor } from '../../main/golden/record';
import type { NetworkView, OperatorView, TensorView } from '../../main/network/view';
import type { TensorStatistics } from '../../main/tensor/statistics';
import type { InputView, JobView } from '../../preload/contract/views';
import { type TensorAddress, call } from '../bridge';
import { useJobs } from './jobs';
import { useNetwork } from './network';
import { useOptions } from './options';
import { useProblems } from './problems';
import { useWorkbench } from './workbench';

/** A tensor that can be shown: where its bytes are, and what is known of them. */
export interface Shown {
  readonly tensor: TensorView;
  readonly address: TensorAddress;
  readonly type: TensorView['type'];
  readonly shape: readonly number[];
  readonly statistics: TensorStatistics | null;
  readonly what: What;
  readonly isLayer: boolean; // it also has sums and values before clamping, kept or to be computed again
}
/** A layer's output, its sums with bias, or the sums rescaled but not clamped yet. */
export type What = 'value' | 'accumulator' | 'unclamped';

/** One element of a tensor. */
export interface Spot {
  readonly tensor: number;
  readonly element: number; // flat
}

const LAYERS: readonly string[] = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'TRANSPOSE_CONV', 'BATCH_MATMUL'];

/** The value of one input: chosen for the next run, or what the shown run was given. */
export interface Given extends Pick<
  InputView,
  'tensor' | 'source' | 'preparation' | 'pixels' | 'sha256' | 'statistics'
> {
  readonly id: number | null; // among the inputs of the session; null: only a run kept it, so no new run can use it
  readonly run: number | null; // the run it was read from
}

type ReadRun = RunSummary & { readonly record: RunRecord | null };
interface State {
  readonly of: NetworkView | null; // the opening of a network all this was read for
  readonly inputs: readonly InputView[]; // all the session has, oldest first
  readonly chosen: ReadonlyMap<number, Given>; // by tensor
  readonly run: ReadRun | null;
}
const NOTHING: State = { of: null, inputs: [], chosen: new Map(), run: null };

/** 'sample digits/7_a.png' is 7_a.png. */
export const fileOf = (source: string): string => source.slice(source.lastIndexOf('/') + 1);
const filesOf = (inputs: readonly { readonly source: string }[]): string =>
  inputs.map(({ source }) => fileOf(source)).join(', ');

export const useGolden = defineStore('golden', () => {
  const network = useNetwork();
  const workbench = useWorkbench();
  const jobs = useJobs();
  const options = useOptions();

  const state = shallowRef<State>(NOTHING);
  // What was read for another network than the open one counts as nothing, also while the new one's is on its way.
  const own = computed(() => (state.value.of === network.current ? state.value : NOTHING));
  const run = computed(() => own.value.run);
  const chosen = computed(() => own.value.chosen);
  const sources = shallowRef<ReadonlyMap<number, string>>(new Map()); // by run: the files of its inputs
  const what = shallowRef<What>('value');
  const element = shallowRef(0); // flat, of the selected tensor: the one cursor of all views
  const trail = shallowRef<readonly Spot[]>([]); // where `visit` came from
  const channelStep = shallowRef<{ by: 1 | -1 } | null>(null); // a request of the keys `[` `]` to the heat map

  const runs = computed<readonly RunSummary[]>(
    () => workbench.session?.runs.filter((r) => r.network === network.id).toReversed() ?? [],
  );
  const job = computed<JobView | null>(() => jobs.running.find((j) => j.verb === 'golden') ?? null);
  /** Inputs without a value that a new run can use. */
  const missing = computed(() =>
    (network.current?.inputs ?? []).filter((tensor) => typeof chosen.value.get(tensor)?.id !== 'number'),
  );
  /** The inputs of the shown run, where others are chosen by now. */
  const outdated = computed(() =>
    (run.value?.record?.inputs ?? []).filter(({ tensor, sha256 }) => {
      const now = chosen.value.get(tensor);
      return now !== undefined && now.sha256 !== sha256;
    }),
  );
  const byOperator = computed(
    () => new Map(run.value?.record?.operators.map((o): [number, OperatorRecord] => [o.operator, o])),
  );
  const stored = computed(() => {
    const found = new Map<number, StoredTensor>();
    for (const input of run.value?.record?.inputs ?? []) found.set(input.tensor, input);
    for (const op of run.value?.record?.operators ?? []) for (const out of op.outputs) found.set(out.tensor, out);
    return found;
  });
  /** What the shown run kept of a layer besides its output. */
  function keptOf(tensor: number, wanted: What): StoredTensor | null {
    const operator = byOperator.value.get(network.producers.get(tensor) ?? -1);
    return (wanted === 'value' ? null : operator?.[wanted]) ?? null;
  }
  /** Does an operator whose sums are integers make this tensor? */
  const isLayerOperator = ({ name, outputs }: OperatorView): boolean =>
    LAYERS.includes(name) && network.current?.tensors[outputs[0] ?? -1]?.type !== 'float32';
  function isLayer({ index }: TensorView): boolean {
    const operator = network.current?.operators[network.producers.get(index) ?? -1];
    return operator !== undefined && isLayerOperator(operator);
  }

  /** After another network was opened: its newest finished run with its inputs, without recomputing. */
  async function open(): Promise<void> {
    const of = network.current;
    state.value = { ...NOTHING, of };
    if (of === null || network.id === null) return;
    const inputs = await call('golden.inputs', { network: network.id });
    if (network.current !== of) return;
    state.value = {
      of,
      inputs,
      chosen: new Map(inputs.map((input) => [input.tensor, { ...input, run: null }])),
      run: null,
    };
    const last = runs.value.find((r) => r.state === 'done');
    if (last) await show(last.id);
    else if (chosen.value.size === 0) await takeFirstSample();
  }
  /** A sample can be run at once. */
  async function takeFirstSample(): Promise<void> {
    const [tensor, ...more] = network.current?.inputs ?? [];
    const first = workbench.sample?.inputs[0];
    if (tensor !== undefined && more.length === 0 && first) await sampleInput(tensor, first.file);
  }

  let asked = 0; // for a run: a reply that was overtaken is dropped
  async function read(id: number): Promise<ReadRun | null> {
    const of = network.current;
    const mine = ++asked;
    const found = await call('golden.result', { run: id });
    if (mine !== asked || network.current !== of || found.network !== network.id) return null;
    state.value = { ...own.value, run: found };
    return found;
  }
  /** Shows a run, and chooses what it was given. */
  async function show(id: number): Promise<void> {
    const found = await read(id);
    const given = (found?.record?.inputs ?? []).map((input): Given => {
      const same = own.value.inputs.filter((one) => one.tensor === input.tensor && one.sha256 === input.sha256);
      const known = same.find((one) => one.source === input.source) ?? same[0];
      return { ...input, id: known?.id ?? null, run: id };
    });
    give(given);
  }
  function give(given: readonly Given[]): void {
    if (given.length > 0)
      state.value = {
        ...own.value,
        chosen: new Map([...chosen.value, ...given.map((g): [number, Given] => [g.tensor, g])]),
      };
  }
  let preparing: Promise<unknown> = Promise.resolve(); // every input that is on its way
  function take(asking: Promise<InputView | null>): Promise<void> {
    const taken = takePrepared(asking);
    preparing = Promise.allSettled([preparing, taken]);
    return taken;
  }
  async function takePrepared(asking: Promise<InputView | null>): Promise<void> {
    const of = network.current;
    const input = await asking;
    if (!input || network.current !== of) return;
    state.value = { ...own.value, inputs: [...own.value.inputs.filter((other) => other.id !== input.id), input] };
    give([{ ...input, run: null }]);
  }

  /** Images whose pixels were taken otherwise than is chosen now are prepared once more. */
  async function prepareImages(): Promise<void> {
    const { pixels: wanted } = options.chosen;
    for (const { id, pixels } of chosen.value.values())
      if (id !== null && network.id !== null && pixels !== undefined && pixels !== wanted)
        await take(call('golden.prepareAgain', { network: network.id, input: id }));
  }
  watch(
    () => workbench.session?.options?.pixels,
    () => void useProblems().attempt('Preparing the images', prepareImages),
  );

  async function start(): Promise<void> {
    // Who chose an input and pressed Run at once means that input, not the one before
    await Promise.all([options.learn(), preparing]);
    await prepareImages();
    if (network.id === null) return;
    const inputs = [...chosen.value.values()].flatMap(({ tensor, id }) => (id === null ? [] : [{ tensor, input: id }]));
    jobs.hear(await call('golden.run', { network: network.id, ...options.chosen, inputs }));
  }

  /** Shows a layer's output, sums or values before clamping; what the run did not keep is computed again. */
  async function look(wanted: What): Promise<void> {
    what.value = wanted;
    const tensor = network.tensor ?? -1;
    const operator = network.producers.get(tensor);
    if (run.value?.state !== 'done' || operator === undefined || wanted === 'value' || keptOf(tensor, wanted)) return;
    jobs.hear(await call('golden.derive', { run: run.value.id, operator }));
  }
  /** Goes to an element of another tensor; `back` returns from it. */
  function visit(spot: Spot): void {
    if (network.tensor !== null) trail.value = [...trail.value, { tensor: network.tensor, element: element.value }];
    goTo(spot);
  }
  function back(): void {
    const last = trail.value.at(-1);
    trail.value = trail.value.slice(0, -1);
    if (last) goTo(last);
  }
  function goTo({ tensor, element: flat }: Spot): void {
    what.value = 'value';
    network.showTensor(tensor);
    element.value = flat;
  }

  async function chooseInput(tensor: number): Promise<void> {
    if (network.id !== null) await take(call('golden.chooseInput', { network: network.id, tensor }));
  }
  async function dropInput(tensor: number, grant: number): Promise<void> {
    if (network.id !== null) await take(call('golden.droppedInput', { network: network.id, tensor, grant }));
  }
  async function sampleInput(tensor: number, file: string): Promise<void> {
    const sample = workbench.sample;
    if (network.id !== null && sample)
      await take(call('golden.sampleInput', { network: network.id, tensor, sample: sample.id, file }));
  }
  async function removeRun(id: number): Promise<void> {
    workbench.session = await call('session.removeRun', { run: id });
    if (run.value?.id === id) await open();
  }

  /** Learns the inputs of runs that are listed: a summary does not name them. */
  async function nameRuns(): Promise<void> {
    const of = network.current;
    for (const { id } of runs.value) {
      if (sources.value.has(id)) continue;
      const { record } = await call('golden.result', { run: id });
      if (network.current !== of) return;
      if (record) sources.value = new Map([...sources.value, [id, filesOf(record.inputs)]]);
    }
  }
  watch(
    () => network.current,
    () => (sources.value = new Map()),
  );
  watch(
    () => network.current,
    () => (trail.value = []),
  );
  watch(
    () => network.tensor,
    () => (element.value = 0),
    { flush: 'sync' },
  );
  watch(runs, () => void useProblems().attempt('Listing the runs', nameRuns));

  /** Where the bytes of a chosen input are. */
  function addressOf({ tensor, id, run: from }: Given): TensorAddress {
    const base = { network: network.id!, tensor, what: 'value' } as const;
    return from === null && id !== null ? { ...base, run: null, input: id } : { ...base, run: from };
  }

  /** Where the bytes of `tensor` are, or a sentence why there are none. */
  function locate(tensor: TensorView, wanted: What): Shown | string {
    if (network.id === null) return 'No network is open.';
    const base = { network: network.id, tensor: tensor.index };
    const { type, shape } = tensor;
    if (tensor.constant)
      return {
        tensor,
        address: { ...base, run: null, what: 'value' },
        type,
        shape,
        statistics: null,
        what: 'value',
        isLayer: false,
      };
    const given = chosen.value.get(tensor.index); // shown rather than the run's own: its card leads here
    if (given)
      return {
        tensor,
        address: addressOf(given),
        type,
        shape,
        statistics: given.statistics,
        what: 'value',
        isLayer: false,
      };
    const kept = keptOf(tensor.index, wanted);
    const found = kept ?? stored.value.get(tensor.index);
    if (run.value && found) {
      const shownWhat = kept ? wanted : 'value';
      return {
        tensor,
        address: { ...base, run: run.value.id, what: shownWhat },
        type: found.type,
        shape: found.shape,
        statistics: found.statistics,
        what: shownWhat,
        isLayer: isLayer(tensor),
      };
    }
    if (job.value) return 'The run is under way; values come when it is done.';
    if (network.current?.inputs.includes(tensor.index))
      return 'This input has no value yet. Choose a file in the Golden room.';
    if (network.blocked.length > 0) return 'This network cannot run yet, so this tensor has no values.';
    return missing.value.length > 0
      ? 'Values exist after a golden run: give the inputs a value and press Run.'
      : 'Values exist after a golden run. Press Run.';
  }

  /** The result of a run that ended is shown; what was chosen meanwhile for the next one stays chosen. */
  function minded(ended: JobView): void {
    if (ended.verb !== 'golden' || ended.state !== 'done' || !ended.result?.run || !workbench.isOwn(ended)) return;
    const id = ended.result.run;
    void useProblems().attempt(ended.name, () => read(id));
  }
  jobs.onEnd(minded);

  return {
    chosen,
    run,
    runs,
    sources,
    job,
    what,
    element,
    trail,
    channelStep,
    missing,
    outdated,
    byOperator,
    stored,
    open,
    show,
    start,
    look,
    visit,
    back,
    chooseInput,
    dropInput,
    sampleInput,
    removeRun,
    addressOf,
    locate,
    isLayerOperator,
  };
});
