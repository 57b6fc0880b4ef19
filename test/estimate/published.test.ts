// Kraken's published figures. Sources: Table V and Fig. 3 of arXiv 2112.02793 as pictures of dnn-engine ab9d6830
// (docs/results.png, docs/memory.png); the exact clocks from dnn-engine 512cbc9d, python/unified/nns_config.py.
import { describe, expect, test } from 'vitest';
import { presetArray } from '../../main/array/presets';
import type { Estimate } from '../../main/estimate/estimate';
import { estimateTable, table } from '../plan/tables';

const chip = presetArray('kraken-7x96');
const estimates = Object.fromEntries(
  ['vgg-16', 'resnet-50', 'alexnet'].map((name) => [name, estimateTable(table(name), chip)]),
) as Record<'vgg-16' | 'resnet-50' | 'alexnet', Estimate>;

const FIGURES = ['eff', 'fps', 'latency', 'Gops', 'MA', 'MB', 'AI'] as const; // each printed with one decimal
const TABLE_V = {
  'vgg-16': [96.5, 17.5, 57.2, 518.7, 96.8, 118.1, 306.8],
  'resnet-50': [88.3, 64.2, 15.6, 474.9, 67.9, 87.5, 108.9],
  alexnet: [77.2, 336.6, 3.0, 414.8, 6.4, 7.5, 191.8],
};

describe('convolution layers on the published 7 x 96 array', () => {
  test('exact clocks', () => {
    expect(estimates['vgg-16'].totals.convolutions.Q).toBe(22_897_728);
    expect(estimates['resnet-50'].totals.convolutions.Q).toBe(6_227_984);
    expect(estimates['alexnet'].totals.convolutions.Q).toBe(1_182_208);
  });

  test.each(['vgg-16', 'resnet-50'] as const)('%s: the seven figures of Table V, to the printed digit', (name) => {
    const { convolutions } = estimates[name].totals;
    // AI of ResNet-50 is 108.95, which the table prints as 108.9: half a unit of the last digit either way
    FIGURES.forEach((figure, i) =>
      expect.soft(Math.abs(convolutions[figure]! - TABLE_V[name][i]!), figure).toBeLessThanOrEqual(0.05 + 1e-3),
    );
  });

  test('AlexNet within 0.7 % of Table V, or half a printed unit', () => {
    const { convolutions } = estimates.alexnet.totals;
    FIGURES.forEach((figure, i) => {
      const published = TABLE_V.alexnet[i]!;
      expect
        .soft(Math.abs(convolutions[figure]! - published), figure)
        .toBeLessThanOrEqual(Math.max(0.007 * published, 0.05));
    });
  });
});

describe('utilisation of single layers, Fig. 3 (read off the plot), within 1 point', () => {
  const efficiency = (name: keyof typeof estimates, layer: string) =>
    estimates[name].layers.find(({ planned }) => planned.layer.name === layer)!.values.eff;

  test.each([
    ['conv1', 56.4],
    ['conv2', 83.5],
    ['conv3', 83.5],
    ['conv4', 83.5],
    ['conv5', 83.5],
  ] as const)('AlexNet %s: %d', (layer, percent) => {
    expect(Math.abs(efficiency('alexnet', layer)! - percent)).toBeLessThanOrEqual(1);
  });

  test.each([
    ['conv1_1', 89.5],
    ['conv1_2', 99],
    ['conv5_1', 90.6],
    ['conv5_2', 90.6],
    ['conv5_3', 90.6],
  ] as const)('VGG-16 %s: %d', (layer, percent) => {
    expect(Math.abs(efficiency('vgg-16', layer)! - percent)).toBeLessThanOrEqual(1);
  });

  // by kernel, output channels and output height
  test.each([
    [7, 64, 112, 73],
    [3, 64, 56, 97],
    [3, 128, 28, 95],
    [3, 256, 14, 91],
    [3, 512, 7, 82],
    [1, 64, 56, 66.7],
    [1, 256, 56, 89],
    [1, 128, 28, 66.7],
    [1, 512, 28, 89],
    [1, 256, 14, 89],
    [1, 1024, 14, 97],
    [1, 512, 7, 89],
    [1, 2048, 7, 97],
  ])('ResNet-50 %dx, %d channels, %d rows: %d', (kernel, channels, rows, percent) => {
    const found = estimates['resnet-50'].layers.filter(
      ({ planned: { layer } }) =>
        layer.kind === 'convolution' &&
        layer.rows.taps === kernel &&
        layer.outputChannels === channels &&
        layer.rows.output === rows,
    );
    expect(found.length).toBeGreaterThan(0);
    for (const { values } of found) expect(Math.abs(values.eff! - percent)).toBeLessThanOrEqual(1);
  });

  // FC layers are published for a batch of 7, which fills the 7 rows
  test.each([
    ['alexnet', 'fc6', 99.2],
    ['alexnet', 'fc7', 99.2],
    ['alexnet', 'fc8', 94.7],
    ['vgg-16', 'fc6', 99.2],
    ['vgg-16', 'fc7', 99.2],
    ['vgg-16', 'fc8', 94.7],
    ['resnet-50', 'fc', 94.7],
  ] as const)('%s %s in a batch of 7: %d', (name, layer, percent) => {
    const { layers } = estimateTable(table(name), chip, { batch: 7 });
    const found = layers.find(({ planned }) => planned.layer.name === layer)!;
    expect(Math.abs(found.values.eff! - percent)).toBeLessThanOrEqual(1);
  });
});
