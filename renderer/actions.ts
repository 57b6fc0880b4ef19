// EVERY ACTION, as one table: palette, keys, top-bar button, key sheet and the native menu (by event 'action') all read
// it. `enabled` returns true or the sentence that says why not.
import { call } from './bridge';
import { openArray, openPlan, saveArray, savePlan, saveTopology } from './design/files';
import {
  always,
  withNetwork,
  canRun,
  withPlan,
  canUndo,
  canRedo,
  canSave,
  canAsk,
  canBatch,
  canCompare,
  canCompareDump,
  canSimulate,
  canSweep,
  canCalibrate,
  canQuantise,
  canSuggest,
  canTake,
  canExport,
  hasDifference,
  hasProblems,
} from './enabled';
import { followSession, openSample } from './follow';
import { type EstimateView, useBaseline } from './stores/baseline';
import { useBatches } from './stores/batches';
import { useCompare } from './stores/compare';
import { useDesign } from './stores/design';
import { useExport } from './stores/export';
import { useGolden } from './stores/golden';
import { useJobs } from './stores/jobs';
import { useNetwork } from './stores/network';
import { useOptions } from './stores/options';
import { useProblems } from './stores/problems';
import { useQuantise } from './stores/quantise';
import { useSimulate } from './stores/simulate';
import { useSuggestion } from './stores/suggestion';
import { useSweeps } from './stores/sweeps';
import { type Room, useWorkbench } from './stores/workbench';

export interface Action {
  readonly id: string;
  readonly title: string;
  readonly keys: string; // 'Ctrl+Shift+P', '' for none
  readonly enabled: () => true | string;
  readonly run: () => unknown;
}

function goEstimate(view: EstimateView): void {
  useBaseline().view = view;
  go('estimate');
}
function go(room: Room): void {
  useWorkbench().room = room;
}

