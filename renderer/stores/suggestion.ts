// Which layers of the open network deserve longer words. In: a budget, and the longer words; the rest as chosen for quantising. Out: a
// job; the layers it found, step by step; their schemes as single layers' own, once a person takes them.
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { SuggestionAsked } from '../../preload/contract/channels';
import { parseScheme, schemeText } from '../../main/network/scheme';
import { longerWords, parseMixing } from '../../main/quantise/choice';
import type { PointRecord, SuggestionListed, SuggestionRecord } from '../../main/quantise/record';
import { call } from '../bridge';
import { remember } from '../parts/memory';
import { useJobs } from './jobs';
import { useNetwork } from './network';
import { useProblems } from './problems';
import { checkChoice, isText, useQuantise } from './quantise';
import { useWorkbench } from './workbench';

/** One layer: what it gains alone, and what stands once it is raised beside those before it. */
export interface Step {
  readonly layer: number | null; // null: none is raised
  readonly name: string;
  readonly gain: SuggestionRecord['gains'][number] | null;
  readonly point: PointRecord | null; // null: not measured, or beyond the bytes
  readonly isRaised: boolean; // in what is suggested
  readonly isChosen: boolean; // the last of it
}

export const useSuggestion = defineStore('suggestion', () => {
  const room = useQuantise();
  const network = useNetwork();
  const jobs = useJobs();
  const workbench = useWorkbench();

  // ---- what is asked
  const budget = remember('suggest.budget', '', isText);
  const high = remember('suggest.high', '', isText); // '': the next longer words
  /** The next longer words of the scheme, as text; null: it has none, or is none. */
  const next = computed(() => {
    if (room.wrong) return null;
    const longer = longerWords(parseScheme(room.scheme));
    return longer && schemeText(longer);
  });
  const wrong = computed(() =>
    budget.value === '' || room.wrong
      ? null
      : checkChoice(() => parseMixing(budget.value, high.value || null, parseScheme(room.scheme))),
  );
  const asked = computed((): SuggestionAsked | null => {
    if (!room.choice || budget.value === '' || wrong.value) return null;
    return { ...room.choice, budget: budget.value, high: high.value || null };
  });
  const command = shallowRef<string | null>(null);
  watch([() => JSON.stringify([asked.value, room.places, room.labels]), () => workbench.room], async () => {
    const now = asked.value;
    command.value = null;
    if (!now || workbench.room !== 'quantise') return;
    const told = await useProblems().attempt('Telling the command line', () => call('quantise.suggestCommand', now));
    if (now === asked.value) command.value = told;
  });
  async function start(): Promise<void> {
    if (asked.value) jobs.hear(await call('quantise.suggest', asked.value));
  }

  // ---- what was found, now and before
  const list = shallowRef<readonly SuggestionListed[]>([]); // newest first
  const shown = shallowRef<number | null>(null);
  const found = computed(() => list.value.find(({ id }) => id === shown.value) ?? null);
  /** Reads those of the open network, and shows the newest. */
  async function open(): Promise<void> {
    const { id } = network;
    [list.value, shown.value] = [[], null];
    const told = id === null ? [] : await call('quantise.suggestions', { network: id });
    if (id === network.id) [list.value, shown.value] = [told.toReversed(), told.at(-1)?.id ?? null];
  }
  const openHere = (): unknown =>
    workbench.room === 'quantise' && useProblems().attempt('Reading the suggestions', open);
  watch(
    [() => network.id, () => workbench.room],
    ([id], [before]) => {
      if (id !== before) list.value = []; // of another network
      if (list.value.length === 0) openHere();
    },
    { immediate: true },
  );
  jobs.onEnd((job) => {
    const isHere = job.result?.suggestion !== undefined && job.result.network === network.id && workbench.isOwn(job);
    if (isHere) void useProblems().attempt(job.name, open);
  });

  const nameOf = (layer: number): string => room.fused?.operators[layer]?.name ?? '';
  const steps = computed((): readonly Step[] => {
    if (!found.value) return [];
    const { gains, points, chosen } = found.value;
    const isLast = (layer: number | null): boolean => (chosen.raised.at(-1) ?? null) === layer;
    const none: Step = {
      layer: null,
      name: 'none raised',
      gain: null,
      point: points[0]!,
      isRaised: false,
      isChosen: isLast(null),
    };
    const raised = gains.map((gain): Step => {
      const { layer } = gain;
      const point = points.find((one) => one.raised.at(-1) === layer) ?? null;
      return {
        layer,
        name: nameOf(layer),
        gain,
        point,
        isRaised: chosen.raised.includes(layer),
        isChosen: isLast(layer),
      };
    });
    // those raised in their order, and those that were not behind them
    return [none, ...raised.filter(({ point }) => point), ...raised.filter(({ point }) => !point)];
  });
  const ownOf = (layer: number): string => (found.value!.chosen.raised.includes(layer) ? found.value!.high : '');
  const layers = computed(() => Object.keys(found.value?.layers ?? {}).map(Number));
  const isTaken = computed(
    () =>
      found.value !== null &&
      room.scheme === found.value.scheme &&
      layers.value.every((layer) => (room.layers.get(layer) ?? '') === ownOf(layer)),
  );
  /** The schemes become single layers' own. */
  function take(): void {
    if (!found.value) return;
    room.scheme = found.value.scheme;
    for (const layer of layers.value) room.setLayer(layer, ownOf(layer));
  }

  return { budget, high, next, wrong, asked, command, list, shown, found, steps, isTaken, start, take };
});
