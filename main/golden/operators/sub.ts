// SUB: y = a - b of int8, uint8 or int16, with broadcasting. See ../sum.ts.
import type { Kernel } from '../kernel';
import { runSum, supportsSum } from '../sum';

export const sub: Kernel<'SUB'> = {
  inputs: [2, 2],
  supports: supportsSum,
  run: (operator, inputs, outputs, arithmetic) => runSum(operator, -1, inputs, outputs, arithmetic),
};
