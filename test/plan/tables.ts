// Shipped layer tables as the plan room takes them.
import type { PeArray } from '../../main/array/array';
import { type Estimate, estimatePlan } from '../../main/estimate/estimate';
import type { Layer } from '../../main/plan/layer';
import type { Step } from '../../main/plan/layers';
import { shippedTable } from '../../main/plan/networks';
import { type PlanOptions, planNetwork, plannedLayers } from '../../main/plan/plan';
import { type LayerTable, readTable } from '../../main/plan/table';

export const table = (name: string): LayerTable => shippedTable(name)!;
export const asSteps = (layers: readonly Layer[]): Step[] => layers.map((layer) => ({ layer }));

export const estimateTable = ({ name, layers }: LayerTable, array: PeArray, options?: PlanOptions): Estimate =>
  estimatePlan(planNetwork(name, asSteps(layers), array, options));

/** One layer as a table would write it. */
export const oneLayer = (fields: Record<string, unknown>): Layer =>
  readTable({ name: 'one', layers: [{ name: 'layer', kind: 'convolution', padding: 'same', ...fields }] }, 'one.json')
    .layers[0]!;

/** The plan of one layer; fails where the array cannot run it. */
export const planOne = (layer: Layer, array: PeArray, options?: PlanOptions) =>
  plannedLayers(planNetwork('one', asSteps([layer]), array, options))[0]!;
