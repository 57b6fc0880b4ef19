// How fast the RTL is simulated at 7x96: every different convolution of VGG-16, random values, every word compared; the
// time is that of packing the streams, the simulator process and the reading of its sums. Then a whole network's layers.
import { expect, test } from 'vitest';
import { isPresent } from '../../main/simulate/build';
import { tileLayer } from '../../main/simulate/tiles';
import { Random } from '../oracle/random';
import { type LayerRow, RESNET50, VGG16 } from '../rtl/networkLayers';
import { fillLayer, layerOf, simulateRuns } from '../rtl/layers';
import { engineOf, simulatorOf } from '../rtl/simulators';
import { Journal } from './journal';

const engine = engineOf({ rows: 7, cores: 96, weightsSramDepthWords: 2048 });
const journal = new Journal('simulate');

const layerFrom = ([kernel, stride, size, inputs, outputs]: LayerRow) =>
  layerOf({ kernel: [kernel, kernel], stride: [stride, stride], map: [size, size], channels: [inputs, outputs], padding: 'half' })!; // prettier-ignore

test('the simulator is built, and found built', { timeout: 300_000 }, async ({ skip }) => {
  if (!(await isPresent('verilator'))) skip('verilator is not installed');
  const started = performance.now();
  await simulatorOf(engine);
  const first = performance.now();
  await simulatorOf(engine);
  journal.writeMachine({ 'build or found, s': (first - started) / 1e3, 'found, s': (performance.now() - first) / 1e3 });
});

for (const [name, { layers, clocks }] of Object.entries({ 'VGG-16': VGG16, 'ResNet-50': RESNET50 }))
  test(`convolutions of ${name}`, { timeout: 1_800_000 }, async ({ skip }) => {
    if (!(await isPresent('verilator'))) skip('verilator is not installed');
    const simulator = await simulatorOf(engine);
    let whole = 0; // seconds of all layers, those that occur several times counted so
    let span = 0;
    for (const row of layers) {
      const layer = layerFrom(row);
      const run = fillLayer(layer, tileLayer(layer, engine), engine, new Random(row[3]));
      const started = performance.now();
      const { summary } = await simulateRuns(simulator, engine, [run]);
      const seconds = (performance.now() - started) / 1e3;
      expect(summary).toMatchObject({ end: 'complete', differences: 0, errors: 0 });
      journal.write({ network: name, layer: row.slice(0, 5).join(' '), clocks: summary.clocks, seconds, 'clocks/s': summary.clocks / seconds }); // prettier-ignore
      whole += seconds * row[5];
      span += (summary.lastFire - summary.firstFire + 1) * row[5];
    }
    expect(span).toBe(clocks);
    const rate = clocks / whole;
    journal.writeVerdicts([
      { target: `${name}: clocks/s >= 1,500,000`, reached: `${Math.round(rate).toLocaleString('en')}, ${whole.toFixed(1)} s in all`, met: rate >= 1.5e6 }, // prettier-ignore
    ]);
  });
