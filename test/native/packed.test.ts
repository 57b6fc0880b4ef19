// Packed weights are kept for later runs, those of other networks make room, and none is left when the engine closes.
import { expect, test } from 'vitest';
import { loadAddon } from '../../main/golden/native/addon';
import { NativeEngine } from '../../main/golden/native/engine';
import type { Network } from '../../main/network/network';
import { type Case, Random, conv3x3, fullyConnected } from './cases';

/** Counts what is packed and freed. */
function countingAddon() {
  const addon = loadAddon();
  const counts = { packed: 0, freed: 0 };
  const counted: typeof addon = {
    ...addon,
    packLayer: (engine, spec) => (counts.packed++, addon.packLayer(engine, spec)),
    freeLayer: (layer) => (counts.freed++, addon.freeLayer(layer)),
  };
  return { counts, counted };
}

const caseNamed = (sha256: string, make: (random: Random) => Case): Case => {
  const one = make(new Random(7));
  return { ...one, network: { ...one.network, sha256 } };
};
const run = (engine: NativeEngine, { operator, network, inputs, makeOutput }: Case): unknown => {
  const y = makeOutput();
  engine.run(operator, network, inputs, [y], 'double', false);
  return y.data;
};

test('the networks longest not used make room for others, and come back when they are needed', () => {
  const { counts, counted } = countingAddon();
  const [a, b, c] = [caseNamed('a', conv3x3), caseNamed('b', conv3x3), caseNamed('c', conv3x3)] as const;
  const engine = NativeEngine.open({}, counted);
  const first = run(engine, a);
  const each = engine.packedBytes;
  expect(each).toBeGreaterThan(0);
  engine.close();
  const small = NativeEngine.open({ mostPackedBytes: 2 * each }, counted);
  counts.packed = counts.freed = 0;
  for (const one of [a, b, a, c]) run(small, one); // b is the one longest not used
  expect([counts, small.packedBytes]).toEqual([{ packed: 3, freed: 1 }, 2 * each]);
  expect(run(small, a)).toEqual(first);
  expect(counts.packed).toBe(3);
  expect(run(small, b)).toEqual(first);
  expect(counts).toEqual({ packed: 4, freed: 2 });
  small.release(a.network);
  expect(small.packedBytes).toBe(each);
  small.close();
  expect([counts.freed, small.packedBytes]).toEqual([counts.packed, 0]);
});

test('a network larger than all room is kept while it is used', () => {
  const { counts, counted } = countingAddon();
  const engine = NativeEngine.open({ mostPackedBytes: 1 }, counted);
  const [a, b] = [caseNamed('a', conv3x3), caseNamed('b', fullyConnected)];
  for (const one of [a, a, b, b]) run(engine, one);
  expect(counts).toEqual({ packed: 2, freed: 1 });
  engine.close();
});

test('weights that are computed in the run are packed for that run alone', () => {
  const { counts, counted } = countingAddon();
  const engine = NativeEngine.open({}, counted);
  const one = caseNamed('computed', fullyConnected);
  const computed: Case = {
    ...one,
    network: {
      ...one.network,
      sha256: 'other',
      tensors: one.network.tensors.map((tensor) => ({ ...tensor, data: null })),
    } satisfies Network,
    inputs: one.inputs.map((input) => input && { ...input, tensor: { ...input.tensor, data: null } }),
  };
  expect(run(engine, computed)).toEqual(run(engine, one));
  expect(run(engine, computed)).toEqual(run(engine, one));
  expect(counts).toEqual({ packed: 3, freed: 2 });
  engine.close();
});
