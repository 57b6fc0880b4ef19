// A run compared with a folder of dumps, in sentences. In: the comparison. Out: a summary, and what could not be compared.
import type { RunComparison, TensorComparison } from '../../../main/compare/compare';
import { count, group } from '../../parts/number';
import type { Row } from '../../stores/compare';

/** Only the dump has it: no tensor of the network is known for it. */
const isForeign = ({ verdict, tensor }: TensorComparison): boolean => verdict === 'absent' && tensor === null;
const isMissing = ({ verdict, tensor }: TensorComparison): boolean => verdict === 'absent' && tensor !== null;

/** @param first the row of the first difference, or of what cannot be compared; null: none */
export function tellDump({ tensors, elements, differing }: RunComparison, first: Row | null): string {
  const number = (is: (t: TensorComparison) => boolean): number => tensors.filter(is).length;
  const [compared, wrong] = [
    number(({ verdict }) => verdict === 'equal' || verdict === 'differs'),
    number(({ verdict }) => verdict === 'differs'),
  ];
  const [incomparable, missing] = [number(({ verdict }) => verdict === 'incomparable'), number(isMissing)];
  return [
    wrong === 0
      ? `equal: ${count(elements, 'element')} of ${count(compared, 'tensor')}`
      : `${wrong} of ${count(compared, 'tensor')} differ`,
    ...(first && wrong > 0 ? [`first ${first.operator === null ? 'input' : first.operator} · ${first.name}`] : []),
    ...(wrong === 0 ? [] : [`${group(differing)} of ${count(elements, 'element')}`]),
    ...(incomparable === 0 ? [] : [`${incomparable} not comparable`]),
    ...(missing === 0 ? [] : [`${missing} not in the dump`]),
  ].join(' · ');
}

const MOST_NAMES = 6;
/** A sentence for each file that is no such tensor, and one each for all that either side lacks. */
export function listUncompared(tensors: readonly TensorComparison[]): string[] {
  const name = (is: (t: TensorComparison) => boolean): string => {
    const mine = tensors.filter(is);
    const isSum = ({ what }: TensorComparison): boolean => what === 'accumulator'; // which few boards can dump
    const labels = [...mine.filter((t) => !isSum(t)), ...mine.filter(isSum)].map(({ label }) => label);
    const more = labels.length - MOST_NAMES;
    return labels.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
  };
  const [missing, foreign] = [name(isMissing), name(isForeign)];
  return [
    ...tensors.filter(({ verdict }) => verdict === 'incomparable').map(({ label, why }) => `${label}: ${why}`),
    ...(missing ? [`Not in the dump, as .npy, .bin or .mem: ${missing}.`] : []),
    ...(foreign ? [`In the dump alone, since no tensor of the run is named so: ${foreign}.`] : []),
  ];
}
