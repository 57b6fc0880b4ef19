// When an action can be had: true, or the sentence that says why not. In: the stores. Out: conditions of the action table.
import { useCompare } from './stores/compare';
import { useDesign } from './stores/design';
import { useExport } from './stores/export';
import { useGolden } from './stores/golden';
import { useNetwork } from './stores/network';
import { useOptions } from './stores/options';
import { useProblems } from './stores/problems';
import { useQuantise } from './stores/quantise';
import { useSimulate } from './stores/simulate';
import { useSuggestion } from './stores/suggestion';
import { useSweeps } from './stores/sweeps';
import { useTarget } from './stores/target';
import { useWorkbench } from './stores/workbench';

const NO_NETWORK = 'No network is open. Open a .tflite or .onnx file first.';

export const always = (): true => true;
export const withNetwork = (): true | string => useNetwork().current !== null || NO_NETWORK;

export function canRun(): true | string {
  const { current } = useNetwork();
  const golden = useGolden();
  if (!current) return NO_NETWORK;
  const stopped = useNetwork().blocked.map(({ name, count: n }) => (n > 1 ? `${name} (${n} times)` : name));
  if (stopped.length > 0)
    return `The ${useOptions().chosen.kernels} kernels do not support ${stopped.join(', ')}, so this network cannot run in them.`;
  if (golden.job) return 'A golden run is under way. Cancel it with Shift+F5.';
  const slot = golden.missing[0];
  return (
    slot === undefined ||
    `Input '${current.tensors[slot]?.name ?? slot}' has no value. Choose a file in Golden, or drop one.`
  );
}

export const withPlan = (): true | string => useDesign().plan !== null || 'There is no plan yet.';
/** Rooms that change the design's array. */
const isDesigning = (): boolean => ['plan', 'estimate', 'simulate', 'export'].includes(useWorkbench().room);
export const canUndo = (): true | string =>
  (isDesigning() && useDesign().past.length > 0) || 'There is no change of the design to take back.';
export const canRedo = (): true | string =>
  (isDesigning() && useDesign().future.length > 0) || 'There is no change of the design to make again.';
export const canSave = (): true | string => useGolden().run?.state === 'done' || 'There is no finished run to save.';

export function canAsk(): true | string {
  const network = useNetwork();
  if (useGolden().run?.state !== 'done') return 'There is no finished run to ask about.';
  return network.producers.has(network.tensor ?? -1) || 'Select the output of an operator.';
}

export function canBatch(): true | string {
  const { current, blocked } = useNetwork();
  if (!current) return NO_NETWORK;
  if (blocked.length > 0) return `The ${useOptions().chosen.kernels} kernels cannot run this network.`;
  return current.inputs.length === 1 || 'A batch is for networks of one input.';
}

export function canCompare(): true | string {
  if (!useNetwork().current) return NO_NETWORK;
  const { runs, chosen } = useCompare();
  return (
    runs.length > 1 ||
    chosen?.b === null ||
    'Two runs of this network are needed: run it in another kernel set, or on another input.'
  );
}

export function canCompareDump(): true | string {
  if (!useNetwork().current) return NO_NETWORK;
  return useCompare().runOfDump !== null || 'Run the golden model first (F5): a dump is compared with what a run kept.';
}

export function canSimulate(): true | string {
  if (!useNetwork().current) return 'No network is open. Open a .tflite file first.';
  const { job, missing, layers, picked } = useSimulate();
  const { source, array } = useTarget();
  if (job) return 'A simulation is under way. Cancel it with Shift+F5.';
  if (missing) return `${missing.sentence} ${missing.remedy}`;
  if (layers.length === 0) return 'The engine runs no layer of this network: it multiplies 8-bit integers.';
  if (!source) return 'Run the golden model first (F5): the simulation takes its inputs.';
  if (!array.value) return array.why;
  return picked.length > 0 || 'No layer is ticked.';
}

export function canSweep(): true | string {
  const { asked, job } = useSweeps();
  if (!useDesign().workload) return 'There is no network to plan.';
  if ('why' in asked) return asked.why;
  return job === null || 'A sweep runs. Cancel it first, or wait.';
}

export function canCalibrate(): true | string {
  if (!useNetwork().current) return 'No network is open. Open a .tflite or .onnx file of real numbers first.';
  const { fused, refusal } = useQuantise();
  if (refusal) return `${refusal.sentence} ${refusal.remedy}`;
  return fused !== null || 'Go to Quantise first: it looks at the network.';
}

export function canQuantise(): true | string {
  const able = canCalibrate();
  const { job, wrong, looked, places } = useQuantise();
  if (able !== true) return able;
  if (job) return 'A job of this room is under way. Cancel it with Shift+F5.';
  if (wrong) return `${wrong.sentence} ${wrong.remedy}`;
  if (looked && 'why' in looked) return `${looked.why.sentence} ${looked.why.remedy}`;
  return places.calibrate !== null || 'Choose inputs to calibrate with: a folder of images, or a .npy.';
}

export function canSuggest(): true | string {
  const able = canQuantise();
  const { budget, wrong } = useSuggestion();
  if (able !== true) return able;
  if (wrong) return `${wrong.sentence} ${wrong.remedy}`;
  return budget !== '' || 'Give a budget: bytes of all constants (60kB), or the least accuracy (97.5%).';
}

export function canTake(): true | string {
  const { found, isTaken } = useSuggestion();
  if (!found || !useQuantise().fused) return 'No suggestion for this network is shown in Quantise.';
  return !isTaken || 'These schemes are chosen already.';
}

export function canExport(): true | string {
  if (!useNetwork().current) return 'No network is open. Open a .tflite file first.';
  const { job, layers, picked, wrong } = useExport();
  const { source, array } = useTarget();
  if (job) return 'An export is under way. Cancel it with Shift+F5.';
  if (layers.length === 0) return 'The engine runs no layer of this network: it multiplies 8-bit integers.';
  if (!source) return 'Run the golden model first (F5): a bundle holds the values of its run.';
  if (!array.value) return array.why;
  if (picked.length === 0) return 'No layer is ticked.';
  return wrong === null || `${wrong.sentence} ${wrong.remedy}`;
}

export function hasDifference(): true | string {
  if (useWorkbench().room !== 'compare') return 'This works in the Compare room.';
  return useCompare().hasStops || 'Nothing that differs is shown.';
}

export function hasProblems(): true | string {
  return useProblems().entries.length > 0 || 'There are no problems.';
}
