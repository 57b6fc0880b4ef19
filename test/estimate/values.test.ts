// Values of an axis: read as written, and written as they are read.
import fc from '../properties';
import { expect, test } from 'vitest';
import { readValues, tellValues } from '../../main/estimate/values';

test.each([
  ['4..8', [4, 5, 6, 7, 8]],
  ['4..16:4', [4, 8, 12, 16]],
  ['4..17:4', [4, 8, 12, 16]],
  ['24, 48,96', [24, 48, 96]],
  ['0.5,1', [0.5, 1]],
  ['7', [7]],
])('%s', (text, values) => expect(readValues(text, 'rows')).toEqual(values));

test.each(['', ' ', '4..', '8..4', '4..8:0', '1,,2', 'many', '1,x', '1..99999999'])('%j is refused by name', (text) => {
  expect(() => readValues(text, '--rows')).toThrow(
    expect.objectContaining({ kind: 'user', message: expect.stringContaining('--rows') }),
  );
});

test('what is told is read again', () => {
  const values = fc.array(fc.oneof(fc.nat(5000), fc.double({ min: 0, max: 1e6, noNaN: true })), {
    minLength: 1,
    maxLength: 20,
  });
  const even = fc
    .tuple(fc.nat(99), fc.nat(9), fc.integer({ min: 1, max: 9 }))
    .map(([first, more, step]) => Array.from({ length: more + 1 }, (_, i) => first + i * step));
  fc.assert(fc.property(fc.oneof(values, even), (list) => void expect(readValues(tellValues(list), '')).toEqual(list)));
  expect(tellValues([4, 5, 6, 7])).toBe('4..7');
  expect(tellValues([4, 8, 12])).toBe('4..12:4');
  expect(tellValues([24, 48, 96])).toBe('24,48,96');
});
