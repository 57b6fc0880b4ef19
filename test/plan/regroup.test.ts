// The same PEs as another array: every shape is tried, and none that is left is better.
import { describe, expect, test } from 'vitest';
import { changeArray, peCount } from '../../main/array/array';
import { presetArray, withDataflow } from '../../main/array/presets';
import type { Product } from '../../main/plan/layer';
import { planNetwork } from '../../main/plan/plan';
import { listShapes, regroup } from '../../main/plan/regroup';
import { sramKilobytes } from '../../main/estimate/area';
import { asSteps, estimateTable, oneLayer, table } from './tables';

const chip = presetArray('kraken-7x96');

describe('shapes', () => {
  test('every divisor of 672 once, the array itself as it is, with no more SRAM than it has', () => {
    const shapes = listShapes(chip);
    expect(shapes.map(({ rows }) => rows)).toEqual(
      Array.from({ length: 672 }, (_, i) => i + 1).filter((rows) => 672 % rows === 0),
    );
    expect(shapes.find(({ rows }) => rows === 7)).toBe(chip);
    for (const shape of shapes) {
      expect(peCount(shape)).toBe(672);
      expect(sramKilobytes(shape)).toBeLessThanOrEqual(384);
      expect(sramKilobytes(shape)).toBeGreaterThan(383);
    }
  });
  test('limits of the fields are kept: no more than 4,096 cores', () => {
    const cores = listShapes(changeArray(chip, { rows: 16, cores: 2048 })).map((shape) => shape.cores);
    expect(Math.max(...cores)).toBe(4096);
  });
});

describe('the best shape', () => {
  test.each(['clocks', 'traffic'] as const)('VGG-16: none of the designs is better in %s', (objective) => {
    const vgg = table('vgg-16');
    const { plan, shapes, certificate } = regroup('VGG-16', asSteps(vgg.layers), chip, { objective });
    const costs = listShapes(chip).map((array) => {
      const { Q_t, B } = estimateTable(vgg, array, { objective }).totals.all;
      return objective === 'clocks' ? Q_t! : B!;
    });
    const own = estimateTable(vgg, plan.array, { objective }).totals.all;
    const able = costs.filter((_, at) => shapes[at]!.lostLayers === 0);
    expect(able.length).toBeGreaterThan(15);
    expect(objective === 'clocks' ? own.Q_t : own.B).toBe(Math.min(...able));
    expect(shapes.map((shape) => shape[objective === 'clocks' ? 'clocks' : 'bytes'])).toEqual(costs);
    const alone = planNetwork('VGG-16', asSteps(vgg.layers), chip, { objective });
    expect(certificate.candidates).toBeGreaterThan(10 * alone.certificate.candidates);
    expect(certificate.gapPercent).toBe(0);
  });

  test('a shape that cannot run a layer which others run is none, however few its clocks', () => {
    const wide = oneLayer({ input: [14, 14], channels: [8, 3], kernel: 7 });
    const { plan, shapes } = regroup('one', asSteps([wide]), changeArray(chip, { rows: 2, cores: 12 }));
    expect(shapes.filter(({ lostLayers }) => lostLayers > 0).map(({ cores }) => cores)).toEqual([6, 4, 3, 2, 1]);
    expect(plan.array.cores).toBeGreaterThanOrEqual(7);
  });

  test('a tie keeps the array as it is given; systolic arrays are regrouped, too', () => {
    const square = withDataflow(changeArray(presetArray('systolic-32x32'), { rows: 4, cores: 4 }), 'os');
    const sizes = { products: 1, rows: 1, depth: 1, columns: 1, isShared: true };
    const layer: Product = { kind: 'product', name: 'p', operator: null, ...sizes };
    const { plan, shapes } = regroup('one', asSteps([layer]), square);
    expect(shapes).toHaveLength(5);
    expect(plan.array).toBe(square);
  });
});
