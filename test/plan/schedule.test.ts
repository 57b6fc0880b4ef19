// The schedule, clock by clock on small layers: every valid MAC of the layer is done exactly once, in exactly the clocks
// the plan says, and sums travel to the right. For every kernel and stride, padding, group, dilation and choice.
import { describe, expect, test } from 'vitest';
import { type PeArray, changeArray } from '../../main/array/array';
import { presetArray } from '../../main/array/presets';
import { type Window, endTap, firstTap, placeWindow, windowStart } from '../../main/golden/padding';
import { type KrakenPlan, channelsPerPass, planKraken } from '../../main/plan/kraken';
import { clockAt, clockOfOperation, layerMacOf, workOf } from '../../main/plan/krakenClock';
import { krakenForms } from '../../main/plan/krakenForms';
import { type Convolution, type Layer, type Product, countLayerMacs, countUsed } from '../../main/plan/layer';
import { Random } from '../oracle/random';

const chip = presetArray('kraken-7x96');
const small = (rows: number, cores: number, more: Partial<PeArray> = {}) =>
  changeArray(chip, { rows, cores, kernelMax: 7, strideMax: 7, ...more });

/** Walks the whole plan. Returns how often each MAC of the layer was done. */
function walk(layer: Layer, plan: KrakenPlan, array: PeArray): Map<string, number> {
  const done = new Map<string, number>();
  let before = new Map<number, number>(); // the PE of each sum, one column ago
  let now = new Map<number, number>();
  let held = new Map<number, number>(); // the sum in each PE
  let operation = 0;
  for (let clock = 0; clock < plan.tiles.clocks; clock++) {
    const at = clockAt(plan, array, clock);
    if (at.does !== 'configure' && clockOfOperation(plan, array, operation++) !== clock)
      throw new Error(`operation ${operation - 1} is not found at clock ${clock}`);
    if (at.does === 'shift') [before, now, held] = [now, new Map(), new Map()];
    if (at.does !== 'multiply') continue;
    const round = [at.run, at.iteration, at.pass, at.frame].reduce((sum, one) => sum * 32 + one, 0);
    for (let row = 0; row < array.rows; row++)
      for (let core = 0; core < array.cores; core++) {
        const work = workOf(plan, array, at, row, core);
        if (!work) continue;
        const sum = ((round * 256 + work.row) * 256 + work.column) * 256 + work.channelOut;
        const pe = row * array.cores + core;
        if (plan.tiles.shiftClocks === 1) {
          if ((held.get(pe) ?? sum) !== sum) throw new Error(`PE ${pe} holds two sums at clock ${clock}`);
          if ((before.get(sum) ?? pe - 1) !== pe - 1)
            throw new Error(`a sum did not move right by one at clock ${clock}`);
          held.set(pe, sum);
          now.set(sum, pe);
        }
        const mac = layerMacOf(layer, plan, at, work);
        if (!mac) continue;
        const key = `${mac.frame} ${mac.group} ${mac.row} ${mac.column} ${mac.channelOut} ${mac.channelIn} ${mac.kernelRow} ${mac.kernelColumn}`;
        done.set(key, (done.get(key) ?? 0) + 1);
      }
  }
  return done;
}

function expectEachOnce(layer: Layer, plan: KrakenPlan, array: PeArray, batch: number): void {
  const done = walk(layer, plan, array);
  expect(Math.max(...done.values())).toBe(1);
  expect(done.size).toBe(countLayerMacs(layer).valid * batch);
}

/** All forms of the layer that the array can run, with the fewest passes and with one more; the batch at once and one by one. */
function plansOf(layer: Layer, array: PeArray, batch: number): KrakenPlan[] {
  return [...new Set([1, batch])].flatMap((chunks) =>
    krakenForms(layer, batch / chunks).flatMap((form) => {
      if ('why' in form) return [];
      const { groups, channelsIn } = form.shape;
      return [...new Set([1, Math.min(2, groups), groups])].flatMap((merge) => {
        const fewest = Math.ceil((channelsIn * merge) / channelsPerPass(form.shape, array));
        return [fewest, Math.min(fewest + 1, channelsIn * merge)].flatMap((passes) => {
          const choice = {
            form: form.form,
            turned: form.turned ? 'yes' : 'no',
            flat: form.flat ? 'yes' : 'no',
            blocks: form.blocks,
          };
          const pin = { ...choice, merge: String(merge), passes: String(passes), chunks: String(chunks) };
          const plan = planKraken(layer, array, batch, 'clocks', pin);
          return typeof plan === 'string' ? [] : [plan];
        });
      });
    }),
  );
}

/** Maps of a dilation with an output that meets a pixel. */
const mapsThatSee = (window: Window): number =>
  new Set(
    Array.from({ length: window.output }, (_, at) => at)
      .filter((at) => endTap(window, windowStart(window, at)) > firstTap(window, windowStart(window, at)))
      .map((at) => at % window.dilation),
  ).size;

