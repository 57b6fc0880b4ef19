// Operators of TFLite on the engine: raw sums of the RTL, zero points and bias folded outside, equal golden's accumulators
// and, requantised by golden's own step, its outputs. What must come is made from golden's accumulators, not from a model.
import { describe, expect, it } from 'vitest';
import { requantizationOf, requantize } from '../../main/golden/requantize';
import type { Engine } from '../../main/simulate/engine';
import { runJob } from '../../main/simulate/job';
import { simulateOperator } from '../../main/simulate/simulate';
import type { TensorValue } from '../../main/tensor/tensor';
import { oneOperator, run } from '../golden/oneOperator';
import { Random } from '../oracle/random';
import { withFolder } from './layers';
import { type Case, randomOperator, tell } from './randomOperators';
import { ENGINES, isFull, need, simulatorOf } from './simulators';

describe.each(Object.entries(ENGINES))('on an engine with %s', (_, engine) => {
  it('operators equal golden, accumulators and outputs', { timeout: 300_000 }, async (test) => {
    await need(test, 'verilator');
    const simulator = await simulatorOf(engine, { checked: true });
    const random = new Random(2024);
    for (let trial = 0; trial < (isFull ? 250 : 40); trial++) {
      await checkOperator(simulator, engine, randomOperator(random), trial);
    }
  });
});

async function checkOperator(simulator: string, engine: Engine, one: Case, seed: number): Promise<void> {
  const golden = run(one.kind, one.inputs, one.output, one.options);
  const { network, operator } = oneOperator(one.kind, one.inputs, one.output, one.options);
  const values: TensorValue[] = one.inputs.map(({ data }, index) => ({ tensor: network.tensors[index]!, data: data! }));
  const wanted = golden.accumulators as Int32Array;
  const settings = { seed, pixelPercent: 80, weightPercent: 80, sumPercent: 80 };
  const { summary, clocks, accumulators, overflows } = await withFolder((folder) =>
    simulateOperator((job) => runJob(simulator, job), engine, operator, values, wanted, folder, settings),
  );
  const seen = {
    end: summary.end,
    differences: summary.differences,
    errors: summary.errors,
    fires: summary.fires,
    overflows,
  };
  expect(seen, tell(one)).toEqual({ end: 'complete', differences: 0, errors: 0, fires: clocks, overflows: false });
  expect(isEqual(accumulators!, wanted), `accumulators of ${tell(one)}`).toBe(true);

  const expected = golden.outputs[0]!;
  const output = {
    tensor: expected.tensor,
    data: new (expected.data.constructor as typeof Int8Array)(expected.data.length),
  };
  const channels = one.output.shape.at(-1)!;
  const requantization = requantizationOf(
    values[0]!.tensor,
    values[1]!.tensor,
    expected.tensor,
    channels,
    one.product,
    'none',
    golden.arithmetic,
  );
  requantize(accumulators!, requantization, output);
  expect(output.data, tell(one)).toEqual(expected.data);
}

const isEqual = (a: Int32Array, b: Int32Array): boolean =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;
