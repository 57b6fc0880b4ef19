// What Estimate tells of a layer in the engine (fill, waits, drain) is what is counted of the runs that Simulate makes of
// it, which the RTL is held to in test/rtl/clocks.test.ts; and each is told with a formula that gives it.
import { describe, expect, test } from 'vitest';
import { changeArray } from '../../main/array/array';
import { presetArray } from '../../main/array/presets';
import { type LayerEstimate, explainLayer } from '../../main/estimate/estimate';
import { parseFormula } from '../../main/estimate/formula';
import { stallParts } from '../../main/estimate/waterfall';
import type { Convolution, Layer } from '../../main/plan/layer';
import { rtlPin } from '../../main/plan/rtlForm';
import { jobWaits } from '../../main/simulate/clocks';
import { defineEngine } from '../../main/simulate/engine';
import { tileLayer } from '../../main/simulate/tiles';
import { estimateTable, table } from '../plan/tables';

const chip = presetArray('kraken-7x96');
const isPlain = (layer: Layer): layer is Convolution =>
  layer.kind === 'convolution' && layer.groups === 1 && layer.rows.taps >= layer.rows.stride;

const estimateRtl = (name: string, array = chip) => {
  const pins = new Map(table(name).layers.map((layer) => [layer.name, rtlPin(layer)]));
  return estimateTable(table(name), array, { pins });
};

describe.each(['vgg-16', 'resnet-50', 'alexnet', 'mobilenet-v1'])('%s', (name) => {
  test.each([{ outputStreamBits: 0 }, { outputStreamBits: 128 }, { outputStreamBits: 64, weightStreamBits: 128 }])(
    'fill, waits and drain with %o',
    (streams) => {
      const array = changeArray(chip, streams);
      const engine = defineEngine(array);
      let compared = 0;
      for (const { planned, values } of estimateRtl(name, array).layers) {
        const { layer } = planned;
        if (!isPlain(layer)) continue;
        const { rows, columns } = layer;
        const run = { frames: 1, channelsIn: layer.inputChannels, channelsOut: layer.outputChannels, rows, columns };
        const { fill, drain, sums, weights } = jobWaits([{ layer: run, tiles: tileLayer(run, engine) }], engine);
        const told = [values.fill, values.drain, values.w_Y, values.w_K, values.stall];
        expect(told, layer.name).toEqual([fill, drain, sums, weights, sums + weights]);
        compared++;
      }
      expect(compared).toBeGreaterThan(1);
    },
  );
});

describe('waits are told', () => {
  const figuresOf = (layer: LayerEstimate, array = chip) =>
    new Map(explainLayer(layer, array).map((one) => [one.name, one]));

  test('nowhere among the convolutions that the paper measures', () => {
    for (const name of ['vgg-16', 'resnet-50', 'alexnet']) {
      const { convolutions } = estimateTable(table(name), chip).totals;
      expect([convolutions.w_Y, convolutions.w_K, convolutions.stall], name).toEqual([0, 0, 0]);
    }
  });

  test('with their formula where there are some, as steps of the waterfall, and not where there are none', () => {
    const array = changeArray(chip, { outputStreamBits: 64, weightStreamBits: 64 });
    const { layers, waterfall, totals } = estimateTable(table('resnet-50'), array);
    let [sums, weights] = [0, 0];
    for (const layer of layers) {
      const figures = figuresOf(layer, array);
      for (const [symbol, name] of [
        ['w_Y', 'sums wait'],
        ['w_K', 'weights wait'],
      ] as const) {
        const clocks = layer.values[symbol]!;
        const step = layer.waterfall.find((one) => one.name === name);
        expect([figures.has(symbol), step !== undefined], layer.planned.layer.name).toEqual([clocks > 0, clocks > 0]);
        if (clocks === 0) continue;
        expect(step!.clocks).toBeCloseTo(clocks, 6);
        expect(parseFormula(figures.get(symbol)!.filled)({})).toBe(clocks);
      }
      sums += layer.values.w_Y!;
      weights += layer.values.w_K!;
    }
    expect([totals.all.w_Y, totals.all.w_K]).toEqual([sums, weights]);
    expect(Math.min(sums, weights)).toBeGreaterThan(100_000);
    expect(waterfall.slice(-3).map(({ name }) => name)).toEqual(['sums wait', 'weights wait', 'streams wait']);
    expect(stallParts(totals.all).reduce((sum, { clocks }) => sum + clocks, 0)).toBe(totals.all.stall);
    expect(estimateTable(table('resnet-50'), chip).waterfall.map(({ name }) => name)).not.toContain('sums wait');
  });
});

test('the layer that needs the most bandwidth is named, of each group', () => {
  const { hungriest, totals, layers } = estimateTable(table('vgg-16'), chip);
  const needs = new Map(layers.map(({ planned, values }) => [planned.layer.name, values.need!]));
  expect(needs.get(hungriest.all)).toBe(Math.max(...needs.values()));
  expect(totals.all.need_most).toBe(needs.get(hungriest.all));
  expect(hungriest.convolutions).toMatch(/^conv/);
  expect(hungriest.products).toBe(hungriest.all); // a product reads each weight for a single frame
});
