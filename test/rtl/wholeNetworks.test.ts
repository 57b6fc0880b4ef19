// Every convolution, depthwise and fully-connected layer of whole int8 networks through the RTL: accumulators equal
// golden's, clocks those of the closed form. The seeded form takes the digits sample on a small array; the long one the
// detector and the networks of ../shared at 7x96.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runOperators } from '../../main/golden/run';
import { importNetwork } from '../../main/import/import';
import { elementCount } from '../../main/network/network';
import type { Engine } from '../../main/simulate/engine';
import { runJob } from '../../main/simulate/job';
import { simulateOperator } from '../../main/simulate/simulate';
import { type TensorValue, type TypedArray, viewBytes } from '../../main/tensor/tensor';
import { Random } from '../oracle/random';
import { withFolder } from './layers';
import { ENGINES, appRoot, engineOf, isFull, need, simulatorOf } from './simulators';

const LAYERS = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED'];
const published = engineOf({ rows: 7, cores: 96, weightsSramDepthWords: 2048 });
const small = ENGINES['odd sizes, wide streams'];
const shared = path.resolve(appRoot, '../shared/models/tiny');

const NETWORKS: [name: string, file: string, engine: Engine][] = [
  ['digits', path.join(appRoot, 'resources/samples/digits/digits.tflite'), small],
];
if (isFull) {
  NETWORKS.push(['detector', path.join(appRoot, 'resources/samples/detector/detector.tflite'), published]);
  for (const name of ['pretrainedResnet_quant', 'kws_ref_model', 'vww_96_int8'])
    NETWORKS.push([name, path.join(shared, `${name}.tflite`), published]);
}

describe('whole networks', () => {
  for (const [name, file, engine] of NETWORKS)
    it(`layers of ${name} equal golden`, { timeout: 600_000 }, async (test) => {
      await need(test, 'verilator');
      if (!existsSync(file)) return test.skip('../shared not present');
      const simulator = await simulatorOf(engine, { checked: engine === small });
      const counted = await runLayers(file, engine, simulator);
      console.log(
        `${name}: ${counted.layers} layers in ${counted.clocks} clocks, of them ${counted.waits} waiting; simulated in ${counted.seconds.toFixed(2)} s`,
      );
      expect(counted.layers).toBeGreaterThan(2);
    });
});

async function runLayers(file: string, engine: Engine, simulator: string) {
  const { network } = importNetwork(readFileSync(file), path.basename(file));
  const random = new Random(3);
  const values = new Map<number, TypedArray>(
    network.inputs.map((index) => [
      index,
      Int8Array.from({ length: elementCount(network.tensors[index]!.shape) }, () => random.whole(-128, 127)),
    ]),
  );
  const counted = { layers: 0, clocks: 0, waits: 0, seconds: 0 };
  for (const result of runOperators(network, 'reference', new Map(values))) {
    const operator = network.operators[result.operator]!;
    const read = (index: number): TensorValue | null => {
      const tensor = network.tensors[index];
      if (!tensor) return null;
      return { tensor, data: values.get(index) ?? viewBytes(tensor.type, tensor.data!, elementCount(tensor.shape)) };
    };
    if (LAYERS.includes(operator.kind)) {
      const started = performance.now();
      const { summary, clocks, accumulators } = await withFolder((folder) =>
        simulateOperator(
          (job) => runJob(simulator, job),
          engine,
          operator,
          operator.inputs.map(read),
          result.accumulators as Int32Array,
          folder,
        ),
      );
      counted.seconds += (performance.now() - started) / 1000;
      const place = `operator ${operator.index} (${operator.kind})`;
      expect(
        { end: summary.end, differences: summary.differences, errors: summary.errors, fires: summary.fires },
        place,
      ).toEqual({ end: 'complete', differences: 0, errors: 0, fires: clocks });
      expect(accumulators, place).toEqual(result.accumulators);
      counted.layers++;
      counted.clocks += summary.lastFire - summary.firstFire + 1;
      counted.waits += summary.stallOut + summary.waitPixels + summary.waitWeights;
    }
    for (const { tensor, data } of result.outputs) values.set(tensor.index, data);
  }
  return counted;
}
