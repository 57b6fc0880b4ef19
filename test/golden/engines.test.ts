// The engines that are offered: an absent one says why, and no engine takes threads it has not.
import { expect, test } from 'vitest';
import { ENGINE_NAMES, engineOf, offerEngines, usualEngine } from '../../main/golden/engines';

test('reference-ts is always there, on one thread', () => {
  expect(offerEngines().find(({ name }) => name === 'reference-ts')).toMatchObject({ why: null, mostThreads: 1 });
  expect(engineOf('reference-ts', 1).name).toBe('reference-ts');
  for (const threads of [0, 2, 1.5, NaN])
    expect(() => engineOf('reference-ts', threads)).toThrow(expect.objectContaining({ kind: 'user', code: 'threads' }));
});

test('an engine is there, or a sentence says why not; the usual one is there', () => {
  expect(offerEngines().map(({ name }) => name)).toEqual(ENGINE_NAMES);
  for (const { name, why } of offerEngines()) {
    if (why === null) expect(engineOf(name, 1).name).toBe(name);
    else {
      expect(why).toMatch(/^[A-Z].+\.$/);
      expect(() => engineOf(name, 1)).toThrow(expect.objectContaining({ kind: 'unavailable', message: why }));
    }
  }
  expect(engineOf(usualEngine(), 1)).toBeDefined();
});
