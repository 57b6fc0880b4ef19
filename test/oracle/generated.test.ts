// Seeded random networks in TFLite itself and in golden, in the two kernel sets that TFLite's runtime computes: not one
// element may differ. `builtin` in networks of many operators that the delegate declines, `xnnpack` in networks of one, which
// the delegate takes or leaves as golden says it does. Of float32 results realComparison.ts says what is equal. The roundings of `reference` are proved here by their BigInt
// definitions, and by TFLite Micro's data in shared.test.ts.
// GOLDBENCH_TEST=full compares 300 new cases a row and set instead of 24.
import { afterAll, describe, expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import type { KernelSet } from '../../main/network/arithmetic';
import type { Network, Operator } from '../../main/network/network';
import type { TypedArray } from '../../main/tensor/tensor';
import { isDelegated } from '../../main/golden/delegation';
import { type OperatorResult, runOperators } from '../../main/golden/run';
import { supportOf } from '../../main/golden/support';
import { firstSeed, isFull } from '../seed';
import { DYNAMIC_INPUTS } from './build';
import { Bench, type Case, type Comparison } from './bench';
import { CASES } from './cases';
import { isUndecided, refusalOf } from './differences';
import { Random } from './random';
import { countFarReals, unclampedMagnitude } from './realComparison';
import { requantizeWith } from './requantizeWith';
import { doubleRounding, singleRounding } from './rounding';
import { countDifferences } from './shared';
import { runDelegated, runOracle } from './tfjs';

const CASES_PER_ROW = isFull ? 300 : 24;
const CASES_PER_NETWORK = 20;

interface Tally {
  cases: number;
  elements: number;
  delegated: number; // cases that XNNPACK computed
  refused: number; // cases that golden does not run in the set, for a reason in differences.ts
  twice: number; // elements whose single and double rounding differ: proof that the comparison can tell
}
const makeTally = (): Tally => ({ cases: 0, elements: 0, delegated: 0, refused: 0, twice: 0 });
const totals = { builtin: makeTally(), xnnpack: makeTally() };

const seedOf = (name: string): number =>
  [...name].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 7 + firstSeed);

describe('as the builtin kernels compute it', () => {
  test.each(Object.entries(CASES))('%s', async (name, makeCase) => {
    const tally = makeTally();
    while (tally.cases < CASES_PER_ROW)
      await compareBuiltin(name, makeCase, new Random(seedOf(name) + tally.cases), tally);
    conclude('builtin', name, tally);
  });
});

describe('as XNNPACK computes it, where it does', () => {
  test.each(Object.entries(CASES))('%s', async (name, makeCase) => {
    const tally = makeTally();
    const random = new Random(seedOf(name) + 1);
    while (tally.cases < CASES_PER_ROW) await compareXnnpack(name, makeCase, random, tally);
    conclude('xnnpack', name, tally);
  });
});

function conclude(set: 'builtin' | 'xnnpack', name: string, tally: Tally): void {
  for (const key of Object.keys(tally) as (keyof Tally)[]) totals[set][key] += tally[key];
  console.log(`${set}, ${name}: ${describeTally(tally)}`);
}
const describeTally = ({ cases, elements, delegated, refused, twice }: Tally): string =>
  [
    `${cases} cases, ${elements} elements, 0 differ`,
    delegated && `${delegated} cases delegated`,
    refused && `${refused} more refused`,
    twice && `${twice} where rounding twice shows`,
  ]
    .filter(Boolean)
    .join(', ');

afterAll(() => {
  for (const set of ['builtin', 'xnnpack'] as const) console.log(`all, ${set}: ${describeTally(totals[set])}`);
});

