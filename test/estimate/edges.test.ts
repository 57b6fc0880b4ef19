// Fill and drain as Estimate tells them are those that the engine's own description gives (which the RTL is held to in
// test/rtl/clocks.test.ts), for every layer that the engine runs as the plan has it.
import { describe, expect, test } from 'vitest';
import { changeArray } from '../../main/array/array';
import { presetArray } from '../../main/array/presets';
import type { Convolution, Layer } from '../../main/plan/layer';
import { rtlPin } from '../../main/plan/rtlForm';
import { drainClocks, fillClocks } from '../../main/simulate/clocks';
import { defineEngine } from '../../main/simulate/engine';
import { tileLayer } from '../../main/simulate/tiles';
import { estimateTable, table } from '../plan/tables';

const chip = presetArray('kraken-7x96');
const isPlain = (layer: Layer): layer is Convolution =>
  layer.kind === 'convolution' && layer.groups === 1 && layer.rows.taps >= layer.rows.stride;

describe.each(['vgg-16', 'resnet-50', 'alexnet'])('%s', (name) => {
  test.each([0, 512])('fill and drain with an output stream of %d bit', (outputStreamBits) => {
    const array = changeArray(chip, { outputStreamBits });
    const engine = defineEngine(array);
    const { layers } = table(name);
    const pins = new Map(layers.map((layer) => [layer.name, rtlPin(layer)]));
    let compared = 0;
    for (const { planned, values } of estimateTable(table(name), array, { pins }).layers) {
      const { layer } = planned;
      if (!isPlain(layer)) continue;
      const sizes = { frames: 1, channelsIn: layer.inputChannels, channelsOut: layer.outputChannels };
      const run = { layer: { ...sizes, rows: layer.rows, columns: layer.columns } };
      const tiles = tileLayer(run.layer, engine);
      expect(values.fill, layer.name).toBe(fillClocks({ ...run, tiles }));
      const drain = drainClocks({ ...run, tiles }, engine);
      if (drain) expect(values.drain, layer.name).toBe(drain.least);
      else if (outputStreamBits > 0) expect(values.drain, layer.name).toBeUndefined(); // 4 lanes of 168 bits do not fit
      compared += drain ? 1 : 0;
    }
    expect(compared > 1).toBe(outputStreamBits === 0);
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
