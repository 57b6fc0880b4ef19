// Real networks against what TFLite Micro's reference interpreter and TFLite's two other kernel sets computed for them,
// every operator's output.
import { expect, test } from 'vitest';
import type { KernelSet } from '../../main/network/arithmetic';
import type { TypedArray } from '../../main/tensor/tensor';
import { runOperator, runOperators } from '../../main/golden/run';
import { arithmeticFor } from '../../main/golden/support';
import { type SharedCase, countDifferences, readSharedCases, sharedPresent } from './shared';

const WHOLE = [
  'hello_world_int8',
  'kws_ref_model',
  'micro_speech_quantized',
  'model_ToyCar_quant_fullint_micro_intio',
  'person_detect',
  'pretrainedResnet_quant',
  'rock_paper_scissors',
  'str_ww_ref_model',
  'vww_96_int8',
];

if (!sharedPresent) {
  test('skipped: ../shared not present', () => {
    console.log('skipped: ../shared not present');
    expect(sharedPresent).toBe(false);
  });
} else {
  const reference = new Map(readSharedCases('tflm_reference').map((c) => [c.name, c]));
  test.each(WHOLE)('%s runs as TFLite Micro does', (name) => compareWhole(reference.get(name)!, 'reference'));
  for (const set of ['builtin', 'xnnpack'] as const) {
    const cases = readSharedCases(`tfjs_${set}`).map((one) => ({ name: one.name, one }));
    test.each(cases)(`$name runs as TFLite does in the set ${set}`, ({ one }) => compareWhole(one, set));
  }
  test.each(['synth_s1', 'synth_s2'])('%s, operator by operator as TFLite Micro', (name) => {
    expect(compareSingly(reference.get(name)!)).toEqual([
      'ADD',
      'LEAKY_RELU',
      'LOGISTIC',
      'MEAN',
      'MUL',
      'QUANTIZE',
      'SOFTMAX',
      'SUB',
      'TANH',
    ]);
  });
}

function compareWhole({ name, network, inputs, outputs }: SharedCase, set: KernelSet): void {
  const started = performance.now();
  const results = [...runOperators(network, set, inputs)];
  const ms = performance.now() - started;
  const values = new Map(results.flatMap((r) => r.outputs.map((o) => [o.tensor.index, o.data] as const)));
  let elements = 0;
  for (const { operator, tensor, data } of outputs) {
    const differing = countDifferences(values.get(tensor)!, data);
    expect(differing, `${name}: operator ${operator} ${network.operators[operator]!.name}, tensor ${tensor}`).toBe(0);
    elements += data.length;
  }
  expect(outputs.length).toBe(network.operators.length);
  console.log(`${name}, ${set}: ${results.length} operators, ${elements} elements, 0 differ, ${ms.toFixed(0)} ms`);
}

/** Feeds each operator golden knows with the runtime's own inputs; returns the kinds compared. */
function compareSingly({ name, network, inputs, outputs }: SharedCase): string[] {
  const theirs = new Map<number, TypedArray>([...inputs, ...outputs.map((o) => [o.tensor, o.data] as const)]);
  const kinds = new Map<string, number>(); // elements
  let operators = 0;
  for (const operator of network.operators) {
    if (operator.kind === 'OTHER') continue;
    const result = runOperator(network, operator, arithmeticFor(operator, network, 'reference'), new Map(theirs));
    const { tensor, data } = result.outputs[0]!;
    const differing = countDifferences(data, theirs.get(tensor.index)!);
    expect(differing, `${name}: operator ${operator.index} ${operator.name}`).toBe(0);
    kinds.set(operator.kind, (kinds.get(operator.kind) ?? 0) + data.length);
    operators++;
  }
  const tallies = [...kinds].map(([kind, elements]) => `${kind} ${elements}`);
  console.log(`${name}: ${operators} operators one by one, elements ${tallies.join(', ')}, 0 differ`);
  return [...kinds.keys()].sort();
}
