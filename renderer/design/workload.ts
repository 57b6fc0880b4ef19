// Layers of what a person chose to run. In: the choice, and which network is open. Out: named steps; or a failure that
// names the place in the file, or says that no network is open.
import { userFailure } from '../../main/network/failure';
import type { Layer } from '../../main/plan/layer';
import type { Step } from '../../main/plan/layers';
import { shippedTable } from '../../main/plan/networks';
import { readTableText } from '../../main/plan/tableText';
import { call } from '../bridge';
import type { WorkloadChoice } from './design';

export interface Workload {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly file: string; // what the command line calls it
}

/** @param open the open network: its number in the session and its name */
export async function openWorkload(
  choice: WorkloadChoice,
  open: { readonly id: number; readonly name: string } | null,
): Promise<Workload> {
  if (choice.kind === 'file') {
    const { name, layers } = readTableText(choice.text, choice.name);
    return { name, steps: asSteps(layers), file: choice.name };
  }
  if (choice.kind === 'table') {
    const table = shippedTable(choice.name);
    if (!table) throw userFailure('table-unknown', `There is no layer table ${choice.name}.`, 'Choose another.');
    return { name: table.name, steps: asSteps(table.layers), file: choice.name };
  }
  if (open === null) throw userFailure('no-network', 'No network is open.', 'Open one, or choose a layer table.');
  return { name: open.name, ...(await call('plan.steps', { network: open.id })) };
}

const asSteps = (layers: readonly Layer[]): Step[] => layers.map((layer) => ({ layer }));
