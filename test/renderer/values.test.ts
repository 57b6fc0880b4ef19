// Elements of a tensor: decoding, places as people write them, rows.
import fc from '../properties';
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../main/network/network';
import { wrap } from '../../renderer/parts/plane';
import { realOf, topScores } from '../../main/tensor/scores';
import {
  channelOf,
  decode,
  flatOf,
  hexOf,
  indexOf,
  parsePlace,
  planRows,
  tellElement,
  tellPlaces,
  valueText,
} from '../../renderer/parts/values';

const shapes = fc
  .tuple(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }), fc.integer({ min: 1, max: 70 }))
  .map(([outer, last]) => [...outer, last]);

describe('elements of a tensor', () => {
  it('decodes little-endian bytes of each type, at any alignment', () => {
    expect([...decode('int8', Uint8Array.of(0x80, 0xff, 0x7f))]).toEqual([-128, -1, 127]);
    expect([...decode('int32', Uint8Array.of(9, 0xf9, 0xfa, 0xff, 0xff).subarray(1))]).toEqual([-1287]);
    expect([...decode('int64', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255))]).toEqual([-1n]);
    expect([...decode('float32', new Uint8Array(Float32Array.of(1.5).buffer))]).toEqual([1.5]);
    expect([...decode('bool', Uint8Array.of(1, 0))]).toEqual([1, 0]);
    expect(decode('int16', Uint8Array.of(1, 0, 7))).toHaveLength(1);
  });
  it('writes two’s complement', () => {
    expect(hexOf(-1, 'int8')).toBe('ff');
    expect(hexOf(-1287, 'int32')).toBe('fffffaf9');
    expect(hexOf(-1n, 'int64')).toBe('ffffffffffffffff');
    expect(hexOf(1, 'float32')).toBe('3f800000');
  });
  it('scales by the right channel', () => {
    const q = { scale: [0.5, 0.25], zeroPoint: [0, 10], axis: 1 };
    expect(realOf(12, q, 1)).toBe(0.5);
    expect(channelOf([3, 2], q, 5)).toBe(1);
    expect(valueText(-3, 'int8', 'decimal', q)).toBe('\u22123');
    expect(valueText(-3, 'int8', 'real', q, 0)).toBe('\u22121.5');
    expect(tellElement([1, 4], 2, -128, 'int8', { scale: [0.5], zeroPoint: [-128], axis: 0 })).toBe(
      '[0, 2] = \u2212128 (0x80) · real 0',
    );
  });
  it('index and flat position are each other’s inverse', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, n) => {
        const flat = n % elementCount(shape);
        expect(flatOf(shape, indexOf(shape, flat))).toBe(flat);
      }),
    );
    expect(flatOf([2, 2], [0, 2])).toBeNull();
  });
  it('understands places as written by people', () => {
    const go = (text: string, each = 1): number | null => parsePlace([1, 4, 4, 2], text, each);
    expect(['0, 1, 2, 1', '[0 1 2 1]', ' [ 0, 1, 2, 1 ] ', '0;1;2;1'].map((text) => go(text))).toEqual([
      13, 13, 13, 13,
    ]);
    expect([go('31'), go('32'), go('x'), go(''), go('[]'), go('[13]'), go('0, 4, 0, 0')]).toEqual([
      31,
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(parsePlace([9], '[8]', 1)).toBe(8);
  });
  it('takes 0x… for a byte address: that of any byte of the element', () => {
    const go = (text: string, each: number): number | null => parsePlace([1, 4, 4, 2], text, each);
    expect([go('0x10', 1), go('0X1F', 1), go('0x20', 1)]).toEqual([16, 31, null]);
    expect([go('0x10', 4), go('0x13', 4), go('0x7f', 4), go('0x80', 4), go('0x', 4)]).toEqual([4, 4, 31, null, null]);
    expect(tellPlaces([1, 4, 4, 2], ['n', 'y', 'x', 'c'], 4)).toBe(
      'Write n, y, x, c within [1, 4, 4, 2], an element from 0 to 31, or a byte from 0x0 to 0x7f.',
    );
    expect(tellPlaces([9], ['index'], 1)).toBe('Write an element from 0 to 8, or a byte from 0x0 to 0x8.');
  });
  it('breaks into rows that hold every element once and never cross the last dimension', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(4, 8, 16, 32), (shape, most) => {
        const plan = planRows(shape, most);
        const last = shape.at(-1)!;
        let next = 0;
        for (let row = 0; row < plan.rows; row++) {
          const [start, length] = [plan.start(row), plan.length(row)];
          expect(start).toBe(next);
          expect(length).toBeGreaterThan(0);
          expect(length).toBeLessThanOrEqual(most);
          if (last > most) expect(Math.floor(start / last)).toBe(Math.floor((start + length - 1) / last));
          expect(plan.rowOf(start)).toBe(row);
          expect(plan.rowOf(start + length - 1)).toBe(row);
          next += length;
        }
        expect(next).toBe(elementCount(shape));
      }),
    );
  });
  it('wraps a vector so that every cell finds its element', () => {
    const plane = wrap(new Int8Array(1001), 1, 1001, 2);
    expect(plane.width * plane.height).toBeGreaterThanOrEqual(1001);
    for (const flat of [1001, 1500, 2001]) {
      const { x, y, batch } = plane.cellOf(flat);
      expect(batch).toBe(1);
      expect(plane.flatOf(x, y)).toBe(flat);
    }
    expect(plane.flatOf(plane.width - 1, plane.height)).toBeNull();
  });
  it('finds the best classes, ties by the lower index', () => {
    const q = { scale: [1 / 256], zeroPoint: [-128], axis: 0 };
    const best = topScores(Int8Array.of(-128, 100, -120, -120, -108), q, ['a', 'b', 'c', 'd'], 3);
    expect(best.map((s) => s.label)).toEqual(['b', 'class 4', 'c']);
    expect(best[0]!.real).toBeCloseTo(228 / 256);
    expect(best[0]!.probability).toBe(true);
    expect(topScores(Int8Array.of(-10, -20), null, ['a', 'b'], 2)[0]).toMatchObject({
      label: 'a',
      real: -10,
      probability: false,
    });
  });
});
