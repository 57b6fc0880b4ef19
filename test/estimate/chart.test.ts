// Charts hold the numbers of their estimate, and their pictures are safe and always the same.
import { describe, expect, test } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { estimateCharts } from '../../main/estimate/chart';
import { chartCsv, chartTable } from '../../main/estimate/chartTable';
import { bufferCurve } from '../../main/estimate/curve';
import { drawPicture } from '../../main/estimate/picture';
import { drawChart } from '../../main/estimate/svg';
import { pointNames, sweepChart } from '../../main/estimate/sweepChart';
import { startSweep, stepSweep } from '../../main/estimate/sweep';
import { asSteps, estimateTable, oneLayer, table } from '../plan/tables';

const chip = presetArray('kraken-7x96-axi64');
const steps = asSteps(table('resnet-50').layers);
const estimate = estimateTable(table('resnet-50'), chip);
const charts = estimateCharts(estimate, steps);
const named = (name: string) => charts.find((chart) => chart.name === name)!;

/** Every element is closed in order, and attributes are quoted. */
function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<>]*")*)(\/?)>/g,
    (_, closing, name, _attributes, empty) => {
      if (closing) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name);
      return '';
    },
  );
  return open.length === 0 && !/[<>]/.test(rest);
}

describe('charts of an estimate', () => {
  test('a bar for each layer, a waterfall that ends at the clocks, marks below the roof', () => {
    expect(named('utilisation').bars.map(({ to }) => to)).toEqual(estimate.layers.map(({ values }) => values.eff));
    expect(named('waterfall').bars.at(-1)!.to).toBeCloseTo(estimate.totals.all.Q_t!, 2);
    const [roof] = named('roofline').lines;
    const peak = roof!.points.at(-1)![1];
    expect(peak).toBeCloseTo(537.6, 6); // Gop/s of the published array (arXiv 2112.02793)
    for (const { x, y } of named('roofline').marks)
      expect(y).toBeLessThanOrEqual(Math.min(peak, x * 12.8) * (1 + 1e-9)); // 12.8 GB/s
  });

  test('more SRAM never means more traffic, and none is below the floor', () => {
    for (const array of [chip, presetArray('systolic-32x32')]) {
      const curve = bufferCurve(steps, array);
      for (const [at, { megabytes, floorMegabytes }] of curve.entries()) {
        expect(megabytes).toBeGreaterThanOrEqual(floorMegabytes);
        expect(megabytes).toBeLessThanOrEqual((curve[at - 1]?.megabytes ?? Infinity) * (1 + 1e-12));
      }
    }
  });
});

const sweep = stepSweep(startSweep(chip, 1, { rows: [4, 7], cores: [2, 24, 96], batch: [1, 2] }), steps, chip, 100);

describe('tables of charts', () => {
  test('parts of a bar stand in columns and add up to the figure', () => {
    const { columns, rows } = chartTable(named('energy'));
    expect(columns).toEqual(['layer', 'MACs, µJ', 'SRAM, µJ', 'DRAM, µJ']);
    for (const [at, [name, ...parts]] of rows.entries()) {
      const { planned, values } = estimate.layers[at]!;
      expect(name).toBe(planned.layer.name);
      expect((parts as number[]).reduce((a, b) => a + b)).toBeCloseTo(values.E_all!, 6);
    }
  });
  test('the waterfall ends with all clocks, and its steps add up to them', () => {
    const { rows } = chartTable(named('waterfall'));
    const steps = rows.map((row) => row[1] as number);
    expect(steps.slice(0, -1).reduce((a, b) => a + b)).toBeCloseTo(estimate.totals.all.Q_t!, 2);
    expect(steps.at(-1)).toBeCloseTo(estimate.totals.all.Q_t!, 2);
  });
  test('lines share their x, marks say what kind they are', () => {
    const { columns, rows } = chartTable(named('traffic'));
    expect(columns).toHaveLength(3);
    for (const [, least, floor] of rows) expect(least).toBeGreaterThanOrEqual(floor as number);
    const marks = chartTable(sweepChart(sweep, '')).rows;
    expect(new Set(marks.map((row) => row[3]))).toEqual(new Set(['design', 'on the Pareto front']));
  });
  test('as CSV, names with commas and quotes stay one cell', () => {
    const chart = { ...named('clocks'), bars: [{ name: 'a "b", c', part: 0, from: 0, to: 2 }], parts: ['computing'] };
    expect(chartCsv(chart)).toBe('layer,clocks\n"a ""b"", c",2\n');
    expect(chartCsv(named('roofline')).split('\n')).toHaveLength(estimate.layers.length + 2);
  });
});

