// No plan beats the lower bound, brute force finds nothing better, and the words a systolic plan claims are those that a
// walk through its blocks counts.
import fc from '../properties';
import { describe, expect, test } from 'vitest';
import { type PeArray, changeArray } from '../../main/array/array';
import { presetArray, withDataflow } from '../../main/array/presets';
import { placeWindow } from '../../main/golden/padding';
import { type Gemm, countPixelWords, gemmOf } from '../../main/plan/gemm';
import { addWaits, channelsPerPass, planKraken, tileFreely } from '../../main/plan/kraken';
import { krakenForms } from '../../main/plan/krakenForms';
import type { Convolution, Layer, Product } from '../../main/plan/layer';
import { ORDERS, type SystolicMapping } from '../../main/plan/mapping';
import { MAPPINGS, type SystolicPlan, planNetwork, plannedLayers } from '../../main/plan/plan';
import { OBJECTIVES } from '../../main/plan/search';
import { blockCounts } from '../../main/plan/systolic';
import { stallClocks } from '../../main/plan/transfer';
import { asSteps, planOne, table } from './tables';

const seeded = { seed: 4, numRuns: 150 };
const side = fc
  .record({
    input: fc.integer({ min: 5, max: 20 }),
    taps: fc.integer({ min: 1, max: 5 }),
    stride: fc.integer({ min: 1, max: 3 }),
    same: fc.boolean(),
  })
  .map(({ input, taps, stride, same }) => placeWindow(input, taps, stride, 1, same ? 'same' : 'valid'));
const convolution: fc.Arbitrary<Convolution> = fc
  .record({
    rows: side,
    columns: side,
    groups: fc.integer({ min: 1, max: 4 }),
    inputChannels: fc.integer({ min: 1, max: 12 }),
    outputChannels: fc.integer({ min: 1, max: 12 }),
  })
  .map((sizes) => ({ kind: 'convolution', name: 'layer', operator: null, frames: 1, ...sizes }));
const size = fc.integer({ min: 1, max: 30 });
const product: fc.Arbitrary<Product> = fc
  .record({ products: fc.integer({ min: 1, max: 3 }), rows: size, depth: size, columns: size, isShared: fc.boolean() })
  .map((sizes) => ({ kind: 'product', name: 'layer', operator: null, ...sizes }));
const layer: fc.Arbitrary<Layer> = fc.oneof(convolution, product);
const limits = fc.record({
  rows: fc.integer({ min: 1, max: 8 }),
  cores: fc.integer({ min: 7, max: 20 }),
  weightsSramDepthWords: fc.integer({ min: 20, max: 400 }),
  dramMegabytesPerSecond: fc.constantFrom(0, 500, 4000),
  dramBurstBytes: fc.constantFrom(1, 64),
  pixelStreamBits: fc.constantFrom(0, 4, 32),
  outputStreamBits: fc.constantFrom(0, 64),
});
const krakenArray = limits.map((changes) => changeArray(presetArray('kraken-7x96'), changes));
const buffers = fc.record({
  pixelSramBytes: fc.constantFrom(0, 64, 512, 65536),
  weightSramBytes: fc.constantFrom(0, 64, 512, 65536),
  outputSramBytes: fc.constantFrom(0, 64, 512, 65536),
  dataflow: fc.constantFrom('os', 'ws', 'is'),
});
const systolicArray = fc
  .tuple(limits, buffers)
  .map(([changes, more]) => changeArray(presetArray('systolic-32x32'), { ...changes, ...(more as Partial<PeArray>) }));
const batch = fc.integer({ min: 1, max: 3 });
const objective = fc.constantFrom(...OBJECTIVES);

describe('the lower bound', () => {
  test('no plan is below it, in clocks or in bytes', () => {
    fc.assert(
      fc.property(layer, fc.oneof(krakenArray, systolicArray), batch, objective, (layer, array, batch, objective) => {
        const { plan, facts } = planOne(layer, array, { batch, objective });
        expect(plan.tiles.clocks).toBeGreaterThanOrEqual(facts.floorClocks);
        // a burst never makes less
        expect(plan.tiles.bytes).toBeGreaterThanOrEqual(facts.floorBytes);
      }),
      seeded,
    );
  });
});

