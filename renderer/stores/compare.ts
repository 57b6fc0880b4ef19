// Comparing two runs of the open network, or a run and a folder of dumps. In: the two sides. Out: what differs, as a row per operator in execution order, and the
// row, tensor and element that are looked at: first of all the first difference.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { TensorComparison } from '../../main/compare/compare';
import type { RunSummary } from '../../main/golden/record';
import type { Arithmetic } from '../../main/network/arithmetic';
import type { ComparisonView, DumpSummary } from '../../preload/contract/views';
import { call } from '../bridge';
import { useGolden } from './golden';
import { useJobs } from './jobs';
import { useNetwork } from './network';
import { useProblems } from './problems';
import { useWorkbench } from './workbench';

/** What an operator made in both runs, or (operator null) one input of the network. */
export interface Row {
  readonly operator: number | null;
  readonly name: string;
  readonly arithmetic: { readonly a: Arithmetic | null; readonly b: Arithmetic | null };
  readonly outputs: readonly TensorComparison[]; // of an input: itself
  readonly accumulator: TensorComparison | null;
}

const isWrong = ({ verdict }: TensorComparison): boolean => verdict !== 'equal';

export const isDump = (side: RunSummary | DumpSummary): side is DumpSummary => 'dump' in side;

/** What computed a run: its kernel set, or the RTL, which has the arithmetic of that set. */
export const madeBy = ({ kernels, engine }: RunSummary): string => (engine.startsWith('rtl ') ? 'RTL' : kernels);

/** A side in words: 'run 3 · xnnpack', 'dump board'. */
export const tellSide = (side: RunSummary | DumpSummary): string =>
  isDump(side) ? `dump ${side.dump}` : `run ${side.id} · ${madeBy(side)}`;

/** The tensor of a row that is worth a look: what differs, and of that rather the output; then what one side lacks. */
export const worstOf = ({ outputs, accumulator }: Row): TensorComparison =>
  outputs.find((output) => isWrong(output) && output.verdict !== 'absent') ??
  (accumulator && isWrong(accumulator) && accumulator.verdict !== 'absent' ? accumulator : null) ??
  outputs.find(isWrong) ??
  outputs[0]!;

/** Equal sums whose results differ: only the rounding is another. */
export const isRounding = ({ outputs, accumulator }: Row): boolean =>
  accumulator?.verdict === 'equal' && outputs.some(({ verdict }) => verdict === 'differs');

