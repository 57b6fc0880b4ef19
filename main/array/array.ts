// The accelerator's parameters as one checked value. In: an object as read from JSON or from an editor. Out: a frozen
// PeArray, or a failure that names the field. The table FIELDS is the single list of what an array has: the checks, the
// editor and the help are made from it. Words and limits: Kraken (arXiv 2112.02793), SCALE-Sim for the systolic ones.
import { userFailure } from '../network/failure';

export const DATAFLOWS = ['kraken', 'os', 'ws', 'is'] as const;
/** kraken: the uniform dataflow of Kraken. os, ws, is: systolic, outputs, weights or inputs stay in the PEs. */
export type Dataflow = (typeof DATAFLOWS)[number];

/** Energy of one event. Editable: the source says where the figures come from. */
export interface EnergyTable {
  readonly macPicojoules: number; // one multiplication and one addition to the accumulator
  readonly sramReadPicojoulesPerByte: number;
  readonly sramWritePicojoulesPerByte: number;
  readonly dramPicojoulesPerByte: number;
  readonly source: string;
}

export interface PeArray {
  readonly name: string;
  readonly about: string; // where its numbers come from
  readonly dataflow: Dataflow;
  readonly rows: number; // R
  readonly cores: number; // C, the columns of PEs
  readonly clockMHz: number;
  readonly technologyNm: number;
  readonly pixelBits: number;
  readonly weightBits: number;
  readonly accumulatorBits: number;
  readonly kernelMax: number;
  readonly strideMax: number;
  readonly weightsSramDepthWords: number; // per core and bank; there are two banks
  readonly configWords: number; // of that depth, taken by the configuration of an iteration
  readonly configClocks: number; // q_c
  readonly pixelSramBytes: number;
  readonly weightSramBytes: number;
  readonly outputSramBytes: number;
  readonly pixelStreamBits: number; // per clock; 0 where the stream never limits
  readonly weightStreamBits: number;
  readonly outputStreamBits: number;
  readonly dramMegabytesPerSecond: number; // 0 where the DRAM never limits
  readonly dramBurstBytes: number;
  readonly energy: EnergyTable;
}

type NumberField = { [K in keyof PeArray]: PeArray[K] extends number ? K : never }[keyof PeArray];

export interface Field {
  readonly field: NumberField;
  readonly symbol: string; // as formulas write it; '' where none does
  readonly unit: string;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  /** The dataflows that read it. */
  readonly of: readonly Dataflow[];
  readonly about: string;
}

const SYSTOLIC: readonly Dataflow[] = ['os', 'ws', 'is'];
const KRAKEN: readonly Dataflow[] = ['kraken'];

/** Every number of an array, in the order people read them. */
export const FIELDS: readonly Field[] = [
  whole('rows', 'R', 'PEs', 1, 4096, DATAFLOWS, 'rows of PEs'),
  whole('cores', 'C', 'PEs', 1, 4096, DATAFLOWS, 'columns of PEs; neighbouring ones join into elastic groups'),
  real('clockMHz', 'f', 'MHz', 0.001, 100_000, DATAFLOWS, 'clock of the array'),
  real('technologyNm', '', 'nm', 1, 1000, DATAFLOWS, 'feature size, for the area proxy'),
  whole('pixelBits', 'b_X', 'bit', 1, 32, DATAFLOWS, 'word of an input'),
  whole('weightBits', 'b_K', 'bit', 1, 32, DATAFLOWS, 'word of a weight'),
  whole('accumulatorBits', 'b_Y', 'bit', 2, 64, DATAFLOWS, 'word of an accumulator, and of an output'),
  whole('kernelMax', '', 'taps', 1, 256, KRAKEN, 'largest kernel, in height and width'),
  whole('strideMax', '', 'pixels', 1, 256, KRAKEN, 'largest stride, in height and width'),
  whole('weightsSramDepthWords', '', 'words', 1, 2 ** 24, KRAKEN, 'weights a core holds, in each of two banks'),
  whole('configWords', '', 'words', 0, 2 ** 16, KRAKEN, 'words of that depth taken by the configuration'),
  whole('configClocks', 'q_c', 'clocks', 0, 2 ** 16, KRAKEN, 'clocks of configuration in each iteration'),
  whole('pixelSramBytes', '', 'bytes', 0, 2 ** 40, SYSTOLIC, 'input buffer; half of it is filled while half is read'),
  whole('weightSramBytes', '', 'bytes', 0, 2 ** 40, SYSTOLIC, 'weight buffer, halved likewise'),
  whole('outputSramBytes', '', 'bytes', 0, 2 ** 40, SYSTOLIC, 'output buffer, halved likewise'),
  whole('pixelStreamBits', '', 'bit per clock', 0, 2 ** 20, DATAFLOWS, 'width of the input stream; 0 never limits'),
  whole('weightStreamBits', '', 'bit per clock', 0, 2 ** 20, DATAFLOWS, 'width of the weight stream; 0 never limits'),
  whole('outputStreamBits', '', 'bit per clock', 0, 2 ** 20, DATAFLOWS, 'width of the output stream; 0 never limits'),
  real('dramMegabytesPerSecond', '', 'MB/s', 0, 1e9, DATAFLOWS, 'bandwidth of the DRAM (10^6 bytes); 0 never limits'),
  whole(
    'dramBurstBytes',
    '',
    'bytes',
    1,
    2 ** 20,
    DATAFLOWS,
    'what the DRAM moves at least; packets are rounded up to it',
  ),
];

