// ONNX files that are not as they should be: each ends in a sentence that names the place and, where there is one, the
// remedy. And what becomes of constants that lie in another file, or are converted.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wholeNetwork } from '../../../main/import/beside';
import { importNetwork } from '../../../main/import/import';
import { Failure } from '../../../main/network/failure';
import { OnnxBuilder } from '../../bench/contestants/onnx';

const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(__dirname, name)));
const floats = (...values: number[]): Float32Array => Float32Array.from(values);

/** A network of one image [1, 2, 4, 4] and what `add` makes of it. */
function build(add: (builder: OnnxBuilder, x: string) => string, shape: readonly number[] = [1, 2, 4, 4]): Uint8Array {
  const builder = new OnnxBuilder();
  const y = add(builder, builder.input('float32', shape));
  return new Uint8Array(builder.finish(y, 'float32', [1]));
}

function refused(
  bytes: Uint8Array,
  file = 'net.onnx',
  read: () => unknown = () => importNetwork(bytes, file),
): Failure {
  try {
    read();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const weights = (b: OnnxBuilder, ...shape: number[]): string =>
  b.constant('float32', shape, new Float32Array(shape.reduce((a, n) => a * n, 1)));

const scale = (b: OnnxBuilder, ...values: number[]): string =>
  b.constant('float32', [values.length], floats(...values));
const zero = (b: OnnxBuilder, ...values: number[]): string =>
  b.constant('int8', [values.length], Int8Array.of(...values));
const quantised = (b: OnnxBuilder, x: string): string => b.node('QuantizeLinear', [x, scale(b, 1), zero(b, 0)]);

const REFUSED: [code: string, words: RegExp, bytes: () => Uint8Array][] = [
  ['onnx-operator', /node 0 \(Einsum\) is not supported\./, () => build((b, x) => b.node('Einsum', [x]))],
  [
    'onnx-operator',
    /\(FusedConv\) is not supported \(it is of the domain com\.microsoft\)/,
    () => build((b, x) => b.node('FusedConv', [x], {}, 'com.microsoft')),
  ],
  [
    'onnx-quantised',
    /\(DynamicQuantizeLinear\) chooses scales at run time/,
    () => build((b, x) => b.node('DynamicQuantizeLinear', [x])),
  ],
  [
    'onnx-quantised',
    /\(ConvInteger\) chooses scales at run time/,
    () => build((b, x) => b.node('ConvInteger', [x, x])),
  ],
  [
    'onnx-operator-inputs',
    /\(QLinearConv\) lacks its input 3/,
    () => build((b, x) => b.node('QLinearConv', [quantised(b, x), scale(b, 1), zero(b, 0)])),
  ],
  [
    'onnx-quantisation',
    /has scales that are not all positive and finite/,
    () => build((b, x) => b.node('QuantizeLinear', [x, scale(b, 0), zero(b, 0)])),
  ],
  [
    'onnx-quantisation',
    /has scales that are not all positive and finite/,
    () => build((b, x) => b.node('QuantizeLinear', [x, scale(b, NaN)])),
  ],
  [
    'onnx-quantisation',
    /has 2 scales, but 1 zero points/,
    () => build((b, x) => b.node('QuantizeLinear', [x, scale(b, 1, 2), zero(b, 0)])),
  ],
  [
    'onnx-not-supported',
    /quantises activations per channel/,
    () => build((b, x) => b.node('QuantizeLinear', [x, scale(b, 1, 2), zero(b, 0, 0)], { axis: 1 })),
  ],
  [
    'onnx-axis',
    /names axis 9 of 4 dimensions/,
    () => build((b, x) => b.node('QuantizeLinear', [x, scale(b, 1, 2), zero(b, 0, 0)], { axis: 9 })),
  ],
  [
    'onnx-quantisation',
    /has 2 scales along dimension 0 of \[3\]/,
    () => build((b) => b.node('DequantizeLinear', [zero(b, 1, 2, 3), scale(b, 1, 2), zero(b, 0, 0)], { axis: 0 })),
  ],
  [
    'onnx-quantisation',
    /reads integers by another scale or zero point/,
    () => build((b, x) => b.node('DequantizeLinear', [quantised(b, x), scale(b, 2), zero(b, 0)])),
  ],
  [
    'onnx-type',
    /quantises to float32, which is not supported/,
    () => build((b, x) => b.node('DequantizeLinear', [x, scale(b, 1)])),
  ],
  [
    'onnx-type',
    /quantises to int32, which is not supported/,
    () => build((b, x) => b.node('QuantizeLinear', [x, scale(b, 1), b.constant('int32', [1], Int32Array.of(0))])),
  ],
  ['onnx-order', /reads nowhere, which nothing before it has written/, () => build((b) => b.node('Relu', ['nowhere']))],
  ['onnx-not-constant', /computes its weights at run time/, () => build((b, x) => b.node('Conv', [x, x]))],
  [
    'onnx-shape',
    /of 2 channels in 1 groups has weights of \[3, 5, 1, 1\]/,
    () => build((b, x) => b.node('Conv', [x, weights(b, 3, 5, 1, 1)])),
  ],
  [
    'onnx-window',
    /has a window of 7 that does not fit an image of 4 padded by 0 and 0/,
    () => build((b, x) => b.node('Conv', [x, weights(b, 3, 2, 7, 7)])),
  ],
  [
    'onnx-attribute',
    /has strides of \[0, 1\]; 2 numbers of at least 1 are needed/,
    () => build((b, x) => b.node('MaxPool', [x], { kernel_shape: [2, 2], strides: [0, 1] })),
  ],
  [
    'onnx-attribute',
    /has an attribute group of the wrong kind/,
    () => build((b, x) => b.node('Conv', [x, weights(b, 1, 2, 1, 1)], { group: [1] })),
  ],
  [
    'onnx-not-supported',
    /is dilated, which is not supported/,
    () => build((b, x) => b.node('MaxPool', [x], { kernel_shape: [2, 2], dilations: [2, 2] })),
  ],
  [
    'onnx-rank',
    /has an input of 3 dimensions; images of 4/,
    () => build((b, x) => b.node('Conv', [x, weights(b, 1, 2, 1, 1)]), [1, 2, 4]),
  ],
  ['onnx-axis', /names axis 7 of 4 dimensions/, () => build((b, x) => b.node('Concat', [x, x], { axis: 7 }))],
  [
    'onnx-shape',
    /cannot broadcast \[1, 2, 4, 4\] and \[3\]/,
    () => build((b, x) => b.node('Add', [x, b.constant('float32', [3], floats(1, 2, 3))])),
  ],
  [
    'onnx-shape',
    /cannot bring \[1, 2, 4, 4\] to \[5, 5\]/,
    () => build((b, x) => b.node('Reshape', [x, b.constant('int32', [2], Int32Array.of(5, 5))])),
  ],
  [
    'onnx-type',
    /\(Reshape\) has shape with 2.5, which is no whole number/,
    () => build((b, x) => b.node('Reshape', [x, scale(b, 2.5, 8)])),
  ],
  [
    'onnx-type',
    /\(Gather\) has indices with 0.5, which is no whole number/,
    () => build((b) => b.node('Gather', [b.constant('int32', [2], Int32Array.of(1, 2)), scale(b, 0.5)])),
  ],
  [
    'onnx-type',
    /\(ConstantOfShape\) has sizes with NaN, which is no whole number/,
    () => build((b) => b.node('ConstantOfShape', [scale(b, NaN)])),
  ],
  [
    'onnx-constant-value',
    /\(Div\) computes NaN, which int32 does not hold/,
    () => {
      const zeroes = (b: OnnxBuilder) => b.constant('int32', [1], Int32Array.of(0));
      return build((b) => b.node('Div', [zeroes(b), zeroes(b)]));
    },
  ],
  [
    'onnx-constant-length',
    /constant c1 is float32 of shape \[4\] and needs 16 bytes, but has 8/,
    () => build((b, x) => b.node('Add', [x, b.constant('float32', [4], floats(1, 2))])),
  ],
  [
    'onnx-shape-open',
    /input x0 leaves dimension 2 \(0\) open; only the batch may be/,
    () => build((b, x) => b.node('Relu', [x]), [1, 3, 0, 4]),
  ],
];

describe('a network that makes no sense, or is not supported', () => {
  it.each(REFUSED)('%s: %s', (code, words, bytes) => {
    const failure = refused(bytes());
    expect(failure).toMatchObject({ kind: 'user', code, place: { file: 'net.onnx', offset: expect.any(Number) } });
    expect(failure.message).toMatch(words);
  });
  it('names what is supported', () => {
    expect(refused(REFUSED[0]![2]()).remedy).toMatch(/^These are: Abs, Add, AveragePool, .*Upsample\.$/);
  });
  it('of another opset is told how to be converted', () => {
    const bytes = build((b, x) => b.node('Relu', [x]));
    const old = bytes.slice();
    old[Buffer.from(old).indexOf(Buffer.of(0x0a, 0, 0x10, 13)) + 3] = 6; // opset_import: no domain, the version
    const failure = refused(old);
    expect(failure).toMatchObject({
      code: 'onnx-opset',
      remedy: expect.stringContaining('convert_version(model, 13)'),
    });
    expect(failure.message).toContain('opset 6; opsets 7 to 21 are supported');
  });
  it('that was cut short is damaged, at a byte of its own', () => {
    const whole = fixture('squeezenet.onnx');
    const failure = refused(whole.slice(0, whole.length - 40));
    expect(failure.code).toBe('onnx-damaged');
    expect(failure.place.offset).toBeLessThan(whole.length);
  });
});

describe('the order of dimensions', () => {
  const kinds = (bytes: Uint8Array): string[] =>
    importNetwork(bytes, 'net.onnx').network.operators.map(({ kind }) => kind);
  it('costs no operator where transpositions cancel, nor in front of a layer that takes rows', () => {
    for (const name of ['keras', 'alexnet', 'vgg'])
      expect(kinds(fixture(`${name}.onnx`)).filter((kind) => kind === 'TRANSPOSE')).toEqual([]);
  });
  it('is told: images NHWC, and what was made for which node', () => {
    const { network, problems } = importNetwork(fixture('resnet.onnx'), 'resnet.onnx');
    expect(problems.map(({ sentence }) => sentence)).toContain(
      "Images are held NHWC: input 'input' of [1, 3, 56, 56] is [1, 56, 56, 3] here.",
    );
    expect(network.operators.map(({ kind, origin }) => [kind, origin]).slice(0, 4)).toEqual([
      ['PAD', 'Conv /Conv_0'],
      ['CONV_2D', 'Conv /Conv_0'],
      ['MUL', 'BatchNormalization /BatchNormalization_1'],
      ['ADD', 'BatchNormalization /BatchNormalization_1'],
    ]);
  });
});

describe('constants in another file', () => {
  let folder: string;
  const model = (): string => path.join(folder, 'net', 'keras.onnx');
  const read = (): Uint8Array => wholeNetwork(model(), new Uint8Array(readFileSync(model())));
  /** The model with another location of as many letters. */
  const relocated = (location: string): Uint8Array => {
    const bytes = Buffer.from(readFileSync(path.join(__dirname, 'external', 'keras.onnx')));
    const name = 'keras.onnx.data';
    expect(location).toHaveLength(name.length);
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at)) bytes.write(location, at);
    return new Uint8Array(bytes);
  };
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'goldbench-onnx-'));
    cpSync(path.join(__dirname, 'external'), path.join(folder, 'net'), { recursive: true });
    writeFileSync(path.join(folder, 'secret.weights'), 'not to be read');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read with it: the network is the same as in one file', () => {
    const { network } = importNetwork(read(), 'keras.onnx');
    const single = importNetwork(fixture('keras.onnx'), 'keras.onnx').network;
    const bytes = (of: typeof network) =>
      of.tensors.map(({ name, data }) => [name, data && Buffer.from(data).toString('hex')]);
    expect(bytes(network)).toEqual(bytes(single));
    expect(network.operators.map(({ kind }) => kind)).toEqual(single.operators.map(({ kind }) => kind));
  });
  it('are not taken without it', () => {
    expect(refused(fixture('external/keras.onnx')).code).toBe('onnx-external-data');
  });
  it('leave a network in one file as it is', () => {
    const bytes = fixture('keras.onnx');
    expect(wholeNetwork('keras.onnx', bytes)).toBe(bytes);
  });
  it.each([
    ['../secret.weigh', 'no file of its own folder'],
    ['/etc/./././shad', 'no file of its own folder'],
    ['sub/../../a.bin', 'no file of its own folder'],
    ['..\\secret.weigh', 'no file of its own folder'],
    ['link.to.secret!', 'leads out of its folder'],
    ['missing.weights', 'which is not there'],
    ['folder.weights!', 'which is no file'],
  ])('may not be in %s', (location, words) => {
    if (location.startsWith('link'))
      symlinkSync(path.join(folder, 'secret.weights'), path.join(folder, 'net', location));
    if (location.startsWith('folder'))
      cpSync(path.join(__dirname, 'external'), path.join(folder, 'net', location), { recursive: true });
    const failure = refused(relocated(location), 'keras.onnx', () => wholeNetwork(model(), relocated(location)));
    expect(failure.message).toContain(words);
    expect(failure.code).toMatch(/^onnx-external/);
  });
  it('that are cut short are refused', () => {
    truncateSync(path.join(folder, 'net', 'keras.onnx.data'), 100);
    expect(refused(new Uint8Array(), 'keras.onnx', read).code).toBe('onnx-external-outside');
  });
});