export const useCompare = defineStore('compare', () => {
  const golden = useGolden();
  const network = useNetwork();
  const chosen = shallowRef<{ readonly a: number; readonly b: number | null } | null>(null); // b null: the dump
  const dump = shallowRef<string | null>(null); // name of the folder that was chosen last
  const found = shallowRef<ComparisonView | null>(null);
  const row = shallowRef<number | null>(null);
  const what = shallowRef<'value' | 'accumulator'>('value');

  /** Runs that kept something, newest first. */
  const runs = computed(() => golden.runs.filter(({ state }) => state !== 'running'));
  const rows = computed((): readonly Row[] => (found.value ? listRows(found.value) : []));

  function listRows({ comparison, arithmetics }: ComparisonView): Row[] {
    const tensors = comparison.tensors;
    const inputs = tensors.filter((t) => t.what === 'input');
    const nameOf = (t: TensorComparison): string => network.current?.tensors[t.tensor ?? -1]?.name ?? t.label;
    return [
      ...inputs.map((t): Row => ({
        operator: null,
        name: nameOf(t),
        arithmetic: { a: null, b: null },
        outputs: [t],
        accumulator: null,
      })),
      ...(network.current?.operators ?? []).flatMap(({ index, name }): Row[] => {
        const made = tensors.filter((t) => t.operator === index);
        const outputs = made.filter((t) => t.what === 'output');
        const accumulator = made.find((t) => t.what === 'accumulator') ?? null;
        return outputs.length ? [{ operator: index, name, arithmetic: arithmetics[index]!, outputs, accumulator }] : [];
      }),
    ];
  }

  const selected = computed(() => rows.value[row.value ?? -1] ?? null);
  /** The tensor that is looked at. */
  const tensor = computed((): TensorComparison | null => {
    if (!selected.value) return null;
    const { outputs, accumulator } = selected.value;
    return what.value === 'accumulator' && accumulator ? accumulator : (outputs.find(isWrong) ?? outputs[0]!);
  });
  /** What a dump lacks is told, but no difference: boards dump what they have. */
  const isStop = (tensor: TensorComparison): boolean =>
    isWrong(tensor) && !(found.value && isDump(found.value.b) && tensor.verdict === 'absent');
  const firstRow = computed(() => {
    const first = found.value && firstOf(found.value);
    if (!first) return null;
    return rows.value.findIndex((r) => r.operator === first.operator && [...r.outputs, r.accumulator].includes(first));
  });

  function firstOf({ b, comparison: { tensors, first } }: ComparisonView): TensorComparison | undefined {
    if (!isDump(b)) return tensors[first ?? -1];
    const differs = tensors.filter(({ verdict }) => verdict === 'differs');
    return differs.find((t) => t.what !== 'input') ?? differs[0] ?? tensors.find((t) => t.verdict === 'incomparable');
  }
  /** Is there anything to step to? */
  const hasStops = computed(() => rows.value.some((r) => isStop(worstOf(r))));

  function select(index: number): void {
    const at = rows.value[index];
    if (!at) return;
    row.value = index;
    what.value = worstOf(at).what === 'accumulator' ? 'accumulator' : 'value';
    if (at.operator !== null) network.selectOperator(at.operator);
  }
  /** The next or previous row that is not equal, round the end. */
  function step(by: 1 | -1): void {
    const n = rows.value.length;
    for (let i = 1; i <= n; i++) {
      const at = ((row.value ?? -1) + by * i + n * 2) % n;
      if (isStop(worstOf(rows.value[at]!))) return select(at);
    }
  }

  /** The comparison that works. */
  const job = computed(() => useJobs().running.find(({ verb }) => verb === 'compare') ?? null);
  const isStopped = shallowRef(false); // it failed, or was cancelled

  let turn = 0;
  /** @param b null: the dump that was chosen */
  async function compare(a: number, b: number | null): Promise<void> {
    const mine = ++turn;
    if (job.value) void useJobs().cancel(job.value.id); // nobody waits for the one before
    chosen.value = { a, b };
    found.value = null;
    isStopped.value = false;
    const view = await useProblems().attempt('Comparing', () =>
      b === null ? call('compare.dump', { run: a }) : call('compare.runs', { a, b }),
    );
    if (mine !== turn) return;
    isStopped.value = !view;
    if (!view) return;
    found.value = view;
    row.value = null;
    select(
      firstRow.value ??
        Math.max(
          0,
          rows.value.findIndex((r) => worstOf(r).verdict !== 'absent'),
        ),
    );
  }
  /** The run a dump is compared with: the one compared now, else the one shown in Golden, else the newest. */
  const runOfDump = computed(() => {
    const shown = [chosen.value?.a, golden.run?.id].find((id) => runs.value.some((run) => run.id === id));
    return shown ?? runs.value[0]?.id ?? null;
  });
  /** Asks for a folder; what was compared stays where the dialog is closed. */
  async function compareDump(): Promise<void> {
    const name = await call('compare.chooseDump', {});
    const run = runOfDump.value;
    if (name === null || run === null) return;
    dump.value = name;
    const comparing = compare(run, null);
    useWorkbench().room = 'compare';
    await comparing;
  }
  /** Without a choice, or when a chosen run is gone: the newest two that are done, the older one first. */
  async function begin(): Promise<void> {
    const ids = runs.value.map(({ id }) => id);
    const { a: chosenA, b: chosenB } = chosen.value ?? {};
    if (chosenA !== undefined && ids.includes(chosenA) && (chosenB === null || ids.includes(chosenB!))) return;
    const [b, a] = runs.value.filter(({ state }) => state === 'done');
    chosen.value = null;
    found.value = null;
    if (a && b) await compare(a.id, b.id);
  }
  watch([() => useWorkbench().room, runs], ([room]) => room === 'compare' && void begin());
  watch(
    () => network.id,
    () => {
      turn++;
      chosen.value = found.value = row.value = null;
    },
  );

  return {
    chosen,
    dump,
    hasStops,
    runOfDump,
    compareDump,
    found,
    job,
    isStopped,
    row,
    what,
    runs,
    rows,
    selected,
    tensor,
    firstRow,
    select,
    step,
    compare,
    begin,
  };
});
