// The design store without a window: edits become plans (in this thread: there are no workers in Node), wrong texts become
// sentences, everything can be undone and is kept.
import { createPinia, setActivePinia } from 'pinia';
import { nextTick } from 'vue';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { writePlan } from '../../main/plan/text';
import { listAlternatives } from '../../main/plan/alternatives';
import { Planner } from '../../renderer/design/planner';
import { table } from '../plan/tables';
import { takeDropped } from '../../renderer/design/files';
import { namedArray, presetArray } from '../../main/array/presets';
import { readDesign, FIRST_DESIGN } from '../../renderer/design/design';
import { regroup } from '../../main/plan/regroup';
import { useDesign } from '../../renderer/stores/design';
import { useShapes } from '../../renderer/stores/shapes';
import { useNetwork } from '../../renderer/stores/network';
import { useProblems } from '../../renderer/stores/problems';
import { digits } from './networks';

const VGG_CLOCKS = 22_897_728; // convolutions at 7x96: arXiv 2112.02793, Table V
const call = vi.fn();
let stored: Record<string, string>;

beforeEach(() => {
  stored = {};
  call.mockReset().mockResolvedValue({ ok: true, value: null });
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => undefined }));
  vi.stubGlobal('window', { workbench: { call } });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored[key] ?? null,
    setItem: (key: string, value: string) => void (stored[key] = value),
  });
  setActivePinia(createPinia());
});

async function open() {
  const design = useDesign();
  await settle();
  return design;
}
/** Layers come by promise, plans by watcher. */
async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await Promise.resolve();
    await nextTick();
  }
}

describe('the design', () => {
  it('begins with the published chip and VGG-16: the clocks of Table V', async () => {
    const design = await open();
    expect(design.estimate!.totals.convolutions.Q).toBe(VGG_CLOCKS);
    expect(design.commandOf('plan')).toBe('goldbench plan vgg-16 --array kraken-7x96');
    expect(design.layer!.planned.layer.name).toBe('conv1_1');
  });
  it('follows each edit, names the array for what it is, and tells it to the command line', async () => {
    const design = await open();
    design.edit('rows', '14');
    await settle();
    expect(design.plan!.array).toMatchObject({ name: 'kraken-14x96', rows: 14 });
    expect(design.estimate!.totals.convolutions.Q).toBeLessThan(VGG_CLOCKS);
    design.setDataflow('ws');
    design.setBatch(2);
    await settle();
    expect(design.plan).toMatchObject({ batch: 2, array: { dataflow: 'ws' } });
    expect(design.commandOf('estimate')).toBe(
      'goldbench estimate vgg-16 --array kraken-7x96 --dataflow ws --set rows=14 --batch 2',
    );
  });
  it('keeps a wrong text in its field with a sentence, and the plan as it was', async () => {
    const design = await open();
    design.edit('rows', '0');
    expect(design.textOf('rows')).toBe('0');
    expect(design.errors.rows).toMatch(/^rows is 0, but it must be a whole number from 1 to 4096 .* Change rows\.$/);
    expect(design.design.array.rows).toBe(7);
    design.edit('rows', '8');
    expect(design.errors).toEqual({});
    expect(design.design.array.rows).toBe(8);
  });
  it('takes a waiting text when another field makes room for it', async () => {
    const design = await open();
    design.edit('pixelBits', '24'); // 24 + 8 - 1 bits for a product: more than the accumulator's 24
    expect(design.errors.pixelBits).toMatch(/too few for one product/);
    design.edit('accumulatorBits', '40');
    expect(design.errors).toEqual({});
    expect(design.design.array).toMatchObject({ pixelBits: 24, accumulatorBits: 40 });
  });
  it('undoes and redoes; a slider that moved is one step', async () => {
    const design = await open();
    for (const rows of ['8', '9', '10']) design.edit('rows', rows);
    design.setBatch(4);
    design.undo();
    expect(design.design).toMatchObject({ batch: 1, array: { rows: 10 } });
    design.undo();
    expect(design.design.array).toEqual(FIRST_DESIGN.array);
    design.redo();
    expect(design.design.array.rows).toBe(10);
  });
  it('pins a choice of a layer and lets it go', async () => {
    const design = await open();
    const clocks = design.layer!.values.Q!;
    design.pin('conv1_1', 'turned', 'yes');
    await settle();
    expect(design.failure?.code).toBe('plan-pin'); // a square layer has no turned plan
    expect(design.layer!.values.Q).toBe(clocks); // what was planned last stays in sight
    design.pin('conv1_1', 'turned', null);
    design.pin('conv1_1', 'passes', '2');
    await settle();
    expect(design.failure).toBeNull();
    expect(design.layer!.planned.plan.choice).toMatchObject({ passes: 2 });
    expect(design.layer!.values.Q).toBeGreaterThan(clocks);
    expect(design.commandOf('plan')).toContain("--pin 'conv1_1: passes=2'");
  });
  it('is kept between starts, arrays of one’s own too', async () => {
    const design = await open();
    design.edit('clockMHz', '800');
    design.keepArray('mine');
    design.edit('rows', '9');
    design.setWorkload({ kind: 'table', name: 'resnet-50' });
    setActivePinia(createPinia());
    const again = await open();
    expect(again.design).toEqual(design.design);
    expect(again.arrays.map(({ name }) => name)).toContain('mine');
    expect(again.commandOf('plan')).toBe('goldbench plan resnet-50 --array mine.json --set rows=9');
  });
  it('has a choice for the array it began as, also where that is no preset and was not kept', async () => {
    const design = await open();
    expect(design.arrayChoices.map(({ title }) => title)).toEqual(design.arrays.map(({ name }) => name));
    design.setArray(namedArray('4x12'));
    expect(design.arrayChoices.at(-1)).toEqual({ name: 'kraken-4x12', title: 'kraken-4x12 (own)' });
    design.keepArray('mine');
    expect(design.arrayChoices.at(-1)).toEqual({ name: 'mine', title: 'mine' });
  });
  it('plans the open network, and says when none is', async () => {
    const design = await open();
    design.setWorkload({ kind: 'network' });
    await settle();
    expect(design.failure?.sentence).toBe('No network is open.');
    expect(design.plan).toBeNull();
    const steps = [{ host: { name: '0 RESHAPE', operator: 0, why: 'no multiply-accumulate layer' } }];
    call.mockResolvedValue({ ok: true, value: { steps, file: 'digits.tflite' } });
    const network = useNetwork();
    [network.id, network.current] = [3, digits()];
    await settle();
    expect(call).toHaveBeenLastCalledWith('plan.steps', { network: 3 });
    expect(design.plan!.steps).toEqual(steps);
    expect(design.failure).toBeNull();
  });
  it('tells a number with its formula, and the number follows', async () => {
    const design = await open();
    design.question = { of: { layer: 'conv1_1' }, symbols: ['T'] };
    expect(design.told).toMatchObject({ title: 'conv1_1', figures: [{ formula: 'ceil(C_o / (S_W × E))', value: 2 }] });
    design.edit('cores', '24');
    await settle();
    expect(design.told!.figures[0]!.value).toBe(8);
  });

  it('formulas of a layer go along to the next one', async () => {
    const design = await open();
    design.question = { of: { layer: 'conv1_1' }, symbols: ['T'] };
    design.selectLayer('conv1_2');
    expect(design.told).toMatchObject({ title: 'conv1_2' });
  });
});

