// Formulas: what is shown is what is computed, and it agrees with what the search computed on its own.
import { describe, expect, test } from 'vitest';
import { changeArray } from '../../main/array/array';
import { PRESETS, presetArray, withDataflow } from '../../main/array/presets';
import { type Estimate, estimatePlan, explainGiven, explainLayer, explainTotals } from '../../main/estimate/estimate';
import { fillFormula, parseFormula } from '../../main/estimate/formula';
import { placeWindow } from '../../main/golden/padding';
import type { Layer } from '../../main/plan/layer';
import { planNetwork } from '../../main/plan/plan';
import { rtlPin } from '../../main/plan/rtlForm';
import { Random } from '../oracle/random';
import { asSteps, estimateTable, oneLayer, table } from '../plan/tables';

const arrays = [
  ...PRESETS,
  withDataflow(presetArray('systolic-32x32'), 'os'),
  withDataflow(presetArray('systolic-32x32'), 'is'),
];

/** Networks that between them have strides, groups, depthwise layers, products shared and not. */
const NETWORKS = ['alexnet', 'mobilenet-v2', 'resnet-50', 'transformer-block'];
const FUNCTIONS = ['ceil', 'floor', 'min', 'max'];

describe.each(arrays.map((array) => [`${array.name} ${array.dataflow}`, array] as const))('%s', (_, array) => {
  const estimates: Estimate[] = NETWORKS.map((name) => estimateTable(table(name), array, { batch: 2 }));
  const figuresOf = ({ layers, totals }: Estimate) => [
    ...layers.flatMap((layer) => explainLayer(layer, array)),
    ...Object.values(totals)
      .filter(({ layers }) => layers! > 0)
      .flatMap(explainTotals),
  ];

  test('the filled formula has the value that stands beside it', () => {
    for (const figures of estimates.map(figuresOf)) {
      expect(figures.length).toBeGreaterThan(100);
      const wrong = figures.filter(({ value, filled }) => {
        const difference = Math.abs(parseFormula(filled)({}) - value);
        return !(difference <= 1e-6 * Math.max(1, Math.abs(value)));
      });
      expect(wrong).toEqual([]);
    }
  });

  test('every symbol that is given is explained', () => {
    const given = estimates.flatMap(({ layers }) =>
      layers.flatMap((layer) => explainGiven(explainLayer(layer, array), array)),
    );
    expect(new Set(given.map(({ name }) => name))).toContain('R');
    expect(new Set(given.filter(({ about }) => !about).map(({ name }) => name))).toEqual(new Set());
  });

  test('formulas and search, written apart, count the same', () => {
    for (const { layers } of estimates)
      for (const { planned, values } of layers) {
        const { clocks, stallClocks, traffic } = planned.plan.tiles;
        const { pixelWords, weightWords, outputWords, outputReadWords } = traffic;
        expect([values.Q, values.stall, values.MAC]).toEqual([clocks, stallClocks, planned.facts.validMacs]);
        expect([values.M_K, values.M_Y, values.M_R]).toEqual([weightWords, outputWords, outputReadWords]);
        expect(values.M_X).toBeCloseTo(pixelWords, 3);
      }
  });

  test('what a formula refers to is given or stands before it, and none hides a given value', () => {
    for (const layer of estimates.flatMap(({ layers }) => layers)) {
      const figures = explainLayer(layer, array);
      const names = figures.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const known = new Set([...FUNCTIONS, ...Object.keys(layer.values).filter((name) => !names.includes(name))]);
      for (const { name, formula } of figures) {
        const unknown = formula.match(/[A-Za-z][A-Za-z0-9_]*/g)!.filter((word) => !known.has(word));
        expect(unknown).toEqual([]);
        known.add(name);
      }
    }
  });

  test('the lost clocks add up to the clocks, and none is found', () => {
    for (const { layers, waterfall, totals } of estimates) {
      for (const { values, waterfall } of layers) {
        expect(waterfall.reduce((sum, { clocks }) => sum + clocks, 0)).toBeCloseTo(values.Q_t!, 3);
        expect(waterfall.filter(({ clocks }) => clocks < -1e-6 * values.Q_t!)).toEqual([]);
      }
      expect(waterfall.reduce((sum, { clocks }) => sum + clocks, 0)).toBeCloseTo(totals.all.Q_t!, 2);
    }
  });
});

