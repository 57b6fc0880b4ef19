// What the Plan room shows of an array at a clock, against the layer's own count of MACs.
import { describe, expect, it } from 'vitest';
import { changeArray } from '../../main/array/array';
import { presetArray, withDataflow } from '../../main/array/presets';
import { type KrakenPlan, planKraken } from '../../main/plan/kraken';
import { countLayerMacs } from '../../main/plan/layer';
import { type SystolicPlan, planLayer } from '../../main/plan/plan';
import { readTable } from '../../main/plan/table';
import { krakenPicture } from '../../renderer/rooms/plan/krakenPicture';
import { drawnPes } from '../../renderer/rooms/plan/pes';
import { systolicPicture } from '../../renderer/rooms/plan/systolicPicture';

const array = changeArray(presetArray('kraken-7x96'), { rows: 3, cores: 7 });
const [layer] = readTable(
  {
    name: 't',
    layers: [{ name: 'c', kind: 'convolution', input: [5, 6], channels: [2, 3], kernel: 3, padding: 'same' }],
  },
  't.json',
).layers;
const plan = planKraken(layer!, array, 1, 'clocks') as KrakenPlan;
const at = (clock: number) => krakenPicture(layer!, plan, array, clock);

describe('the PEs at a clock', () => {
  it('do all valid MACs of the layer in all clocks together, and every PE is counted at each', () => {
    let valid = 0;
    for (let clock = 0; clock < plan.tiles.clocks; clock++) {
      const { working, zeros, idle } = drawnPes(at(clock), array);
      expect(working + zeros + idle).toBe(21);
      valid += working;
    }
    expect(valid).toBe(countLayerMacs(layer!).valid);
  });
  it('are told in words: the elements they multiply, a zero of the padding, idle', () => {
    // 7 cores are 2 groups of 3; the seventh is in none. At clock 1 kernel row 1 meets the first column of pixels.
    expect(at(1).tell({ row: 0, core: 1 })).toBe(
      'PE 0, 1 (group 0, core 1): y[0, 0, 0, 0] += x[0, 0, 0, 0] · w[0, 1, 1, 0]',
    );
    expect(at(0).tell({ row: 0, core: 1 })).toBe('PE 0, 1 (group 0, core 1): multiplies a zero');
    expect(at(1).tell({ row: 0, core: 6 })).toBe('PE 0, 6 (in no group): idle');
    expect(at(6).tell({ row: 0, core: 1 })).toBe('PE 0, 1 (group 0, core 1): passes its sum on');
  });
  it('are cropped where there are more than a screen shows, and say so', () => {
    const large = changeArray(array, { rows: 100, cores: 1000 });
    const wide = planKraken(layer!, large, 1, 'clocks') as KrakenPlan;
    const pes = drawnPes(krakenPicture(layer!, wide, large, 0), large);
    expect(pes).toMatchObject({ rows: 64, cores: 256, isCropped: true });
  });
});

describe.each(['os', 'ws', 'is'] as const)('the PEs of %s', (dataflow) => {
  const grid = withDataflow(changeArray(presetArray('systolic-32x32'), { rows: 4, cores: 2 }), dataflow);
  const systolic = planLayer(layer!, grid, 1, 'clocks', {}) as SystolicPlan;
  const picture = (clock: number) => systolicPicture(layer!, systolic, grid, clock);

  it('do all valid MACs, and a long step goes to the next fold', () => {
    let valid = 0;
    for (let clock = 0; clock < systolic.tiles.clocks; clock++) {
      const { working, zeros, loading, idle } = drawnPes(picture(clock), grid);
      expect(working + zeros + loading + idle).toBe(8);
      valid += working;
    }
    expect(valid).toBe(countLayerMacs(layer!).valid);
    expect(picture(5).next.clock).toBe(picture(0).next.clock);
    expect(picture(picture(0).next.clock).where).toMatch(/clock of the fold 1\//);
  });
  it('are told in words', () => {
    const first = { row: 0, core: 0 };
    // the first window begins in the padding; with two channels, its element 8 is channel 0 of tap (1, 1)
    const told = {
      os: [picture(8).tell(first), 'PE 0, 0: y[0, 0, 0, 0] += x[0, 0, 0, 0] · w[0, 1, 1, 0]'],
      ws: [picture(3).tell(first), 'PE 0, 0: loads w[0, 0, 0, 0]'],
      is: [picture(3).tell(first), 'PE 0, 0: loads a zero of the padding'],
    }[dataflow];
    expect(told[0]).toBe(told[1]);
    expect(picture(0).tell({ row: 3, core: 1 })).toBe('PE 3, 1: waits for the first operands');
    expect(picture(0).does).toBe({ os: 'multiplies', ws: 'loads weights', is: 'loads inputs' }[dataflow]);
    const drained = { os: 'holds its finished sum', ws: 'is done with this fold', is: 'is done with this fold' }[
      dataflow
    ];
    expect(picture(picture(0).next.clock - 1).tell(first)).toBe(`PE 0, 0: ${drained}`);
  });
});
