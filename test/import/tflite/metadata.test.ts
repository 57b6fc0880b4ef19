// TFLITE_METADATA: the rule for pixels is read as tflite-support writes it, survives being written, and is passed over with a sentence
// where it makes no sense.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Builder, type Offset } from 'flatbuffers';
import { describe, expect, test } from 'vitest';
import { readInput } from '../../../main/import/input';
import { importNetwork } from '../../../main/import/import';
import { readPixelRules } from '../../../main/import/tflite/metadata';
import type { Tensor } from '../../../main/network/network';
import { type PixelRule, ruleText } from '../../../main/network/pixels';
import type { Problem } from '../../../main/network/problem';
import { encodeMetadata } from '../../../main/quantise/metadata';
import { settle } from '../../../main/quantise/write';

const tensor = (shape: readonly number[]): Tensor => ({
  index: 0,
  name: 'image',
  type: 'int8',
  shape,
  quantization: null,
  data: null,
  isVariable: false,
});
const IMAGE = tensor([1, 8, 8, 3]);

interface Plan {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly content: number; // ContentProperties: 1 feature, 2 image
  readonly inputs: number;
  readonly identifier: string;
}

/** By the numbers of metadata_schema.fbs, v1.1.0, all fields before those that matter filled. */
function metadata(more: Partial<Plan> = {}): Uint8Array {
  const {
    mean,
    std,
    content: kind,
    inputs,
    identifier,
  } = { mean: [127.5], std: [127.5], content: 2, inputs: 1, identifier: 'M001', ...more };
  const b = new Builder();
  const vector = (items: readonly number[], add: (item: number) => void): Offset => {
    b.startVector(4, items.length, 4);
    items.toReversed().forEach(add);
    return b.endVector();
  };
  const table = (
    size: number,
    fields: readonly (readonly [id: number, offset: Offset])[],
    bytes: readonly (readonly [number, number])[] = [],
  ): Offset => {
    b.startObject(size);
    for (const [id, offset] of fields) b.addFieldOffset(id, offset, 0);
    for (const [id, value] of bytes) b.addFieldInt8(id, value, 0);
    return b.endObject();
  };
  const floats = (values: readonly number[]): Offset => vector(values, (value) => b.addFloat32(value));
  const tables = (offsets: readonly Offset[]): Offset => vector(offsets, (offset) => b.addOffset(offset));
  const text = (words: string): Offset => b.createString(words);
  const [means, stds] = [floats(mean), floats(std)];
  const options = table(2, [
    [0, means],
    [1, stds],
  ]);
  const [unit, other] = [table(2, [[1, options]], [[0, 1]]), table(2, [[1, table(1, [])]], [[0, 3]])];
  const content = table(3, [[1, table(2, [], [[0, 1]])]], [[0, kind]]);
  const names = tables([text('batch'), text('height')]);
  const one = table(7, [
    [0, text('image')],
    [1, text('what is seen')],
    [2, names],
    [3, content],
    [4, tables([other, unit])],
  ]);
  const graph = table(7, [
    [0, text('main')],
    [2, tables(Array<Offset>(inputs).fill(one))],
  ]);
  b.finish(
    table(8, [
      [0, text('name')],
      [1, text('about')],
      [2, text('v1')],
      [3, tables([graph])],
    ]),
    identifier,
  );
  return b.asUint8Array().slice();
}

function read(
  bytes: Uint8Array,
  inputs: readonly Tensor[] = [IMAGE],
): { rules: readonly (PixelRule | null)[]; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  return { rules: readPixelRules(bytes, inputs, { file: 'net.tflite', problems }), problems };
}

