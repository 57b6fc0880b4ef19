// Tiles and alternatives tell of a plan only what the plan itself says.
import { describe, expect, it } from 'vitest';
import { presetArray, withDataflow } from '../../main/array/presets';
import { listAlternatives } from '../../main/plan/alternatives';
import { clockAt } from '../../main/plan/krakenClock';
import { TABLE_NAMES, shippedTable } from '../../main/plan/networks';
import { planNetwork, plannedLayers } from '../../main/plan/plan';
import { foldAt } from '../../main/plan/systolicClock';
import { activeFolds, activePieces, cutAt, tileSheets } from '../../main/plan/tiles';

const plan = (table: string, array = presetArray('kraken-7x96')) =>
  planNetwork(
    table,
    shippedTable(table)!.layers.map((layer) => ({ layer })),
    array,
  );

describe('tiles on the tensors', () => {
  it.each(TABLE_NAMES)('of %s have as many pieces as the loops have steps', (table) => {
    const network = plan(table);
    for (const { plan } of plannedLayers(network)) {
      if (plan.dataflow !== 'kraken') throw new Error('another dataflow');
      const [inputs, weights, outputs] = tileSheets(plan, network.array);
      const { L, T, passes } = plan.tiles;
      expect([inputs!.down.count, weights!.down.count, weights!.across.count, outputs!.down.count]).toEqual([
        L,
        passes,
        T,
        L,
      ]);
      for (const sheet of [inputs!, weights!, outputs!])
        for (const side of [sheet.down, sheet.across]) {
          expect(cutAt(side, 0)).toBe(0);
          expect(cutAt(side, side.count)).toBe(1);
          expect(cutAt(side, side.count - 1)).toBeLessThan(1);
        }
      // the last clock works on the last piece of each
      const last = activePieces(plan, clockAt(plan, network.array, plan.tiles.clocks - 1));
      expect(last).toEqual([inputs!, weights!, outputs!].map(({ down, across }) => [down.count - 1, across.count - 1]));
    }
  });
  it('of a systolic plan are its folds', () => {
    const network = plan('alexnet', presetArray('systolic-32x32'));
    for (const { plan } of plannedLayers(network)) {
      if (plan.dataflow === 'kraken') throw new Error('another dataflow');
      const [inputs, weights, outputs] = tileSheets(plan, network.array);
      const { gemm } = plan;
      expect([inputs!.down.size, inputs!.across.size, weights!.across.size]).toEqual([
        gemm.pixels,
        gemm.window,
        gemm.filters,
      ]);
      expect(inputs!.across).toEqual(weights!.down);
      expect(outputs!.down).toEqual(inputs!.down);
      expect(outputs!.across).toEqual(weights!.across);
      const last = activeFolds(plan, foldAt(plan, plan.tiles.clocks - 1));
      expect(last).toEqual([inputs!, weights!, outputs!].map(({ down, across }) => [down.count - 1, across.count - 1]));
    }
  });
});

describe('alternatives', () => {
  it.each([
    ['kraken-7x96', 'kraken'],
    ['systolic-32x32', 'os'],
    ['systolic-32x32', 'ws'],
    ['systolic-32x32', 'is'],
  ] as const)('on %s, %s: the best of them is the plan', (name, dataflow) => {
    const array = withDataflow(presetArray(name), dataflow);
    for (const { layer, plan: best } of plannedLayers(plan('mobilenet-v2', array)).slice(0, 8)) {
      const all = listAlternatives(layer, array, 1, 'clocks');
      const clocks = all.flatMap((one) => one.clocks ?? []);
      expect(Math.min(...clocks)).toBe(best.tiles.clocks + best.tiles.stallClocks);
      for (const { why, clocks: some } of all) expect(why === '').toBe(some !== null);
    }
  });
});
