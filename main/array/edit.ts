// Changing an array field by field, as an editor and --set do. In: the array it began as, the array now, changes as text.
// Out: the checked array, whose name and description say what was changed; what differs from the one it began as.
import { userFailure } from '../network/failure';
import { ENERGY_FIELDS, FIELDS, type PeArray, checkArray } from './array';

/** A field and its value as text: ['clockMHz', '500'], ['energy.macPicojoules', '0.2'], ['energy.source', '…']. */
export type ArrayChange = readonly [field: string, value: string];

const ENERGY = ENERGY_FIELDS.map((field) => `energy.${field}`);
const NUMBERS: readonly string[] = [...FIELDS.map(({ field }) => field), ...ENERGY];
/** Every field that can be changed. */
const EDITABLE: readonly string[] = [...NUMBERS, 'energy.source', 'dataflow'];

/**
 * @param base the preset or file that the array began as: its name is the array's again when nothing differs any more
 * @throws userFailure 'array-field' naming the field, what it is and what it may be
 */
export function editArray(base: PeArray, array: PeArray, changes: readonly ArrayChange[]): PeArray {
  const next: Record<string, unknown> = { ...array, energy: { ...array.energy } };
  for (const [field, text] of changes) {
    if (!EDITABLE.includes(field))
      throw userFailure('array-field', `${field} is no field of an array.`, `The fields are ${EDITABLE.join(', ')}.`);
    const [name, inner] = field.split('.') as [string, string?];
    const value = NUMBERS.includes(field) ? readNumber(text) : text;
    if (inner) (next.energy as Record<string, unknown>)[inner] = value;
    else next[name] = value;
  }
  return nameArray(base, checkArray(next, array.name));
}

/** What is no number stays the text it is, so that the check can show it. */
const readNumber = (text: string): number | string =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);

/** What differs from the array it began as, as changes that lead from one to the other. */
export function listChanges(base: PeArray, array: PeArray): ArrayChange[] {
  return EDITABLE.flatMap((field): ArrayChange[] => {
    const value = valueOf(array, field);
    return value === valueOf(base, field) ? [] : [[field, value]];
  });
}

/** A field as text. */
export function valueOf(array: PeArray, field: string): string {
  const [name, inner] = field.split('.') as [keyof PeArray, keyof PeArray['energy'] | undefined];
  return String(inner ? array.energy[inner] : array[name]);
}

/**
 * 'kraken-8x96' where the size alone differs, 'kraken-8x96 edited' for more, 'kraken-7x96-axi64 edited' where the size is
 * the same: no other array goes by the name of a preset, and none by a size that is not its own.
 */
function nameArray(base: PeArray, array: PeArray): PeArray {
  const changes = listChanges(base, array).filter(([field]) => field !== 'dataflow');
  const { name, about } = base;
  if (changes.length === 0) return checkArray({ ...array, name, about }, name);
  const size = `${name.split('-')[0]}-${array.rows}x${array.cores}`;
  const others = changes.filter(([field]) => field !== 'rows' && field !== 'cores');
  const told = changes.map(([field, value]) => `${field}=${value}`).join(', ');
  const sized = others.length < changes.length ? size : name;
  return checkArray(
    { ...array, name: others.length === 0 ? size : `${sized} edited`, about: `Like ${name}, with ${told}.` },
    name,
  );
}