describe('a NORMALIZATION unit', () => {
  test.each<[string, Partial<Plan>, string]>([
    ['one number each', {}, 'real = pixel / 127.5 - 1'],
    ['none taken off', { mean: [0], std: [255] }, 'real = pixel / 255'],
    ['the same for all channels', { mean: [0, 0, 0], std: [1, 1, 1] }, 'real = pixel'],
    [
      'one a channel',
      { mean: [128, 0, 64], std: [64] },
      'real = pixel x 0.015625 - 2, pixel x 0.015625, pixel x 0.015625 - 1 (red, green, blue)',
    ],
  ])('%s', (_, plan, sentence) => {
    const { rules, problems } = read(metadata(plan));
    expect(problems).toEqual([]);
    expect(ruleText(rules[0]!)).toBe(sentence);
  });

  test('of features, or of an input that takes no images, is not for pixels', () => {
    expect(read(metadata({ content: 1 }))).toEqual({ rules: [null], problems: [] });
    expect(read(metadata(), [tensor([1, 64])])).toEqual({ rules: [null], problems: [] });
    expect(read(metadata(), [tensor([1, 8, 8, 4])])).toEqual({ rules: [null], problems: [] });
  });

  test.each<[string, Uint8Array, string]>([
    ['deviations of 0', metadata({ std: [0] }), 'give tensor 0 the mean [127.5] and the deviation [0]'],
    ['no numbers', metadata({ mean: [NaN] }), 'the mean [NaN]'],
    ['two of three channels', metadata({ mean: [1, 2] }), 'one finite number is wanted of each, or 3'],
    ['far too many', metadata({ mean: new Array<number>(999).fill(1) }), 'the mean [1, 1, 1, 1, …]'],
    ['another number of inputs', metadata({ inputs: 2 }), 'speak of 2 inputs, but there are 1'],
    ['another format', metadata({ identifier: 'M002' }), 'of a kind this version does not know'],
    ['nothing at all', new Uint8Array(), 'of a kind this version does not know'],
  ])('%s: a problem in a sentence', (_, bytes, sentence) => {
    const { rules, problems } = read(bytes);
    expect(rules).toEqual([null]);
    expect(problems.map(({ severity, code }) => [severity, code])).toEqual([['warning', 'tflite-metadata']]);
    expect(problems[0]!.sentence).toContain(sentence);
    expect(problems[0]!.sentence).toContain('prepared by what the input');
  });

  test('cut short or damaged anywhere, it never breaks the import', () => {
    const whole = metadata();
    let told = 0;
    for (let at = 0; at < whole.length; at++) {
      told += read(whole.subarray(0, at)).problems.length;
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) read(whole.with(at, value));
    }
    expect(told).toBeGreaterThan(whole.length / 2);
  });
});

describe('in a file', () => {
  const bytes = readFileSync(join(import.meta.dirname, '../../../resources/samples/digits/digits.tflite'));
  const { network } = importNetwork(bytes, 'digits.tflite');
  const [input] = network.inputs as [number];
  const withRule = (pixels: PixelRule) =>
    settle({ ...network, tensors: network.tensors.map((t) => (t.index === input ? { ...t, pixels } : t)) });
  test.each<PixelRule>([
    { scale: 1 / 127.5, offset: -1 },
    { scale: 1, offset: 0 },
    { scale: 1 / 255, offset: 0 },
  ])('%o is written and read', (rule) => {
    const { network: written, bytes: first } = withRule(rule);
    expect(written.tensors[input]!.pixels).toEqual(rule);
    expect(written.tensors.filter(({ pixels }) => pixels)).toHaveLength(1);
    expect(settle(written).bytes).toEqual(first);
  });

  test('of each channel by itself, to the precision of the file', () => {
    const rule = { scale: [1 / 58.395, 1 / 57.12, 1 / 57.375], offset: [-2.117904, -2.0357141, -1.8044444] };
    const draft = { ...network, tensors: [{ ...IMAGE, pixels: rule }], inputs: [0], outputs: [0] };
    const [found] = read(encodeMetadata(draft)!).rules;
    [found!.scale, found!.offset]
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo([...rule.scale, ...rule.offset][i]!, 6));
  });

  test('is how images are prepared, unless the caller says otherwise', () => {
    const name = '0_a.png';
    const image = readFileSync(join(import.meta.dirname, '../../../resources/samples/digits/inputs', name));
    const tensorOf = (rule: PixelRule): Tensor => withRule(rule).network.tensors[input]!;
    const [own, other] = [
      { scale: 1 / 127.5, offset: -1 },
      { scale: 1 / 255, offset: 0 },
    ];
    const byFile = readInput(image, name, tensorOf(own));
    expect(byFile.preparation).toContain('real = pixel / 127.5 - 1');
    expect(byFile.data).toEqual(readInput(image, name, network.tensors[input]!, own).data);
    expect(readInput(image, name, tensorOf(own), other).preparation).toContain('real = pixel / 255');
  });
});