describe('layer tables from files', () => {
  const topology =
    'Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n';
  const give = (name: string, text: string) => call.mockResolvedValue({ ok: true, value: { name, text } });
  it('are planned, and named on the command line', async () => {
    const design = await open();
    give('mine.csv', `${topology}c1, 30, 30, 3, 3, 16, 32, 1,\n`);
    await design.openTable();
    await settle();
    expect(call).toHaveBeenCalledWith('plan.openFile', { kind: 'table' });
    expect(design.steps).toHaveLength(1);
    expect(design.commandOf('plan')).toBe('goldbench plan mine.csv --array kraken-7x96');
  });
  it('that cannot be read say where, and change nothing', async () => {
    const design = await open();
    give('bad.csv', `${topology}c1, 30, x, 3, 3, 16, 32, 1,\n`);
    await expect(design.openTable()).rejects.toMatchObject({ message: /bad\.csv, line 2, column/ });
    expect(design.design).toEqual(FIRST_DESIGN);
  });
});

describe('arrays of one’s own', () => {
  it('that this program does not understand are told, and stay for the one that does', async () => {
    const other = { name: 'of tomorrow', rows: 0 };
    stored['goldbench.arrays'] = JSON.stringify([other]);
    const design = await open();
    expect(useProblems().failures).toMatchObject([{ from: 'Reading the arrays of your own' }]);
    design.keepArray('mine');
    expect(JSON.parse(stored['goldbench.arrays']) as unknown).toEqual([
      expect.objectContaining({ name: 'mine' }),
      other,
    ]);
  });
});

