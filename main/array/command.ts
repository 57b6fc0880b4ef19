// An array on a command line. In: the array. Out: the options that make it again from a preset, whatever its name is.
import { option } from '../network/shell';
import type { PeArray } from './array';
import { type ArrayChange, listChanges } from './edit';
import { PRESETS, namedArray } from './presets';

/** The preset that the fewest changes lead from. */
export function nearestPreset(array: PeArray): { readonly base: PeArray; readonly changes: readonly ArrayChange[] } {
  const ways = PRESETS.map((base) => ({ base, changes: listChanges(base, array) }));
  return ways.reduce((best, way) => (way.changes.length < best.changes.length ? way : best));
}

/** `--array kraken-4x12`, or `--array kraken-7x96 --set clockMHz=500`. */
export function arrayOptions(array: PeArray): string[] {
  const ofSize = namedArray(`${array.rows}x${array.cores}`, array.dataflow);
  if (listChanges(ofSize, array).length === 0) return option('--array', ofSize.name);
  const { base, changes } = nearestPreset(array);
  return [...option('--array', base.name), ...setOptions(changes)];
}

/** `--dataflow os --set rows=8`: changes as the command line lays them over an array. */
export function setOptions(changes: readonly ArrayChange[]): string[] {
  const dataflow = changes.filter(([field]) => field === 'dataflow').flatMap(([, value]) => ['--dataflow', value]);
  const others = changes.filter(([field]) => field !== 'dataflow');
  return [...dataflow, ...others.flatMap(([field, value]) => ['--set', `${field}=${value}`])];
}
