// Sweeps: reproducible, resumable, and a Pareto front that brute force agrees with.
import fc from '../properties';
import { describe, expect, test } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { metricOf, readGoals, tellGoals } from '../../main/estimate/metric';
import { paretoFront } from '../../main/estimate/pareto';
import { type SweepState, designAt, startSweep, stepSweep, sweepFront } from '../../main/estimate/sweep';
import { Failure } from '../../main/network/failure';
import { asSteps, estimateTable, table } from '../plan/tables';

const chip = presetArray('kraken-7x96');
const steps = asSteps(table('alexnet').layers);
const axes = { rows: [4, 7], cores: [5, 24, 96], batch: [1, 7] };

describe('sweep', () => {
  const whole = stepSweep(startSweep(chip, 1, axes), steps, chip, 1000);

  test('every combination once, in a fixed order, with the figures of its estimate', () => {
    expect(whole.points).toHaveLength(12);
    expect(whole.points.map(({ rows, cores, batch }) => [rows, cores, batch])).toEqual(
      axes.rows.flatMap((rows) => axes.cores.flatMap((cores) => axes.batch.map((batch) => [rows, cores, batch]))),
    );
    const point = whole.points.find(({ rows, cores, batch }) => rows === 7 && cores === 96 && batch === 1)!;
    const { all } = estimateTable(table('alexnet'), chip).totals;
    expect(point).toMatchObject({ clocks: all.Q_t, fps: all.fps, millijoulesPerFrame: all.E_all, why: null });
  });

  test('stopped, kept as JSON and gone on with, it is the same', () => {
    let state: SweepState = startSweep(chip, 1, axes);
    while (state.points.length < state.total)
      state = JSON.parse(JSON.stringify(stepSweep(state, steps, chip, 5))) as SweepState;
    expect(state).toEqual(whole);
  });

  test('a design that leaves layers to the host, or cannot be, is not on the front', () => {
    expect(whole.points.filter(({ cores }) => cores === 5).every(({ hostLayers }) => hostLayers > 0)).toBe(true);
    const odd = stepSweep(startSweep(chip, 1, { rows: [7, 0] }), steps, chip, 10);
    expect(odd.points[1]!.why).toContain('rows is 0');
    for (const point of [...sweepFront(whole), ...sweepFront(odd)])
      expect(point).toMatchObject({ why: null, hostLayers: 0 });
  });

  test('the front is taken over the chosen goals: a clock costs nothing until it is weighed', () => {
    const clocks = stepSweep(startSweep(chip, 1, { clockMHz: [100, 200, 400] }), steps, chip, 10);
    expect(sweepFront(clocks).map(({ clockMHz }) => clockMHz)).toEqual([400]);
    expect(sweepFront(clocks, ['fps', 'clock']).map(({ clockMHz }) => clockMHz)).toEqual([100, 200, 400]);
    expect(sweepFront(clocks, ['bandwidth']).map(({ clockMHz }) => clockMHz)).toEqual([100]);
    const batches = stepSweep(startSweep(chip, 1, { batch: [1, 7] }), steps, chip, 10);
    expect(sweepFront(batches).map(({ batch }) => batch)).toEqual([7]);
    expect(sweepFront(batches, ['fps', 'latency']).map(({ batch }) => batch)).toEqual([1, 7]);
  });

  test('goals are read as people write them, and told', () => {
    expect(readGoals('latency, fps,fps')).toEqual(['fps', 'latency']);
    expect(tellGoals(['fps', 'latency', 'area'])).toBe('frames/s, latency and area');
    expect(() => readGoals('fps,speed')).toThrow("'speed' is no goal.");
  });

  test('latency and bandwidth are those of the estimate', () => {
    const { all } = estimateTable(table('alexnet'), chip, { batch: 7 }).totals;
    const point = whole.points.find(({ rows, cores, batch }) => rows === 7 && cores === 96 && batch === 7)!;
    expect(metricOf('latency').value(point)).toBeCloseTo(all.latency!, 9);
    expect(metricOf('bandwidth').value(point)).toBeCloseTo((all.need! * all.Q!) / all.Q_t!, 6); // `need` is without stalls
  });

  test('buffers of a systolic array keep their ratio', () => {
    const base = presetArray('systolic-32x32');
    const place = { rows: 32, cores: 32, sram: 131_072, clockMHz: 500, dramMegabytesPerSecond: 0, batch: 1 };
    expect(designAt(place, base)).toMatchObject({ weightSramBytes: 131_072, pixelSramBytes: 131_072, clockMHz: 500 });
  });

  test('too many designs are refused', () => {
    const many = Array.from({ length: 400 }, (_, i) => i + 1);
    expect(() => startSweep(chip, 1, { rows: many, cores: many })).toThrow(Failure);
  });
});

test('the Pareto front is what comparing every pair gives', () => {
  const goals = [0, 1, 2].map((i) => ({ name: String(i), more: i === 0, value: (point: number[]) => point[i]! }));
  const cost = (point: number[]) => [-point[0]!, point[1]!, point[2]!];
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.nat(6), fc.nat(6), fc.nat(6)).map((one) => [...one]),
        { maxLength: 40 },
      ),
      (points) => {
        const beaten = (at: number) =>
          points.some((other, from) => {
            const [a, b] = [cost(other), cost(points[at]!)];
            const noWorse = a.every((value, i) => value <= b[i]!);
            return noWorse && (a.some((value, i) => value < b[i]!) || from < at);
          });
        expect(paretoFront(points, goals)).toEqual(points.filter((_, at) => !beaten(at)));
      },
    ),
    { seed: 5, numRuns: 300 },
  );
});