async function compareBuiltin(name: string, makeCase: Case, random: Random, tally: Tally): Promise<void> {
  const bench = new Bench(random);
  const comparisons = Array.from({ length: CASES_PER_NETWORK }, () => makeCase(bench, random)).flat();
  const file = bench.builder.finish({ dynamic: true });
  const { network } = importNetwork(file, `${name}.tflite`);
  const [data, shape] = network.inputs.slice(-2) as [number, number];
  const inputs = new Map([...bench.inputs, [data, DYNAMIC_INPUTS[0]!], [shape, DYNAMIC_INPUTS[1]!]]);
  const oracle = await runOracle(
    file,
    network.inputs.map((index) => inputs.get(index)!),
  );
  expect(oracle.kernels.filter((kernel) => /delegate/i.test(kernel))).toEqual([]);
  proveReference(network, inputs, tally);
  const theirs = oracle.outputs.values();
  const results = [...runOperators(network, 'builtin', inputs)].filter(({ operator }) => isShown(network, operator));
  comparisons.forEach((comparison, i) => compareOutputs(comparison, name, network, results[i]!, inputs, theirs, tally));
}

/** Some cases put an operator between casts, which are not shown. */
const isShown = (network: Network, operator: number): boolean =>
  network.outputs.includes(network.operators[operator]!.outputs[0]!);

/** A refused case counts by itself: it is drawn again. */
async function compareXnnpack(name: string, makeCase: Case, random: Random, tally: Tally): Promise<void> {
  const bench = new Bench(random);
  const [comparison] = [makeCase(bench, random)].flat() as [Comparison];
  const file = bench.builder.finish();
  const { network } = importNetwork(file, `${name}.tflite`);
  const operator = network.operators.find(({ index }) => isShown(network, index))!;
  const inputs = network.inputs.map((index) => bench.inputs.get(index)!);
  const outputs = operator.outputs.map((index) => network.tensors[index]!.name);
  const oracle = await runDelegated(file, inputs, outputs);
  const delegated = isDelegated(operator, network);
  if (!isUndecided(operator, network))
    expect(oracle.delegated.size > 0, `delegated, ${name}: ${tell(network, operator)}`).toBe(delegated);
  const support = supportOf(operator, network, 'xnnpack');
  if (!support.ok) {
    expect(refusalOf('xnnpack', support.why), support.why).toBeDefined();
    tally.refused++;
    return;
  }
  if (delegated) tally.delegated++;
  const results = [...runOperators(network, 'xnnpack', bench.inputs)];
  compareOutputs(comparison, name, network, results[operator.index]!, bench.inputs, oracle.outputs.values(), tally);
}

function compareOutputs(
  comparison: Comparison,
  name: string,
  network: Network,
  result: OperatorResult,
  inputs: ReadonlyMap<number, TypedArray>,
  theirs: Iterator<TypedArray>,
  tally: Tally,
): void {
  const place = (): string => `${name}, ${result.arithmetic}: ${tell(network, network.operators[result.operator]!)}`;
  // behind the operator's outputs lie its variable tensors, which the runtime does not show
  for (const { data } of result.outputs.slice(0, network.operators[result.operator]!.outputs.length)) {
    const output = theirs.next().value as TypedArray;
    const far =
      comparison === 'float'
        ? countFarReals(data as Float32Array, output as Float32Array, unclampedMagnitude(network, result, inputs))
        : countDifferences(data, output);
    expect(far, place()).toBe(0);
    tally.elements += output.length;
  }
  tally.cases++;
}

/** The reference set's requantisation is gemmlowp's double rounding (or that of 64-bit sums) by its definition. */
function proveReference(network: Network, inputs: ReadonlyMap<number, TypedArray>, tally: Tally): void {
  const set: KernelSet = 'reference';
  for (const result of runOperators(network, set, inputs)) {
    if (!result.accumulators || (result.arithmetic !== 'double' && result.arithmetic !== 'wide')) continue;
    const twice = requantizeWith(doubleRounding, network, result);
    tally.twice += countDifferences(twice, requantizeWith(singleRounding, network, result));
    expect(countDifferences(result.outputs[0]!.data, twice), 'our requantisation against BigInt').toBe(0);
  }
}

const tell = (network: Network, { index, name, options, inputs, outputs }: Operator): string =>
  JSON.stringify({
    index,
    name,
    options,
    tensors: [...inputs, ...outputs]
      .filter((i) => i >= 0)
      .map((i) => {
        const { type, shape, quantization } = network.tensors[i]!;
        return `${type} [${shape.join()}] ${quantization?.scale.slice(0, 2).join() ?? ''} ${quantization?.zeroPoint[0] ?? ''}`;
      }),
  });
