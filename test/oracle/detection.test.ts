// TFLite_Detection_PostProcess on seeded random boxes, in TFLite itself and in golden. Where TFLite leaves places unwritten
// (beyond the boxes found), there is nothing to compare. GOLDBENCH_TEST=full runs 300 cases of each kind instead of 40.
import { expect, test } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { runOperators } from '../../main/golden/run';
import { firstSeed, isFull } from '../seed';
import { Bench } from './bench';
import { addDetector } from './detectors';
import { Random } from './random';
import { countFarReals } from './realComparison';
import { runOracle } from './tfjs';

const CASES = isFull ? 300 : 40;

test.each([
  ['float32', true],
  ['float32', false],
  ['uint8', true],
  ['uint8', false],
] as const)('%s, regular suppression: %s', async (type, useRegularNms) => {
  let found = 0;
  let suppressed = 0;
  for (let seed = 0; seed < CASES; seed++) {
    const bench = new Bench(new Random(4000 + seed + firstSeed));
    const options = addDetector(bench, bench.random, type, useRegularNms);
    const file = bench.builder.finish();
    const { network } = importNetwork(file, 'detector.tflite');
    expect(network.operators[0]!.options).toEqual(options);
    const { outputs: theirs } = await runOracle(file, [...bench.inputs.values()]);
    const [result] = [...runOperators(network, 'reference', bench.inputs)];
    const outputs = result!.outputs.map(({ data }) => data as Float32Array);
    const detections = outputs[3]![0]!;
    expect(detections, `case ${seed}: detections`).toBe(theirs[3]![0]);
    const written = detections * options.maxClassesPerDetection;
    for (const [i, width] of [
      [0, 4],
      [1, 1],
      [2, 1],
    ] as const)
      expect(
        countFarReals(
          outputs[i]!.subarray(0, written * width),
          (theirs[i] as Float32Array).subarray(0, written * width),
        ),
        `case ${seed}: output ${i}`,
      ).toBe(0);
    found += detections;
    suppressed += detections < options.maxDetections ? 1 : 0;
  }
  expect(found).toBeGreaterThan(CASES);
  console.log(
    `${type}, regular ${useRegularNms}: ${CASES} cases, ${found} boxes, ${suppressed} cases short of the most`,
  );
});
