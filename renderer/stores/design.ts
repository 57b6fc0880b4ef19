// The design that Plan and Estimate show: array, network, dataflow, batch, pinned choices. In: a person's edits, text by
// text. Out: plan and estimate, which follow each edit within a frame or two; a sentence for each wrong value; the command
// line that does the same. Kept between starts; every edit can be undone.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { Dataflow, EnergyTable, PeArray } from '../../main/array/array';
import { changeArray } from '../../main/array/array';
import { type ArrayChange, editArray, listChanges, valueOf } from '../../main/array/edit';
import { PRESETS } from '../../main/array/presets';
import { type Estimate, type Group, explainLayer, explainTotals } from '../../main/estimate/estimate';
import { type FailureRecord, recordFailure, userFailure } from '../../main/network/failure';
import { designCommand } from '../../main/plan/command';
import { type SumWork, clockOfSum } from '../../main/plan/krakenClock';
import type { Pin } from '../../main/plan/layer';
import type { TilePlan } from '../../main/plan/plan';
import { type Design, FIRST_DESIGN, type WorkloadChoice, keepDesign, readArrays, readDesign } from '../design/design';
import { Planner } from '../design/planner';
import { openWorkload, type Workload } from '../design/workload';
import { remember } from '../parts/memory';
import { call } from '../bridge';
import { useNetwork } from './network';
import { useProblems } from './problems';

const MOST_UNDONE = 100;
const ONE_MOVE = 700; // ms: edits of one field that follow each other so quickly are undone together

