// REDUCE_MAX over constant axes: integers and float32. In: x, axes int32. Out: y of x's quantization, the largest raw value.
// Source: kernels/reduce.cc EvalLogic.
import type { OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { needSameQuantization } from '../checks';
import type { Kernel } from '../kernel';
import { reduceInto, supportsReduction } from '../reduction';

function run(
  _: OperatorOf<'REDUCE_MAX'>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
): null {
  const [x, axes, y] = [inputs[0]!, inputs[1]!, outputs[0]!];
  const into = reduceInto(x.tensor, axes.tensor);
  const data = x.data as Int8Array; // whichever type: values are compared and carried over
  const out = y.data as Int8Array;
  const seen = new Uint8Array(out.length);
  for (let i = 0; i < data.length; i++) {
    const o = into[i]!;
    if (!seen[o] || data[i]! > out[o]!) out[o] = data[i]!;
    seen[o] = 1;
  }
  return null;
}

export const reduceMax: Kernel<'REDUCE_MAX'> = {
  inputs: [2, 2],
  supports: (operator, network) =>
    supportsReduction(operator, network, ['int8', 'uint8', 'int16', 'int32', 'int64', 'float32'], (x, y) =>
      needSameQuantization('REDUCE_MAX', x, y),
    ),
  run,
};
