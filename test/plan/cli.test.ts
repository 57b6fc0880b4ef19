// The verbs plan, estimate and sweep, called as the command line calls them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { Verb } from '../../main/cli';
import { runEstimate } from '../../main/cli/estimate';
import { runPlan } from '../../main/cli/plan';
import { runSweep } from '../../main/cli/sweep';
import { recordFailure } from '../../main/network/failure';

const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string) => path.join(folder, name);
const digits = path.resolve(__dirname, '../../resources/samples/digits/digits.tflite');

async function run(verb: Verb, ...args: string[]): Promise<string> {
  let out = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await verb.run(args);
  } finally {
    spy.mockRestore();
  }
  return out;
}

const refused = async (verb: Verb, ...args: string[]): Promise<string> => {
  try {
    return await run(verb, ...args);
  } catch (error) {
    const { kind, code, sentence, remedy } = recordFailure(error);
    return `${kind} ${code}: ${sentence} ${remedy}`;
  }
};

const ALEXNET = `Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
Conv1,224,224,11,11,3,96,4,
Conv2,27,27,5,5,96,256,1,
Conv3,13,13,3,3,256,384,1,
Conv4,13,13,3,3,384,384,1,
Conv5,13,13,3,3,384,256,1,
`;

describe('regrouping', () => {
  test('all shapes of as many PEs in a table, the best one planned, the proof over all', async () => {
    const text = await run(runPlan, 'vgg-16', '--array', '7x96', '--regroup');
    expect(text).toMatch(/\n7x96( \*)? +24,198,253 /);
    expect(text).toMatch(/optimal of [\d,]+ .*bound gap 0 %/);
    expect(text).toContain('every R x C of as many PEs');
    const { array, regroupings } = JSON.parse(await run(runPlan, 'vgg-16', '--regroup', '--json'));
    expect(array.rows * array.cores).toBe(672);
    expect(regroupings.shapes).toHaveLength(24);
  });
});

