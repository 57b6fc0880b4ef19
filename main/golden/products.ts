// Sums of products, innermost in every multiply-accumulate operator. In: the factors of two tensors. Out: sums.
// Integers (zero points taken off) are summed in int32, which wraps as in C, or exactly where TFLite has int64 sums. Reals are summed in double and rounded once:
// TFLite sums them in float32 in an order that depends on the machine, so the exact sum is the one all its orders lie about.

export type Factors = Int16Array | Float32Array;

export interface Products<F extends Factors, S extends Int32Array | Float64Array> {
  /** `count` sums of 0. */
  readonly allocate: (count: number) => S;
  /** sum + x[xi] w[wi] + x[xi + 1] w[wi + 1] + ..., `count` products. */
  readonly add: (sum: number, xs: F, xi: number, ws: F, wi: number, count: number) => number;
  /** Each of `depth` values from x[xi] times its `multiplier` weights from w[wi], onto the sums from `out`. */
  readonly addEach: (
    sums: S,
    out: number,
    xs: F,
    xi: number,
    ws: F,
    wi: number,
    depth: number,
    multiplier: number,
  ) => void;
}

export const INTEGER_PRODUCTS: Products<Int16Array, Int32Array> = {
  allocate: (count) => new Int32Array(count),
  add: (sum, xs, xi, ws, wi, count) => {
    for (let k = 0; k < count; k++) sum = (sum + Math.imul(xs[xi + k]!, ws[wi + k]!)) | 0;
    return sum;
  },
  addEach: (sums, out, xs, xi, ws, wi, depth, multiplier) => {
    for (let c = 0, o = 0; c < depth; c++) {
      const value = xs[xi + c]!;
      for (let m = 0; m < multiplier; m++, o++) sums[out + o] = (sums[out + o]! + Math.imul(value, ws[wi + o]!)) | 0;
    }
  },
};

const inDoubles = <F extends Factors>(): Products<F, Float64Array> => ({
  allocate: (count) => new Float64Array(count),
  add: (sum, xs, xi, ws, wi, count) => {
    for (let k = 0; k < count; k++) sum += xs[xi + k]! * ws[wi + k]!;
    return sum;
  },
  addEach: (sums, out, xs, xi, ws, wi, depth, multiplier) => {
    for (let c = 0, o = 0; c < depth; c++) {
      const value = xs[xi + c]!;
      for (let m = 0; m < multiplier; m++, o++) sums[out + o]! += value * ws[wi + o]!;
    }
  },
});
export const REAL_PRODUCTS = inDoubles<Float32Array>();
/** Sums of int16 products, exact below 2^53: wide.ts. */
export const WIDE_PRODUCTS = inDoubles<Int16Array>();
