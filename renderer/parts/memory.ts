// What the window remembers over a restart: sizes, open panels, formats. In: a name and the value to begin with.
// Out: a ref that is written to the page's localStorage. Nothing here matters: without storage it lasts one run.
import { type ShallowRef, shallowRef, watch } from 'vue';

const PREFIX = 'goldbench.';
const storage = (): Storage | null => (typeof localStorage === 'undefined' ? null : localStorage);

/** `fits` refuses what an older program or a hand left there. */
export function remember<T>(name: string, initial: T, fits: (value: unknown) => value is T): ShallowRef<T> {
  const value = shallowRef(read(name, initial, fits));
  watch(value, (now) => storage()?.setItem(PREFIX + name, JSON.stringify(now)), { flush: 'sync' });
  return value;
}

export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
export const isSize = (value: unknown): value is number => typeof value === 'number' && value > 0 && value < 1e5;
export const oneOf =
  <T extends string>(...words: readonly T[]) =>
  (value: unknown): value is T =>
    (words as readonly unknown[]).includes(value);

function read<T>(name: string, initial: T, fits: (value: unknown) => value is T): T {
  const text = storage()?.getItem(PREFIX + name);
  if (text === undefined || text === null) return initial;
  try {
    const value: unknown = JSON.parse(text);
    return fits(value) ? value : initial;
  } catch {
    return initial; // not JSON: not ours
  }
}
