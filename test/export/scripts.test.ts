// A bundle proves itself: unpacked outside the project, its own scripts run its own copy of the RTL and pass; with one byte
// of any vector flipped they fail and name the place.
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { changeArray } from '../../main/array/array';
import { namedArray } from '../../main/array/presets';
import { isFull, need } from '../rtl/simulators';
import {
  MODULES_PASS,
  type Run,
  SMALL_ARRAY,
  TINY_ARRAY,
  appRoot,
  digits,
  makeBundle,
  randomLayers,
  randomWordLayers,
  runOf,
  runScript,
  sevenGroups,
} from './bundles';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'goldbench-scripts-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const PASS =
  /^PASS: \d+ words in \d+ packets of sums, \d+ vectors of the host\n(PASS: pixel_shifter .*\n)?every file is as it was exported\n$/m;

describe('a bundle passes', () => {
  it('in Verilator, digits, all levels and modules', { timeout: 240_000 }, async (test) => {
    await need(test, 'verilator');
    const target = path.join(folder, 'digits');
    await makeBundle(target, digits(), { array: TINY_ARRAY, modules: 400 });
    const { code, text } = await runScript(target, 'run_verilator.sh', '+valid=80');
    expect(text).toMatch(PASS);
    expect(text).toMatch(MODULES_PASS);
    expect(code).toBe(0);
  });

  const NETWORKS: [what: string, run: () => Run, kernels: 'reference' | 'builtin' | 'xnnpack'][] = [
    ['digits', digits, 'reference'],
    ['a few random layers', () => randomLayers(isFull ? 50 : 4, 11), 'reference'],
    ['rounded once', () => randomLayers(isFull ? 20 : 2, 12), 'builtin'],
    ['digits by the float32 scales of XNNPACK', digits, 'xnnpack'],
    ['words of both schemes, kept, sloped and requantised', () => randomWordLayers(isFull ? 50 : 12, 14), 'reference'],
  ];
  for (const [what, run, kernels] of NETWORKS)
    it(`in Icarus, ${what}`, { timeout: 600_000 }, async (test) => {
      await need(test, 'iverilog');
      const target = path.join(folder, what.replaceAll(' ', '_'));
      const layers = kernels === 'xnnpack' ? '3' : what === 'digits' && !isFull ? '7-10' : 'all';
      await makeBundle(target, run(), { kernels, layers });
      expect(await runScript(target, 'run_icarus.sh', '+valid=70', '+seed=5')).toEqual({
        code: 0,
        text: expect.stringMatching(PASS),
      });
    });

  it.for([32, 512])('in Icarus, by streams of %i bits', { timeout: 60_000 }, async (bits, test) => {
    await need(test, 'iverilog');
    const target = path.join(folder, `streams${bits}`);
    const array = changeArray(SMALL_ARRAY, { pixelStreamBits: bits, weightStreamBits: bits, outputStreamBits: bits });
    await makeBundle(target, digits(), { array, layers: '3', levels: ['raw'] });
    expect(await runScript(target, 'run_icarus.sh', '+valid=60')).toMatchObject({ code: 0 });
  });

  // five groups in runs of three: the last run lacks one, whose place lies beyond the end of the input
  it('in Icarus, groups that do not divide', { timeout: 60_000 }, async (test) => {
    await need(test, 'iverilog');
    const target = path.join(folder, 'groups');
    await makeBundle(target, randomLayers(20, 11), { layers: '19', modules: 200 });
    const { code, text } = await runScript(target, 'run_icarus.sh');
    expect(text).toMatch(PASS);
    expect(text).toMatch(MODULES_PASS);
    expect(code).toBe(0);
  });

  it(
    'in Icarus, what a layer whose groups do not divide takes from the one before',
    { timeout: 60_000 },
    async (test) => {
      await need(test, 'iverilog');
      const target = path.join(folder, 'seven');
      const { layers } = await makeBundle(target, sevenGroups(), { levels: ['raw', 'tiled', 'packed'] });
      expect(layers[1]!.runs.map(({ sizes }) => sizes.channelsOut)).toEqual([4, 3]);
      expect(await runScript(target, 'run_icarus.sh')).toEqual({ code: 0, text: expect.stringMatching(PASS) });
    },
  );

  it.runIf(isFull)('in both, digits, ResNet8 and 50 random layers', { timeout: 2_400_000 }, async (test) => {
    await need(test, 'verilator');
    await need(test, 'iverilog');
    const file = path.resolve(appRoot, '../shared/models/tiny/pretrainedResnet_quant.tflite');
    const hasResNet = fs.existsSync(file);
    if (!hasResNet) console.log('skipped: ../shared not present');
    const published = { array: namedArray('7x24') };
    const bundles: [name: string, run: Run, changes: object][] = [
      ['digits_both', digits(), published],
      ['random_both', randomLayers(50, 13), { modules: 500 }],
      ['words_both', randomWordLayers(50, 15), {}],
      ...(hasResNet ? [['resnet8_both', runOf(file), published] as [string, Run, object]] : []),
    ];
    for (const [name, run, changes] of bundles) {
      const target = path.join(folder, name);
      await makeBundle(target, run, changes);
      for (const script of ['run_verilator.sh', 'run_icarus.sh'])
        expect(await runScript(target, script), `${name} ${script}`).toEqual({
          code: 0,
          text: expect.stringMatching(PASS),
        });
    }
  });
});

