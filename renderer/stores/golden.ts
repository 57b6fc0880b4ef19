// The golden room: inputs of the open network, its runs, and where the bytes of a tensor are. In: ids of the session.
// Out: what can be run and shown. Bytes are never kept here: they are fetched as slices by the views.
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { OperatorRecord, RunRecord, RunSummary, StoredTensor } from '../../main/golden/record';
import type { TensorView } from '../../main/network/view';
import type { TensorStatistics } from '../../main/tensor/statistics';
import type { InputView, JobView } from '../../preload/contract/views';
import { type TensorAddress, call } from '../bridge';
import { useJobs } from './jobs';
import { useNetwork } from './network';
import { useProblems } from './problems';
import { useWorkbench } from './workbench';

/** A tensor that can be shown: where its bytes are, and what is known of them. */
export interface Shown {
  readonly tensor: TensorView;
  readonly address: TensorAddress;
  readonly type: TensorView['type'];
  readonly shape: readonly number[];
  readonly statistics: TensorStatistics | null;
  readonly what: 'value' | 'accumulator';
  readonly hasAccumulator: boolean;
}

export const useGolden = defineStore('golden', () => {
  const network = useNetwork();
  const workbench = useWorkbench();
  const jobs = useJobs();

  const inputs = shallowRef<readonly InputView[]>([]); // the newest for each tensor
  const run = shallowRef<(RunSummary & { readonly record: RunRecord | null }) | null>(null);
  const what = shallowRef<'value' | 'accumulator'>('value');
  const channelStep = shallowRef<{ by: 1 | -1 } | null>(null); // a request of the keys `[` `]` to the heat map

  const runs = computed<readonly RunSummary[]>(
    () => workbench.session?.runs.filter((r) => r.network === network.id).toReversed() ?? [],
  );
  const job = computed<JobView | null>(() => jobs.running.find((j) => j.verb === 'golden') ?? null);
  const missing = computed(() =>
    (network.current?.inputs ?? []).filter((t) => !inputs.value.some((i) => i.tensor === t)),
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
  const accumulators = computed(() => {
    const found = new Map<number, StoredTensor>();
    for (const op of run.value?.record?.operators ?? [])
      if (op.accumulator && op.outputs[0]) found.set(op.outputs[0].tensor, op.accumulator);
    return found;
  });

  /** After another network was opened: its inputs and its newest finished run, without recomputing. */
  async function open(): Promise<void> {
    run.value = null;
    inputs.value = [];
    if (network.id === null) return;
    const id = network.id;
    const known = await call('golden.inputs', { network: id });
    if (network.id !== id) return;
    known.forEach(keepInput);
    const last = runs.value.find((r) => r.state === 'done');
    if (last) await show(last.id);
  }
  async function show(id: number): Promise<void> {
    const found = await call('golden.result', { run: id });
    if (found.network === network.id) run.value = found;
  }
  function keepInput(input: InputView): void {
    inputs.value = [...inputs.value.filter((other) => other.tensor !== input.tensor), input];
  }

  async function start(): Promise<void> {
    if (network.id === null) return;
    const chosen = network.current?.inputs.map((tensor) => ({
      tensor,
      input: inputs.value.find((i) => i.tensor === tensor)!.id,
    }));
    jobs.hear(await call('golden.run', { network: network.id, kernels: 'reference', inputs: chosen ?? [] }));
  }

  async function chooseInput(tensor: number): Promise<void> {
    if (network.id === null) return;
    const input = await call('golden.chooseInput', { network: network.id, tensor });
    if (input) keepInput(input);
  }
  async function dropInput(tensor: number, grant: number): Promise<void> {
    if (network.id !== null) keepInput(await call('golden.droppedInput', { network: network.id, tensor, grant }));
  }
  async function sampleInput(tensor: number, file: string): Promise<void> {
    const sample = workbench.sample;
    if (network.id === null || !sample) return;
    keepInput(await call('golden.sampleInput', { network: network.id, tensor, sample: sample.id, file }));
  }
  async function removeRun(id: number): Promise<void> {
    workbench.session = await call('session.removeRun', { run: id });
    if (run.value?.id === id) await open();
  }

  /** Where the bytes of `tensor` are, or a sentence why there are none. */
  function locate(tensor: TensorView, wanted: 'value' | 'accumulator'): Shown | string {
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
        hasAccumulator: false,
      };
    const accumulator = accumulators.value.get(tensor.index);
    const found = wanted === 'accumulator' && accumulator ? accumulator : stored.value.get(tensor.index);
    if (run.value && found) {
      const shownWhat = found === accumulator ? 'accumulator' : 'value';
      return {
        tensor, address: { ...base, run: run.value.id, what: shownWhat }, type: found.type, shape: found.shape,
        statistics: found.statistics, what: shownWhat, hasAccumulator: accumulator !== undefined,
      }; // prettier-ignore
    }
    const input = inputs.value.find((i) => i.tensor === tensor.index);
    if (input)
      return {
        tensor, address: { ...base, run: null, what: 'value', input: input.id }, type, shape,
        statistics: input.statistics, what: 'value', hasAccumulator: false,
      }; // prettier-ignore
    if (job.value) return 'The run is under way; values come when it is done.';
    if (network.current?.inputs.includes(tensor.index))
      return 'This input has no value yet. Choose a file in the Golden room.';
    if (network.blocked.length > 0) return 'This network cannot run yet, so this tensor has no values.';
    return missing.value.length > 0
      ? 'Values exist after a golden run: give the inputs a value and press Run.'
      : 'Values exist after a golden run. Press Run.';
  }

  function minded(ended: JobView): void {
    if (ended.verb !== 'golden' || ended.state !== 'done' || !ended.result?.run) return;
    const id = ended.result.run;
    void useProblems().attempt(ended.name, () => show(id));
  }
  jobs.onEnd(minded);

  return {
    inputs, run, runs, job, what, channelStep, missing, byOperator, stored,
    open, show, start, chooseInput, dropInput, sampleInput, removeRun, locate,
  }; // prettier-ignore
});