describe('estimate', () => {
  test('VGG-16 and ResNet-50 on 7x96, as JSON and for people', async () => {
    const { totals, layers, figures, certificate } = JSON.parse(
      await run(runEstimate, 'resnet-50', '--array', '7x96', '--json'),
    );
    expect(totals.convolutions.Q).toBe(6_227_984);
    expect(layers).toHaveLength(54);
    expect(figures.find(({ name }: { name: string }) => name === 'fps').filled).toContain('400 × 1000000 × 1');
    expect(certificate.gapPercent).toBe(0);
    const text = await run(runEstimate, 'vgg-16');
    expect(text).toMatch(/clocks +22,897,728 +1,299,968 +24,197,696/);
    expect(text).toMatch(/utilisation +96\.48\d* /);
    expect(text).toContain('bound gap 0 %');
  });

  test("a SCALE-Sim topology prints SCALE-Sim's cycles", async () => {
    writeFileSync(inFolder('alexnet.csv'), ALEXNET);
    const text = await run(runEstimate, inFolder('alexnet.csv'), '--array', '32x32', '--dataflow', 'ws');
    expect(text).toMatch(/SCALE-Sim's cycles +1,136,239/);
  });

  test('one layer, each number with its formula', async () => {
    const text = await run(runEstimate, 'resnet-50', '--layer', 'conv1');
    expect(text).toMatch(/^S_W +stride of columns$/m);
    expect(text).toContain('Q = 236,544 clocks');
    expect(text).toContain('1 × 3 × (1 × 0 + 1 × 16 × 224 × (1 × 1 + 3 × 7))');
    expect(await run(runEstimate, 'resnet-50', '--layer', 'convolutions')).toContain('fps = 64.2');
  });

  test('a model: layers on the array, the rest on the host with the reason', async () => {
    const text = await run(runEstimate, digits);
    expect(text).toContain('11 SOFTMAX: no multiply-accumulate layer');
    const csv = await run(runEstimate, digits, '--csv');
    expect(csv.trim().split('\n')).toHaveLength(1 + 8);
    expect(csv).toMatch(/^layer,sizes,R,C,/);
  });
});

describe('plan', () => {
  test('written with --out, read with --from: the same plan', async () => {
    const file = inFolder('plan.txt');
    const args = ['mobilenet-v2', '--array', '9x40', '--batch', '3'];
    const { layers } = JSON.parse(await run(runPlan, ...args, '--out', file, '--json'));
    const again = JSON.parse(await run(runPlan, 'mobilenet-v2', '--from', file, '--json'));
    expect(again.layers.map((layer: any) => layer.tiles)).toEqual(layers.map((layer: any) => layer.tiles));
    expect(again.batch).toBe(3);
  });

  test('a pin, a loop nest, a topology', async () => {
    const pinned = JSON.parse(await run(runPlan, 'alexnet', '--pin', 'conv2: merge=2', '--json'));
    expect(pinned.layers[1].choice.merge).toBe(2);
    expect(await run(runPlan, 'vgg-16', '--nest', 'conv1_1')).toContain('for input column of 224');
    await run(runPlan, 'transformer-block', '--topology', inFolder('t.csv'));
    expect(readFileSync(inFolder('t.csv'), 'utf8')).toMatch(/^Layer, M, N, K,\nquery, 128, 768, 768,\n/);
  });

  test('fields of an array laid over it, as the window tells an edited one', async () => {
    const args = ['vgg-16', '--array', 'kraken-7x96', '--set', 'rows=8', '--set', 'energy.macPicojoules=0.2', '--json'];
    const { array } = JSON.parse(await run(runPlan, ...args));
    expect(array).toMatchObject({ name: 'kraken-8x96 edited', rows: 8, cores: 96, energy: { macPicojoules: 0.2 } });
    expect(await refused(runPlan, 'vgg-16', '--set', 'rows=0')).toContain('user array-field: kraken-7x96: rows is 0');
    expect(await refused(runPlan, 'vgg-16', '--set', 'rows')).toContain('--set rows is no change of an array');
  });
  test('an array from a file, checked', async () => {
    const file = inFolder('mine.json');
    const preset = JSON.parse(readFileSync(path.resolve(__dirname, '../../resources/arrays/kraken-7x24.json'), 'utf8'));
    writeFileSync(file, JSON.stringify({ ...preset, name: 'mine', rows: 3 }));
    expect(JSON.parse(await run(runPlan, 'vgg-16', '--array', file, '--json')).array).toMatchObject({
      name: 'mine',
      rows: 3,
    });
    writeFileSync(file, JSON.stringify({ ...preset, rows: 'three' }));
    expect(await refused(runPlan, 'vgg-16', '--array', file)).toContain('user array-field: mine.json: rows is "three"');
    writeFileSync(file, '{');
    expect(await refused(runPlan, 'vgg-16', '--array', file)).toContain('user json: mine.json is no JSON');
  });
});

describe('sweep', () => {
  const args = ['alexnet', '--rows', '4..8:2', '--cols', '24,96', '--json'];

  test('the front, and a state that is gone on from', async () => {
    const whole = JSON.parse(await run(runSweep, ...args));
    expect(whole.points).toHaveLength(6);
    const state = inFolder('state.json');
    await run(runSweep, ...args, '--state', state);
    const kept = JSON.parse(readFileSync(state, 'utf8'));
    writeFileSync(state, JSON.stringify({ ...kept, points: kept.points.slice(0, 2) }));
    expect(JSON.parse(await run(runSweep, ...args, '--state', state))).toEqual(whole);
    expect(await refused(runSweep, 'vgg-16', '--rows', '4', '--state', state)).toContain('state of another sweep');
    writeFileSync(state, 'x');
    expect(await refused(runSweep, ...args, '--state', state)).toContain('state of another sweep');
  });
});

describe('wrong arguments are told in a sentence', () => {
  test.each([
    [runPlan, [], 'No model or layer table was given'],
    [runPlan, ['a', 'b'], 'One model or layer table is expected, but 2 were given'],
    [runPlan, ['foo'], "There is no layer table 'foo'"],
    [runPlan, ['alexnet', '--dataflow', 'rs'], "There is no dataflow 'rs'"],
    [runPlan, ['alexnet', '--objective', 'fun'], "There is no objective 'fun'"],
    [runPlan, ['alexnet', '--batch', '0'], '--batch 0 is no whole number'],
    [runPlan, ['alexnet', '--pin', 'conv1'], '--pin conv1: no layer is named'],
    [runPlan, ['alexnet', '--pin', 'conv1: form=bent'], 'form is direct or folded'],
    [runPlan, ['alexnet', '--pin', 'conv1: shape=bent'], 'form (direct or folded), turned (no or yes)'],
    [runPlan, ['alexnet', '--dataflow', 'os', '--pin', 'conv1: order=up'], 'order is one of rct, rtc'],
    [runPlan, ['alexnet', '--array', '7x0'], 'cores is 0'],
    [runPlan, ['alexnet', '--nest', 'conv9'], 'No layer of AlexNet is named conv9'],
    [runPlan, ['alexnet', '--from', 'absent.txt'], 'absent.txt'],
    [runEstimate, ['alexnet', '--csv', '--json'], 'exclude each other'],
    [runEstimate, ['alexnet', '--layers', 'x'], "Unknown option '--layers'"],
    [runSweep, ['alexnet', '--rows', 'many'], '--rows many is no list of numbers'],
    [runSweep, ['alexnet', '--rows', '9..4'], '--rows 9..4 counts down. Write 4..9'],
  ] as const)('%#', async (verb, args, sentence) => {
    const text = await refused(verb, ...args);
    expect(text).toMatch(/^user /);
    expect(text).toContain(sentence);
  });
});
