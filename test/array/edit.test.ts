// Editing an array: its name, the list of changes, and what an edit is refused for.
import { describe, expect, it } from 'vitest';
import { editArray, listChanges } from '../../main/array/edit';
import { presetArray } from '../../main/array/presets';

const base = presetArray('kraken-7x96');

describe('editing an array', () => {
  it('names what it became, and gives the name back when nothing differs any more', () => {
    const larger = editArray(base, base, [['rows', '8']]);
    expect(larger).toMatchObject({ name: 'kraken-8x96', about: 'Like kraken-7x96, with rows=8.', rows: 8 });
    const faster = editArray(base, larger, [['clockMHz', '500.5']]);
    expect(faster).toMatchObject({ name: 'kraken-8x96 edited', clockMHz: 500.5, rows: 8 });
    expect(
      editArray(base, faster, [
        ['clockMHz', '400'],
        ['rows', ' 7 '],
      ]),
    ).toEqual(base);
  });
  it('is named by its own size, and by the whole of the first name where that is its size', () => {
    const port = presetArray('kraken-7x96-axi64');
    expect(editArray(port, port, [['clockMHz', '500']]).name).toBe('kraken-7x96-axi64 edited');
    expect(
      editArray(port, port, [
        ['clockMHz', '500'],
        ['cores', '48'],
      ]).name,
    ).toBe('kraken-7x48 edited');
  });
  it('lists the changes that lead from one to the other', () => {
    const to = editArray(base, base, [
      ['energy.macPicojoules', '0.2'],
      ['energy.source', 'measured'],
      ['dataflow', 'ws'],
    ]);
    const changes = listChanges(base, to);
    expect(changes).toEqual([
      ['energy.macPicojoules', '0.2'],
      ['energy.source', 'measured'],
      ['dataflow', 'ws'],
    ]);
    expect(editArray(base, base, changes)).toEqual(to);
  });
  it.each([
    ['rows', '', /rows is "", but it must be a whole number from 1 to 4096/],
    ['rows', '7.5', /rows is 7.5/],
    ['rows', 'many', /rows is "many"/],
    ['rows', '1e9', /rows is 1000000000/],
    ['energy.macPicojoules', '-1', /energy.macPicojoules is -1/],
    ['energy.source', ' ', /energy.source/],
    ['dataflow', 'spiral', /dataflow is "spiral"/],
    ['accumulatorBits', '8', /too few for one product/],
    ['name', 'x', /name is no field/],
    ['__proto__', 'x', /no field/],
  ])('%s = %j is refused with a sentence', (field, text, sentence) => {
    expect(() => editArray(base, base, [[field, text]])).toThrow(sentence);
  });
});