describe('files dropped on the window', () => {
  const drop = (name: string, text: string) => takeDropped(new File([text], name));
  it('a topology and a layer table are what is planned', async () => {
    const design = await open();
    expect(
      await drop(
        'mine.csv',
        'Layer, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\nc1, 30, 30, 3, 3, 16, 32, 1,\n',
      ),
    ).toBe(true);
    await settle();
    expect(design.workload!.file).toBe('mine.csv');
    expect(
      await drop(
        'two.json',
        JSON.stringify({ name: 'two', layers: [{ name: 'a', kind: 'fullyConnected', channels: [8, 4] }] }),
      ),
    ).toBe(true);
    await settle();
    expect(design.workload!.name).toBe('two');
  });
  it('an array becomes the array of the design', async () => {
    const design = await open();
    expect(await drop('own.json', JSON.stringify({ ...presetArray('kraken-7x24'), name: 'own' }))).toBe(true);
    expect(design.design.array).toMatchObject({ name: 'own', cores: 24 });
    await expect(drop('bad.json', '{"rows": 7}')).rejects.toThrow(/bad\.json/);
    await expect(drop('no.json', '{')).rejects.toThrow(/no\.json is no JSON/);
  });
  it('a plan is taken with the array it names; an array nobody knows is told, with what to do', async () => {
    const design = await open();
    design.setArray(presetArray('kraken-7x24'));
    design.pin('conv1_1', 'passes', '2');
    await settle();
    const text = writePlan(design.plan!);
    design.setArray(presetArray('kraken-7x96'));
    design.pin('conv1_1', 'passes', null);
    await settle();
    expect(await drop('plan.txt', text)).toBe(true);
    await settle();
    expect(design.plan!.array.name).toBe('kraken-7x24');
    expect(design.layer!.planned.plan.choice).toMatchObject({ passes: 2 });
    design.undo();
    expect(design.design.array.name).toBe('kraken-7x96');
    const other = drop('plan.txt', text.replace('array kraken-7x24', 'array my edited one'));
    await expect(other).rejects.toThrow(
      'plan.txt is a plan for the array my edited one, and the design has kraken-7x96.',
    );
    expect(design.design.array.name).toBe('kraken-7x96');
  });
  it('other files are none of these', async () => {
    await open();
    expect(await drop('notes.txt', 'no plan')).toBe(false);
    expect(await drop('x.png', '')).toBe(false);
  });
});

describe('the planning thread', () => {
  const layer = table('vgg-16').layers[1]!;
  it('lists the alternatives of a layer', () => {
    const hear = vi.fn();
    const array = presetArray('kraken-7x96');
    new Planner('layer').ask({ layer, array, batch: 4, objective: 'clocks' }, hear);
    expect(hear).toHaveBeenCalledWith({ ok: true, alternatives: listAlternatives(layer, array, 4, 'clocks') });
  });
  it('answers a failure with its sentence', () => {
    const hear = vi.fn();
    const pins = { [layer.name]: { passes: '0' } };
    new Planner('design').ask(
      { name: 'x', steps: [{ layer }], array: presetArray('kraken-7x96'), batch: 1, objective: 'clocks', pins },
      hear,
    );
    expect(hear).toHaveBeenCalledWith({ ok: false, failure: expect.objectContaining({ code: 'plan-pin' }) });
  });
});

describe('a design that was kept', () => {
  it.each([
    null,
    1,
    {},
    { base: {} },
    { ...FIRST_DESIGN, batch: 0 },
    { ...FIRST_DESIGN, workload: { kind: 'table', name: '__proto__' } },
    { ...FIRST_DESIGN, pins: { a: 1 } },
  ])('%j is none: the first one takes its place', (value) => {
    expect(readDesign(value)).toBe(FIRST_DESIGN);
  });
});

describe('other shapes', () => {
  it('are those of the command line, as long as they are looked at; one that is taken keeps PEs and SRAM', async () => {
    const design = await open();
    const shapes = useShapes();
    expect(shapes.found).toBeNull();
    shapes.isOpen = true;
    await settle();
    const { plan, ...wanted } = regroup('VGG-16', design.workload!.steps, presetArray('kraken-7x96'));
    expect(shapes.found).toEqual({ ...wanted, best: plan.array.rows });
    shapes.take(shapes.found!.shapes.find(({ rows }) => rows === 14)!);
    await settle();
    expect(design.design.array).toMatchObject({ rows: 14, cores: 48, weightsSramDepthWords: 4096 });
    expect(shapes.found!.shapes.find(({ rows }) => rows === 7)).toEqual(wanted.shapes.find(({ rows }) => rows === 7));
    design.undo();
    design.pin('conv1_1', 'passes', '99');
    await settle();
    expect([shapes.found, shapes.failure?.code]).toEqual([null, 'plan-pin']);
    shapes.isOpen = false;
    await settle();
    expect(shapes.failure).toBeNull();
  });
});
