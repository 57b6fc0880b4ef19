// A plan as text: the same plan gives the same text, and read back as pins it is planned the same.
import { describe, expect, test } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { Failure } from '../../main/network/failure';
import { loopNest } from '../../main/plan/loops';
import { TABLE_NAMES } from '../../main/plan/networks';
import { planNetwork, plannedLayers } from '../../main/plan/plan';
import { readPlan, writePlan } from '../../main/plan/text';
import { asSteps, planOne, table } from './tables';

const refused = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure && error.kind === 'user') return `${error.message} ${error.remedy}`;
    throw error;
  }
  return 'accepted';
};

describe.each(['kraken-7x96', 'systolic-32x32'])('%s', (name) => {
  const array = presetArray(name);

  test.each(TABLE_NAMES)('%s: written, read and planned again', (name) => {
    const steps = asSteps(table(name).layers);
    const plan = planNetwork(name, steps, array, { batch: 2, objective: 'traffic' });
    const text = writePlan(plan);
    expect(writePlan(planNetwork(name, steps, array, { batch: 2, objective: 'traffic' }))).toBe(text);
    const { pins, batch, objective, dataflow } = readPlan(text, 'plan.txt');
    expect(dataflow).toBe(array.dataflow);
    const again = planNetwork(name, steps, array, { batch, objective, pins });
    expect(writePlan(again)).toBe(text);
    expect(plannedLayers(again).map(({ plan }) => plan.tiles)).toEqual(
      plannedLayers(plan).map(({ plan }) => plan.tiles),
    );
    for (const { plan } of plannedLayers(again)) expect(plan.certificate.candidates).toBe(1); // all is pinned
  });
});

describe('pins', () => {
  const array = presetArray('kraken-7x96');
  const free = { ...table('alexnet').layers[0]!, pin: {} };

  test('hold a choice, and the rest is optimal with it', () => {
    const best = planOne(free, array).plan.tiles.clocks;
    const pinned = planOne(free, array, { pins: new Map([['conv1', { form: 'direct' }]]) }).plan;
    expect(pinned).toMatchObject({ choice: { form: 'direct', blocks: 'output' } });
    expect(pinned.tiles.clocks).toBeGreaterThan(best);
  });

  test.each([
    [{ shape: 'odd' }, 'kraken has no choice named shape'],
    [{ form: 'odd' }, 'conv1 has no plan with form=odd'],
    [{ passes: '999' }, 'conv1 has no plan with passes=999'],
    [{ merge: '2' }, 'conv1 has no plan with merge=2'],
  ])('%j is refused in a sentence', (pin, sentence) => {
    expect(
      refused(() => planOne(free, array, { pins: new Map([['conv1', pin as Record<string, string>]]) })),
    ).toContain(sentence);
  });

  test('of a layer that is not there', () => {
    expect(refused(() => planOne(free, array, { pins: new Map([['conv9', {}]]) }))).toContain(
      'There is no layer conv9',
    );
  });
});

test.each([
  ['', 'plan.txt, line 1: this is no plan'],
  ['goldbench plan 1\nnetwork x\n', "the line 'array …' is missing"],
  ['goldbench plan 1\nfoo', "line 2: 'foo' is no line of a plan"],
  ['goldbench plan 1\nnetwork x\narray a\ndataflow rs\nbatch 1\nobjective clocks', "line 4: dataflow is 'rs'"],
  ['goldbench plan 1\nlayer a: form', "line 2: 'form' is no choice"],
])('%j is refused with its line', (text, sentence) => {
  expect(refused(() => readPlan(text, 'plan.txt'))).toContain(sentence);
});

test('the loop nest names the loops from the outermost', () => {
  const array = presetArray('kraken-7x96');
  const { plan } = planOne(table('vgg-16').layers[0]!, array);
  expect(loopNest(plan, array)).toEqual([
    'for iteration: 32 output channels in 32 groups of 3 cores of 2',
    '  for row block: 7 output rows of 32',
    '    for input column of 224',
    '      for input channel of 3',
    '        for kernel row of 3',
    '          7 × 96 PEs multiply and accumulate',
    'after each input column: one clock in which sums move to the next core',
  ]);
});
