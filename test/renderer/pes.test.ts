// What the Plan room shows of an array at a clock, against the layer's own count of MACs.
import { describe, expect, it } from 'vitest';
import { changeArray } from '../../main/array/array';
import { presetArray } from '../../main/array/presets';
import { type KrakenPlan, planKraken } from '../../main/plan/kraken';
import { clockAt } from '../../main/plan/krakenClock';
import { countLayerMacs } from '../../main/plan/layer';
import { readTable } from '../../main/plan/table';
import { drawnPes, tellPe } from '../../renderer/rooms/plan/pes';

const array = changeArray(presetArray('kraken-7x96'), { rows: 3, cores: 7 });
const [layer] = readTable(
  { name: 't', layers: [{ name: 'c', kind: 'convolution', input: [5, 6], channels: [2, 3], kernel: 3, padding: 'same' }] },
  't.json',
).layers; // prettier-ignore
const plan = planKraken(layer!, array, 1, 'clocks') as KrakenPlan;
const at = (clock: number) => clockAt(plan, array, clock);

describe('the PEs at a clock', () => {
  it('do all valid MACs of the layer in all clocks together, and every PE is counted at each', () => {
    let valid = 0;
    for (let clock = 0; clock < plan.tiles.clocks; clock++) {
      const { working, zeros, idle } = drawnPes(layer!, plan, array, at(clock));
      expect(working + zeros + idle).toBe(21);
      valid += working;
    }
    expect(valid).toBe(countLayerMacs(layer!).valid);
  });
  it('are told in words: the elements they multiply, a zero of the padding, idle', () => {
    // 7 cores are 2 groups of 3; the seventh is in none. At clock 1 kernel row 1 meets the first column of pixels.
    expect(tellPe(layer!, plan, array, at(1), { row: 0, core: 1 })).toBe('PE 0, 1 (group 0, core 1): y[0, 0, 0, 0] += x[0, 0, 0, 0] · w[0, 1, 1, 0]'); // prettier-ignore
    expect(tellPe(layer!, plan, array, at(0), { row: 0, core: 1 })).toBe(
      'PE 0, 1 (group 0, core 1): multiplies a zero',
    );
    expect(tellPe(layer!, plan, array, at(1), { row: 0, core: 6 })).toBe('PE 0, 6 (in no group): idle');
    expect(tellPe(layer!, plan, array, at(6), { row: 0, core: 1 })).toBe(
      'PE 0, 1 (group 0, core 1): passes its sum on',
    );
  });
  it('are cropped where there are more than a screen shows, and say so', () => {
    const large = changeArray(array, { rows: 100, cores: 1000 });
    const wide = planKraken(layer!, large, 1, 'clocks') as KrakenPlan;
    const pes = drawnPes(layer!, wide, large, clockAt(wide, large, 0));
    expect(pes).toMatchObject({ rows: 64, cores: 256, isCropped: true });
  });
});