const convolution = (rows: Window, columns: Window, groups: number, input: number, output: number): Convolution => ({
  kind: 'convolution',
  name: 'layer',
  operator: null,
  frames: 1,
  groups,
  inputChannels: input,
  outputChannels: output,
  rows,
  columns,
});

describe('every MAC once', () => {
  const pairs = [1, 2, 3, 4, 5, 7].flatMap((taps) => [1, 2, 3, 4].map((stride) => [taps, stride] as const));

  test.each(pairs)('kernel %d, stride %d: SAME, VALID and half padding, all forms', (taps, stride) => {
    let plans = 0;
    for (const size of [7, 8])
      for (const padding of ['same', 'valid', 'half'] as const) {
        const half = Math.floor(taps / 2);
        const window: Window =
          padding === 'half'
            ? {
                input: size,
                output: Math.floor((size + 2 * half - taps) / stride) + 1,
                taps,
                stride,
                dilation: 1,
                before: half,
              }
            : placeWindow(size, taps, stride, 1, padding);
        const layer = convolution(window, window, 1, 2, 3);
        const array = small(3, Math.max(11, taps + stride));
        for (const plan of plansOf(layer, array, 1)) {
          expectEachOnce(layer, plan, array, 1);
          plans++;
        }
      }
    expect(plans).toBeGreaterThan(0);
  });

  test.each([2, 3])('dilation %d', (dilation) => {
    for (const padding of ['same', 'valid'] as const) {
      const layer = convolution(
        placeWindow(10, 3, 1, dilation, padding),
        placeWindow(11, 3, 1, dilation, padding),
        1,
        2,
        2,
      );
      const plans = plansOf(layer, small(2, 7), 1);
      expect(plans.length).toBeGreaterThanOrEqual(2); // upright and turned
      for (const plan of plans) expectEachOnce(layer, plan, small(2, 7), 1);
    }
  });

  test('a dilation larger than the map, or than the outputs: only maps that see a pixel', () => {
    for (const [height, width, dilation, padding] of [
      [3, 5, 4, 'same'],
      [4, 3, 5, 'same'],
      [6, 9, 4, 'valid'],
    ] as const)
      for (const taps of [2, 3]) {
        const [rows, columns] = [height, width].map((size) => placeWindow(size, taps, 1, dilation, padding));
        if (rows!.output < 1 || columns!.output < 1) continue;
        const layer = convolution(rows!, columns!, 1, 2, 2);
        const plans = plansOf(layer, small(2, 7), 1);
        expect(plans.length).toBeGreaterThan(0);
        for (const plan of plans) {
          expectEachOnce(layer, plan, small(2, 7), 1);
          if (plan.choice.turned) continue;
          expect([plan.shape.heights.length, plan.shape.columns]).toEqual([mapsThatSee(rows!), countUsed(columns!)]);
        }
      }
  });

  test('groups and depthwise, merged or not, in a batch, with configuration clocks', () => {
    const array = small(3, 7, { configClocks: 2, configWords: 1 });
    for (const [groups, input, output] of [
      [3, 2, 1],
      [5, 1, 1],
      [2, 3, 4],
    ] as const) {
      const layer = convolution(
        placeWindow(5, 3, 1, 1, 'same'),
        placeWindow(4, 3, 1, 1, 'same'),
        groups,
        input,
        output,
      );
      const plans = plansOf(layer, array, 2);
      expect(plans.some(({ choice }) => choice.chunks === 2)).toBe(true);
      for (const plan of plans) expectEachOnce(layer, plan, array, 2);
    }
  });

  test('a weights SRAM too shallow for all channels', () => {
    const array = small(3, 7, { weightsSramDepthWords: 7 });
    const layer = convolution(placeWindow(5, 3, 1, 1, 'same'), placeWindow(4, 3, 1, 1, 'same'), 1, 5, 4);
    const plans = plansOf(layer, array, 1);
    expect(plans.some((plan) => plan.tiles.passes >= 3)).toBe(true);
    for (const plan of plans) expectEachOnce(layer, plan, array, 1);
  });

  test('products: one or several, shared by the batch or not, upright and turned', () => {
    const array = small(3, 4);
    for (const [products, isShared] of [
      [1, true],
      [3, false],
      [2, true],
    ] as const) {
      const layer: Product = {
        kind: 'product',
        name: 'p',
        operator: null,
        products,
        rows: 4,
        depth: 3,
        columns: 5,
        isShared,
      };
      const plans = plansOf(layer, array, 2);
      expect(plans.length).toBeGreaterThan(0);
      for (const plan of plans) expectEachOnce(layer, plan, array, 2);
    }
  });

  test('random layers with unequal sides', () => {
    const random = new Random(41);
    for (let round = 0; round < 40; round++) {
      const side = () =>
        placeWindow(random.whole(7, 10), random.whole(1, 4), random.whole(1, 3), 1, random.pick(['same', 'valid']));
      const layer = convolution(side(), side(), random.whole(1, 2), random.whole(1, 3), random.whole(1, 4));
      const array = small(random.whole(1, 4), random.whole(6, 12));
      for (const plan of plansOf(layer, array, 1)) expectEachOnce(layer, plan, array, 1);
    }
  });
});