/** Vectors that the testbench cannot know to be wrong; their hashes do. */
const ONLY_HASHED = /\/(bias|scale)\.mem$/;

it('a flipped byte in any vector file makes it fail and is named', { timeout: 600_000 }, async (test) => {
  await need(test, 'iverilog');
  const target = path.join(folder, 'flipped');
  const [layers, layer, array] = isFull ? ['3', '03_CONV_2D', SMALL_ARRAY] : ['10', '10_FULLY_CONNECTED', TINY_ARRAY];
  const { vectors } = await makeBundle(target, digits(), {
    layers,
    array,
    formats: ['mem', 'bin', 'npy'],
    modules: 60,
  });
  expect(await runScript(target, 'run_icarus.sh')).toMatchObject({ code: 0 });
  const files = vectors.flatMap((vector) => vector.files.map((file) => file.path));
  const mem = files.filter((name) => name.endsWith('.mem'));
  const others = files.filter((name) => !name.endsWith('.mem'));
  expect(mem.length).toBeGreaterThan(10);
  for (const name of [...mem, ...(isFull ? others : others.slice(0, 2))]) {
    const file = path.join(target, name);
    const bytes = fs.readFileSync(file);
    fs.writeFileSync(file, flipByte(bytes, name));
    const { code, text } = await runScript(target, 'run_icarus.sh');
    fs.writeFileSync(file, bytes);
    expect(code, name).toBe(1);
    expect(text, name).toContain(`${name}: FAILED`); // by its hash
    if (name.endsWith('.mem') && !ONLY_HASHED.test(name))
      expect(text, name).toMatch(/^FAIL: (differences: .* )?[1-9]/m); // by what it says
    if (name.includes('/modules/') && name.endsWith('.mem'))
      expect(text, name).toMatch(new RegExp(`^layers/${layer}/modules/\\w+: \\w+ \\d`, 'm'));
    if (/_(sums|tiled|packed)|summed|requantised/.test(name) && name.endsWith('.mem'))
      expect(text, name).toMatch(new RegExp(`^${name.replace('.mem', '')}: .*(word|element|header)`, 'm'));
  }
  expect(await runScript(target, 'run_icarus.sh')).toMatchObject({ code: 0 });
});

/**
 * Of a module's vector the lowest digit of the last beat; of its operations, and of a packet, that of the first beat, which is
 * the packet's check byte; of other memory files the highest digit of the first word, so that the number is another by far;
 * elsewhere a byte in the middle.
 */
function flipByte(bytes: Buffer, name: string): Buffer {
  const flipped = Buffer.from(bytes);
  if (name.endsWith('.mem')) {
    const isFirst = /_(pixels|weights|packed)\.|modules\/operations/.test(name);
    const at = isFirst ? bytes.indexOf('\n') - 1 : name.includes('/modules/') ? bytes.length - 2 : 0;
    flipped.write(bytes.toString('latin1', at, at + 1) === '1' ? '3' : '1', at, 'latin1');
  } else flipped[bytes.length >> 1]! ^= 1;
  return flipped;
}
