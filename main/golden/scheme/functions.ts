// Functions of words: LOGISTIC, TANH, ELU, HARD_SWISH, SQRT and RSQRT element by element, SOFTMAX and L2_NORMALIZATION row by row, as the host (or a table
// that it fills) computes them. In: words. Out: the function of their real values in double precision, rounded to the nearest
// word, half to even. Definition: network/schemeDefinitions.ts.
import type { Network, OperatorOf } from '../../network/network';
import { firstComplaint, needShape } from '../checks';
import { roundHalfEven } from '../fixedPoint';
import { REAL_FUNCTIONS } from '../float/elementwise';
import { powersOf } from '../float/rows';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { wordOf } from './elementwise';
import { clampWord } from './requantizer';
import { needWords, wordRange, wordSchemeOf } from './words';

type FunctionKind = 'LOGISTIC' | 'TANH' | 'ELU' | 'HARD_SWISH' | 'SQRT' | 'RSQRT';

function supports(
  operator: OperatorOf<FunctionKind | 'SOFTMAX' | 'L2_NORMALIZATION'>,
  network: Network,
): string | null {
  const { name, kind } = operator;
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  return firstComplaint(
    () => needWords(name, wordSchemeOf(operator, network), x, y),
    () => (isRow(kind) && x.shape.length === 0 ? `${name} of a scalar is not supported.` : null),
    () => needShape(name, y, x.shape),
  );
}

const isRow = (kind: string): boolean => kind === 'SOFTMAX' || kind === 'L2_NORMALIZATION';

const each = <K extends FunctionKind>(kind: K): Kernel<K> => ({
  inputs: [1, 1],
  supports: supports as Kernel<K>['supports'],
  run: (_, [x], [y]) => {
    const compute = REAL_FUNCTIONS[kind]();
    const [scale, zero, toWord] = [scaleOf(x!.tensor), zeroPointOf(x!.tensor), wordOf(y!.tensor)];
    const [data, out] = [integers(x!), integers(y!)];
    for (let i = 0; i < out.length; i++) out[i] = toWord(compute(scale * (data[i]! - zero)));
    return null;
  },
});
export const logistic = each('LOGISTIC');
export const tanh = each('TANH');
export const elu = each('ELU');
export const hardSwish = each('HARD_SWISH');
export const sqrt = each('SQRT');
export const rsqrt = each('RSQRT');

export const softmax: Kernel<'SOFTMAX'> = {
  inputs: [1, 1],
  supports,
  run: ({ options: { beta } }, [x], [y]) => {
    const depth = x!.tensor.shape.at(-1)!;
    const [scale, toWord] = [scaleOf(x!.tensor), wordOf(y!.tensor)]; // the zero point cancels out
    const [data, out] = [integers(x!), integers(y!)];
    for (let row = 0; row < data.length; row += depth) {
      const { powers, sum } = powersOf(
        Float64Array.from(data.subarray(row, row + depth), (raw) => scale * raw),
        beta,
      );
      powers.forEach((power, i) => (out[row + i] = toWord(power / sum)));
    }
    return null;
  },
};

/** The sum of squares of a row's words less their zero point; and one such word divided by its root, in steps of y's scale. */
export const sumOfSquares = (row: ArrayLike<number>, zero: number): number => {
  let squares = 0;
  for (let i = 0; i < row.length; i++) squares += (row[i]! - zero) ** 2;
  return squares;
};
export const shareOfLength = (word: number, squares: number, scale: number): number =>
  squares === 0 ? 0 : word / (Math.sqrt(squares) * scale);

/** Of longer rows, the squares of 16-bit words may not sum up exactly in a double. */
const LONGEST_ROW = 2 ** 20;

export const l2Normalization: Kernel<'L2_NORMALIZATION'> = {
  inputs: [1, 1],
  supports: (operator, network) => {
    const { name, options } = operator;
    const depth = inputTensor(operator, network, 0)!.shape.at(-1) ?? 0;
    if (options.activation !== 'none')
      return `${name} with the fused activation ${options.activation} is not supported; none is.`;
    if (depth > LONGEST_ROW) return `${name} of rows of ${depth} is not supported in words; up to ${LONGEST_ROW} are.`;
    return supports(operator, network);
  },
  run: (_, [x], [y]) => {
    const depth = x!.tensor.shape.at(-1)!;
    const [zero, scale, zeroOfY, range] = [
      zeroPointOf(x!.tensor),
      scaleOf(y!.tensor),
      zeroPointOf(y!.tensor),
      wordRange('none', y!.tensor),
    ];
    const [data, out] = [integers(x!), integers(y!)];
    for (let first = 0; first < data.length; first += depth) {
      const squares = sumOfSquares(data.subarray(first, first + depth), zero);
      for (let i = first; i < first + depth; i++)
        out[i] = clampWord(roundHalfEven(shareOfLength(data[i]! - zero, squares, scale)) + zeroOfY, range);
    }
    return null;
  },
};
