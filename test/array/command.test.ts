// The options of an array make the same array again, whatever it is called.
import { describe, expect, it } from 'vitest';
import { type PeArray, changeArray } from '../../main/array/array';
import { arrayOptions, remakeArray } from '../../main/array/command';
import { editArray, listChanges } from '../../main/array/edit';
import { PRESETS, namedArray, presetArray } from '../../main/array/presets';
import { readArray } from '../../main/cli/workload';

function readOptions(words: readonly string[]): PeArray {
  const of = (name: string): string[] => words.flatMap((word, at) => (words[at - 1] === name ? [word] : []));
  return readArray(of('--array')[0], of('--dataflow')[0], of('--set'));
}
const published = presetArray('kraken-7x96');
const edited = editArray(published, published, [
  ['clockMHz', '500'],
  ['rows', '9'],
  ['energy.source', 'measured, by hand'],
]);

describe('the options of an array', () => {
  it.each([
    ...PRESETS,
    namedArray('4x12'),
    edited,
    changeArray(edited, { name: 'mine' }),
    changeArray(namedArray('4x12'), { name: 'small' }),
    editArray(published, published, [['dataflow', 'os']]),
  ])('$name is made again', (array) => {
    const again = readOptions(arrayOptions(array));
    expect(listChanges(again, array)).toEqual([]);
    expect(remakeArray(array)).toEqual(again);
  });
  it('name a preset or a size shortly', () => {
    expect(arrayOptions(published)).toEqual(['--array', 'kraken-7x96']);
    expect(arrayOptions(namedArray('4x12'))).toEqual(['--array', 'kraken-4x12']);
    expect(arrayOptions(edited)).toEqual([
      '--array',
      'kraken-7x96',
      '--set',
      'rows=9',
      '--set',
      'clockMHz=500',
      '--set',
      'energy.source=measured, by hand',
    ]);
  });
});