type FieldFacts = [symbol: string, unit: string, least: number, most: number, of: readonly Dataflow[], about: string];
function whole(field: NumberField, ...facts: FieldFacts): Field {
  return { ...real(field, ...facts), whole: true };
}
function real(field: NumberField, ...[symbol, unit, least, most, of, about]: FieldFacts): Field {
  return { field, symbol, unit, least, most, whole: false, of, about };
}

/** Fields of which 0 means that nothing limits. */
export const UNLIMITED_AT_ZERO: readonly NumberField[] = [
  'pixelStreamBits',
  'weightStreamBits',
  'outputStreamBits',
  'dramMegabytesPerSecond',
];

export const ENERGY_FIELDS = [
  'macPicojoules',
  'sramReadPicojoulesPerByte',
  'sramWritePicojoulesPerByte',
  'dramPicojoulesPerByte',
] as const;

/** PEs of the array. */
export const peCount = (array: PeArray): number => array.rows * array.cores;

/** The value with some fields changed, checked again as a whole. */
export const changeArray = (array: PeArray, changes: Partial<PeArray>): PeArray =>
  checkArray({ ...array, ...changes }, array.name);

/**
 * The checked array.
 * @param from the file or preset it comes from, named in failures
 * @throws userFailure 'array-field' naming the field, what it is and what it may be
 */
export function checkArray(value: unknown, from: string): PeArray {
  const given = asRecord(value, from, 'The array');
  const known: string[] = ['name', 'about', 'dataflow', 'energy', ...FIELDS.map(({ field }) => field)];
  refuseUnknown(given, known, from, 'array');
  const numbers = Object.fromEntries(
    FIELDS.map((field) => [field.field, checkNumber(given[field.field], field, from)]),
  );
  const array = {
    name: checkText(given.name, 'name', from),
    about: checkText(given.about, 'about', from),
    dataflow: checkDataflow(given.dataflow, from),
    ...(numbers as Record<NumberField, number>),
    energy: checkEnergy(given.energy, from),
  };
  checkTogether(array, from);
  return Object.freeze(array);
}

/** What no field can know alone. */
function checkTogether(array: PeArray, from: string): void {
  if (array.accumulatorBits < array.pixelBits + array.weightBits - 1)
    refuse(
      from,
      `accumulatorBits is ${array.accumulatorBits}, too few for one product of ${array.pixelBits}-bit pixels and ${array.weightBits}-bit weights.`,
      `Give at least ${array.pixelBits + array.weightBits - 1}.`,
    );
  if (array.configWords >= array.weightsSramDepthWords)
    refuse(
      from,
      `configWords is ${array.configWords}, which leaves no weight in a depth of ${array.weightsSramDepthWords} words.`,
      'Give a smaller configWords or a larger weightsSramDepthWords.',
    );
}

function checkNumber(value: unknown, { field, unit, least, most, whole, about }: Field, from: string): number {
  const range = `a ${whole ? 'whole number' : 'number'} from ${least} to ${most} (${unit}: ${about})`;
  if (value === undefined) refuse(from, `${field} is missing.`, `Give ${range}.`);
  if (
    typeof value !== 'number' ||
    !Number.isFinite(value) ||
    value < least ||
    value > most ||
    (whole && value % 1 !== 0)
  )
    refuse(from, `${field} is ${tell(value)}, but it must be ${range}.`, `Change ${field}.`);
  return value;
}

function checkEnergy(value: unknown, from: string): EnergyTable {
  const given = asRecord(value, from, 'energy');
  refuseUnknown(given, [...ENERGY_FIELDS, 'source'], from, 'energy table');
  const numbers = ENERGY_FIELDS.map((field) => {
    const pj = given[field];
    if (typeof pj !== 'number' || !Number.isFinite(pj) || pj < 0)
      refuse(
        from,
        `energy.${field} is ${tell(pj)}, but it must be a number of picojoules, 0 or more.`,
        `Change ${field}.`,
      );
    return [field, pj] as const;
  });
  const source = checkText(given.source, 'energy.source', from);
  return Object.freeze({ ...(Object.fromEntries(numbers) as Record<(typeof ENERGY_FIELDS)[number], number>), source });
}

function checkDataflow(value: unknown, from: string): Dataflow {
  const found = DATAFLOWS.find((dataflow) => dataflow === value);
  if (!found) refuse(from, `dataflow is ${tell(value)}, which is none.`, `The dataflows are ${DATAFLOWS.join(', ')}.`);
  return found;
}

function checkText(value: unknown, field: string, from: string): string {
  if (typeof value !== 'string' || value.trim() === '')
    refuse(from, `${field} is ${tell(value)}, but it must be a text.`, `Give ${field} a text.`);
  return value;
}

function refuseUnknown(given: object, known: readonly string[], from: string, what: string): void {
  const unknown = Object.keys(given).find((field) => !known.includes(field));
  if (unknown !== undefined)
    refuse(from, `${unknown} is no field of an ${what}.`, `The fields are ${known.join(', ')}.`);
}

function asRecord(value: unknown, from: string, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(from, `${what} is ${tell(value)}, but it must be an object of named fields.`, 'Start from a preset.');
  return value as Record<string, unknown>;
}

function refuse(file: string, sentence: string, remedy: string): never {
  throw userFailure('array-field', `${file}: ${sentence}`, remedy, { file });
}

const tell = (value: unknown): string =>
  value === undefined ? 'missing' : (JSON.stringify(value) ?? typeof value).slice(0, 60);
