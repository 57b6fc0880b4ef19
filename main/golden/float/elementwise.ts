// Operators that take each float32 element by itself: LOGISTIC, TANH, RELU and its kin, LEAKY_RELU, PRELU, ELU, HARD_SWISH,
// SQRT, RSQRT. In: x (PRELU: and alpha, broadcast). Out: y of x's shape. Functions are computed in double and rounded once;
// TFLite's float32 approximations of exp and tanh lie within a few units in the last place of that.
// Sources: kernels/activations.cc, kernels/elementwise.cc, reference/{logistic,tanh,prelu,hard_swish}.h.
import type { Network, Operator, OperatorKind, OperatorOf } from '../../network/network';
import { needBroadcast, pairOffsets } from '../broadcast';
import { needReals, needShape } from '../checks';
import { type Kernel, inputTensor, outputTensor } from '../kernel';
import { reals } from './layers';

const { fround } = Math;

function supportsReal(operator: Operator, network: Network): string | null {
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  return needReals(operator.name, x, y) ?? needShape(operator.name, y, x.shape);
}

/** y[i] = f(x[i]), rounded to float32. */
const each = <K extends OperatorKind>(functionOf: (options: OperatorOf<K>['options']) => (x: number) => number): Kernel<K> => ({
  inputs: [1, 1],
  supports: supportsReal as Kernel<K>['supports'],
  run: ({ options }, [x], [y]) => {
    const [compute, data, out] = [functionOf(options), reals(x!), reals(y!)];
    for (let i = 0; i < out.length; i++) out[i] = compute(data[i]!);
    return null;
  },
}); // prettier-ignore

const clampTo = (lowest: number, highest: number) => (x: number) => (x < lowest ? lowest : x > highest ? highest : x);

export const logistic = each<'LOGISTIC'>(() => (x) => 1 / (1 + Math.exp(-x)));
export const tanh = each<'TANH'>(() => Math.tanh);
export const relu = each<'RELU'>(() => clampTo(0, Infinity));
export const relu6 = each<'RELU6'>(() => clampTo(0, 6));
export const reluN1To1 = each<'RELU_N1_TO_1'>(() => clampTo(-1, 1));
export const elu = each<'ELU'>(() => (x) => (x < 0 ? Math.expm1(x) : x));
export const sqrt = each<'SQRT'>(() => Math.sqrt);
export const rsqrt = each<'RSQRT'>(() => (x) => 1 / Math.sqrt(x));
export const hardSwish = each<'HARD_SWISH'>(() => (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6);
export const leakyRelu = each<'LEAKY_RELU'>(
  ({ alpha }) =>
    (x) =>
      x > 0 ? x : x * fround(alpha),
);

export const prelu: Kernel<'PRELU'> = {
  inputs: [2, 2],
  supports: (operator, network) => {
    const [x, alpha] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!];
    return (
      needReals('PRELU', alpha) ??
      supportsReal(operator, network) ??
      needBroadcast('PRELU', x, alpha, outputTensor(operator, network))
    );
  },
  run: (_, [x, alpha], [y]) => {
    const [fromX, fromAlpha] = pairOffsets(x!, alpha!, y!);
    const [xs, alphas, out] = [reals(x!), reals(alpha!), reals(y!)];
    for (let i = 0; i < out.length; i++) {
      const value = xs[fromX[i]!]!;
      out[i] = value >= 0 ? value : value * alphas[fromAlpha[i]!]!;
    }
    return null;
  },
};
