// Charts hold the numbers of their estimate, and their pictures are safe and always the same.
import { describe, expect, test } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { estimateCharts, sweepChart } from '../../main/estimate/chart';
import { bufferCurve } from '../../main/estimate/curve';
import { drawChart } from '../../main/estimate/svg';
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
  const rest = svg.replace(/<(\/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<>]*")*)(\/?)>/g, (_, closing, name, _attributes, empty) => {
    if (closing) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name);
    return '';
  }); // prettier-ignore
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

describe('pictures', () => {
  const sweep = stepSweep(startSweep(chip, 1, { rows: [4, 7], cores: [24, 96] }), steps, chip, 10);

  test('are well-formed and the same each time', () => {
    for (const chart of [...charts, sweepChart(sweep, 'sweep')]) {
      const svg = drawChart(chart);
      expect(isWellFormed(svg), chart.name).toBe(true);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(drawChart(chart)).toBe(svg);
    }
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