describe('brute force finds nothing better', () => {
  test('kraken: every form, every number of merged groups, of chunks of the batch', () => {
    fc.assert(
      fc.property(layer, krakenArray, batch, objective, (layer, array, batch, objective) => {
        const found = planKraken(layer, array, batch, objective);
        if (typeof found === 'string') throw new Error(found);
        const costs: [number, number][] = [];
        for (const chunks of divisors(batch))
          for (const form of krakenForms(layer, batch / chunks)) {
            if ('why' in form) continue;
            const perPass = channelsPerPass(form.shape, array);
            for (let merge = 1; merge <= form.shape.groups; merge++) {
              const passes = Math.ceil((form.shape.channelsIn * merge) / perPass);
              const free = tileFreely(form.shape, array, merge, passes, chunks);
              const isWorse =
                objective === 'clocks'
                  ? free.clocks + free.stallClocks > found.tiles.clocks + found.tiles.stallClocks
                  : free.bytes > found.tiles.bytes;
              // waits only add clocks, so those of a candidate that costs more without them need no count
              const { clocks, stallClocks, bytes } = isWorse ? free : addWaits(form.shape, array, free);
              costs.push([clocks + stallClocks, bytes]);
            }
          }
        expect(found.certificate.candidates).toBe(costs.length);
        const { clocks, stallClocks, bytes } = found.tiles;
        expect([clocks + stallClocks, bytes]).toEqual(best(costs, objective));
      }),
      seeded,
    );
  });

  test('os, ws, is: every order, every number of blocks and splits, of chunks of the batch', () => {
    const tiny = fc.oneof(
      convolution.filter((one) => one.rows.output * one.columns.output <= 60),
      product,
    );
    fc.assert(
      fc.property(tiny, systolicArray, objective, fc.constantFrom(1, 1, 2, 4), (layer, array, objective, batch) => {
        const plan = planOne(layer, array, { objective, batch }).plan as SystolicPlan;
        const mapping = MAPPINGS[plan.dataflow];
        const costs: [number, number][] = [];
        for (const chunks of divisors(batch)) {
          const gemm = gemmOf(layer, batch, chunks);
          for (const rowBlocks of blockCounts(Math.ceil(gemm[mapping.r] / array.rows)))
            for (const columnBlocks of blockCounts(Math.ceil(gemm[mapping.c] / array.cores)))
              for (const splits of blockCounts(gemm[mapping.t]))
                for (const order of ORDERS)
                  costs.push(walk(gemm, mapping, array, { r: rowBlocks, c: columnBlocks, t: splits }, order));
        }
        expect(plan.certificate.candidates).toBe(costs.length);
        const { clocks, stallClocks, bytes } = plan.tiles;
        const [bestClocks, bestBytes] = best(costs, objective);
        expect(clocks + stallClocks).toBe(bestClocks);
        expect(bytes).toBeCloseTo(bestBytes, 6);
      }),
      { seed: 4, numRuns: 40 },
    );
  });
});

/** Numbers of equal chunks that 1 to 4 inferences can be run in. */
const divisors = (batch: number): number[] => [1, 2, 3, 4].filter((count) => batch % count === 0);

const best = (costs: [number, number][], objective: 'clocks' | 'traffic'): [number, number] =>
  costs.toSorted((a, b) => (objective === 'clocks' ? a[0] - b[0] || a[1] - b[1] : a[1] - b[1] || a[0] - b[0]))[0]!;

