// The golden model beside TFLite's own WebAssembly build (XNNPACK, SIMD, one thread), same network, same input.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { golden, openNetwork } from '../../main/flow';
import { allocate } from '../../main/tensor/tensor';
import { elementCount } from '../../main/network/network';
import { median, report } from './report';
import { runOracle } from '../oracle/tfjs';

const ROUNDS = 9;
const samples = path.resolve(__dirname, '../../resources/samples');

test('digits', async () => {
  const bytes = readFileSync(path.join(samples, 'digits/digits.tflite'));
  const { network, view } = openNetwork(bytes, 'digits.tflite');
  const inputs = new Map(
    network.inputs.map(
      (i) => [i, allocate(network.tensors[i]!.type, elementCount(network.tensors[i]!.shape)).fill(7 as never)] as const,
    ),
  );
  const ours: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    expect([...golden(network, 'reference', inputs)]).toHaveLength(network.operators.length);
    ours.push(performance.now() - start);
  }
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) theirs.push((await runOracle(bytes, [...inputs.values()])).ms);
  report('golden run of digits', {
    MMACs: view.totals.macs / 1e6,
    'golden ms': median(ours),
    'TFLite WASM ms': median(theirs),
    ratio: median(ours) / median(theirs),
  });
  expect(ours).toHaveLength(ROUNDS);
});
