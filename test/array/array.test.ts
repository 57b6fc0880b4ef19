// The array's checks name the field and say what it may be; the presets are what they claim.
import { describe, expect, test } from 'vitest';
import { FIELDS, changeArray, checkArray, peCount } from '../../main/array/array';
import { ENERGY_TABLES, PRESETS, namedArray, presetArray, resizeArray, withDataflow } from '../../main/array/presets';
import { areaProxyMm2, sramKilobytes } from '../../main/estimate/area';
import { Failure } from '../../main/network/failure';

const chip = presetArray('kraken-7x96');

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return `${error.kind} ${error.code}: ${error.message} ${error.remedy}`;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('presets', () => {
  test('the published chip: 672 PEs, 384 KB, 7.33 mm2 (arXiv 2112.02793)', () => {
    expect(peCount(chip)).toBe(672);
    expect(sramKilobytes(chip)).toBe(384);
    expect(areaProxyMm2(chip)).toBeCloseTo(7.33, 10);
    expect(chip).toMatchObject({ clockMHz: 400, technologyNm: 65, pixelBits: 8, weightBits: 8, accumulatorBits: 24 });
  });

  test('each is named as its size says, and tells where its energy comes from', () => {
    expect(PRESETS.map(({ name }) => name)).toHaveLength(6);
    for (const { name, rows, cores, energy } of PRESETS) {
      expect(name).toContain(`${rows}x${cores}`);
      expect(energy.source).toContain('Horowitz');
    }
  });

  test('a size stands for the preset of that size, or for one like the published chip', () => {
    expect(namedArray('7x96')).toBe(chip);
    expect(namedArray('5x30')).toMatchObject({ name: 'kraken-5x30', rows: 5, cores: 30, clockMHz: 400 });
    expect(namedArray('16x8', 'os')).toMatchObject({ rows: 16, cores: 8, pixelSramBytes: 65536 });
    expect(namedArray('systolic-8x8')).toMatchObject({ dataflow: 'ws', rows: 8, cores: 8 });
    for (const { name } of [...PRESETS, resizeArray(chip, 5, 30)]) expect(namedArray(name).name).toBe(name);
    expect(withDataflow(chip, 'os').dataflow).toBe('os');
    expect(complaint(() => namedArray('7by96'))).toContain("There is no array '7by96'");
    expect(complaint(() => resizeArray(chip, 0, 5))).toContain('rows is 0');
  });
});

test('energy tables: what a MAC and a byte cost falls with the feature size', () => {
  const macs = ['65 nm', '45 nm', '28 nm'].map((size) => ENERGY_TABLES[size]!.macPicojoules);
  expect(macs).toEqual(macs.toSorted((a, b) => b - a));
  expect(ENERGY_TABLES['45 nm']).toMatchObject({
    macPicojoules: 0.3,
    sramReadPicojoulesPerByte: 2.5,
    dramPicojoulesPerByte: 162.5,
  });
});

describe('checks', () => {
  test.each(FIELDS)('$field out of its range is refused by name', ({ field, least, most, whole }) => {
    for (const value of [least - 1, most + 1, Number.NaN, '7', null, ...(whole ? [least + 0.5] : [])]) {
      const text = complaint(() => checkArray({ ...chip, [field]: value }, 'mine.json'));
      expect(text).toMatch(new RegExp(`^user array-field: mine.json: ${field} is `));
    }
    expect(complaint(() => checkArray({ ...chip, [field]: undefined }, 'mine.json'))).toContain(`${field} is missing`);
  });

  test.each([
    ['a list', [], 'The array is []'],
    ['an unknown field', { ...chip, row: 7 }, 'row is no field of an array'],
    ['a foreign dataflow', { ...chip, dataflow: 'rs' }, 'dataflow is "rs"'],
    ['a name that is none', { ...chip, name: ' ' }, 'name is " "'],
    ['no energy', { ...chip, energy: undefined }, 'energy is missing'],
    ['negative energy', { ...chip, energy: { ...chip.energy, macPicojoules: -1 } }, 'energy.macPicojoules is -1'],
    [
      'an unknown energy',
      { ...chip, energy: { ...chip.energy, leakage: 1 } },
      'leakage is no field of an energy table',
    ],
    ['accumulators too narrow', { ...chip, accumulatorBits: 14 }, 'too few for one product'],
    ['no depth left', { ...chip, configWords: 2048 }, 'leaves no weight'],
  ])('%s', (_, value, sentence) => {
    expect(complaint(() => checkArray(value, 'mine.json'))).toContain(sentence);
  });

  test('a change is checked as a whole, and leaves the old value', () => {
    expect(changeArray(chip, { clockMHz: 500 }).clockMHz).toBe(500);
    expect(chip.clockMHz).toBe(400);
    expect(complaint(() => changeArray(chip, { accumulatorBits: 8 }))).toContain('too few');
  });
});
