// What went wrong and what to know. In: failures from calls and events, the open network's problems. Out: one list that
// the Problems panel shows, and quiet toasts. Nothing here is modal: a background failure never stops the hand.
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { FailureRecord, Place } from '../../main/network/failure';
import { failureOf } from '../bridge';
import { count } from '../parts/number';
import { useNetwork } from './network';
import { useOptions } from './options';
import { useWorkbench } from './workbench';

const TOASTS = 2; // shown at once
/** Said in passing and not kept: nothing is wrong, the moment was. */
const PASSING: readonly string[] = ['action-disabled'];

export interface Entry {
  readonly id: string;
  readonly severity: 'error' | 'warning' | 'note';
  readonly sentence: string;
  readonly remedy: string;
  readonly place: Place;
  readonly code: string;
  readonly from: string; // what was being done
  readonly network: number | null; // that was open
}

export const useProblems = defineStore('problems', () => {
  const failures = shallowRef<readonly Entry[]>([]);
  const toasts = shallowRef<readonly Entry[]>([]);
  const cursor = shallowRef(-1);
  let made = 0;

  const ofNetwork = computed<readonly Entry[]>(() => {
    const network = useNetwork().current;
    if (!network) return [];
    const set = useOptions().chosen.kernels;
    const blocked = network.operators.flatMap((operator): Entry[] => {
      const answer = operator.support[set];
      return answer.ok
        ? []
        : [
            {
              id: `operator-${operator.index}`,
              severity: 'warning',
              code: 'golden-unsupported',
              from: 'golden',
              sentence: `${operator.name} (operator ${operator.index}) cannot run: ${answer.why}`,
              remedy: '',
              place: { operator: operator.index },
              network: useNetwork().id,
            },
          ];
    });
    const told = network.problems.map((problem, i): Entry => ({
      id: `network-${i}`,
      remedy: '',
      from: 'import',
      network: useNetwork().id,
      ...problem,
    }));
    return [...told, ...blocked];
  });
  const entries = computed<readonly Entry[]>(() => [...failures.value, ...ofNetwork.value]);

  /** Keeps a failure and shows it quietly, unless its entry is in sight; what the user cancelled is no problem. */
  function add(error: unknown, from: string): void {
    keep(failureOf(error), from);
  }
  function keep(record: FailureRecord, from: string): void {
    if (record.kind === 'cancelled') return;
    const { code, sentence, remedy, place } = record;
    const passing = PASSING.includes(code);
    const severity = passing ? 'note' : 'error';
    const entry: Entry = {
      id: `failure-${++made}`,
      severity,
      code,
      sentence,
      remedy,
      place,
      from,
      network: useNetwork().id,
    };
    if (!passing) failures.value = [entry, ...failures.value].slice(0, 200);
    if (passing || !isListShown()) toast(entry);
  }
  /** What had failed went well: it is no problem any more. @param network with which alone; else with any */
  function mend(from: string, network?: number | null): void {
    const isOpen = (entry: Entry): boolean =>
      entry.from !== from || (network !== undefined && entry.network !== network);
    if (failures.value.every(isOpen)) return;
    failures.value = failures.value.filter(isOpen);
    toasts.value = toasts.value.filter(isOpen);
    cursor.value = -1;
  }
  /** The newest two; the same word again takes the place of the first. */
  function toast(entry: Entry): void {
    const others = toasts.value.filter(({ sentence }) => sentence !== entry.sentence);
    toasts.value = [...others, entry].slice(-TOASTS);
  }
  function isListShown(): boolean {
    const workbench = useWorkbench();
    return workbench.panel && workbench.tab === 'problems';
  }
  const hush = (id: string): void => void (toasts.value = toasts.value.filter((toast) => toast.id !== id));
  /** What was said in passing is over when something else is done. */
  const hushPassing = (): void => void (toasts.value = toasts.value.filter(({ code }) => !PASSING.includes(code)));
  function clear(): void {
    failures.value = [];
    toasts.value = [];
  }

  /** Runs work that a person asked for; a failure becomes an entry and the result null. */
  async function attempt<T>(from: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      add(error, from);
      return null;
    }
  }

  /** F8 / Shift+F8: selects the next place that has an operator or tensor. */
  function step(by: 1 | -1): void {
    const n = entries.value.length;
    if (n === 0) return;
    cursor.value = (cursor.value + by + n) % n;
    jump(entries.value[cursor.value]!);
  }
  function jump(entry: Entry): void {
    cursor.value = entries.value.indexOf(entry);
    useNetwork().selectPlace(entry.place);
  }

  return {
    entries,
    ofNetwork,
    failures,
    toasts,
    cursor,
    add,
    keep,
    mend,
    hush,
    hushPassing,
    clear,
    attempt,
    step,
    jump,
  };
});

/** How many there are. Nothing is wrong with a network because there is a note on it. */
export function tellCount(entries: readonly Entry[]): string {
  const wrong = entries.filter(({ severity }) => severity !== 'note').length;
  const notes = entries.length - wrong;
  if (notes === 0) return count(wrong, 'problem');
  return wrong === 0 ? count(notes, 'note') : `${count(wrong, 'problem')}, ${count(notes, 'note')}`;
}

/** What "Copy details" puts on the clipboard. */
export function detailsOf(entry: Entry): string {
  const place = Object.entries(entry.place).map(
    ([key, value]) => `${key} ${Array.isArray(value) ? value.join(', ') : value}`,
  );
  return [`error[${entry.code}]: ${entry.sentence}`, entry.remedy, place.join(' · '), `while: ${entry.from}`]
    .filter(Boolean)
    .join('\n');
}
