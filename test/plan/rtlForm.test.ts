// A plan that the shipped RTL does not run says so, with the pin that makes one it does.
import { expect, it } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { choiceTexts, planNetwork, plannedLayers } from '../../main/plan/plan';
import { rtlPin } from '../../main/plan/rtlForm';
import { asSteps, table } from './tables';

const OTHER = /^the engine in resources\/rtl does not run/;

it.each(['resnet-50', 'mobilenet-v2', 'transformer-block'])(
  '%s: a layer in another form has the note, pinned it has not',
  (name) => {
    const steps = asSteps(table(name).layers);
    const array = namedArray('4x12');
    const layers = plannedLayers(planNetwork(name, steps, array));
    const noted = layers.filter(({ notes }) => notes.some((note) => OTHER.test(note)));
    for (const { layer, plan, notes } of layers) {
      const pin = rtlPin(layer);
      const isOther = choiceTexts(plan).some(([choice, text]) => choice in pin && pin[choice] !== text);
      expect(
        notes.filter((note) => OTHER.test(note)),
        layer.name,
      ).toHaveLength(isOther ? 1 : 0);
    }
    expect(noted.length).toBeGreaterThan(0);
    const pins = new Map(noted.map(({ layer }) => [layer.name, rtlPin(layer)]));
    const pinned = plannedLayers(planNetwork(name, steps, array, { pins }));
    expect(pinned.flatMap(({ notes }) => notes).filter((note) => OTHER.test(note))).toEqual([]);
  },
);

it('VGG-16 and its published clocks are in the form that the RTL runs', () => {
  const layers = plannedLayers(planNetwork('VGG-16', asSteps(table('vgg-16').layers), namedArray('kraken-7x96')));
  const convolutions = layers.filter(({ layer }) => layer.kind === 'convolution');
  expect(convolutions.flatMap(({ notes }) => notes).filter((note) => OTHER.test(note))).toEqual([]);
});
