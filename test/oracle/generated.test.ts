// Seeded random networks in TFLite itself (builtin kernels) and in golden: not one element may differ.
// Where builtin rounds once and `reference` twice, builtin's output must be the single rounding of golden's accumulators.
// GOLDBENCH_TEST=full runs 300 cases a row instead of 40.
import { afterAll, expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import type { Network, Operator } from '../../main/network/network';
import type { TypedArray } from '../../main/tensor/tensor';
import { type OperatorResult, runOperator, runOperators } from '../../main/golden/run';
import { arithmeticFor } from '../../main/golden/support';
import { DYNAMIC_INPUTS } from './build';
import { Bench, type Case, type Comparison } from './bench';
import { CASES } from './cases';
import { Random } from './random';
import { requantizeWith } from './requantizeWith';
import { doubleRounding, singleRounding } from './rounding';
import { countDifferences } from './shared';
import { runOracle } from './tfjs';

const CASES_PER_ROW = process.env.GOLDBENCH_TEST === 'full' ? 300 : 40;
const CASES_PER_NETWORK = 20;
const totals = { cases: 0, elements: 0, twice: 0 };

test.each(Object.entries(CASES))('%s as TFLite computes it', async (name, makeCase) => {
  const tally = { elements: 0, differing: 0, near: 0, twice: 0 };
  const seed = [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 7);
  for (let done = 0; done < CASES_PER_ROW; done += CASES_PER_NETWORK)
    await compareNetwork(name, makeCase, new Random(seed + done), tally);
  expect(tally.differing).toBe(0);
  totals.cases += CASES_PER_ROW;
  totals.elements += tally.elements;
  totals.twice += tally.twice;
  const apart = tally.near ? `, ${tally.near} off by one (another formula)` : '';
  const rounding = tally.twice ? `, ${tally.twice} where rounding twice shows` : '';
  console.log(
    `${name}: ${CASES_PER_ROW} cases, ${tally.elements} elements, ${tally.differing} differ${apart}${rounding}`,
  );
});

afterAll(() =>
  console.log(`all: ${totals.cases} cases, ${totals.elements} elements, ${totals.twice} where rounding twice shows`),
);

interface Tally {
  elements: number;
  differing: number;
  near: number; // off by one, in operators that builtin computes by another algorithm
  twice: number; // elements whose single and double rounding differ: proof that the comparison can tell
}

async function compareNetwork(name: string, makeCase: Case, random: Random, tally: Tally): Promise<void> {
  const bench = new Bench(random);
  const comparisons = Array.from({ length: CASES_PER_NETWORK }, () => makeCase(bench, random));
  const file = bench.builder.finish({ dynamic: true });
  const { network } = importNetwork(file, `${name}.tflite`);
  const [data, shape] = network.inputs.slice(-2) as [number, number];
  const inputs = new Map([...bench.inputs, [data, DYNAMIC_INPUTS[0]!], [shape, DYNAMIC_INPUTS[1]!]]);
  const oracle = await runOracle(
    file,
    network.inputs.map((index) => inputs.get(index)!),
  );
  expect(oracle.kernels.filter((kernel) => /delegate/i.test(kernel))).toEqual([]);
  const results = [...runOperators(network, 'reference', inputs)];
  const theirs = oracle.outputs.values();
  comparisons.forEach((comparison, i) => {
    let differing = 0;
    for (const { data } of results[i]!.outputs) {
      const output = theirs.next().value!;
      differing += compare(comparison, network, results[i]!, data, output, inputs, tally);
      tally.elements += output.length;
    }
    tally.differing += differing;
    expect(differing, `${name}: ${describe(network, network.operators[i]!)}`).toBe(0);
  });
}

function compare(
  comparison: Comparison,
  network: Network,
  result: OperatorResult,
  ours: TypedArray,
  theirs: TypedArray,
  inputs: ReadonlyMap<number, TypedArray>,
  tally: Tally,
): number {
  const twice = result.accumulators && requantizeWith(doubleRounding, network, result);
  const once = result.accumulators && requantizeWith(singleRounding, network, result);
  if (twice && once) {
    tally.twice += countDifferences(twice, once);
    expect(countDifferences(ours, twice), 'our requantisation against BigInt').toBe(0);
  }
  if (comparison === 'single') return countDifferences(once!, theirs);
  if (comparison === 'builtin') return countDifferences(asBuiltin(network, result, inputs), theirs);
  if (comparison === 'quotient') return compareQuotients(network, result, theirs, inputs, tally);
  if (comparison === 'equal') return countDifferences(ours, theirs);
  tally.near += countDifferences(ours, theirs);
  return (ours as Int8Array).reduce((far, value, i) => far + (Math.abs(value - Number(theirs[i])) > 1 ? 1 : 0), 0);
}

/** What the operator gives in the kernel set builtin. */
function asBuiltin(
  network: Network,
  { operator: index }: OperatorResult,
  inputs: ReadonlyMap<number, TypedArray>,
): TypedArray {
  const operator = network.operators[index]!;
  const arithmetic = arithmeticFor(operator, network, 'builtin');
  return runOperator(network, operator, arithmetic, new Map(inputs)).outputs[0]!.data;
}

/** QUANTIZE of floats: ours may part from TFLite's only where the float32 quotient is a tie and the double one is not. */
function compareQuotients(
  network: Network,
  { operator, outputs }: OperatorResult,
  theirs: TypedArray,
  inputs: ReadonlyMap<number, TypedArray>,
  tally: Tally,
): number {
  const reals = inputs.get(network.operators[operator]!.inputs[0]!) as Float32Array;
  const scale = outputs[0]!.tensor.quantization!.scale[0]!;
  let differing = 0;
  reals.forEach((real, i) => {
    if (outputs[0]!.data[i] === theirs[i]) return;
    const quotient = Math.fround(real / scale);
    const onlyATie = Math.abs(quotient % 1) === 0.5 && Math.abs(real / scale) < Math.abs(quotient);
    if (onlyATie && Math.abs(Number(outputs[0]!.data[i]) - Number(theirs[i])) === 1) tally.near++;
    else differing++;
  });
  return differing;
}

const describe = (network: Network, { index, name, options, inputs, outputs }: Operator): string =>
  JSON.stringify({
    index,
    name,
    options,
    tensors: [...inputs, ...outputs].map((i) => {
      const { type, shape, quantization } = network.tensors[i]!;
      return `${type} [${shape.join()}] ${quantization?.scale.slice(0, 2).join() ?? ''} ${quantization?.zeroPoint[0] ?? ''}`;
    }),
  });
