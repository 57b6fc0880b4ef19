// ADD, SUB, MUL and DIV of plain numbers, with numpy broadcasting: float32, int32 and int64, not quantised.
// In: a, b of one type. Out: y = clamp(a op b). Integers wrap as on every machine and divide towards zero; int64 is BigInt.
// Sources: reference/{add,sub,mul,div}.h, kernels/{add,sub,mul,div}.cc.
import { userFailure } from '../network/failure';
import type { ElementType, Network, OperatorOf } from '../network/network';
import type { TensorValue } from '../tensor/tensor';
import { realRange, refuseActivation } from './activation';
import { needBroadcast, pairOffsets, repeatsIn } from './broadcast';
import { firstComplaint, needSameType, needType } from './checks';
import { type Kernel, inputTensor, outputTensor } from './kernel';

export type Pair = 'ADD' | 'SUB' | 'MUL' | 'DIV';

/** What each operator does to two numbers; storing the result rounds it to float32, or wraps it to the integers' width. */
const REAL: Readonly<Record<Pair, (a: number, b: number) => number>> = {
  ADD: (a, b) => a + b,
  SUB: (a, b) => a - b,
  MUL: (a, b) => a * b, // 48 bits: the double is exact
  DIV: (a, b) => a / b, // rounding to double, then to float32, is rounding to float32: 53 > 2 x 24 + 2
};
const WHOLE: typeof REAL = {
  ADD: (a, b) => (a + b) | 0, // wrapped before it is clamped
  SUB: (a, b) => (a - b) | 0,
  MUL: Math.imul,
  DIV: (a, b) => Math.trunc(a / b) | 0,
};
const LONG: Readonly<Record<Pair, (a: bigint, b: bigint) => bigint>> = {
  ADD: (a, b) => BigInt.asIntN(64, a + b),
  SUB: (a, b) => BigInt.asIntN(64, a - b),
  MUL: (a, b) => BigInt.asIntN(64, a * b),
  DIV: (a, b) => a / b,
};

function supports(operator: OperatorOf<Pair>, network: Network, types: readonly ElementType[]): string | null {
  const { name, options } = operator;
  const [a, b] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!];
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(name, a, types),
    () => needSameType(name, a, b) ?? needSameType(name, a, y),
    () => refuseActivation(name, options.activation),
    () => needBroadcast(name, a, b, y),
  );
}

/** What an operator does to two numbers of a type. (The cast is sound: BigInts of int64 give BigInts.) */
export const operationOf = (kind: Pair, type: ElementType): ((a: number, b: number) => number) =>
  (type === 'int64' ? LONG[kind] : (type === 'int32' ? WHOLE : REAL)[kind]) as (typeof REAL)['ADD'];

function run(operator: OperatorOf<Pair>, [a, b]: readonly (TensorValue | null)[], [y]: readonly TensorValue[]): null {
  const { kind } = operator;
  const { type } = y!.tensor;
  if (type !== 'float32' && kind === 'DIV') needDivisor(operator, b!);
  const compute = operationOf(kind, type);
  const [as, bs, out] = [a!.data, b!.data, y!.data] as [Float32Array, Float32Array, Float32Array]; // whichever of the three types
  const [lowest, highest] = realRange(operator.options.activation); // numbers and BigInts compare
  const put = (i: number, p: number, q: number): void => {
    const value = compute(as[p]!, bs[q]!);
    out[i] = value < lowest ? like(value, lowest) : value > highest ? like(value, highest) : value;
  };
  if (repeatsIn(a!, y!) && repeatsIn(b!, y!)) {
    for (let i = 0, p = 0, q = 0; i < out.length; i++) {
      put(i, p, q);
      if (++p === as.length) p = 0;
      if (++q === bs.length) q = 0;
    }
    return null;
  }
  const [fromA, fromB] = pairOffsets(a!, b!, y!);
  for (let i = 0; i < out.length; i++) put(i, fromA[i]!, fromB[i]!);
  return null;
}

/** The limit as a number of the value's kind. */
const like = (value: number | bigint, limit: number): number =>
  (typeof value === 'bigint' ? BigInt(limit) : limit) as number;

/** Integers are not divided by zero: TFLite stops there, too. */
export function needDivisor(operator: OperatorOf<'DIV'>, divisor: TensorValue, zero = 0): void {
  const at = (divisor.data as Int32Array).findIndex((value) => Number(value) === zero);
  if (at < 0) return;
  throw userFailure(
    'golden-division-by-zero',
    `Operator ${operator.index} (${operator.name}) divides integers by zero: element ${at} of tensor ${divisor.tensor.index}.`,
    'Give the network other inputs, or correct the constant divisor.',
    { operator: operator.index, tensor: divisor.tensor.index },
  );
}

/** The types ADD, SUB and MUL have; there is no int64 DIV. */
export const PLAIN: readonly ElementType[] = ['float32', 'int32', 'int64'];

/** The kernel of a kind, for the types TFLite has it in. */
export const plainPair = <K extends Pair>(types: readonly ElementType[]): Kernel<K> => ({
  inputs: [2, 2],
  supports: (operator, network) => supports(operator as OperatorOf<Pair>, network, types),
  run: (operator, inputs, outputs) => run(operator as OperatorOf<Pair>, inputs, outputs),
});
