// The suggestion of longer words in the window: what is asked, its steps in order, and taking it; what labels are said to be.
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import { recordFailure, userFailure } from '../../main/network/failure';
import type { SuggestionListed } from '../../main/quantise/record';
import type { JobView } from '../../preload/contract/views';
import { actionOf, perform } from '../../renderer/actions';
import { gainText } from '../../renderer/parts/decibels';
import { labelsTold } from '../../renderer/rooms/quantise/labels';
import { useJobs } from '../../renderer/stores/jobs';
import { useNetwork } from '../../renderer/stores/network';
import { useQuantise } from '../../renderer/stores/quantise';
import { useSuggestion } from '../../renderer/stores/suggestion';
import { useWorkbench } from '../../renderer/stores/workbench';
import { digits } from './networks';

const point = (sqnr: number, bytes: number, ...raised: number[]) => ({ raised, sqnr, bytes, quality: 0.5 });
/** Layers 0, 2, 3: 3 is raised first, 0 beside it is worse, 2 does not fit. */
const found: SuggestionListed = {
  id: 7,
  command: 'goldbench quantise',
  high: 'int8',
  scheme: 'int4',
  budget: { bytes: 60 },
  source: 'photos',
  inputs: 2,
  labelled: 0,
  isReused: true,
  ms: 1,
  keeps: true,
  gains: [
    { layer: 3, decibels: 4, bytes: 10 },
    { layer: 2, decibels: 3, bytes: 90 },
    { layer: 0, decibels: -1, bytes: 5 },
  ],
  points: [point(10, 40), point(14, 50, 3), point(13, 55, 3, 0)],
  chosen: point(14, 50, 3),
  layers: { 0: 'int4', 2: 'int4', 3: 'int8' },
};
let suggestions: SuggestionListed[];
const looked = { found: { source: 'photos', count: 2, labelled: 0, by: null, classes: null } };
const call = vi.fn();
const job = {
  id: 4,
  verb: 'quantise',
  state: 'done',
  progress: 1,
  elapsedMs: 1,
  result: { network: 1, run: null, suggestion: 7 },
} as JobView;

