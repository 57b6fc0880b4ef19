// Operators that take each element by itself. In: a value and a function of raw integers. Out: the output filled.
import type { ElementType, Network, Operator } from '../network/network';
import type { TensorValue } from '../tensor/tensor';
import { INTEGER_RANGE } from './activation';
import { firstComplaint, needPerTensor, needSameType, needShape, needType } from './checks';
import { inputTensor, integers, outputTensor } from './kernel';

/** One input, one output, of one of the quantised `types` and one shape. */
export function supportsUnary(operator: Operator, network: Network, types: readonly ElementType[]): string | null {
  const x = inputTensor(operator, network, 0)!;
  const y = outputTensor(operator, network);
  return firstComplaint(
    () => needType(operator.name, x, types),
    () => needSameType(operator.name, x, y),
    () => needPerTensor(operator.name, x, y),
    () => needShape(operator.name, y, x.shape),
  );
}

/** y[i] = compute(x[i]), clamped to `range`. Long 8-bit tensors compute each of their 256 values once. */
export function mapIntegers(
  x: TensorValue,
  y: TensorValue,
  compute: (raw: number) => number,
  [lowest, highest]: readonly [number, number] = INTEGER_RANGE[y.tensor.type]!,
): void {
  const clamped = (raw: number): number => Math.min(highest, Math.max(lowest, compute(raw)));
  const data = integers(x);
  const out = integers(y);
  if (data.BYTES_PER_ELEMENT > 1 || data.length < 256) {
    for (let i = 0; i < data.length; i++) out[i] = clamped(data[i]!);
    return;
  }
  const first = INTEGER_RANGE[x.tensor.type]![0];
  const table = Int32Array.from({ length: 256 }, (_, i) => clamped(first + i));
  for (let i = 0; i < data.length; i++) out[i] = table[data[i]! - first]!;
}