/** Goes through the blocks one by one with one block of each operand in its SRAM. Returns clocks with stalls, and bytes. */
function walk(
  gemm: Gemm,
  mapping: SystolicMapping,
  array: PeArray,
  counts: Record<'r' | 'c' | 't', number>,
  order: string,
): [clocks: number, bytes: number] {
  const sizes = { r: gemm[mapping.r], c: gemm[mapping.c], t: gemm[mapping.t] };
  const folds = { r: Math.ceil(sizes.r / array.rows), c: Math.ceil(sizes.c / array.cores) };
  const block = {
    r: Math.min(Math.ceil(folds.r / counts.r) * array.rows, sizes.r),
    c: Math.min(Math.ceil(folds.c / counts.c) * array.cores, sizes.c),
    t: Math.ceil(sizes.t / counts.t),
  };
  const letter = (dimension: string) => (['r', 'c', 't'] as const).find((one) => mapping[one] === dimension)!;
  const [P, K, M] = [letter('pixels'), letter('window'), letter('filters')];
  const half = (bytes: number, bits: number) => (bytes / 2) * (8 / bits); // words
  const fits = {
    x: countPixelWords(gemm, block[P], block[K]).largest <= half(array.pixelSramBytes, array.pixelBits),
    k: block[K] * block[M] <= half(array.weightSramBytes, array.weightBits),
    y: block[P] * block[M] <= half(array.outputSramBytes, array.accumulatorBits),
  };
  // how often each block of an operand is brought in (or each fold, where blocks do not fit)
  const loads = { x: 0, k: 0, y: 0 };
  const held = { x: '', k: '', y: '' };
  const at = { r: 0, c: 0, t: 0 };
  const [outer, middle, inner] = [...order] as ('r' | 'c' | 't')[];
  for (at[outer!] = 0; at[outer!] < counts[outer!]; at[outer!]++)
    for (at[middle!] = 0; at[middle!] < counts[middle!]; at[middle!]++)
      for (at[inner!] = 0; at[inner!] < counts[inner!]; at[inner!]++)
        for (const [operand, a, b] of [
          ['x', P, K],
          ['k', K, M],
          ['y', P, M],
        ] as const) {
          const block = `${at[a]} ${at[b]}`;
          if (held[operand] !== block) loads[operand]++;
          held[operand] = block;
        }
  const rounds = (operand: 'x' | 'k' | 'y', free: 'r' | 'c' | 't') =>
    fits[operand]
      ? loads[operand] / ((counts.r * counts.c * counts.t) / counts[free])
      : free === 't'
        ? counts.t
        : folds[free];
  const fold = { r: Math.min(array.rows, sizes.r), c: Math.min(array.cores, sizes.c), t: block.t };
  const pixels = (fits.x ? countPixelWords(gemm, block[P], block[K]) : countPixelWords(gemm, fold[P], fold[K])).sum;
  const packets = gemm.runs * counts.r * counts.c * counts.t;
  const traffic = {
    pixelWords: gemm.runs * rounds('x', M) * pixels,
    weightWords: gemm.runs * rounds('k', P) * gemm.window * gemm.filters,
    outputWords: gemm.runs * rounds('y', K) * gemm.pixels * gemm.filters,
    outputReadWords: gemm.runs * (rounds('y', K) - 1) * gemm.pixels * gemm.filters,
    pixelPackets: packets,
    weightPackets: packets,
    outputPackets: packets,
  };
  const burst = (words: number, bits: number) =>
    packets * Math.ceil((words * bits) / 8 / packets / array.dramBurstBytes) * array.dramBurstBytes;
  const plain = (words: number, bits: number) => (words * bits) / 8;
  const bytesOf = array.dramBurstBytes === 1 ? plain : burst;
  const bytes =
    bytesOf(traffic.pixelWords, array.pixelBits) +
    bytesOf(traffic.weightWords, array.weightBits) +
    bytesOf(traffic.outputWords, array.accumulatorBits) +
    bytesOf(traffic.outputReadWords, array.accumulatorBits);
  const clocks = gemm.runs * folds.r * folds.c * (counts.t * mapping.overhead(array.rows, array.cores) + sizes.t);
  return [clocks + stallClocks(clocks, traffic, array, bytes), bytes];
}

test('input words of a block: never fewer than a walk over its pixels and taps counts', () => {
  fc.assert(
    fc.property(convolution, batch, size, size, (layer, batch, p, k) => {
      const gemm = gemmOf(layer, batch);
      const [pixels, window] = [Math.min(p, gemm.pixels), Math.min(k, gemm.window)];
      let largest = 0;
      let sum = 0;
      for (let firstP = 0; firstP < gemm.pixels; firstP += pixels)
        for (let firstK = 0; firstK < gemm.window; firstK += window) {
          const words = distinctWords(layer, gemm, firstP, pixels, firstK, window);
          largest = Math.max(largest, words);
          sum += words;
        }
      const claimed = countPixelWords(gemm, pixels, window);
      expect(claimed.largest).toBeGreaterThanOrEqual(largest);
      expect(claimed.sum).toBeGreaterThanOrEqual(sum);
      // and all at once is each word once
      expect(countPixelWords(gemm, gemm.pixels, gemm.window).sum).toBeGreaterThanOrEqual(gemm.usedPixelWords);
    }),
    seeded,
  );
});