beforeEach(async () => {
  suggestions = [];
  const operators = ['CONV_2D', 'ADD', 'CONV_2D', 'FULLY_CONNECTED'].map((name, index) => ({
    index,
    name,
    was: index,
    shape: [1],
  }));
  const values: Record<string, unknown> = {
    'quantise.fuse': { fused: { operators, fusions: [] } },
    'quantise.list': [],
    'quantise.suggestions': suggestions,
    'quantise.chooseInputs': 'photos',
    'quantise.lookAtInputs': looked,
    'quantise.suggest': { ...job, state: 'running', result: null },
  };
  call.mockReset().mockImplementation(async (channel: string) => ({ ok: true, value: values[channel] ?? 'told' }));
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  vi.stubGlobal('window', { workbench: { call } });
  setActivePinia(createPinia());
  useNetwork().id = 1;
  useNetwork().current = digits();
  useQuantise();
  useWorkbench().room = 'quantise';
  await settled();
});
/** What was asked of main is answered. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

it('asks with the choices of the room, once there are inputs and a budget', async () => {
  const [room, suggestion] = [useQuantise(), useSuggestion()];
  const why = () => actionOf('quantise.suggest').enabled();
  expect(why()).toMatch(/Choose inputs/);
  await room.chooseInputs('calibrate', 'folder');
  expect(why()).toMatch(/Give a budget/);
  room.scheme = 'int4';
  room.setLayer(1, 'real');
  expect(suggestion.next).toBe('int8');
  suggestion.budget = 'much';
  expect(why()).toMatch(/much is no budget/);
  suggestion.budget = '60kB';
  expect(why()).toBe(true);
  room.scheme = '16x8';
  expect([suggestion.next, why()]).toEqual([null, expect.stringMatching(/longest words of its kind/)]);
  suggestion.high = 'int8';
  expect(why()).toBe(true);
  await perform('quantise.suggest');
  expect(call.mock.calls.find(([channel]) => channel === 'quantise.suggest')?.[1]).toMatchObject({
    network: 1,
    scheme: '16x8',
    layers: [{ operator: 1, scheme: null }],
    budget: '60kB',
    high: 'int8',
  });
  expect(why()).toMatch(/under way/);
});

it('shows each layer alone and together in their order, and takes the schemes of those raised', async () => {
  const [room, suggestion] = [useQuantise(), useSuggestion()];
  expect(actionOf('quantise.take').enabled()).toMatch(/No suggestion/);
  room.setLayer(2, '16x8'); // given since: the suggestion was made without it
  suggestions.push({ ...found, id: 6, high: '16x8' }, found);
  useJobs().hear(job);
  await settled();
  expect(
    suggestion.steps.map(({ layer, name, point, isRaised, isChosen }) => [
      layer,
      name,
      point?.sqnr ?? null,
      isRaised,
      isChosen,
    ]),
  ).toEqual([
    [null, 'none raised', 10, false, false],
    [3, 'FULLY_CONNECTED', 14, true, true],
    [0, 'CONV_2D', 13, false, false],
    [2, 'CONV_2D', null, false, false],
  ]);
  expect(suggestion.isTaken).toBe(false);
  await perform('quantise.take');
  expect([room.scheme, [...room.layers], suggestion.isTaken]).toEqual(['int4', [[3, 'int8']], true]);
  expect(actionOf('quantise.take').enabled()).toMatch(/chosen already/);
  suggestion.shown = 6;
  expect(suggestion.found).toMatchObject({ high: '16x8' });
  suggestions.length = 0;
  useNetwork().id = 2;
  await settled();
  expect(suggestion.found).toBeNull();
  suggestions.push(found);
  useNetwork().id = 1; // also after a restart: the session keeps them
  await settled();
  expect(suggestion.found).toEqual(found);
});

it('says what was found of labels, and how they are given where there are none', async () => {
  const room = useQuantise();
  await room.chooseInputs('calibrate', 'folder');
  await settled();
  expect(room.looked).toEqual(looked);
  expect(labelsTold(looked, 'same')).toMatch(
    /^photos holds 2 inputs without labels, so accuracy is not measured\. Labels are a folder for each class,/,
  );
  expect(labelsTold(looked, 'no')).toBe('photos holds 2 inputs.');
  const said = (labelled: number, by: 'folders' | 'table', classes: number | null) =>
    labelsTold({ found: { source: 'p', count: 9, labelled, by, classes } }, 'same');
  expect(said(9, 'folders', 3)).toBe('p holds 9 inputs, all labelled by the folders they lie in: 3 classes.');
  expect(said(4, 'table', null)).toBe('p holds 9 inputs, 4 of them labelled by a table of files, whose numbers count.');
  const why = recordFailure(userFailure('x', 'It is empty.', 'Fill it.'));
  expect(labelsTold({ why }, 'same')).toBe('It is empty. Fill it.');
  room.looked = { why };
  expect(actionOf('quantise.start').enabled()).toBe('It is empty. Fill it.');
});

it('a gain has its sign', () =>
  expect([1.26, -0.5, 0, 'equal'].map((gain) => gainText(gain as number))).toEqual([
    '+1.3',
    '−0.5',
    '0.0',
    'all noise',
  ]));

it('forgets why another network could not be quantised, in whichever room the next one is opened', async () => {
  const room = useQuantise();
  room.refusal = recordFailure(userFailure('quantise', 'one is quantised already.', 'Give the float network.'));
  expect(actionOf('quantise.start').enabled()).toMatch(/one is quantised already/);
  useWorkbench().room = 'golden';
  useNetwork().id = 2;
  await settled();
  expect(actionOf('quantise.start').enabled()).toBe('Go to Quantise first: it looks at the network.');
});
