// Operators that take each float32 element by itself: LOGISTIC, TANH, RELU and its kin, LEAKY_RELU, PRELU, ELU, HARD_SWISH,
// SQRT, RSQRT. In: x (PRELU: and alpha, broadcast). Out: y of x's shape. Functions are computed in double and rounded once;
// TFLite's float32 approximations of exp and tanh lie within a few units in the last place of that.
// Sources: kernels/activations.cc, kernels/elementwise.cc, reference/{logistic,tanh,prelu,hard_swish}.h.
import type { Network, Operator, OperatorOf } from '../../network/network';
import { needBroadcast, pairOffsets } from '../broadcast';
import { needReals, needShape } from '../checks';
import { type Kernel, inputTensor, outputTensor } from '../kernel';
import { reals } from './layers';

const { fround } = Math;

function supportsReal(operator: Operator, network: Network): string | null {
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  return needReals(operator.name, x, y) ?? needShape(operator.name, y, x.shape);
}

const clampTo = (lowest: number, highest: number) => (x: number) => (x < lowest ? lowest : x > highest ? highest : x);

/** The function of each kind, in double. */
export const REAL_FUNCTIONS = {
  LOGISTIC: () => (x: number) => 1 / (1 + Math.exp(-x)),
  TANH: () => Math.tanh,
  RELU: () => clampTo(0, Infinity),
  RELU6: () => clampTo(0, 6),
  RELU_N1_TO_1: () => clampTo(-1, 1),
  ELU: () => (x: number) => (x < 0 ? Math.expm1(x) : x),
  SQRT: () => Math.sqrt,
  RSQRT: () => (x: number) => 1 / Math.sqrt(x),
  HARD_SWISH: () => (x: number) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  LEAKY_RELU: ({ alpha }: { readonly alpha: number }) => {
    const slope = fround(alpha);
    return (x: number) => (x > 0 ? x : x * slope);
  },
} as const;
type RealKind = keyof typeof REAL_FUNCTIONS;
export const isRealFunction = (operator: Operator): operator is OperatorOf<RealKind> => operator.kind in REAL_FUNCTIONS;

/** The same in words; x stands for the value. */
export const REAL_FORMULAS: Readonly<Record<RealKind, string>> = {
  LOGISTIC: '1 / (1 + e^-(x))',
  TANH: 'tanh(x)',
  RELU: 'the larger of 0 and x',
  RELU6: 'x to 0 … 6',
  RELU_N1_TO_1: 'x to -1 … 1',
  ELU: 'x above 0, e^x - 1 below',
  SQRT: 'the root of x',
  RSQRT: '1 / the root of x',
  HARD_SWISH: 'x (x + 3, to 0 … 6) / 6',
  LEAKY_RELU: 'x above 0, alpha times x below',
};

/** y[i] = f(x[i]), rounded to float32. */
const each = <K extends RealKind>(kind: K): Kernel<K> => ({
  inputs: [1, 1],
  supports: supportsReal as Kernel<K>['supports'],
  run: ({ options }, [x], [y]) => {
    const compute = REAL_FUNCTIONS[kind](options as never);
    const [data, out] = [reals(x!), reals(y!)];
    for (let i = 0; i < out.length; i++) out[i] = compute(data[i]!);
    return null;
  },
});

export const logistic = each('LOGISTIC');
export const tanh = each('TANH');
export const relu = each('RELU');
export const relu6 = each('RELU6');
export const reluN1To1 = each('RELU_N1_TO_1');
export const elu = each('ELU');
export const sqrt = each('SQRT');
export const rsqrt = each('RSQRT');
export const hardSwish = each('HARD_SWISH');
export const leakyRelu = each('LEAKY_RELU');

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
