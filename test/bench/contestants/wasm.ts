// TFLite's own WebAssembly (XNNPACK, SIMD, one thread). In: the bytes of a file and the values of its inputs, or a layer.
// Out: a contestant.
import type { TypedArray } from '../../../main/tensor/tensor';
import { NetworkBuilder } from '../../oracle/build';
import { openOracle, runOracle } from '../../oracle/tfjs';
import { type Contestant, spend } from './contestant';
import { type BenchLayer, type LayerValues, scalesOf, weightCount } from './layer';
import { type ConvOptions, operatorOf } from './ours';

/** The last output is taken for the result. */
export async function wasm(file: Uint8Array, inputs: readonly TypedArray[]): Promise<Contestant> {
  const { kernels } = await runOracle(file, inputs);
  const oracle = await openOracle(file, inputs);
  return {
    name: 'TFLite WASM',
    implementation: [...new Set(kernels)].join(' '), // what XNNPACK declines runs on far slower kernels
    run: (times) => spend(times, () => oracle.infer()),
    output: () => Promise.resolve(oracle.outputs().at(-1) as Int8Array),
    close: () => Promise.resolve(oracle.close()),
  };
}

/** Weights above which no file is written: building one takes many times their memory. */
const MOST_WEIGHTS = 5e6;

/** null for a layer of too many weights. */
export async function wasmLayer(layer: BenchLayer, v: LayerValues): Promise<Contestant | null> {
  if (weightCount(layer) > MOST_WEIGHTS) return null;
  const { kind, x, y, w, axis, options } = operatorOf(layer);
  const builder = new NetworkBuilder(layer.name);
  const input = builder.input({ type: 'int8', shape: x, quantization: { scale: [v.xScale], zeroPoint: [v.xZero] } });
  const weights = builder.constant(
    { type: 'int8', shape: w, quantization: { scale: scalesOf(layer, v), axis } },
    v.weights,
  );
  const scale = scalesOf(layer, v).map((s) => Math.fround(s * v.xScale));
  const bias = builder.constant({ type: 'int32', shape: [layer.channels], quantization: { scale } }, v.bias);
  const quantization = { scale: [v.yScale], zeroPoint: [v.yZero] };
  builder.operator(kind, [input, weights, bias], { type: 'int8', shape: y, quantization }, options as ConvOptions);
  return wasm(builder.finish(), [v.x]);
}
