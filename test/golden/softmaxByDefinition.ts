// TFLite's reference SOFTMAX of one int8 row with BigInt, following reference/softmax.h and gemmlowp/fixedpoint.h line by
// line. In: raw values, beta x scale. Out: raw int8 outputs (scale 1/256, zero point -128).
import { quantizeMultiplier } from '../../main/golden/fixedPoint';
import { divideByPower, highMul } from '../oracle/rounding';

const int32 = (value: bigint): bigint => BigInt.asIntN(32, value);
const MAX = (1n << 31n) - 1n;
const MIN = -(1n << 31n);
const saturate = (value: bigint): bigint => (value > MAX ? MAX : value < MIN ? MIN : value);

export function softmaxByDefinition(values: readonly number[], betaTimesScale: number): number[] {
  const { multiplier, shift } = quantizeMultiplier(Math.min(betaTimesScale * 2 ** 26, 2 ** 31 - 1));
  const deepest = -Math.floor((31 * 2 ** 26) / 2 ** shift);
  const max = Math.max(...values);
  const exponentials = values.map((value) =>
    value - max < deepest ? null : exp(highMul(int32(BigInt(value - max) << BigInt(shift)), BigInt(multiplier))),
  );
  const sum = exponentials.reduce<bigint>((total, e) => (e === null ? total : int32(total + divideByPower(e, 12))), 0n);
  const headroom = Math.clz32(Number(BigInt.asUintN(32, sum)));
  const scale = reciprocal(int32((sum << BigInt(headroom)) - (1n << 31n)));
  return exponentials.map((e) => {
    if (e === null) return -128;
    return Math.min(127, Number(divideByPower(highMul(scale, e), 12 - headroom + 31 - 8)) - 128);
  });
}

/** exp_on_negative_values<5>. */
function exp(a: bigint): bigint {
  const quarter = 1n << 24n;
  const rest = (a & (quarter - 1n)) - quarter;
  const remainder = int32(rest - a);
  let result = expNearZero(saturate(rest << 5n));
  const factors = [1672461947n, 1302514674n, 790015084n, 290630308n, 39332535n, 720401n, 242n];
  factors.forEach((factor, i) => {
    if (remainder & (1n << BigInt(24 + i))) result = highMul(result, factor);
  });
  return a === 0n ? MAX : result;
}

function expNearZero(a: bigint): bigint {
  const x = int32(a + (1n << 28n));
  const x2 = highMul(x, x);
  const x3 = highMul(x2, x);
  const x4 = highMul(x2, x2);
  const tail = divideByPower(int32(highMul(int32(divideByPower(x4, 2) + x3), 715827883n) + x2), 1);
  return int32(1895147668n + highMul(1895147668n, int32(x + tail)));
}

function reciprocal(a: bigint): bigint {
  const total = a + MAX;
  const half = (total + (total >= 0n ? 1n : -1n)) / 2n;
  let x = int32(1515870810n + highMul(half, -1010580540n));
  for (let i = 0; i < 3; i++) x = int32(x + saturate(highMul(x, int32((1n << 29n) - highMul(half, x))) << 2n));
  return saturate(x << 1n);
}
