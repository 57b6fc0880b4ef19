// The arrays that come with Goldbench, and how people name one. In: a preset's name or a size such as '7x96'. Out: a
// checked array. Files are read by whoever has files (command line, doorway): this room is pure.
import axi64 from '../../resources/arrays/kraken-7x96-axi64.json';
import published from '../../resources/arrays/kraken-7x96.json';
import quarter from '../../resources/arrays/kraken-7x24.json';
import fpga from '../../resources/arrays/kraken-8x96-fpga.json';
import square from '../../resources/arrays/kraken-16x16.json';
import systolic from '../../resources/arrays/systolic-32x32.json';
import { userFailure } from '../network/failure';
import { type Dataflow, type EnergyTable, type PeArray, changeArray, checkArray } from './array';

export const PRESETS: readonly PeArray[] = [published, axi64, quarter, fpga, square, systolic].map((preset) =>
  checkArray(preset, preset.name),
);

const find = (name: string): PeArray | undefined => PRESETS.find((preset) => preset.name === name);

/** The preset with this name. */
export function presetArray(name: string): PeArray {
  const found = find(name);
  if (found) return found;
  throw userFailure(
    'array-unknown',
    `There is no array '${name}'.`,
    `Give a size such as 7x96, a .json file, or one of ${PRESETS.map((preset) => preset.name).join(', ')}.`,
  );
}

/** Energy tables to choose from: Horowitz's figures at 45 nm, and scaled; each says how. */
export const ENERGY_TABLES: Readonly<Record<string, EnergyTable>> = {
  '65 nm': presetArray('kraken-7x96').energy,
  '45 nm': presetArray('kraken-16x16').energy,
  '28 nm': presetArray('systolic-32x32').energy,
};

/**
 * A preset's name, or a size: '7x96' (rows x cores), 'kraken-7x96', 'systolic-16x16'. A size that is no preset takes its
 * other parameters from the first preset of that kind; without a kind, of the dataflow's.
 */
export function namedArray(text: string, dataflow: Dataflow = 'kraken'): PeArray {
  const size = /^(?:(kraken|systolic)-)?(\d+)x(\d+)$/.exec(text);
  if (!size) return presetArray(text);
  const kind = size[1] ?? (dataflow === 'kraken' ? 'kraken' : 'systolic');
  const [rows, cores] = [Number(size[2]), Number(size[3])];
  const first = PRESETS.find(({ name }) => name.startsWith(kind))!;
  return find(`${kind}-${rows}x${cores}`) ?? resizeArray(first, rows, cores);
}

/** The array with other rows and cores, and a name and a description that say so. */
export const resizeArray = (array: PeArray, rows: number, cores: number): PeArray =>
  changeArray(array, {
    name: `${array.name.split('-')[0]}-${rows}x${cores}`,
    about: `Like ${array.name}, with ${rows} × ${cores} PEs.`,
    rows,
    cores,
  });

/** The array set to another dataflow; the name says so where it changes. */
export const withDataflow = (array: PeArray, dataflow: Dataflow): PeArray =>
  array.dataflow === dataflow ? array : changeArray(array, { dataflow });
