// Operators whose tensors do not fit them: `supports` must answer, never throw, and what it lets pass must run.
// Networks are the oracle's random cases with one tensor changed.
import { expect, test } from 'vitest';
import { KERNEL_SETS } from '../../main/network/arithmetic';
import { Failure } from '../../main/network/failure';
import type { ElementType, Network, Tensor } from '../../main/network/network';
import { elementCount } from '../../main/network/network';
import type { Support } from '../../main/network/view';
import { delegatedOperators } from '../../main/golden/delegation';
import { kernelOf } from '../../main/golden/operators';
import { supportOf } from '../../main/golden/support';
import { writtenBy } from '../../main/golden/variables';
import { importNetwork } from '../../main/import/import';
import { allocate, bytesOf, viewBytes } from '../../main/tensor/tensor';
import { Bench } from '../oracle/bench';
import { CASES } from '../oracle/cases';
import { Random } from '../oracle/random';

const TYPES: readonly ElementType[] = ['int8', 'uint8', 'int16', 'int32', 'int64', 'float32', 'bool', 'string'];

/** The tensor with another shape, type, quantization or, if constant, other values. */
function spoil(tensor: Tensor, r: Random): Tensor {
  const { shape } = tensor;
  const change = r.pick(['dimension', 'rank', 'type', 'real', 'unquantised', 'scales', 'values', 'late'] as const);
  const refit = (to: Partial<Tensor>): Tensor => {
    const made = { ...tensor, ...to };
    return tensor.data && made.type !== 'string'
      ? { ...made, data: bytesOf(r.values(made.type === 'bool' ? 'uint8' : made.type, elementCount(made.shape))) }
      : made;
  };
  if (change === 'dimension' && shape.length > 0)
    return refit({ shape: shape.with(r.whole(0, shape.length - 1), r.whole(0, 9)) });
  if (change === 'rank') return refit({ shape: r.chance(0.5) ? shape.slice(1) : [...shape, r.whole(1, 2)] });
  if (change === 'type') return refit({ type: r.pick(TYPES) });
  if (change === 'real') return refit({ type: 'float32', quantization: null });
  if (change === 'unquantised') return { ...tensor, quantization: null };
  if (change === 'scales') return { ...tensor, quantization: { scale: [0.1, 0.2], zeroPoint: [0, 0], axis: 0 } };
  if (change === 'values' && tensor.data) {
    const values = Array.from({ length: elementCount(shape) }, () => r.whole(-3, 6));
    return tensor.type === 'int32' ? { ...tensor, data: bytesOf(Int32Array.from(values)) } : refit({});
  }
  return { ...tensor, data: null };
}

test.each(Object.entries(CASES))('%s answers for tensors that do not fit', (_, makeCase) => {
  const random = new Random(4711);
  const tally = { refused: 0, ran: 0 };
  for (let i = 0; i < 25; i++) {
    const bench = new Bench(random);
    makeCase(bench, random);
    const { network } = importNetwork(bench.builder.finish(), 'one.tflite');
    for (let j = 0; j < 12; j++) {
      const at = random.whole(0, network.tensors.length - 1);
      const tensors = network.tensors.with(at, spoil(network.tensors[at]!, random));
      tally[runOrRefuse({ ...network, tensors }, random)]++;
    }
  }
  expect(tally.refused).toBeGreaterThan(0);
});

function runOrRefuse(network: Network, random: Random): 'ran' | 'refused' {
  const operator = network.operators[0]!;
  if (operator.kind === 'OTHER') throw new Error('the cases are of kinds golden knows');
  delegatedOperators(network); // asked for a sound operator beside this one
  const [support] = KERNEL_SETS.map((set) => supportOf(operator, network, set)) as [Support]; // none may throw
  if (!support.ok) {
    expect(support.why).toMatch(/^[A-Z][A-Z0-9_]+('s)? .*\.$/s);
    expect(support.why).not.toMatch(/undefined|NaN|null|object Object/);
    return 'refused';
  }
  const inputs = operator.inputs.map((index) => {
    const tensor = network.tensors[index];
    if (!tensor) return null; // left out
    const count = elementCount(tensor.shape);
    const type = tensor.type === 'bool' ? 'uint8' : tensor.type;
    return { tensor, data: tensor.data ? viewBytes(tensor.type, tensor.data, count) : random.values(type, count) };
  });
  const outputs = writtenBy(operator, network).map((tensor) => ({
    tensor,
    data: allocate(tensor.type, elementCount(tensor.shape)),
  }));
  try {
    kernelOf(operator, network).run(operator, inputs, outputs, support.arithmetic, network);
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // GATHER by an index outside
    return 'refused';
  }
  return 'ran';
}
