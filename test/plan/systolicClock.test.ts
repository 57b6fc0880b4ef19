// The systolic schedule, clock by clock on small layers: every MAC of the layer is done exactly once, in exactly the clocks
// the plan says; operands and sums move one PE a clock; what stays was loaded before; folds follow the loop nest.
import { describe, expect, test } from 'vitest';
import { type PeArray, changeArray } from '../../main/array/array';
import { presetArray, withDataflow } from '../../main/array/presets';
import { placeWindow } from '../../main/golden/padding';
import { type Convolution, type Layer, type Product, countLayerMacs } from '../../main/plan/layer';
import { isInImage } from '../../main/plan/layerMac';
import { ORDERS } from '../../main/plan/mapping';
import { MAPPINGS, type SystolicPlan, planLayer } from '../../main/plan/plan';
import { type PeStep, foldAt, layerMacAt, loadClocks, stepOf } from '../../main/plan/systolicClock';
import { blockCounts } from '../../main/plan/systolic';

const DATAFLOWS = ['os', 'ws', 'is'] as const;
type Dataflow = (typeof DATAFLOWS)[number];
const small = (dataflow: Dataflow, rows: number, cores: number): PeArray =>
  withDataflow(changeArray(presetArray('systolic-32x32'), { rows, cores }), dataflow);

/** Walks the whole plan and checks each clock against the one before. Returns how often each MAC of the layer was done. */
function walk(layer: Layer, plan: SystolicPlan, array: PeArray): Map<string, number> {
  const { r, c, t } = MAPPINGS[plan.dataflow];
  const load = loadClocks(plan, array);
  const done = new Map<string, number>();
  let before: PeStep[][] = [];
  let held: PeStep[][] = []; // by the last clock of loading
  for (let clock = 0, ofFold = 0; clock < plan.tiles.clocks; clock++, ofFold++) {
    const at = foldAt(plan, clock);
    if (at.clock === 0) ofFold = 0;
    if (at.clock !== ofFold) throw new Error(`clock ${clock} is ${at.clock} of its fold, not ${ofFold}`);
    const now = Array.from({ length: array.rows }, (_, row) =>
      Array.from({ length: array.cores }, (_, core) => stepOf(plan, array, at, row, core)),
    );
    if (at.clock === load - 1) held = now;
    for (const [row, steps] of now.entries())
      for (const [core, step] of steps.entries()) {
        const [left, above] = [before[row]?.[core - 1], before[row - 1]?.[core]];
        const where = `PE ${row}, ${core} at clock ${clock}`;
        if (step.does === 'load' && row > 0 && (above?.does !== 'load' || above.of[r] !== step.of[r]))
          throw new Error(`${where} loads what was not above`);
        if (step.does !== 'multiply') continue;
        // by its column the PE knows c, by its row r; what moves is the element t
        if (left && (left.does !== 'multiply' || left.of[t] !== step.of[t] || left.of[r] !== step.of[r]))
          throw new Error(`${where} takes what was not at its left`);
        if (above && (above.does !== 'multiply' || above.of[t] !== step.of[t] || above.of[c] !== step.of[c]))
          throw new Error(`${where} takes what was not above`);
        const own = held[row]?.[core];
        if (load > 0 && (own?.does !== 'load' || own.of[r] !== step.of[r] || own.of[c] !== step.of[c]))
          throw new Error(`${where} did not load its element`);
        const key = JSON.stringify(layerMacAt(layer, plan, at, step.of));
        done.set(key, (done.get(key) ?? 0) + 1);
      }
    before = now;
    if (at.clock < at.clocks - 1) continue;
    // a fold ends with the last MAC of the last PE, where the layer has one for it: the plan counts no clock too many
    const corner = now[array.rows - 1]![array.cores - 1]!.does;
    if (corner === 'drain' || corner === 'wait')
      throw new Error(`the fold that ends at clock ${clock} ends too late or too early`);
    before = [];
  }
  return done;
}

function expectEachOnce(layer: Layer, array: PeArray, batch = 1, pin = {}): SystolicPlan {
  const plan = planLayer(layer, array, batch, 'clocks', pin) as SystolicPlan;
  const done = walk(layer, plan, array);
  const macs = countLayerMacs(layer);
  expect(Math.max(...done.values())).toBe(1);
  expect(done.size).toBe(macs.all * batch);
  const valid = [...done.keys()].filter((key) => isInImage(layer, JSON.parse(key)));
  expect(valid.length).toBe(macs.valid * batch);
  const end = foldAt(plan, plan.tiles.clocks - 1);
  expect(end.clock).toBe(end.clocks - 1);
  return plan;
}

