// Whole numbers are written as the language's own function writes them.
import { expect, test } from 'vitest';
import { thousands } from '../../main/network/digits';

test('digits stand in groups of three', () => {
  const values = [
    0,
    -0,
    7,
    12,
    999,
    1000,
    99_999,
    100_000,
    123_456,
    1_234_567,
    2 ** 31,
    Number.MAX_SAFE_INTEGER,
    2 ** 60,
    1234.5,
    NaN,
  ];
  for (const value of values.flatMap((one) => [one, -one]))
    expect(thousands(value)).toBe(Object.is(value, -0) ? '0' : value.toLocaleString('en-US'));
  expect(thousands(1_234_567)).toBe('1,234,567');
});
