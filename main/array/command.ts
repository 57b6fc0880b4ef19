// An array on a command line. In: the array. Out: the options that make it again from a preset, whatever its name is.
import { option } from '../network/shell';
import type { PeArray } from './array';
import { type ArrayChange, editArray, listChanges } from './edit';
import { PRESETS, namedArray } from './presets';

/** The preset that the fewest changes lead from. */
export function nearestPreset(array: PeArray): { readonly base: PeArray; readonly changes: readonly ArrayChange[] } {
  const ways = PRESETS.map((base) => ({ base, changes: listChanges(base, array) }));
  return ways.reduce((best, way) => (way.changes.length < best.changes.length ? way : best));
}

/** An array of that size, or a preset, and what is to be changed of it. */
function findBase(array: PeArray): ReturnType<typeof nearestPreset> {
  const ofSize = namedArray(`${array.rows}x${array.cores}`, array.dataflow);
  return listChanges(ofSize, array).length === 0 ? { base: ofSize, changes: [] } : nearestPreset(array);
}

/** `--array kraken-4x12`, or `--array kraken-7x96 --set clockMHz=500`. */
export function arrayOptions(array: PeArray): string[] {
  const { base, changes } = findBase(array);
  return [...option('--array', base.name), ...setOptions(changes)];
}

/** What the command line makes of the options: the same but for its name and description, which are made from the changes. */
export function remakeArray(array: PeArray): PeArray {
  const { base, changes } = findBase(array);
  return editArray(base, base, changes);
}

/** `--dataflow os --set rows=8`: changes as the command line lays them over an array. */
export function setOptions(changes: readonly ArrayChange[]): string[] {
  const dataflow = changes.filter(([field]) => field === 'dataflow').flatMap(([, value]) => ['--dataflow', value]);
  const others = changes.filter(([field]) => field !== 'dataflow');
  return [...dataflow, ...others.flatMap(([field, value]) => ['--set', `${field}=${value}`])];
}
