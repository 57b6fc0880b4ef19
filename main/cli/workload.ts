// What plan, estimate and sweep work on. In: MODEL or TABLE, and --array, as given on the command line. Out: the steps of
// a network, and a checked array.
import path from 'node:path';
import { wholeNetwork } from '../import/beside';
import { type Dataflow, DATAFLOWS, type PeArray, checkArray } from '../array/array';
import { type ArrayChange, editArray } from '../array/edit';
import { namedArray, withDataflow } from '../array/presets';
import { layersOf, openNetwork } from '../flow';
import { userFailure } from '../network/failure';
import { parseJson } from '../network/json';
import type { Step } from '../plan/layers';
import type { Layer } from '../plan/layer';
import { TABLE_NAMES, shippedTable } from '../plan/networks';
import { OBJECTIVES, type Objective } from '../plan/search';
import { readTableText } from '../plan/tableText';
import { readGivenFile } from './files';

export interface Workload {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** A .json layer table, a .csv topology of SCALE-Sim, the name of a shipped table, or a model. */
export function readWorkload(given: string): Workload {
  const shipped = shippedTable(given);
  if (shipped) return { name: shipped.name, steps: asSteps(shipped.layers) };
  const file = path.basename(given);
  const ending = path.extname(given).toLowerCase();
  if (ending === '' && !given.includes(path.sep))
    throw userFailure(
      'table-unknown',
      `There is no layer table '${given}'.`,
      `Give a model, a .json or .csv file, or one of ${TABLE_NAMES.join(', ')}.`,
    );
  const bytes = readGivenFile(given);
  if (ending === '.json' || ending === '.csv') {
    const text = new TextDecoder().decode(bytes);
    const { name, layers } = readTableText(text, file);
    return { name, steps: asSteps(layers) };
  }
  const { network } = openNetwork(wholeNetwork(given, bytes), file);
  return { name: network.name, steps: layersOf(network) };
}

const asSteps = (layers: readonly Layer[]): Step[] => layers.map((layer) => ({ layer }));

/** --array PRESET|FILE.json|7x96, with --dataflow and then each --set FIELD=VALUE laid over it. */
export function readArray(given = 'kraken-7x96', dataflow?: string, changes: readonly string[] = []): PeArray {
  const chosen = dataflow === undefined ? undefined : checkDataflow(dataflow);
  const isFile = given.toLowerCase().endsWith('.json');
  const array = isFile ? readArrayFile(given) : namedArray(given, chosen);
  const flowing = chosen === undefined ? array : withDataflow(array, chosen);
  return changes.length === 0 ? flowing : editArray(flowing, flowing, changes.map(readChange));
}

/** 'clockMHz=500', 'energy.macPicojoules=0.2' */
function readChange(text: string): ArrayChange {
  const [, field, value] = /^([A-Za-z.]+)=(.+)$/.exec(text) ?? [];
  if (field && value) return [field, value];
  throw userFailure(
    'arguments',
    `--set ${text} is no change of an array.`,
    'Write --set FIELD=VALUE, such as --set clockMHz=500.',
  );
}

function readArrayFile(given: string): PeArray {
  const file = path.basename(given);
  return checkArray(parseJson(new TextDecoder().decode(readGivenFile(given)), file), file);
}

function checkDataflow(given: string): Dataflow {
  const found = DATAFLOWS.find((dataflow) => dataflow === given);
  if (found) return found;
  throw userFailure(
    'dataflow-unknown',
    `There is no dataflow '${given}'.`,
    `The dataflows are ${DATAFLOWS.join(', ')}.`,
  );
}

export function checkObjective(given = 'clocks'): Objective {
  const found = OBJECTIVES.find((objective) => objective === given);
  if (found) return found;
  throw userFailure(
    'objective-unknown',
    `There is no objective '${given}'.`,
    `The objectives are ${OBJECTIVES.join(', ')}.`,
  );
}

export function checkWhole(given: string | undefined, option: string, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (/^\d{1,9}$/.test(given) && Number(given) >= 1) return Number(given);
  throw userFailure(
    'arguments',
    `${option} ${given} is no whole number above 0.`,
    `Give ${option} a number such as 7.`,
  );
}
