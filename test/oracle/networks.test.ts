// Real networks in TFLite itself, builtin kernels: each operator is given TFLite's own inputs, so no difference can hide
// behind an earlier one. And one-operator int16 networks with outputs that TFLite Micro's authors published.
import { expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { type Network, elementCount } from '../../main/network/network';
import type { TypedArray } from '../../main/tensor/tensor';
import { runOperator, runOperators } from '../../main/golden/run';
import { arithmeticFor } from '../../main/golden/support';
import { DYNAMIC_INPUTS, exposeAll } from './build';
import { Random } from './random';
import { requantizeWith } from './requantizeWith';
import { singleRounding } from './rounding';
import { countDifferences, listShared, readSharedModel, sharedPresent } from './shared';
import { runOracle } from './tfjs';

const NETWORKS = [
  'coral/mobilenet_v1_0.25_128_quant.tflite', // uint8
  'mltk/rock_paper_scissors.tflite',
  'tiny/pretrainedResnet_quant.tflite',
  'tiny/vww_96_int8.tflite',
];

if (!sharedPresent) {
  test('skipped: ../shared not present', () => {
    console.log('skipped: ../shared not present');
    expect(sharedPresent).toBe(false);
  });
} else {
  test.each(NETWORKS)('%s, operator by operator as TFLite builtin', compareWithBuiltin);
  test.each(['add', 'conv', 'leaky_relu', 'pad', 'quantize', 'strided_slice', 'sub', 'transpose_conv'])(
    'int16 %s networks give the published outputs',
    comparePublished,
  );
}

async function compareWithBuiltin(path: string): Promise<void> {
  const file = readSharedModel(path);
  const { network } = importNetwork(file, path);
  const random = new Random(777);
  const inputs = new Map(network.inputs.map((i) => [i, random.values(network.tensors[i]!.type, elementCount(network.tensors[i]!.shape))])); // prettier-ignore
  const exposed = exposeAll(file);
  const oracle = await runOracle(exposed.bytes, [...inputs.values(), ...DYNAMIC_INPUTS]);
  expect(oracle.kernels.filter((kernel) => /delegate/i.test(kernel))).toEqual([]);
  const theirs = new Map<number, TypedArray>([
    ...inputs,
    ...exposed.outputs.map((id, i) => [id, oracle.outputs[i]!] as const),
  ]);
  let elements = 0;
  let near = 0;
  for (const operator of network.operators) {
    const expected = theirs.get(operator.outputs[0]!)!;
    const apart = compareOperator(network, operator.index, theirs, expected);
    if (operator.kind === 'SOFTMAX')
      near += apart; // builtin works with a table of floats
    else expect(apart, `${path}: operator ${operator.index} ${operator.name}`).toBe(0);
    elements += expected.length;
  }
  const started = performance.now();
  expect([...runOperators(network, 'reference', inputs)].length).toBe(network.operators.length);
  const ms = performance.now() - started;
  console.log(`${path}: ${network.operators.length} operators, ${elements} elements, 0 differ, ${near} of SOFTMAX off by one; whole run ${ms.toFixed(0)} ms`); // prettier-ignore
}

/** Elements in which TFLite's output is not what golden's kernel (or one rounding of its accumulators) gives. */
function compareOperator(
  network: Network,
  index: number,
  theirs: ReadonlyMap<number, TypedArray>,
  expected: TypedArray,
): number {
  const operator = network.operators[index]!;
  const result = runOperator(network, operator, arithmeticFor(operator, network, 'reference'), new Map(theirs));
  const { tensor, data } = result.outputs[0]!;
  const single = tensor.type === 'int8' && (operator.kind === 'CONV_2D' || operator.kind === 'FULLY_CONNECTED');
  const ours = single ? requantizeWith(singleRounding, network, result) : data;
  return countDifferences(ours, expected);
}

function comparePublished(kind: string): void {
  const files = listShared(`seanet/${kind}`);
  let elements = 0;
  const networks = files.filter((name) => name.endsWith('.tflite'));
  for (const name of networks) {
    const stem = name.replace('.tflite', '');
    const { network } = importNetwork(readSharedModel(`seanet/${kind}/${name}`), name);
    const read = (part: string): TypedArray => {
      const file = files.find((f) => f.startsWith(`${stem}_${part}_`))!;
      const values = readSharedModel(`seanet/${kind}/${file}`).toString().split(',').map(Number);
      return /int32/.test(file) ? Int32Array.from(values) : Int16Array.from(values);
    };
    const inputs = new Map(network.inputs.map((id, i) => [id, read(`input${i}`)]));
    const [result] = [...runOperators(network, 'reference', inputs)];
    const golden = read('golden');
    expect(countDifferences(result!.outputs[0]!.data, golden), name).toBe(0);
    elements += golden.length;
  }
  expect(networks.length).toBeGreaterThan(1);
  console.log(`int16 ${kind}: ${networks.length} networks, ${elements} elements, 0 differ`);
}