export const ACTIONS: readonly Action[] = [
  {
    id: 'import.open',
    title: 'Open a network…',
    keys: 'Ctrl+O',
    enabled: always,
    run: async () => {
      const job = await call('import.open', {});
      if (job) useJobs().hear(job);
    },
  },
  { id: 'import.digits', title: 'Open the sample digits', keys: '', enabled: always, run: () => openSample('digits') },
  {
    id: 'import.detector',
    title: 'Open the sample detector',
    keys: '',
    enabled: always,
    run: () => openSample('detector'),
  },
  {
    id: 'session.new',
    title: 'New session…',
    keys: 'Ctrl+N',
    enabled: always,
    run: async () => openSession(await call('session.new', {})),
  },
  {
    id: 'session.open',
    title: 'Open a session…',
    keys: 'Ctrl+Shift+O',
    enabled: always,
    run: async () => openSession(await call('session.open', {})),
  },
  {
    id: 'golden.run',
    title: 'Run the golden model',
    keys: 'F5',
    enabled: canRun,
    run: async () => {
      go('golden');
      await useGolden().start();
    },
  },
  {
    id: 'golden.options',
    title: 'Choose kernel set and engine…',
    keys: 'Ctrl+F5',
    enabled: withNetwork,
    run: openOptions,
  },
  {
    id: 'jobs.cancel',
    title: 'Cancel the running job',
    keys: 'Shift+F5',
    enabled: () => useJobs().running.length > 0 || 'No job is running.',
    run: () => useJobs().cancel(useJobs().current!.id),
  },
  {
    id: 'golden.saveRun',
    title: 'Save the run…',
    keys: 'Ctrl+S',
    enabled: canSave,
    run: () => call('golden.saveRun', { run: useGolden().run!.id }),
  },
  {
    id: 'golden.why',
    title: 'Why is this value what it is?',
    keys: 'W',
    enabled: canAsk,
    run: () => (useWorkbench().inspector = true),
  },
  {
    id: 'batch.folder',
    title: 'Batch: run a folder of inputs…',
    keys: '',
    enabled: canBatch,
    run: () => useBatches().start('folder'),
  },
  {
    id: 'batch.file',
    title: 'Batch: run a .npy of inputs…',
    keys: '',
    enabled: canBatch,
    run: () => useBatches().start('file'),
  },
  { id: 'room.import', title: 'Go to Import', keys: 'Ctrl+1', enabled: always, run: () => go('import') },
  { id: 'room.quantise', title: 'Go to Quantise', keys: 'Ctrl+2', enabled: withNetwork, run: () => go('quantise') },
  { id: 'room.golden', title: 'Go to Golden', keys: 'Ctrl+3', enabled: withNetwork, run: () => go('golden') },
  { id: 'room.plan', title: 'Go to Plan', keys: 'Ctrl+4', enabled: always, run: () => go('plan') },
  { id: 'room.estimate', title: 'Go to Estimate', keys: 'Ctrl+5', enabled: always, run: () => go('estimate') },
  { id: 'room.simulate', title: 'Go to Simulate', keys: 'Ctrl+6', enabled: withNetwork, run: () => go('simulate') },
  { id: 'room.compare', title: 'Go to Compare', keys: 'Ctrl+7', enabled: canCompare, run: () => go('compare') },
  { id: 'room.export', title: 'Go to Export', keys: 'Ctrl+8', enabled: withNetwork, run: () => go('export') },
  {
    id: 'plan.openTable',
    title: 'Plan a layer table (.json) or SCALE-Sim topology (.csv)…',
    keys: '',
    enabled: always,
    run: async () => {
      await useDesign().openTable();
      go('plan');
    },
  },
  { id: 'plan.save', title: 'Save the plan as text…', keys: '', enabled: withPlan, run: savePlan },
  { id: 'plan.open', title: 'Take the choices of a saved plan…', keys: '', enabled: withPlan, run: openPlan },
  {
    id: 'plan.saveTopology',
    title: 'Save the layers as a SCALE-Sim topology…',
    keys: '',
    enabled: withPlan,
    run: saveTopology,
  },
  { id: 'array.save', title: 'Save the array as JSON…', keys: '', enabled: always, run: saveArray },
  { id: 'array.open', title: 'Open an array…', keys: '', enabled: always, run: openArray },
  { id: 'estimate.sweep', title: 'Sweep over designs…', keys: '', enabled: always, run: () => goEstimate('sweep') },
  { id: 'estimate.startSweep', title: 'Start the sweep', keys: '', enabled: canSweep, run: () => useSweeps().start() },
  {
    id: 'estimate.pin',
    title: 'Pin this design as A, to compare others with',
    keys: 'Ctrl+B',
    enabled: withPlan,
    run: () => {
      useBaseline().pin();
      goEstimate('compare');
    },
  },
  {
    id: 'design.undo',
    title: 'Undo the last change of the design',
    keys: 'Ctrl+Z',
    enabled: canUndo,
    run: () => useDesign().undo(),
  },
  {
    id: 'design.redo',
    title: 'Redo the change of the design',
    keys: 'Ctrl+Shift+Z',
    enabled: canRedo,
    run: () => useDesign().redo(),
  },
  {
    id: 'simulate.run',
    title: 'Simulate the layers',
    keys: 'F9',
    enabled: canSimulate,
    run: () => (go('simulate'), useSimulate().start()),
  },
  {
    id: 'export.start',
    title: 'Export the layers as a bundle…',
    keys: 'Ctrl+E',
    enabled: canExport,
    run: () => (go('export'), useExport().start()),
  },
  {
    id: 'quantise.folder',
    title: 'Quantise: choose a folder of inputs to calibrate with…',
    keys: '',
    enabled: canCalibrate,
    run: () => chooseInputs('calibrate', 'folder'),
  },
  {
    id: 'quantise.file',
    title: 'Quantise: choose a .npy of inputs to calibrate with…',
    keys: '',
    enabled: canCalibrate,
    run: () => chooseInputs('calibrate', 'file'),
  },
  {
    id: 'quantise.judgeFolder',
    title: 'Quantise: choose a folder of inputs to judge by…',
    keys: '',
    enabled: canCalibrate,
    run: () => chooseInputs('judge', 'folder'),
  },
  {
    id: 'quantise.judgeFile',
    title: 'Quantise: choose a .npy of inputs to judge by…',
    keys: '',
    enabled: canCalibrate,
    run: () => chooseInputs('judge', 'file'),
  },
  {
    id: 'quantise.labels',
    title: 'Quantise: choose labels of the inputs it is judged by…',
    keys: '',
    enabled: canCalibrate,
    run: () => (go('quantise'), useQuantise().chooseLabels()),
  },
  {
    id: 'quantise.forgetLabels',
    title: 'Quantise: forget the chosen labels',
    keys: '',
    enabled: () => useQuantise().labels.length > 0 || 'No file of labels has been chosen.',
    run: () => useQuantise().forgetLabels(),
  },
  {
    id: 'quantise.suggest',
    title: 'Suggest longer words for single layers',
    keys: 'Shift+F7',
    enabled: canSuggest,
    run: () => (go('quantise'), useSuggestion().start()),
  },
  {
    id: 'quantise.take',
    title: 'Take the suggested schemes of single layers',
    keys: '',
    enabled: canTake,
    run: () => (go('quantise'), useSuggestion().take()),
  },
  {
    id: 'quantise.start',
    title: 'Quantise the network',
    keys: 'F7',
    enabled: canQuantise,
    run: () => (go('quantise'), useQuantise().start()),
  },
  {
    id: 'quantise.save',
    title: 'Save the quantised network as .tflite…',
    keys: '',
    enabled: () => useQuantise().shown !== null || 'No quantised network is shown in Quantise.',
    run: () => useQuantise().save(),
  },
  {
    id: 'compare.dump',
    title: 'Compare a dump…',
    keys: '',
    enabled: canCompareDump,
    run: () => useCompare().compareDump(),
  },
  {
    id: 'compare.next',
    title: 'Next tensor that differs',
    keys: 'F6',
    enabled: hasDifference,
    run: () => useCompare().step(1),
  },
  {
    id: 'compare.previous',
    title: 'Previous tensor that differs',
    keys: 'Shift+F6',
    enabled: hasDifference,
    run: () => useCompare().step(-1),
  },
  {
    id: 'view.palette',
    title: 'Show all actions',
    keys: 'Ctrl+Shift+P',
    enabled: always,
    run: () => (useWorkbench().palette = 'actions'),
  },
  {
    id: 'view.goto',
    title: 'Go to operator or tensor…',
    keys: 'Ctrl+P',
    enabled: withNetwork,
    run: () => (useWorkbench().palette = 'goto'),
  },
  {
    id: 'view.panel',
    title: 'Show or hide the bottom panel',
    keys: 'Ctrl+J',
    enabled: always,
    run: () => (useWorkbench().panel = !useWorkbench().panel),
  },
  {
    id: 'view.inspector',
    title: 'Show or hide the inspector',
    keys: 'Ctrl+I',
    enabled: always,
    run: () => (useWorkbench().inspector = !useWorkbench().inspector),
  },
  { id: 'view.nextProblem', title: 'Next problem', keys: 'F8', enabled: hasProblems, run: () => step(1) },
  {
    id: 'view.previousProblem',
    title: 'Previous problem',
    keys: 'Shift+F8',
    enabled: hasProblems,
    run: () => step(-1),
  },
  {
    id: 'tensor.previousChannel',
    title: 'Previous channel of the heat map',
    keys: '[',
    enabled: withNetwork,
    run: () => (useGolden().channelStep = { by: -1 }),
  },
  {
    id: 'tensor.nextChannel',
    title: 'Next channel of the heat map',
    keys: ']',
    enabled: withNetwork,
    run: () => (useGolden().channelStep = { by: 1 }),
  },
  { id: 'view.theme.dark', title: 'Dark theme', keys: '', enabled: always, run: () => useWorkbench().setTheme('dark') },
  {
    id: 'view.theme.light',
    title: 'Light theme',
    keys: '',
    enabled: always,
    run: () => useWorkbench().setTheme('light'),
  },
  {
    id: 'view.theme.system',
    title: 'Theme of the system',
    keys: '',
    enabled: always,
    run: () => useWorkbench().setTheme('system'),
  },
  { id: 'help.keys', title: 'Show the keys', keys: '?', enabled: always, run: () => (useWorkbench().sheet = true) },
  { id: 'help.log', title: 'Show the log', keys: '', enabled: always, run: () => useWorkbench().showPanel('log') },
  { id: 'app.quit', title: 'Quit Goldbench', keys: 'Ctrl+Q', enabled: always, run: () => call('app.quit', {}) },
];

