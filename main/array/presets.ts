// The arrays that come with Goldbench, and how people name one. In: a preset's name or a size such as '7x96'. Out: a
// checked array. Files are read by whoever has files (command line, doorway): this room is pure.
import axi64 from '../../resources/arrays/kraken-7x96-axi64.json';
import published from '../../resources/arrays/kraken-7x96.json';
import quarter from '../../resources/arrays/kraken-7x24.json';
import fpga from '../../resources/arrays/kraken-8x96-fpga.json';
import square from '../../resources/arrays/kraken-16x16.json';
import systolic from '../../resources/arrays/systolic-32x32.json';
import { userFailure } from '../network/failure';
import { type Dataflow, type PeArray, changeArray, checkArray } from './array';

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

/**
 * 'kraken-7x24', or '7x96': rows x cores. A size takes its other parameters from the preset of that size, else from the
 * first preset of the dataflow.
 */
export function namedArray(text: string, dataflow: Dataflow = 'kraken'): PeArray {
  const size = /^(\d+)x(\d+)$/.exec(text);
  if (!size) return presetArray(text);
  const [rows, cores] = [Number(size[1]), Number(size[2])];
  const kind = dataflow === 'kraken' ? 'kraken' : 'systolic';
  return (
    find(`${kind}-${text}`) ??
    resizeArray(
      PRESETS.find(({ name }) => name.startsWith(kind))!,
      rows,
      cores,
    )
  );
}

/** The array with other rows and cores, and a name and a description that say so. */
export const resizeArray = (array: PeArray, rows: number, cores: number): PeArray =>
  changeArray(array, {
    name: `${array.name.split('-')[0]}-${rows}x${cores}`,
    about: `Like ${array.name}, with ${rows} x ${cores} PEs.`,
    rows,
    cores,
  });

/** The array set to another dataflow; the name says so where it changes. */
export const withDataflow = (array: PeArray, dataflow: Dataflow): PeArray =>
  array.dataflow === dataflow ? array : changeArray(array, { dataflow });
