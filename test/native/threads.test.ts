// Several threads give what one gives, however unevenly a layer falls into pieces; and at rest they take no time. In: layers
// large enough to be shared, of every form the kernels have for them. Out: equal outputs; equal.test.ts has the rest.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Axis, type LayerSpec, loadAddon } from '../../main/golden/native/addon';
import { Random } from '../oracle/random';

const addon = loadAddon();
const THREADS = [2, 3, 5];

interface Sizes {
  readonly side: number;
  readonly taps: number;
  readonly stride?: number;
  readonly depth: number;
  readonly channels: number;
  readonly groups?: number;
  readonly images?: number;
  readonly kind?: LayerSpec['kind'];
}

const LAYERS: readonly Sizes[] = [
  { side: 56, taps: 3, depth: 32, channels: 32 }, // Winograd's tiles of 4 x 4, 14 rows of them
  { side: 27, taps: 3, depth: 48, channels: 40 }, // a last row of tiles that is not full
  { side: 13, taps: 3, depth: 64, channels: 80 }, // too few pixels for bands: one image transformed together
  { side: 13, taps: 3, depth: 64, channels: 96, groups: 2 }, // a part for each of two threads
  { side: 13, taps: 3, depth: 96, channels: 96, groups: 3, images: 2 },
  { side: 29, taps: 1, depth: 64, channels: 48 },
  { side: 7, taps: 1, depth: 256, channels: 272 },
  { side: 61, taps: 7, stride: 2, depth: 3, channels: 32 },
  { side: 31, taps: 3, depth: 48, channels: 48, kind: 'depthwise' },
  { side: 17, taps: 3, stride: 2, depth: 32, channels: 32, kind: 'transposed' },
];

const axisOf = ({ side, taps, stride = 1, kind }: Sizes): Axis =>
  kind === 'transposed'
    ? { input: side, output: side * stride, taps, stride, dilation: 1, before: 0 }
    : { input: side, output: Math.ceil(side / stride), taps, stride, dilation: 1, before: taps >> 1 };

function specOf(sizes: Sizes, random: Random): LayerSpec {
  const { taps, depth, channels, groups = 1, kind = 'dense' } = sizes;
  const axis = axisOf(sizes);
  const weights = taps * taps * channels * (kind === 'depthwise' ? 1 : depth / groups);
  return {
    kind,
    rows: axis,
    columns: axis,
    depth,
    channels,
    groups,
    isSigned: true,
    inputZero: 3,
    weightZero: 0,
    outputZero: -4,
    lowest: -128,
    highest: 127,
    rounding: 'double',
    scale: null,
    weights: new Int8Array(weights).map(() => random.whole(-128, 127)),
    bias: new Int32Array(channels).map(() => random.whole(-2000, 2000)),
    multiplier: new Int32Array(channels).map(() => random.whole(2 ** 30, 2 ** 31 - 1)),
    shift: new Int32Array(channels).fill(-9),
  };
}

/** One layer on `threads` threads: outputs and accumulators of `images` images. */
function run(isa: string, threads: number, spec: LayerSpec, x: Int8Array, images: number): [Int8Array, Int32Array] {
  const engine = addon.openEngine(isa, threads);
  const layer = addon.packLayer(engine, spec);
  const size = images * spec.rows.output * spec.columns.output * spec.channels;
  const [y, sums] = [new Int8Array(size).fill(0x5a), new Int32Array(size).fill(0x5a)];
  for (let round = 0; round < 3; round++) addon.runLayer(engine, layer, x, y, sums);
  addon.freeLayer(layer);
  addon.closeEngine(engine);
  return [y, sums];
}

describe.each(addon.isas)('%s', (isa) => {
  test.each(LAYERS.map((sizes) => ({ ...sizes, kind: sizes.kind ?? 'dense' })))(
    '$kind $side x $side, $taps taps, $depth to $channels',
    (sizes) => {
      const random = new Random(sizes.side * sizes.channels);
      const spec = specOf(sizes, random);
      const images = sizes.images ?? 1;
      const x = new Int8Array(images * sizes.side ** 2 * sizes.depth).map(() => random.whole(-128, 127));
      const [y, sums] = run(isa, 1, spec, x, images);
      expect(new Set(y).size, 'different outputs').toBeGreaterThan(100);
      for (const threads of THREADS) {
        const [theirs, theirSums] = run(isa, threads, spec, x, images);
        expect(
          theirs.findIndex((value, i) => value !== y[i]),
          `first output that ${threads} threads change`,
        ).toBe(-1);
        expect(
          theirSums.findIndex((value, i) => value !== sums[i]),
          `first sum that ${threads} threads change`,
        ).toBe(-1);
      }
    },
  );
});

test('helpers sleep when there is nothing to do', async () => {
  const sizes = LAYERS[0]!;
  const spec = specOf(sizes, new Random(1));
  const engine = addon.openEngine('', 3);
  const layer = addon.packLayer(engine, spec);
  const x = new Int8Array(sizes.side ** 2 * sizes.depth);
  addon.runLayer(engine, layer, x, new Int8Array(sizes.side ** 2 * sizes.channels), null);
  await sleep(20);
  const [before, from] = [process.cpuUsage(), performance.now()];
  await sleep(400);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e3, 'ms of CPU at rest').toBeLessThan((performance.now() - from) / 2); // one that looks on takes all
  addon.freeLayer(layer);
  addon.closeEngine(engine);
});