test('strides beyond the kernel, dilations beyond the map: formulas and search count the same, no lost clock is found', () => {
  const random = new Random(12);
  const array = changeArray(presetArray('kraken-7x24'), { strideMax: 8 });
  let [skipping, apart] = [0, 0];
  for (let trial = 0; trial < 200; trial++) {
    const dilation = random.pick([1, 1, 1, 4, 7]);
    const side = () =>
      placeWindow(
        random.whole(1, 9),
        random.whole(1, 4),
        dilation > 1 ? 1 : random.whole(1, 5),
        dilation,
        random.pick(['same', 'valid']),
      );
    const [rows, columns] = [side(), side()];
    if (rows.output < 1 || columns.output < 1) continue;
    const layer: Layer = {
      kind: 'convolution',
      name: 'layer',
      operator: null,
      frames: 1,
      groups: 1,
      inputChannels: 2,
      outputChannels: random.whole(1, 40),
      rows,
      columns,
    };
    const plan = planNetwork('one', [{ layer }], array, { pins: new Map([['layer', rtlPin(layer)]]) });
    for (const { planned, values, waterfall } of estimatePlan(plan).layers) {
      const { clocks, traffic } = planned.plan.tiles;
      expect([values.Q, values.M_X, values.M_K, values.M_Y]).toEqual([
        clocks,
        traffic.pixelWords,
        traffic.weightWords,
        traffic.outputWords,
      ]);
      expect(waterfall.reduce((sum, one) => sum + one.clocks, 0)).toBeCloseTo(values.Q_t!, 3);
      expect(
        waterfall.filter(({ clocks }) => clocks < -1e-6 * values.Q_t!),
        JSON.stringify(layer),
      ).toEqual([]);
      skipping += columns.taps > 1 && columns.taps < columns.stride ? 1 : 0;
      apart += dilation > Math.min(rows.input, columns.input) ? 1 : 0;
    }
  }
  expect(Math.min(skipping, apart)).toBeGreaterThan(10);
});

test('a dilation and merged groups are told too', () => {
  const array = presetArray('kraken-7x96');
  const dilated = oneLayer({ input: [33, 33], channels: [4, 8], kernel: 3, dilation: 2 });
  const grouped = oneLayer({ name: 'depthwise', input: [20, 20], channels: [8, 8], kernel: 3, groups: 8 });
  const { layers } = estimatePlan(planNetwork('two', asSteps([dilated, grouped]), array));
  for (const layer of layers) {
    const figures = explainLayer(layer, array);
    for (const { value, filled } of figures) expect(parseFormula(filled)({})).toBeCloseTo(value, 5);
    expect(layer.values.Q).toBe(layer.planned.plan.tiles.clocks);
  }
  expect(layers[1]!.planned.plan.choice).toMatchObject({ merge: 8 });
});

describe('parsing', () => {
  test.each([
    ['1 + 2 × 3 − 4 / 2', 5],
    ['(1 + 2) × 3', 9],
    ['10 − 3 − 2', 5],
    ['ceil(7 / 2) × floor(7 / 2) + min(4, 2, 3) − max(1, 5)', 9],
    ['−3 + 5', 2],
    ['2 × (−3)', -6],
  ])('%s is %d', (text, value) => expect(parseFormula(text)({})).toBe(value));

  test.each(['', '1 +', 'ceil 3', '(1', '1 2', 'a ^ b', '2 ×× 3'])("'%s' is refused", (text) => {
    expect(() => parseFormula(text)).toThrow(/^formula/);
  });

  test('names are replaced whole', () => {
    expect(fillFormula('C_i × C − ceil(K_H)', { C_i: 3, C: 96, K_H: -2.5 })).toBe('3 × 96 − ceil((-2.5))');
  });
});
