// The same PEs as another array. In: steps, an array. Out: every R x C with as many PEs, each with its best plan; the best
// of all, with one certificate for the whole space. Rows and cores are wires, so this is a choice of design; how Kraken's
// cores regroup from layer to layer is in each plan already (search.ts). As much SRAM stays: with half the cores each
// holds twice the weights. A shape that leaves to the host a layer which another runs is none.
import { FIELDS, type PeArray, changeArray, peCount } from '../array/array';
import { resizeArray } from '../array/presets';
import type { Step } from './layers';
import { type PlanOptions, type TilePlan, planNetwork, plannedLayers } from './plan';
import { Best, type Certificate, addCertificates } from './search';

export interface Regrouping {
  readonly rows: number;
  readonly cores: number;
  readonly clocks: number; // of the batch, stalls included
  readonly bytes: number; // in DRAM
  /** Layers that the host would have to run besides those that no shape runs; such a shape is not among the best. */
  readonly lostLayers: number;
}

export interface Regroupings {
  readonly plan: TilePlan; // on the best array
  readonly shapes: readonly Regrouping[]; // fewest rows first
  readonly certificate: Certificate; // of all shapes
}

/** Ties go to the array as given, then to fewer rows. @throws userFailure 'plan-pin' where a pin fits no shape */
export function regroup(name: string, steps: readonly Step[], array: PeArray, options: PlanOptions = {}): Regroupings {
  const plans = listShapes(array).map((shape) => planNetwork(name, steps, shape, options));
  const most = Math.max(...plans.map((plan) => plannedLayers(plan).length));
  const shapes = plans.map((plan): Regrouping => {
    const { rows, cores } = plan.array;
    return { rows, cores, ...costOf(plan), lostLayers: most - plannedLayers(plan).length };
  });
  const best = new Best<TilePlan>(options.objective ?? 'clocks');
  const given = shapes.findIndex(({ rows }) => rows === array.rows);
  for (const at of [given, ...shapes.keys()]) {
    const { clocks, bytes, lostLayers } = shapes[at]!;
    if (lostLayers === 0 && best.offer(clocks, bytes)) best.keep(plans[at]!, shapes[at]!);
  }
  const certificate = addCertificates(plans.map((plan) => plan.certificate));
  return { plan: best.result()!.found, shapes, certificate };
}

function costOf(plan: TilePlan): { clocks: number; bytes: number } {
  const tiles = plannedLayers(plan).map((layer) => layer.plan.tiles);
  return {
    clocks: tiles.reduce((sum, { clocks, stallClocks }) => sum + clocks + stallClocks, 0),
    bytes: tiles.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const LIMITS = Object.fromEntries(FIELDS.map(({ field, least, most }) => [field, { least, most }]));
const isWithin = (field: keyof PeArray, value: number): boolean =>
  value >= LIMITS[field]!.least && value <= LIMITS[field]!.most;

/** Every R x C with the PEs and the SRAM of the array, fewest rows first. The array itself is among them as it is. */
export function listShapes(array: PeArray): PeArray[] {
  const pes = peCount(array);
  const words = array.weightsSramDepthWords * array.cores;
  const shapes: PeArray[] = [];
  for (let rows = 1; rows <= Math.min(pes, LIMITS.rows!.most); rows++) {
    const cores = pes / rows;
    const depth = array.dataflow === 'kraken' ? Math.floor(words / cores) : array.weightsSramDepthWords;
    const isLegal = isWithin('cores', cores) && isWithin('weightsSramDepthWords', depth) && depth > array.configWords;
    if (rows === array.rows) shapes.push(array);
    else if (cores % 1 === 0 && isLegal)
      shapes.push(changeArray(resizeArray(array, rows, cores), { weightsSramDepthWords: depth }));
  }
  return shapes;
}
