// The rows of two compared runs, and the way from difference to difference.
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import type { TensorComparison } from '../../main/compare/compare';
import { paintDifference } from '../../renderer/parts/difference';
import { makeScale } from '../../renderer/parts/colour';
import { listUncompared, tellDump } from '../../renderer/rooms/compare/dump';
import { isRounding, useCompare, worstOf } from '../../renderer/stores/compare';
import { useNetwork } from '../../renderer/stores/network';
import { digits } from './networks';

const one = (
  operator: number | null,
  what: TensorComparison['what'],
  verdict: TensorComparison['verdict'],
): TensorComparison => ({
  label: `${operator}.${what}`,
  operator,
  tensor: 0,
  what,
  type: 'int8',
  shape: [4],
  verdict,
  count: 4,
  differing: verdict === 'differs' ? 1 : 0,
  largest: 1,
  first: null,
  why: '',
});
const tensors = [
  one(null, 'input', 'equal'),
  one(0, 'accumulator', 'equal'),
  one(0, 'output', 'equal'),
  one(1, 'accumulator', 'equal'),
  one(1, 'output', 'differs'),
  one(2, 'output', 'equal'),
  one(3, 'accumulator', 'differs'),
  one(3, 'output', 'equal'),
];

beforeEach(() => {
  const comparison = { isEqual: false, elements: 32, differing: 2, first: 4, tensors };
  const arithmetics = Array.from({ length: 20 }, () => ({ a: 'double', b: 'single' }));
  const value = { a: { id: 1 }, b: { id: 2 }, comparison, arithmetics, command: '' };
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  vi.stubGlobal('window', { workbench: { call: async () => ({ ok: true, value }) } });
  setActivePinia(createPinia());
  useNetwork().id = 1;
  useNetwork().current = digits();
});

it('a row per operator that both kept, and the first difference is selected', async () => {
  const compare = useCompare();
  await compare.compare(1, 2);
  expect(compare.rows.map(({ operator }) => operator)).toEqual([null, 0, 1, 2, 3]);
  expect(compare.row).toBe(2);
  expect(useNetwork().operator).toBe(1);
  expect(compare.tensor).toBe(tensors[4]);
  expect(compare.rows.map(isRounding)).toEqual([false, false, true, false, false]);
});

it('steps to what differs, sums too, and round the end', async () => {
  const compare = useCompare();
  await compare.compare(1, 2);
  compare.step(1);
  expect([compare.row, compare.what, compare.tensor]).toEqual([4, 'accumulator', tensors[6]]);
  compare.step(1);
  expect(compare.row).toBe(2);
  compare.step(-1);
  expect(compare.row).toBe(4);
  expect(worstOf(compare.rows[1]!).verdict).toBe('equal');
});

it('tells what of a dump differs, and steps over what it lacks', async () => {
  const compare = useCompare();
  const dumped = tensors.map((t) => ({ ...t, verdict: t.verdict === 'equal' ? ('absent' as const) : t.verdict }));
  const comparison = { isEqual: false, elements: 8, differing: 2, first: 0, tensors: dumped };
  const value = { a: { id: 1 }, b: { dump: 'board' }, comparison, arithmetics: [], command: '' };
  const call = vi.fn(async (channel: string) => ({
    ok: true,
    value: channel === 'compare.chooseDump' ? 'board' : value,
  }));
  vi.stubGlobal('window', { workbench: { call } });
  await compare.compare(1, null);
  expect(call).toHaveBeenLastCalledWith('compare.dump', { run: 1 });
  expect([compare.row, compare.tensor]).toEqual([2, dumped[4]]); // not the input, which is the first that is absent
  compare.step(1);
  expect([compare.row, compare.tensor]).toEqual([4, dumped[6]]); // a sum, though the output is absent
  compare.step(1);
  expect(compare.row).toBe(2);
  expect(tellDump(comparison, compare.rows[2]!)).toBe(
    `2 of 2 tensors differ · first 1 · ${compare.rows[2]!.name} · 2 of 8 elements · 6 not in the dump`,
  );
});

it('lists in sentences what of a dump could not be compared', () => {
  const foreign = { ...one(null, 'output', 'absent'), label: 'extra.npy', tensor: null };
  const short = { ...one(2, 'output', 'incomparable'), label: '002.npy', why: '002.bin holds 3 bytes.' };
  const missing = Array.from({ length: 8 }, (_, i) => ({ ...one(i, 'output', 'absent'), label: `00${i}.npy` }));
  expect(listUncompared([one(0, 'output', 'equal'), short, ...missing, foreign])).toEqual([
    '002.npy: 002.bin holds 3 bytes.',
    'Not in the dump, as .npy, .bin or .mem: 000.npy, 001.npy, 002.npy, 003.npy, 004.npy, 005.npy and 2 more.',
    'In the dump alone, since no tensor of the run is named so: extra.npy.',
  ]);
  expect(listUncompared([one(0, 'output', 'equal')])).toEqual([]);
});

it('paints what differs in one colour, and nothing else in it', () => {
  const [a, b] = [Int8Array.of(-128, 0, 127, 5), Int8Array.of(-128, 1, 127, 5)];
  for (const theme of ['dark', 'light'] as const) {
    const pixels = paintDifference(a, b, makeScale(-128, 127, 0, theme), theme);
    const colours = [0, 1, 2, 3].map((i) => pixels.subarray(i * 4, i * 4 + 3).join());
    expect(colours.filter((colour) => colour === colours[1])).toHaveLength(1);
    expect(pixels[3]).toBe(255);
  }
});
