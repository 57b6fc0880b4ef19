// Labelled digits as batches (digits.png, made by make_digits.py). In: nothing. Out: images for calibration, which the sample's
// network was trained with, and others, held out; how often a network is right, and how far its outputs are from others.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runBatch } from '../../main/golden/batch';
import type { Engine } from '../../main/golden/engine';
import { engineOf, usualEngine } from '../../main/golden/engines';
import { runOperators } from '../../main/golden/run';
import type { Batch, BatchItem } from '../../main/import/batch';
import { readImage } from '../../main/import/image';
import { importNetwork } from '../../main/import/import';
import type { Network } from '../../main/network/network';
import type { Run } from '../../main/quantise/calibrate';
import { writeNpy } from '../../main/tensor/npy';

const SIZE = 28;
const FOLDER = join(import.meta.dirname, '../../resources/samples/digits');
const image = readImage(readFileSync(join(import.meta.dirname, 'digits.png')), 'digits.png');

export const readSample = (name: 'digits' | 'digits_float'): Network =>
  importNetwork(readFileSync(join(FOLDER, `${name}.tflite`)), `${name}.tflite`).network;

/** Real pixels from 0 to 1. */
function pixelsAt(row: number, column: number): Float32Array {
  const at = (y: number, x: number): number => image.samples[(row * SIZE + y) * image.width + column * SIZE + x]!;
  return Float32Array.from({ length: SIZE * SIZE }, (_, i) => at(Math.floor(i / SIZE), i % SIZE) / 255);
}

function batchOf(from: number, to: number): Batch {
  const items = Array.from({ length: 10 * (to - from) }, (_, i): BatchItem => {
    const [digit, column] = [i % 10, from + Math.floor(i / 10)];
    const read = () => ({
      bytes: writeNpy('float32', [1, SIZE, SIZE, 1], pixelsAt(digit, column)),
      fileName: 'digit.npy',
    });
    return { name: `${digit}_${column}`, label: `${digit}`, read };
  });
  return { source: 'digits.png', items, classes: null, folders: null };
}

export const calibrationDigits = (count = 20): Batch => batchOf(0, count);
export const heldOutDigits = (count = 80): Batch => batchOf(20, 20 + count);

export const engine: Engine = engineOf(usualEngine(), 1);
export const runReference: Run = (network, inputs) => runOperators(network, 'reference', inputs, engine, false);

/** How many digits it reads right, of the 800 held out unless others are given. */
export function countRight(network: Network, digits = heldOutDigits()): number {
  const entries = runBatch(network, digits, { kernels: 'reference', top: 1, program: 'test', engine });
  for (;;) {
    const step = entries.next();
    if (step.done) return step.value.summary.top1;
    if (step.value.problem) throw new Error(step.value.problem);
  }
}

/** Runs a generator to its end. */
export function finish<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** What the reference kernels make of one input. */
export function outputsOf(network: Network, image: Float32Array): Float32Array[] {
  const values = new Map(
    [...runOperators(network, 'reference', new Map([[network.inputs[0]!, image]]), engine, false)].flatMap(
      ({ outputs }) => outputs.map(({ tensor, data }) => [tensor.index, data]),
    ),
  );
  return network.outputs.map((index) => values.get(index) as Float32Array);
}

/** Signal over noise. */
export function decibels(signal: Float32Array, other: Float32Array): number {
  let [power, noise] = [0, 0];
  signal.forEach((value, i) => {
    power += value ** 2;
    noise += (value - other[i]!) ** 2;
  });
  return 10 * Math.log10(power / Math.max(noise, 1e-30));
}
