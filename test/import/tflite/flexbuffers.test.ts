// Custom options: maps that the flatbuffers package writes, read back; and bytes that are none.
import * as flexbuffers from 'flatbuffers/js/flexbuffers.js';
import { describe, expect, it } from 'vitest';
import { readFlexMap } from '../../../main/import/tflite/flexbuffers';
import { Random } from '../../oracle/random';

const mapOf = (entries: Record<string, number | boolean | bigint | string>): Uint8Array => flexbuffers.encode(entries);

describe('a FlexBuffers map', () => {
  it('gives whole numbers, reals and bools of every width; leaves other types out', () => {
    const narrow = { small: 7, negative: -3, wide: 70000, real: 0.5, yes: true, no: false };
    const long = { long: 5000000000, small: -1, double: 0.1 };
    for (const entries of [narrow, long, { byte: 200, yes: true }])
      expect(Object.fromEntries(readFlexMap(mapOf({ ...entries, text: 'left out' })))).toEqual(entries);
  });

  it('is told from other values', () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(1), flexbuffers.encode([1, 2]), flexbuffers.encode(5)])
      expect(() => readFlexMap(bytes)).toThrow(RangeError);
  });

  it('never reads outside its bytes', () => {
    const good = mapOf({ max_detections: 10, y_scale: 10.5, nms_iou_threshold: 0.6, use_regular_nms: true });
    const random = new Random(5);
    let refused = 0;
    for (let i = 0; i < 2000; i++) {
      const bytes = random.chance(0.3) ? good.slice(0, random.whole(0, good.length - 1)) : good.slice();
      if (bytes.length > 0) bytes[random.whole(0, bytes.length - 1)] = random.whole(0, 255);
      try {
        expect(readFlexMap(bytes).size).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(200);
  });
});
