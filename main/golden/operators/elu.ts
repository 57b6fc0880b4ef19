// ELU, y = x above zero, exp(x) - 1 below it: int8, as a table of 256 values computed in float32. In: x. Out: y.
// Source: kernels/activations.cc EluPrepare, PopulateLookupTable.
import { roundHalfAway } from '../fixedPoint';
import { type Kernel, scaleOf, zeroPointOf } from '../kernel';
import { mapIntegers, supportsUnary } from '../unary';

const { fround } = Math;

export const elu: Kernel<'ELU'> = {
  inputs: [1, 1],
  supports: (operator, network) => supportsUnary(operator, network, ['int8']),
  run: (_, [x], [y]) => {
    const [scale, zx, zy] = [scaleOf(x!.tensor), zeroPointOf(x!.tensor), zeroPointOf(y!.tensor)];
    const inverse = fround(1 / scaleOf(y!.tensor));
    mapIntegers(x!, y!, (raw) => {
      const real = fround(scale * (raw - zx));
      return roundHalfAway(fround(fround(real < 0 ? Math.expm1(real) : real) * inverse)) + zy;
    });
    return null;
  },
};
