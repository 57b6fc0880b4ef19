// The published clocks, measured: every convolution of VGG-16 and ResNet-50 at 7x96, every word compared, from the first
// operation to the last. Long: `npm run test:full` runs all layers, the seeded form the closed form alone.
import { describe, expect, it } from 'vitest';
import { tileLayer } from '../../main/simulate/tiles';
import { Random } from '../oracle/random';
import { fillLayer, layerOf, simulateRuns } from './layers';
import { type LayerRow, RESNET50, VGG16 } from './networkLayers';
import { engineOf, isFull, need, simulatorOf } from './simulators';

const PUBLISHED = engineOf({ rows: 7, cores: 96, weightsSramDepthWords: 2048 });

const layerFrom = ([kernel, stride, size, inputs, outputs]: LayerRow) =>
  layerOf({
    kernel: [kernel, kernel],
    stride: [stride, stride],
    map: [size, size],
    channels: [inputs, outputs],
    padding: 'half',
  })!;

describe.each(Object.entries({ 'VGG-16': VGG16, 'ResNet-50': RESNET50 }))('%s at 7x96', (_, { layers, clocks }) => {
  it('takes the published clocks by the closed form', () => {
    const sum = layers.map((row) => tileLayer(layerFrom(row), PUBLISHED).clocks * row[5]).reduce((a, b) => a + b);
    expect(sum).toBe(clocks);
  });

  if (isFull)
    it('takes them in the RTL, every word compared', { timeout: 1_800_000 }, async (test) => {
      await need(test, 'verilator');
      const simulator = await simulatorOf(PUBLISHED);
      let span = 0;
      for (const row of layers) {
        const layer = layerFrom(row);
        const run = fillLayer(layer, tileLayer(layer, PUBLISHED), PUBLISHED, new Random(row[3]));
        const started = performance.now();
        const { summary, streams } = await simulateRuns(simulator, PUBLISHED, [run]);
        const seconds = (performance.now() - started) / 1000;
        expect(summary, row.join(' ')).toMatchObject({
          end: 'complete',
          differences: 0,
          errors: 0,
          unread: 0,
          fires: streams.clocks,
        });
        console.log(
          `${row.join(' ')}: ${summary.clocks} clocks in ${seconds.toFixed(2)} s, stall ${summary.stallOut}, pixels ${summary.waitPixels}, weights ${summary.waitWeights}`,
        );
        span += (summary.lastFire - summary.firstFire + 1) * row[5];
      }
      expect(span).toBe(clocks);
    });
});