export const useDesign = defineStore('design', () => {
  const network = useNetwork();
  const kept = remember<unknown>('design', FIRST_DESIGN, (value): value is unknown => value !== null);
  const keptArrays = remember<readonly unknown[]>('arrays', [], Array.isArray);
  const read = readArrays(keptArrays.value);
  for (const failure of read.failures) useProblems().add(failure, 'Reading the arrays of your own');
  const design = shallowRef<Design>(readDesign(kept.value));
  const own = shallowRef(read.arrays);

  // ---- editing
  const past = shallowRef<readonly Design[]>([]);
  const future = shallowRef<readonly Design[]>([]);
  let move = { what: '', at: 0 };

  /** Every change passes here. @param what edits of the same thing in quick succession are one step of undo */
  function change(edit: Partial<Design>, what = ''): void {
    const at = Date.now();
    const goesOn = what !== '' && what === move.what && at - move.at < ONE_MOVE;
    if (!goesOn) past.value = [...past.value, design.value].slice(-MOST_UNDONE);
    move = { what, at };
    future.value = [];
    show({ ...design.value, ...edit });
  }
  function show(next: Design): void {
    design.value = next;
    kept.value = keepDesign(next);
  }
  function undo(): void {
    const last = past.value.at(-1);
    if (!last) return;
    [past.value, future.value] = [past.value.slice(0, -1), [design.value, ...future.value]];
    restore(last);
  }
  function redo(): void {
    const [next, ...rest] = future.value;
    if (!next) return;
    [past.value, future.value] = [[...past.value, design.value], rest];
    restore(next);
  }
  function restore(to: Design): void {
    move = { what: '', at: 0 };
    drafts.value = errors.value = {};
    show(to);
  }

  /** Texts that are no value of their field yet, and why. The array keeps the last value that was one. */
  const drafts = shallowRef<Readonly<Record<string, string>>>({});
  const errors = shallowRef<Readonly<Record<string, string>>>({});

  /** A field as its editor shows it. */
  const textOf = (field: string): string => drafts.value[field] ?? valueOf(design.value.array, field);

  /** Takes a field's text. A value that cannot be stays in its field with the sentence why; it is tried again after others change. */
  function edit(field: string, text: string): void {
    let waiting: ArrayChange[] = Object.entries({ ...drafts.value, [field]: text });
    let { array } = design.value;
    const told: Record<string, string> = {};
    for (let tried = -1; tried !== waiting.length && waiting.length > 0;) {
      tried = waiting.length;
      waiting = waiting.filter((draft) => {
        try {
          array = editArray(design.value.base, array, [draft]);
          return false;
        } catch (error) {
          const { sentence, remedy } = recordFailure(error);
          told[draft[0]] = `${sentence.replace(`${array.name}: `, '')} ${remedy}`;
          return true;
        }
      });
    }
    drafts.value = Object.fromEntries(waiting);
    errors.value = Object.fromEntries(waiting.map(([name]) => [name, told[name]!]));
    if (array !== design.value.array) change({ array }, field);
  }

  // ---- the array as a whole
  const arrays = computed((): readonly PeArray[] => [...PRESETS, ...own.value]);
  /** What an array can begin as: all of them, and the one the design began as where it is none of these. */
  const arrayChoices = computed((): readonly { readonly name: string; readonly title: string }[] => {
    const { name } = design.value.base;
    const known = arrays.value.map((one) => ({ name: one.name, title: one.name }));
    return known.some((one) => one.name === name) ? known : [...known, { name, title: `${name} (own)` }];
  });
  /** What differs from the preset that the array began as. */
  const changes = computed(() => listChanges(design.value.base, design.value.array));

  /** Another array; the dataflow goes with it. Pins of another dataflow say nothing there and are dropped. */
  function setArray(array: PeArray): void {
    drafts.value = errors.value = {};
    change({ base: array, array, pins: array.dataflow === design.value.array.dataflow ? design.value.pins : {} });
  }
  function setEnergy(energy: EnergyTable): void {
    const array = changeArray(design.value.array, { energy });
    change({ array: editArray(design.value.base, array, []) });
  }
  /** Keeps the array under a name of its own. @throws userFailure 'array-field' for a name that is none */
  function keepArray(name: string): void {
    const array = changeArray(design.value.array, { name: name.trim() });
    own.value = [...own.value.filter((one) => one.name !== array.name), array];
    writeArrays();
    change({ base: array, array });
  }
  function forgetArray(name: string): void {
    own.value = own.value.filter((one) => one.name !== name);
    writeArrays();
  }
  const writeArrays = (): void => void (keptArrays.value = [...own.value, ...read.others]);
  const isOwn = (name: string): boolean => own.value.some((one) => one.name === name);

  function setDataflow(dataflow: Dataflow): void {
    const { base, array } = design.value;
    if (dataflow !== array.dataflow) change({ array: editArray(base, array, [['dataflow', dataflow]]), pins: {} });
  }

  /** What a saved plan says; one step of undo. @param to the array it was made for, where that is another */
  function take(
    { dataflow, ...choices }: Pick<Design, 'batch' | 'objective' | 'pins'> & { readonly dataflow: Dataflow },
    to?: PeArray,
  ): void {
    const { base, array } = to ? { base: to, array: to } : design.value;
    if (to) drafts.value = errors.value = {};
    change({ base, array: editArray(base, array, [['dataflow', dataflow]]), ...choices });
  }

  // ---- the network
  const workload = shallowRef<Workload | null>(null); // null while its layers are fetched, or where there are none
  const workloadFailure = shallowRef<FailureRecord | null>(null);
  function setWorkload(next: WorkloadChoice): void {
    change({ workload: next, pins: {} });
  }
  /** A layer table or a SCALE-Sim topology, by dialog. One that cannot be read changes nothing and is told. */
  async function openTable(): Promise<void> {
    const given = await call('plan.openFile', { kind: 'table' });
    if (given) await takeTable(given);
  }
  async function takeTable(given: { readonly name: string; readonly text: string }): Promise<void> {
    const choice = { kind: 'file', ...given } as const;
    await openWorkload(choice, null);
    setWorkload(choice);
  }
  let turn = 0; // of fetching: a reply that was overtaken is dropped
  watch(
    [() => design.value.workload, () => (design.value.workload.kind === 'network' ? network.id : null)],
    async ([choice, id]) => {
      const mine = ++turn;
      try {
        const open = id === null ? null : { id, name: network.current!.name };
        const opened = await openWorkload(choice, open);
        if (mine === turn) [workload.value, workloadFailure.value] = [opened, null];
      } catch (error) {
        if (mine === turn) [workload.value, workloadFailure.value] = [null, recordFailure(error)];
      }
    },
    { immediate: true },
  );

  // ---- plan and estimate
  const planner = new Planner('design');
  const estimate = shallowRef<Estimate | null>(null);
  const milliseconds = shallowRef(0); // the search of all layers
  const planFailure = shallowRef<FailureRecord | null>(null);
  const plan = computed((): TilePlan | null => estimate.value?.plan ?? null);
  const asked = computed(() => {
    const { array, batch, objective, pins } = design.value;
    return workload.value && { name: workload.value.name, steps: workload.value.steps, array, batch, objective, pins };
  });
  watch(
    asked,
    (now) => {
      if (!now) return void (estimate.value = planFailure.value = null);
      planner.ask(now, (answer) => {
        if (asked.value?.steps !== now.steps) return; // of a network that is no longer shown
        if (!answer.ok) return void (planFailure.value = answer.failure); // what was planned last stays in sight
        [estimate.value, milliseconds.value, planFailure.value] = [answer.estimate, answer.milliseconds, null];
      });
    },
    { immediate: true },
  );
  /** Why there is no plan, or why the one shown is not of this design. */
  const failure = computed(() => workloadFailure.value ?? planFailure.value);

  // ---- choices of a layer
  const setBatch = (batch: number): void => change({ batch }, 'batch');
  const setObjective = (objective: Design['objective']): void => change({ objective });
  /** Holds a choice of a layer to a value; null lets it go. */
  function pin(layer: string, choice: string, value: string | null): void {
    const others = without(design.value.pins[layer] ?? {}, choice);
    setPin(layer, value === null ? others : { ...others, [choice]: value });
  }
  function setPin(layer: string, next: Pin): void {
    const others = without(design.value.pins, layer);
    change({ pins: Object.keys(next).length === 0 ? others : { ...others, [layer]: next } });
  }

  // ---- the layer that is looked at
  const wanted = shallowRef<string | null>(null);
  const steps = computed(() => plan.value?.steps ?? []);
  const nameOf = (step: TilePlan['steps'][number]): string =>
    'host' in step ? step.host.name : step.planned.layer.name;
  /** Its place among the plan's steps; the first layer of the array where none was chosen. */
  const selected = computed((): number | null => {
    const at = steps.value.findIndex((step) => nameOf(step) === wanted.value);
    const first = at >= 0 ? at : steps.value.findIndex((step) => 'planned' in step);
    return first >= 0 ? first : steps.value.length > 0 ? 0 : null;
  });
  const step = computed(() => steps.value[selected.value ?? -1] ?? null);
  /** The selected layer with its numbers; null where the host runs it. */
  const layer = computed(() => {
    const now = step.value;
    if (!now || 'host' in now) return null;
    return estimate.value?.layers.find(({ planned }) => planned === now.planned) ?? null;
  });
  /** Selects a step by its place; an operator of the open network is selected with it. */
  function select(at: number): void {
    const to = steps.value[at];
    if (!to) return;
    wanted.value = nameOf(to);
    const { value } = question; // formulas that are open go along
    if (value && 'layer' in value.of) question.value = { ...value, of: { layer: nameOf(to) } };
    const operator = 'host' in to ? to.host.operator : to.planned.layer.operator;
    if (design.value.workload.kind === 'network' && operator !== null) network.selectOperator(operator);
  }
  /** The clock of the layer that its picture shows; another layer begins at its first. */
  const clock = shallowRef(0);
  watch(
    () => [layer.value?.planned.layer.name, layer.value?.planned.plan.tiles.clocks] as const,
    ([name, clocks], [before]) => {
      if (name !== before) clock.value = 0;
      else clock.value = Math.min(clock.value, Math.max(0, (clocks ?? 1) - 1));
    },
    { flush: 'sync' },
  );
  const pe = shallowRef({ row: 0, core: 0 }); // that is told in words
  const isSought = shallowRef(false); // the picture is to be scrolled to
  /** Shows where the engine finished a sum of the open network, as soon as it is planned. */
  function lookAt(operator: number, sum: SumWork): void {
    wish.value = { operator, sum };
    if (design.value.workload.kind !== 'network') setWorkload({ kind: 'network' });
  }
  const wish = shallowRef<{ readonly operator: number; readonly sum: SumWork } | null>(null);
  watch([steps, wish], () => {
    const wanted = wish.value;
    const at = steps.value.findIndex((one) => 'planned' in one && one.planned.layer.operator === wanted?.operator);
    const found = steps.value[at];
    if (!wanted || !found || !('planned' in found)) return;
    wish.value = null;
    select(at);
    const { plan } = found.planned;
    const clockOf = plan.dataflow === 'kraken' ? clockOfSum(plan, design.value.array, wanted.sum) : null;
    pe.value = { row: wanted.sum.row, core: wanted.sum.core };
    if (clockOf !== null) [clock.value, isSought.value] = [clockOf, true];
    else
      useProblems().add(
        userFailure(
          'plan-other-form',
          `The plan of ${nameOf(found)} has another form of the layer than the one that was simulated.`,
          'Pin form=direct in Plan, on the array that was simulated, and look again.',
        ),
        'Showing the clock',
      );
  });
  const selectLayer = (name: string): void => select(steps.value.findIndex((one) => nameOf(one) === name));

  // ---- the number that is asked about: its formula is shown beside the array, and follows every edit
  const question = shallowRef<Question | null>(null);
  const told = computed(() => (question.value && estimate.value ? answer(question.value, estimate.value) : null));

  // ---- its twin on the command line
  const words = computed(() => {
    const { base, batch, objective, pins } = design.value;
    const array = isOwn(base.name) ? `${base.name}.json` : base.name;
    return { workload: workload.value?.file ?? 'MODEL', array, changes: changes.value, batch, objective, pins };
  });
  const commandOf = (verb: 'plan' | 'estimate' | 'sweep', more: readonly string[] = []): string =>
    designCommand(verb, words.value, more);

  return {
    design,
    arrays,
    arrayChoices,
    own,
    changes,
    past,
    future,
    drafts,
    errors,
    workload,
    estimate,
    plan,
    milliseconds,
    failure,
    steps,
    selected,
    step,
    layer,
    clock,
    pe,
    isSought,
    lookAt,
    change,
    undo,
    redo,
    textOf,
    edit,
    setArray,
    setEnergy,
    keepArray,
    forgetArray,
    isOwn,
    setDataflow,
    take,
    setWorkload,
    openTable,
    takeTable,
    setBatch,
    setObjective,
    pin,
    setPin,
    select,
    selectLayer,
    question,
    told,
    commandOf,
  };
});

const without = <T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));

/** Numbers by their symbols: of one layer, or of the sums over a group of layers. */
export interface Question {
  readonly of: { readonly layer: string } | { readonly group: Group };
  readonly symbols: readonly string[] | 'all';
}

function answer({ of, symbols }: Question, { plan, layers, totals }: Estimate) {
  const layer = 'layer' in of ? layers.find(({ planned }) => planned.layer.name === of.layer) : undefined;
  if ('layer' in of && !layer) return null; // another network is shown
  const figures = layer ? explainLayer(layer, plan.array) : explainTotals(totals['group' in of ? of.group : 'all']);
  const found = figures.filter(({ name }) => symbols === 'all' || symbols.includes(name));
  if (found.length === 0) return null;
  const title = 'layer' in of ? of.layer : of.group === 'all' ? plan.name : `${plan.name}: ${of.group}`;
  return { title, figures: found };
}