async function openOptions(): Promise<void> {
  await useOptions().learn();
  useOptions().dialog = true;
}

async function chooseInputs(use: 'calibrate' | 'judge', from: 'folder' | 'file'): Promise<void> {
  go('quantise');
  await useQuantise().chooseInputs(use, from);
}

function step(by: 1 | -1): void {
  useWorkbench().showPanel('problems');
  useProblems().step(by);
}

function openSession(session: Parameters<typeof followSession>[0] | null): void {
  if (session) followSession(session);
}

const BY_ID = new Map(ACTIONS.map((action) => [action.id, action]));
export const actionOf = (id: string): Action => BY_ID.get(id)!;

/** The button at the top right of each room. */
export const PRIMARY: Readonly<Record<Room, string>> = {
  import: 'import.open',
  quantise: 'quantise.start',
  golden: 'golden.run',
  plan: 'plan.save',
  estimate: 'estimate.sweep',
  simulate: 'simulate.run',
  compare: 'golden.run',
  export: 'export.start',
};

/** In the sweep of Estimate what is next is to start it. */
export const primaryOf = (room: Room): string =>
  room === 'estimate' && useBaseline().view === 'sweep' ? 'estimate.startSweep' : PRIMARY[room];

/** Does what an id names; a disabled action says why, an unknown id (an older menu) is told as a problem. */
export async function perform(id: string): Promise<void> {
  const action = BY_ID.get(id);
  const problems = useProblems();
  if (!action) return problems.add(new Error(`there is no action ${id}`), 'the menu');
  const state = action.enabled();
  if (state !== true)
    return problems.keep(
      { kind: 'user', code: 'action-disabled', sentence: state, remedy: '', place: {} },
      action.title,
    );
  problems.hushPassing();
  const network = useNetwork().id;
  const made = await problems.attempt(action.title, async () => action.run());
  if (made !== null) problems.mend(action.title, network); // null: it failed, or its dialog was closed
}
