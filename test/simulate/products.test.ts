// Products of activations through the RTL: both sides have zero points, the right one is computed, not read from the file.
// Golden's accumulators are compared, and the clocks of the plan, for every way the two sides can lie.
import { expect, it } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { simulate } from '../../main/flow';
import { parseScheme } from '../../main/network/scheme';
import { defaultCacheFolder } from '../../main/simulate/build';
import { oneOperator, q, slot } from '../golden/oneOperator';
import { Random } from '../oracle/random';
import { need } from '../rtl/simulators';
import { SMALL_ARRAY, appRoot, withTemporary } from './faulty';

interface Sides {
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly output: readonly number[];
  readonly adjX: boolean;
  readonly adjY: boolean;
  readonly scheme?: string;
}

const SIDES: Record<string, Sides> = {
  'heads of attention, q x k turned': {
    left: [2, 3, 5, 8],
    right: [2, 3, 5, 8],
    output: [2, 3, 5, 5],
    adjX: false,
    adjY: true,
  },
  'one right side for all': { left: [3, 4, 6], right: [6, 13], output: [3, 4, 13], adjX: false, adjY: false },
  'one right side, left sides turned': { left: [3, 6, 4], right: [6, 13], output: [3, 4, 13], adjX: true, adjY: false },
  'in words of Kraken’s scheme': {
    left: [2, 3, 8],
    right: [2, 8, 5],
    output: [2, 3, 5],
    adjX: false,
    adjY: false,
    scheme: 'kraken:8,8,24',
  },
  'one left side for all': { left: [4, 6], right: [2, 6, 7], output: [2, 4, 7], adjX: false, adjY: false },
};

it.for(Object.entries(SIDES))(
  '%s',
  { timeout: 180_000 },
  async ([, { left, right, output, adjX, adjY, scheme }], test) => {
    await need(test, 'verilator');
    const random = new Random(12);
    const values = (shape: readonly number[]) =>
      Int8Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.whole(-128, 127));
    const { network, inputs } = oneOperator(
      'BATCH_MATMUL',
      [slot('int8', left, q(0.02, 7), values(left)), slot('int8', right, q(0.03, -11), values(right))],
      { type: 'int8', shape: output, quantization: q(0.4, 3) },
      { adjX, adjY },
    );
    const { verdicts } = await withTemporary((folder) =>
      simulate(
        { ...network, ...(scheme !== undefined && { scheme: parseScheme(scheme) }) },
        namedArray(SMALL_ARRAY),
        inputs,
        {
          appRoot,
          cacheFolder: defaultCacheFolder(),
          folder,
          kernels: 'reference',
          layers: 'all',
          settings: {},
          processes: 1,
          chain: true,
          waves: null,
        },
      ),
    );
    const [{ result, why, clocks, elements }] = verdicts as [(typeof verdicts)[number]];
    expect({ result, why, elements }).toEqual({ result: 'equal', why: '', elements: output.reduce((a, b) => a * b) });
    expect(clocks.difference).toMatchObject({ stream: 0, configure: 0, stall: 0 });
  },
);
