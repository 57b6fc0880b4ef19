// ELU, y = x above zero, exp(x) - 1 below it: int8, as a table of 256 values computed in float32. In: x. Out: y.
// Sources: kernels/activations.cc EluPrepare, PopulateLookupTable; XNNPACK/src/operators/lut-elementwise-nc.c.
import { roundHalfAway, roundHalfEven } from '../fixedPoint';
import { type Kernel, scaleOf, zeroPointOf } from '../kernel';
import { expm1f } from '../singlePrecision';
import { mapIntegers, supportsUnary } from '../unary';

const { fround } = Math;

/** In float32. */
export const eluOf = (real: number): number => (real < 0 ? expm1f(real) : real);

export const elu: Kernel<'ELU'> = {
  inputs: [1, 1],
  supports: (operator, network) => supportsUnary(operator, network, ['int8']),
  run: (_, [x], [y], arithmetic) => {
    const [scale, zx, zy] = [scaleOf(x!.tensor), zeroPointOf(x!.tensor), zeroPointOf(y!.tensor)];
    const inverse = fround(1 / scaleOf(y!.tensor));
    const round = arithmetic === 'tableEven' ? roundHalfEven : roundHalfAway;
    mapIntegers(x!, y!, (raw) => {
      const real = fround(scale * (raw - zx));
      return round(fround(eluOf(real) * inverse)) + zy;
    });
    return null;
  },
};