const convolution = (
  size: [number, number],
  taps: number,
  stride: number,
  more: Partial<Convolution> = {},
): Convolution => ({
  kind: 'convolution',
  name: 'layer',
  operator: null,
  frames: 1,
  groups: 1,
  inputChannels: 2,
  outputChannels: 3,
  rows: placeWindow(size[0], taps, stride, 1, 'same'),
  columns: placeWindow(size[1], taps, stride, 1, 'same'),
  ...more,
});

describe.each(DATAFLOWS)('%s', (dataflow) => {
  test.each([
    [1, 1],
    [2, 3],
    [3, 2],
    [5, 4],
    [7, 16],
  ])('every MAC once on %d x %d PEs: layers that fill them and that do not', (rows, cores) => {
    const array = small(dataflow, rows, cores);
    expectEachOnce(convolution([5, 4], 3, 1), array);
    expectEachOnce(convolution([6, 7], 3, 2, { inputChannels: 1, outputChannels: 5 }), array);
    expectEachOnce(convolution([4, 3], 1, 1, { inputChannels: 4 }), array);
  });

  test('groups, dilation, several frames, a batch', () => {
    const array = small(dataflow, 4, 3);
    expectEachOnce(convolution([5, 4], 3, 1, { groups: 3, inputChannels: 1, outputChannels: 2 }), array, 2);
    expectEachOnce(convolution([7, 6], 3, 1, { rows: placeWindow(7, 3, 1, 2, 'valid'), frames: 2 }), array);
    expectEachOnce(convolution([5, 4], 3, 1, { groups: 3, frames: 2 }), array, 4, { chunks: '2' });
  });

  test.each([
    [1, true],
    [3, false],
    [2, true],
  ])('products: %d, shared by the batch: %s', (products, isShared) => {
    const layer: Product = {
      kind: 'product',
      name: 'p',
      operator: null,
      products,
      rows: 4,
      depth: 7,
      columns: 5,
      isShared,
    };
    expectEachOnce(layer, small(dataflow, 3, 4), 2);
    expectEachOnce(layer, small(dataflow, 3, 4), 4, { chunks: '2' });
  });

  test.each(ORDERS)('order %s: every number of blocks and splits, in the order of the loop nest', (order) => {
    const array = small(dataflow, 2, 1);
    const layer: Product = {
      kind: 'product',
      name: 'p',
      operator: null,
      products: 1,
      rows: 5,
      depth: 5,
      columns: 5,
      isShared: true,
    };
    for (const rowBlocks of blockCounts(3))
      for (const columnBlocks of blockCounts(5))
        for (const splits of blockCounts(5)) {
          const pin = {
            order,
            rowBlocks: String(rowBlocks),
            columnBlocks: String(columnBlocks),
            splits: String(splits),
          };
          const plan = expectEachOnce(layer, array, 1, pin);
          const seen = [];
          for (let clock = 0; clock < plan.tiles.clocks; clock++) {
            const { rowFold, columnFold, split, clock: ofFold } = foldAt(plan, clock);
            if (ofFold === 0) seen.push([rowFold, columnFold, split]);
          }
          expect(seen).toEqual(foldsOfNest(plan));
        }
  });
});

/** The folds in the order of the loops, written as sorting: by block of the outermost loop first. */
function foldsOfNest({ choice, tiles }: SystolicPlan): number[][] {
  const { rowFolds, columnFolds } = tiles;
  const [perRow, perColumn] = [Math.ceil(rowFolds / choice.rowBlocks), Math.ceil(columnFolds / choice.columnBlocks)];
  const folds: number[][] = [];
  for (let r = 0; r < rowFolds; r++)
    for (let c = 0; c < columnFolds; c++) for (let t = 0; t < choice.splits; t++) folds.push([r, c, t]);
  const rank = ([r, c, t]: number[]): number[] => {
    const block = { r: Math.floor(r! / perRow), c: Math.floor(c! / perColumn), t: t! };
    return [...([...choice.order] as ('r' | 'c' | 't')[]).map((letter) => block[letter]), r!, c!];
  };
  return folds.sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    const i = left.findIndex((one, place) => one !== right[place]);
    return i < 0 ? 0 : left[i]! - right[i]!;
  });
}
