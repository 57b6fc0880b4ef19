// Batches of the open network: which there are, and which is shown. In: ids of the session. Out: records, and new batches.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { BatchListed, BatchRecord } from '../../main/golden/batchRecord';
import type { JobView } from '../../preload/contract/views';
import { call } from '../bridge';
import { useJobs } from './jobs';
import { useNetwork } from './network';
import { useOptions } from './options';
import { useProblems } from './problems';
import { useWorkbench } from './workbench';

export const useBatches = defineStore('batches', () => {
  const network = useNetwork();
  const jobs = useJobs();
  const workbench = useWorkbench();
  const list = shallowRef<readonly BatchListed[]>([]); // newest first
  const id = shallowRef<number | null>(null); // of the shown one
  const record = shallowRef<BatchRecord | null>(null);
  const shown = shallowRef(false); // batches rather than single runs
  const job = computed<JobView | null>(() => jobs.running.find(({ verb }) => verb === 'batch') ?? null);

  /** Reads the list of the open network, and shows `wanted`, or the newest. */
  async function open(wanted: number | null = null): Promise<void> {
    const of = network.current;
    list.value = [];
    id.value = record.value = null;
    if (of === null || network.id === null) return;
    const found = await call('batch.list', { network: network.id });
    if (network.current !== of) return;
    list.value = found.toReversed();
    const first = wanted ?? list.value[0]?.id;
    if (first !== undefined) await show(first);
  }
  async function show(batch: number): Promise<void> {
    id.value = batch;
    const found = await call('batch.result', { batch });
    if (id.value === batch) record.value = found;
  }
  async function start(from: 'folder' | 'file'): Promise<void> {
    if (network.id === null) return;
    const options = useOptions();
    await options.learn();
    const { kernels, engine, threads, pixels } = options.chosen;
    const started = await call('batch.start', { network: network.id, kernels, engine, threads, pixels, from });
    if (!started) return;
    workbench.room = 'golden';
    shown.value = true;
    jobs.hear(started);
  }
  async function remove(batch: number): Promise<void> {
    await call('batch.remove', { batch });
    await open();
  }
  const attempt = useProblems().attempt;
  watch(
    () => network.current,
    () => ((shown.value = false), void attempt('Listing the batches', () => open())),
  );
  jobs.onEnd((ended) => {
    const batch = ended.result?.batch;
    if (ended.verb === 'batch' && batch !== undefined && ended.result?.network === network.id && workbench.isOwn(ended))
      void attempt(ended.name, () => open(batch));
  });

  return { list, id, record, shown, job, open, show, start, remove };
});
