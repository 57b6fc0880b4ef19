// MAX_POOL_2D: int8, uint8 and int16. In: x [N, H, W, C]. Out: y [N, OH, OW, C], the largest tap inside the image.
// Sources: reference/integer_ops/pooling.h, reference/pooling.h (uint8), kernels/pooling.cc Prepare.
import type { Arithmetic } from '../../network/arithmetic';
import type { OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { activationRange } from '../activation';
import { type Kernel, integers } from '../kernel';
import { endTap, firstTap, windowStart } from '../padding';
import { poolWindows, supportsPool } from '../pool';

function run(
  operator: OperatorOf<'MAX_POOL_2D'>,
  inputs: readonly (TensorValue | null)[],
  outputs: readonly TensorValue[],
  arithmetic: Arithmetic,
): null {
  const [x, y] = [inputs[0]!, outputs[0]!];
  const [batches, height, width, depth] = x.tensor.shape as [number, number, number, number];
  const [rows, columns] = poolWindows(operator.options, x.tensor.shape);
  const [lowest, highest] = activationRange(operator.options.activation, y.tensor, arithmetic);
  const data = integers(x);
  const out = integers(y);
  const largest = new Int32Array(depth);
  for (let n = 0, o = 0; n < batches; n++) {
    for (let oy = 0; oy < rows.output; oy++) {
      const top = windowStart(rows, oy);
      for (let ox = 0; ox < columns.output; ox++, o += depth) {
        const left = windowStart(columns, ox);
        largest.fill(lowest); // starting at the lower clamp changes nothing: the result is clamped to it anyway
        for (let ky = firstTap(rows, top); ky < endTap(rows, top); ky++) {
          for (let kx = firstTap(columns, left); kx < endTap(columns, left); kx++) {
            const at = ((n * height + top + ky) * width + left + kx) * depth;
            for (let c = 0; c < depth; c++) if (data[at + c]! > largest[c]!) largest[c] = data[at + c]!;
          }
        }
        for (let c = 0; c < depth; c++) out[o + c] = largest[c]! > highest ? highest : largest[c]!;
      }
    }
  }
  return null;
}

export const maxPool2d: Kernel<'MAX_POOL_2D'> = { inputs: [1, 1], supports: supportsPool, run };
