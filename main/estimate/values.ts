// The values of one axis of a sweep as people write them. In: '4..8', '4..16:4' or '24,48,96'. Out: numbers; and back.
import { userFailure } from '../network/failure';

const MOST = 10_000; // values of an axis

/**
 * '4..8' every whole number, '4..16:4' in steps, '24,48,96' as they stand.
 * @param called the option or field, for the sentence
 */
export function readValues(text: string, called: string): number[] {
  const range = /^\s*(\d+)\.\.(\d+)(?::(\d+))?\s*$/.exec(text);
  const refuse = (why: string, remedy = 'Write 4..16, 4..16:2 or 24,48,96.'): never => {
    throw userFailure('arguments', `${called} ${text} ${why}.`, remedy);
  };
  if (range) return listRange(Number(range[1]), Number(range[2]), Number(range[3] ?? 1), refuse);
  const values = text.split(',').map((one) => (one.trim() === '' ? NaN : Number(one)));
  return values.every((value) => Number.isFinite(value)) ? values : refuse('is no list of numbers');
}

function listRange(from: number, to: number, step: number, refuse: (why: string, remedy?: string) => never): number[] {
  if (to < from)
    refuse(
      'counts down',
      `Write ${to}..${from}${step === 1 ? '' : `:${step}`}: ranges go from the smallest to the largest.`,
    );
  if (step < 1) refuse('has steps of 0');
  if ((to - from) / step >= MOST) refuse(`names more than ${MOST} values`, 'Take a shorter range, or larger steps.');
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

/** The shortest way to write them that readValues understands. */
export function tellValues(values: readonly number[]): string {
  const [first, second] = values;
  const step = second === undefined ? 0 : second - first!;
  const isEven =
    values.length > 2 && values.every((value, i) => Number.isInteger(value) && value === first! + i * step);
  if (!isEven || step < 1 || first! < 0) return values.join(',');
  return `${first}..${values.at(-1)}${step === 1 ? '' : `:${step}`}`;
}
