// MEAN and SUM of float32 over constant axes. In: x, axes int32. Out: y, the reduced dimensions kept as 1 or dropped; summed
// in double, rounded once. Sources: reference/reduce.h, kernels/reduce.cc.
import type { Kernel } from '../kernel';
import { reduceInto, supportsReduction } from '../reduction';
import type { OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { reals } from './layers';

function run(
  { kind }: OperatorOf<'MEAN' | 'SUM'>,
  [x, axes]: readonly (TensorValue | null)[],
  [y]: readonly TensorValue[],
): null {
  const into = reduceInto(x!.tensor, axes!.tensor);
  const [data, out] = [reals(x!), reals(y!)];
  const sums = new Float64Array(out.length);
  for (let i = 0; i < data.length; i++) sums[into[i]!]! += data[i]!;
  const count = kind === 'MEAN' ? data.length / out.length : 1;
  for (let i = 0; i < out.length; i++) out[i] = sums[i]! / count;
  return null;
}

const kernel = {
  inputs: [2, 2] as const,
  supports: (operator: OperatorOf<'MEAN' | 'SUM'>, network: Parameters<typeof supportsReduction>[1]) =>
    supportsReduction(operator, network, ['float32'], () => null),
  run,
};
export const mean: Kernel<'MEAN'> = kernel;
export const sum: Kernel<'SUM'> = kernel;
