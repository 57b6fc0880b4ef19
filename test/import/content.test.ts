// Files that are not networks: each is told what it is, whatever its name ends in.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { expect, it } from 'vitest';
import { importNetwork } from '../../main/import/import';
import { Failure } from '../../main/network/failure';
import { writeNpy } from '../../main/tensor/npy';
import { buildModel } from './tflite/build';
import { addition } from './tflite/samples';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const prefixed = () => Uint8Array.of(1, 2, 0, 0, ...buildModel(addition()));

const CASES: [words: string, content: Uint8Array][] = [
  ['an empty file', new Uint8Array()],
  ['a TFLite file behind a size prefix', prefixed()],
  ['a TFLite file of format version 2', bytes('\x10\0\0\0TFL2aaaa')],
  ['an ONNX Runtime (.ort) model', bytes('\x10\0\0\0ORTMaaaa')],
  ['a ZIP archive (as .keras, .pt and .task files are)', bytes('PK\x03\x04\0\0\0\0aaaa')],
  ['a gzip archive', gzipSync('network')],
  ['an HDF5 file (as Keras .h5 files are)', bytes('\x89HDF\r\n\x1a\n\0\0\0')],
  ['a PNG image', encode({ width: 1, height: 1, data: Uint8Array.of(1), channels: 1, depth: 8 })],
  ['a JPEG image', bytes('\xff\xd8\xff\xe0\0\x10JFIF')],
  ['a NumPy array (.npy)', writeNpy('int8', [2], Int8Array.of(1, 2))],
  ['a protobuf message (as ONNX and TensorFlow graphs are)', bytes('\x08\x04\x12\x03\n\x01x\x52\0\0')], // Core ML
  ['a TensorFlow SavedModel', bytes('\x08\x01\x12\0\0\0\0')],
  ['a protobuf message (as ONNX and TensorFlow graphs are)', bytes('\n\x1a\n\x05input\x12\x0bPlaceholder\0\0\0')],
  ['a Python pickle (as older PyTorch files are)', bytes('\x80\x02\x8a\nl\xfc\x9cF')],
  [
    'a Git LFS pointer, which stands for the network',
    bytes('version https://git-lfs.github.com/spec/v1\noid sha256:1'),
  ],
  ['a web page', bytes('\n<!DOCTYPE html><html>')],
  ['a JSON text', bytes('{"layers": []}')],
  ['C source that holds a network as an array', bytes('alignas(8) const unsigned char g_model[] = { 0x1c')],
  ['a text', bytes('short')],
  ['of no kind known here: it is neither TFLite (TFL3 at byte 4) nor ONNX', bytes('\x1c\0\0\0\x01\x02\x03\x04')],
];

it.each(CASES)('says that a file is %s', (words, content) => {
  let failure: unknown;
  try {
    importNetwork(content, '/home/x/net.tflite');
  } catch (error) {
    failure = error;
  }
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({
    kind: 'user',
    code: 'import-format',
    message: `net.tflite is ${words}, not a network Goldbench can read.`,
    place: { file: 'net.tflite', offset: 0 },
  });
});

it('reads a network whatever its name ends in', () => {
  const onnx = new Uint8Array(readFileSync(path.join(__dirname, 'onnx', 'squeezenet.onnx')));
  expect(importNetwork(onnx, 'weights.pb').network).toMatchObject({ name: 'weights', format: 'onnx' });
  expect(importNetwork(buildModel(addition()), 'weights.h5').network).toMatchObject({
    name: 'weights',
    format: 'tflite',
  });
});
