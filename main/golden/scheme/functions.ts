// Functions of words: LOGISTIC, TANH, ELU, HARD_SWISH, SQRT and RSQRT element by element, SOFTMAX row by row, as the host (or a table
// that it fills) computes them. In: words. Out: the function of their real values in double precision, rounded to the nearest
// word, half to even. Definition: network/schemeDefinitions.ts.
import type { Network, OperatorOf } from '../../network/network';
import { firstComplaint, needShape } from '../checks';
import { REAL_FUNCTIONS } from '../float/elementwise';
import { powersOf } from '../float/rows';
import { type Kernel, inputTensor, integers, outputTensor, scaleOf, zeroPointOf } from '../kernel';
import { wordOf } from './elementwise';
import { needWords, wordSchemeOf } from './words';

type FunctionKind = 'LOGISTIC' | 'TANH' | 'ELU' | 'HARD_SWISH' | 'SQRT' | 'RSQRT';

function supports(operator: OperatorOf<FunctionKind | 'SOFTMAX'>, network: Network): string | null {
  const { name, kind } = operator;
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  return firstComplaint(
    () => needWords(name, wordSchemeOf(operator, network), x, y),
    () => (kind === 'SOFTMAX' && x.shape.length === 0 ? `${name} of a scalar is not supported.` : null),
    () => needShape(name, y, x.shape),
  );
}

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
