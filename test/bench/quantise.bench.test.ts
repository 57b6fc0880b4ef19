// A whole float network on its way to words: MobileNetV1 1.0 224 imported, fused, calibrated on 100 images of another size, and
// converted with ranges by every method. In: seeded weights and images. Out: JSON lines, a table, the target. Time is told, never
// asserted; what fails here is a wrong result.
import { encode } from 'fast-png';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert, judge, openNetwork, prepareQuantisation } from '../../main/flow';
import { NativeEngine } from '../../main/golden/native/engine';
import type { Batch } from '../../main/import/batch';
import { parseScheme } from '../../main/network/scheme';
import type { Prepared } from '../../main/quantise/quantise';
import { METHODS, parseMethod } from '../../main/quantise/range';
import { Random } from '../oracle/random';
import { finish } from '../quantise/digits';
import { type Spent, spend } from './contestants/contestant';
import { realMobilenetV1 } from './contestants/realNetwork';
import { Journal } from './journal';

const IMAGES = 100;
const JUDGED = 4;
const SIDE = 256;
const MOST_SECONDS = 60; // import, fuse, calibrate
const LEAST_DECIBELS = 10; // of int8 by min-max

const journal = new Journal('quantise');
const engine = NativeEngine.open();
const rows: string[][] = [];
beforeAll(() => journal.writeMachine({ isa: engine.isa }));
afterAll(() => {
  engine.close();
  if (rows.length > 0) journal.writeTable(['stage', 'wall s', 'CPU s'], rows);
});

/** Blocks of colour with grain, encoded as PNG. */
function imagesOf(count: number): Batch {
  const items = Array.from({ length: count }, (_, seed) => {
    const random = new Random(seed);
    const colours = Uint8Array.from({ length: 16 * 16 * 3 }, () => random.whole(0, 223));
    const data = new Uint8Array(SIDE * SIDE * 3).map((_, i) => {
      const [c, x, y] = [i % 3, Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
      return colours[((y >> 4) * 16 + (x >> 4)) * 3 + c]! + random.whole(0, 32);
    });
    const bytes = encode({ width: SIDE, height: SIDE, channels: 3, depth: 8, data });
    return { name: `${seed}.png`, label: null, read: () => ({ bytes, fileName: `${seed}.png` }) };
  });
  return { source: 'seeded', items, classes: null, folders: null };
}

async function time<T>(stage: string, work: () => T): Promise<{ made: T; spent: Spent }> {
  let made: T | undefined;
  const spent = await spend(1, () => void (made = work()));
  journal.write({ stage, wall: spent.wall, cpu: spent.cpu });
  rows.push([stage, spent.wall.toFixed(2), spent.cpu.toFixed(2)]);
  return { made: made as T, spent };
}

test('MobileNetV1 1.0 224, float to words', { timeout: 600_000 }, async () => {
  const [bytes, images] = [realMobilenetV1(), imagesOf(IMAGES)];
  const opened = await time('import', () => openNetwork(bytes, 'mobilenet_v1.onnx').network);
  const marks: number[] = [];
  const ready = await time(`fuse, calibrate on ${IMAGES} images`, () => {
    const steps = prepareQuantisation(opened.made, images, engine);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      if (step.value.stage === 'calibrate') marks.push(performance.now());
    }
  });
  const prepared: Prepared = ready.made;
  const each = (marks.at(-1)! - marks[0]!) / (IMAGES - 1);
  expect(prepared.fused.fusions).toHaveLength(27);
  expect(prepared.calibration.inputs).toBe(IMAGES);
  for (const name of METHODS)
    for (const scheme of ['int8', 'kraken:8,8,32'])
      await time(`convert to ${scheme} by ${name}`, () =>
        convert(prepared, { scheme: parseScheme(scheme), layers: new Map(), method: parseMethod(name), ends: 'words' }),
      );
  const converted = convert(prepared, {
    scheme: parseScheme('int8'),
    layers: new Map(),
    method: parseMethod('min-max'),
    ends: 'words',
  });
  const few = { ...images, items: images.items.slice(0, JUDGED) };
  const judged = await time(`judge int8 on ${JUDGED} images`, () =>
    finish(judge(prepared.fused.network, converted, few, { engine })),
  );
  const last = judged.made.operators.find(({ name }) => name === 'FULLY_CONNECTED')!;
  expect(last.sqnr).toBeGreaterThan(LEAST_DECIBELS);

  const [wall, cpu] = (['wall', 'cpu'] as const).map((kind) => opened.spent[kind] + ready.spent[kind]);
  journal.write({
    network: 'MobileNetV1 1.0 224',
    images: IMAGES,
    wall,
    cpu,
    msEachImage: each,
    scoresSqnr: last.sqnr,
  });
  journal.writeVerdicts([
    {
      target: `import, fuse, calibrate on ${IMAGES} images: < ${MOST_SECONDS} s (wall)`,
      reached: `${wall!.toFixed(1)} s; ${cpu!.toFixed(1)} s of CPU`,
      met: wall! < MOST_SECONDS,
    },
  ]);
});
