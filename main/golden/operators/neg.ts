// NEG: int32, int64 and float32. In: x. Out: y = -x, same shape; the lowest integer stays, as in C.
// Source: kernels/neg.cc, reference/neg.h (no quantised form).
import { firstComplaint, needSameType, needShape, needType } from '../checks';
import { type Kernel, inputTensor, outputTensor } from '../kernel';

const NAME = 'NEG';

export const neg: Kernel<'NEG'> = {
  inputs: [1, 1],
  supports: (operator, network) => {
    const x = inputTensor(operator, network, 0)!;
    const y = outputTensor(operator, network);
    return firstComplaint(
      () => needType(NAME, x, ['int32', 'int64', 'float32']),
      () => needSameType(NAME, x, y),
      () => needShape(NAME, y, x.shape),
    );
  },
  run: (_, inputs, outputs) => {
    const out = outputs[0]!.data as Int32Array; // whichever type: the minus is that of its values
    (inputs[0]!.data as Int32Array).forEach((value, i) => (out[i] = -value));
    return null;
  },
};