test('input words of a block that begins in one frame and ends in the next', () => {
  const [rows, columns] = [placeWindow(8, 3, 1, 1, 'valid'), placeWindow(5, 1, 1, 1, 'valid')];
  const gemm = gemmOf(
    {
      kind: 'convolution',
      name: 'layer',
      operator: null,
      frames: 1,
      groups: 1,
      inputChannels: 1,
      outputChannels: 1,
      rows,
      columns,
    },
    2,
  );
  expect(countPixelWords(gemm, 12, 3).largest).toBe(36); // each of its 12 pixels sees 3 rows; 30 are those of one frame
});

function distinctWords(layer: Convolution, gemm: Gemm, firstP: number, p: number, firstK: number, k: number): number {
  const { rows, columns, inputChannels } = layer;
  const words = new Set<string>();
  for (let at = firstP; at < Math.min(firstP + p, gemm.pixels); at++)
    for (let tap = firstK; tap < Math.min(firstK + k, gemm.window); tap++) {
      const [frame, pixel] = [Math.floor(at / (rows.output * columns.output)), at % (rows.output * columns.output)];
      const [kernel, channel] = [Math.floor(tap / inputChannels), tap % inputChannels];
      const y = Math.floor(pixel / columns.output) * rows.stride - rows.before + Math.floor(kernel / columns.taps);
      const x = (pixel % columns.output) * columns.stride - columns.before + (kernel % columns.taps);
      if (y >= 0 && y < rows.input && x >= 0 && x < columns.input) words.add(`${frame} ${y} ${x} ${channel}`);
    }
  return words.size;
}

describe('a batch in chunks', () => {
  const steps = asSteps(table('resnet-50').layers);
  const chunksOf = (array: PeArray, batch: number) =>
    new Set(plannedLayers(planNetwork('ResNet-50', steps, array, { batch })).map(({ plan }) => plan.choice.chunks));

  test('inputs that stay in the PEs: some layers waste fewer columns of the array in four chunks of 15 than in one of 60', () => {
    expect(chunksOf(withDataflow(presetArray('systolic-32x32'), 'is'), 60)).toEqual(new Set([1, 4]));
  });
  test('kraken runs the batch at once, for weights and configuration would come again', () => {
    expect(chunksOf(presetArray('kraken-7x96'), 60)).toEqual(new Set([1]));
  });
  test('kraken in several passes: of a chunk that is one row block they are a chain, and release once', () => {
    const array = changeArray(presetArray('kraken-7x96'), {
      cores: 12,
      weightsSramDepthWords: 11,
      outputStreamBits: 32,
    });
    const layer: Product = {
      kind: 'product',
      name: 'p',
      operator: null,
      products: 1,
      rows: 5,
      depth: 25,
      columns: 20,
      isShared: true,
    };
    const clocksOf = ({ plan: { tiles } }: ReturnType<typeof planOne>): number => tiles.clocks + tiles.stallClocks;
    const [best, whole] = [
      planOne(layer, array, { batch: 4 }),
      planOne(layer, array, { batch: 4, pins: new Map([['p', { chunks: '1' }]]) }),
    ];
    expect(best.plan.choice.chunks).toBe(4);
    expect(clocksOf(best)).toBeLessThan(clocksOf(whole) / 2);
  });
  test('chunks are equal: five of a batch of eight are refused', () => {
    const [layer] = table('vgg-16').layers;
    const plan = (chunks: string) =>
      planOne(layer!, presetArray('kraken-7x96'), { batch: 8, pins: new Map([[layer!.name, { chunks }]]) });
    expect(() => plan('5')).toThrow(/has no plan with chunks=5/);
    const [whole, parts] = [plan('1').plan.tiles, plan('4').plan.tiles];
    expect(parts.clocks).toBe(whole.clocks);
    expect(parts.traffic.weightWords).toBe(4 * whole.traffic.weightWords);
    expect(parts.traffic.pixelWords).toBe(whole.traffic.pixelWords);
  });
});
