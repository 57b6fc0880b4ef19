// Two designs compared: every figure of both, who is better, and layers that only one of them runs.
import { expect, test } from 'vitest';
import { changeArray } from '../../main/array/array';
import { presetArray, resizeArray } from '../../main/array/presets';
import { compareEstimates } from '../../main/estimate/difference';
import { estimateTable, table } from '../plan/tables';

const chip = presetArray('kraken-7x96');
const network = table('alexnet');
const figureOf = (found: ReturnType<typeof compareEstimates>, name: string) =>
  found.figures.find((figure) => figure.name === name)!;

test('a faster clock: more frames in the same clocks, and nothing else moves', () => {
  const [a, b] = [estimateTable(network, chip), estimateTable(network, changeArray(chip, { clockMHz: 500 }))];
  const found = compareEstimates(a, b);
  expect(figureOf(found, 'fps')).toMatchObject({ a: a.totals.all.fps, b: b.totals.all.fps, better: 'b' });
  expect(figureOf(found, 'latency').better).toBe('b');
  expect(figureOf(found, 'Q_t')).toMatchObject({ better: null, a: a.totals.all.Q_t });
  expect(figureOf(found, 'peak').better).toBeNull(); // says what the array could, not what it does
  for (const { a: one, b: other } of found.layers) expect(one!.Q).toBe(other!.Q);
});

test('fewer PEs: smaller and slower', () => {
  const found = compareEstimates(estimateTable(network, chip), estimateTable(network, resizeArray(chip, 7, 24)));
  expect(figureOf(found, 'area').better).toBe('b');
  expect(figureOf(found, 'Q_t').better).toBe('a');
});

test('a layer that one design leaves to the host stands there alone', () => {
  const small = resizeArray(chip, 7, 5); // too few cores for the 11 taps of the first kernel
  const found = compareEstimates(estimateTable(network, chip), estimateTable(network, small));
  const only = found.layers.filter(({ b }) => b === null).map(({ name }) => name);
  expect(only.length).toBeGreaterThan(0);
  expect(found.layers.every(({ a }) => a !== null)).toBe(true);
  expect(compareEstimates(estimateTable(network, small), estimateTable(network, chip)).layers).toHaveLength(
    found.layers.length,
  );
});
