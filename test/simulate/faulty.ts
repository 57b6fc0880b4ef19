// What tests of a simulation share: the digits sample, a small array, and a copy of the RTL with one fault in it.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { namedArray } from '../../main/array/presets';
import { openNetwork, prepareInput, simulate } from '../../main/flow';
import type { Network } from '../../main/network/network';
import type { Scheme } from '../../main/network/scheme';
import { defaultCacheFolder } from '../../main/simulate/build';
import type { SimulateOptions } from '../../main/simulate/network';
import type { TypedArray } from '../../main/tensor/tensor';

export const appRoot = path.resolve(import.meta.dirname, '../..');
export const digits = path.join(appRoot, 'resources/samples/digits');
export const SMALL_ARRAY = '4x12';

export function openDigits(): { network: Network; inputs: ReadonlyMap<number, TypedArray> } {
  const { network } = openNetwork(readFileSync(path.join(digits, 'digits.tflite')), 'digits.tflite');
  const image = readFileSync(path.join(digits, 'inputs/7_a.png'));
  const input = network.inputs[0]!;
  return { network, inputs: new Map([[input, prepareInput(network, input, image, '7_a.png').data]]) };
}

/** Bit 4 of the sums of one PE is stuck at 1. */
export const STUCK_BIT = {
  core: 5,
  row: 2,
  file: 'pe_array.sv',
  from: 'kept <= sum;',
  to: "kept <= sum | ROW_BITS'(r == 2 ? 16 : 0) << (5 * SUM_BITS);",
};

/** A copy of resources/rtl with a fault in it, in `folder`. */
export function writeFaultyRtl(
  folder: string,
  { file, from, to }: Record<'file' | 'from' | 'to', string> = STUCK_BIT,
): string {
  const copy = path.join(folder, 'rtl');
  cpSync(path.join(appRoot, 'resources/rtl'), copy, { recursive: true });
  const text = readFileSync(path.join(copy, file), 'utf8');
  expect(text.split(from).length, `${file} has '${from}' once`).toBe(2);
  writeFileSync(path.join(copy, file), text.replace(from, to));
  return copy;
}

export async function withTemporary<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'goldbench-test-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Options = Partial<Parameters<typeof simulate>[3] & SimulateOptions>;

/** A network on the small array. */
export const simulateOn = (
  folder: string,
  network: Network,
  inputs: ReadonlyMap<number, TypedArray>,
  options: Options = {},
) =>
  simulate(network, namedArray(SMALL_ARRAY), inputs, {
    appRoot,
    cacheFolder: defaultCacheFolder(),
    folder,
    kernels: 'reference',
    layers: 'all',
    settings: {},
    processes: 2,
    chain: false,
    waves: null,
    ...options,
  });

/** The digits on it. */
export const simulateDigits = (folder: string, options: Options = {}, scheme?: Scheme) => {
  const { network, inputs } = openDigits();
  return simulateOn(folder, scheme ? { ...network, scheme } : network, inputs, options);
};
