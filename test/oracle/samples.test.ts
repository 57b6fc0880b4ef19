// The detector sample against what TFLite's reference kernels computed for it, every operator's output: its expected/
// folder was written by resources/samples/make/make_detector.py.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { runOperators } from '../../main/golden/run';
import { importNetwork } from '../../main/import/import';
import { bytesOf } from '../../main/tensor/tensor';
import { countDifferences } from './shared';

const FOLDER = resolve(import.meta.dirname, '../../resources/samples/detector');

interface StoredFile {
  readonly file: string;
  readonly sha256: string;
}
interface Expected {
  readonly networkSha256: string;
  readonly everyOperator: readonly (StoredFile & {
    readonly quantisedInput: StoredFile & { readonly id: number };
    readonly tensors: readonly { operator: number; operatorName: string; id: number; offset: number; length: number }[];
  })[];
}

/** A file of expected/, checked against the sha256 its index gives. */
function read({ file, sha256 }: StoredFile): Buffer {
  const bytes = readFileSync(join(FOLDER, 'expected', file));
  expect(createHash('sha256').update(bytes).digest('hex'), file).toBe(sha256);
  return bytes;
}

test('the detector equals TFLite in every byte of every operator', () => {
  const { network } = importNetwork(readFileSync(join(FOLDER, 'detector.tflite')), 'detector.tflite');
  const expected = JSON.parse(readFileSync(join(FOLDER, 'expected/index.json'), 'utf8')) as Expected;
  expect(network.sha256).toBe(expected.networkSha256);
  const tallies = new Map<string, number>();
  for (const run of expected.everyOperator) {
    const input = new Int8Array(read(run.quantisedInput));
    const values = read(run);
    const results = [...runOperators(network, 'reference', new Map([[run.quantisedInput.id, input]]))];
    expect(run.tensors.map((t) => t.operator)).toEqual(network.operators.map((o) => o.index));
    for (const { operator, operatorName, id, offset, length } of run.tensors) {
      const output = results[operator]!.outputs.find((o) => o.tensor.index === id)!;
      const theirs = new Uint8Array(values.subarray(offset, offset + length));
      expect(network.operators[operator]!.name).toBe(operatorName);
      expect(countDifferences(bytesOf(output.data), theirs), `operator ${operator} ${operatorName}`).toBe(0);
      tallies.set(operatorName, (tallies.get(operatorName) ?? 0) + length);
    }
  }
  expect([...tallies.keys()]).toEqual(expect.arrayContaining(['LEAKY_RELU', 'SPACE_TO_DEPTH', 'CONCATENATION']));
  console.log(`detector: ${[...tallies].map(([name, count]) => `${name} ${count}`).join(', ')} elements, 0 differ`);
});