describe('a sweep as a scatter', () => {
  test('shows the designs that run every layer, under names that no two share', () => {
    const chart = sweepChart(sweep, '');
    const names = chart.marks.map(({ name }) => name);
    expect(names).toHaveLength(8); // with 2 cores some layers stay on the host
    expect(new Set(names).size).toBe(8);
    expect(names).toContain('7x96 batch 2');
    const other = sweepChart(sweep, '', { x: 'energy', y: 'utilisation' });
    const point = sweep.points.find((one) => pointNames(sweep)(one) === '7x96 batch 2')!;
    const mark = other.marks.find(({ name }) => name === '7x96 batch 2')!;
    expect([mark.x, mark.y]).toEqual([point.millijoulesPerFrame, point.utilisationPercent]);
  });
  test('of very many, plain ones are left out and counted; the front never', () => {
    const [first] = sweep.points.filter(({ hostLayers }) => hostLayers === 0);
    const worse = Array.from({ length: 5000 }, (_, i) => ({ ...first!, index: 100 + i, fps: first!.fps / (2 + i) }));
    const chart = sweepChart({ ...sweep, points: [...sweep.points, ...worse] }, '');
    expect(chart.marks.filter(({ strong }) => strong)).toHaveLength(
      sweepChart(sweep, '').marks.filter(({ strong }) => strong).length,
    );
    expect(chart.marks.length).toBeLessThan(2010);
    expect(chart.marks.length + chart.hidden).toBe(5008);
    const always = worse.slice(1, 4);
    const drawn = sweepChart({ ...sweep, points: [...sweep.points, ...worse] }, '', { always }).marks;
    expect(drawn.length).toBeGreaterThanOrEqual(chart.marks.length + 2); // one of them may have been drawn anyway
  });
});

describe('pictures', () => {
  test('are well-formed and the same each time', () => {
    for (const chart of [...charts, sweepChart(sweep, 'sweep')]) {
      const chosen = [...chart.bars, ...chart.marks].slice(0, 1).map(({ name }) => name);
      const svg = drawChart(chart, chosen);
      expect(isWellFormed(svg), chart.name).toBe(true);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(drawChart(chart, chosen)).toBe(svg);
    }
  });

  test('slanting names of bars begin inside', () => {
    const layers = Array.from({ length: 20 }, (_, at) => ({
      ...oneLayer({ input: [8, 8], channels: [3, 4], kernel: 3 }),
      name: `${at} DEPTHWISE_CONV_2D`,
    }));
    const [chart] = estimateCharts(estimateTable({ name: 'deep', source: '', layers }, chip), asSteps(layers)).filter(
      ({ name }) => name === 'clocks',
    );
    const names = [...drawChart(chart!).matchAll(/<text x="([\d.]+)"[^>]*rotate\(-40[^>]*>([^<]*)</g)];
    expect(names.length).toBeGreaterThan(9);
    for (const [, x, name] of names) expect(Number(x) - name!.length * 6.2 * 0.77).toBeGreaterThan(0);
  });

  test.each([120, 200, 480])('%i pixels high, the legend keeps clear of the figures above the bars', (height) => {
    const shapes = drawPicture(named('waterfall'), { width: 960, height, titled: false });
    const baseOf = (text: string) => Number(shapes.find((shape) => shape.text === text)!.attributes.y);
    const figures = shapes.filter(({ attributes }) => attributes['font-size'] === 10);
    expect(figures.length).toBe(named('waterfall').bars.length);
    const highest = Math.min(...figures.map(({ attributes }) => Number(attributes.y) - 8)); // capitals of size 10
    expect(highest - baseOf('lost in this step')).toBeGreaterThanOrEqual(6);
  });

  test('a name from a file stays text', () => {
    const layer = { ...oneLayer({ input: [8, 8], channels: [3, 4], kernel: 3 }), name: '</svg><script>"&\u0001' };
    const evil = { name: '<b>', source: '', layers: [layer] };
    for (const chart of estimateCharts(estimateTable(evil, chip), asSteps(evil.layers))) {
      const svg = drawChart(chart);
      expect(isWellFormed(svg)).toBe(true);
      expect(svg).not.toContain('<script');
    }
  });
});
