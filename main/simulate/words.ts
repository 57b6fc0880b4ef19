// Layers in words of a scheme on the engine, which knows nothing of schemes: it sums raw words. In: such a layer. Out: why the
// engine cannot hold its sums, or null; and its inputs as the engine's sums are made accumulators of.
import { schemeOfWords } from '../golden/arithmetic';
import { isLayer } from '../golden/layer';
import { fitsInt32, startsOf } from '../golden/scheme/layerRequantizer';
import type { Network, Operator, Tensor } from '../network/network';
import type { TensorValue } from '../tensor/tensor';
import type { Engine } from './engine';

export function wordsRefusal(operator: Operator, network: Network, engine: Engine): string | null {
  const scheme = schemeOfWords(operator, network);
  if (!scheme || !isLayer(operator)) return null;
  if (scheme.accumulatorBits > engine.accumulatorBits)
    return `Its sums have ${scheme.accumulatorBits} bits, but the array's accumulatorBits is ${engine.accumulatorBits}.`;
  return fitsInt32(operator, network) ? null : 'Its sums may need more than the 32 bits in which they are compared.';
}

/** In words a sum begins not with the bias as it is stored, but with what the scheme makes of it. */
export function withStarts(
  network: Network,
  operator: Operator,
  inputs: readonly (TensorValue | null)[],
): readonly (TensorValue | null)[] {
  if (!schemeOfWords(operator, network) || !isLayer(operator) || operator.kind === 'BATCH_MATMUL') return inputs;
  const data = Int32Array.from(startsOf(operator, network));
  const tensor: Tensor = {
    index: -1,
    name: 'starts',
    type: 'int32',
    shape: [data.length],
    quantization: null,
    data: null,
    isVariable: false,
  };
  return [...inputs.slice(0, 2), { tensor, data }];
}
