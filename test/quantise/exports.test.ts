// Networks that exporters wrote, quantised from end to end: imported, fused, calibrated, converted, written, opened again and
// judged, on noise as their statistics come from.
import { expect, test } from 'vitest';
import { golden, judge, openNetwork, prepareQuantisation } from '../../main/flow';
import { supportOf } from '../../main/golden/support';
import { importNetwork } from '../../main/import/import';
import type { Batch } from '../../main/import/batch';
import { type Network, elementCount } from '../../main/network/network';
import { parseScheme } from '../../main/network/scheme';
import { convert } from '../../main/quantise/quantise';
import { writeNpy } from '../../main/tensor/npy';
import { bytesOf } from '../import/onnx/exported';
import { noise } from '../import/onnx/told';
import { engine, finish } from './digits';

function noises(shape: readonly number[], from: number, to: number): Batch {
  const items = Array.from({ length: to - from }, (_, i) => ({
    name: `${from + i}`,
    label: null,
    read: () => ({ bytes: writeNpy('float32', shape, noise(from + i, elementCount(shape))), fileName: 'noise.npy' }),
  }));
  return { source: 'noise', items, classes: null, folders: null };
}

const CALIBRATION = [200, 208] as const; // seeds, those of exports/make_quantised.py
const HELD_OUT = [300, 304] as const;

/** Decibels of signal over noise at the output, of a file that is quantised already. */
function decibelsOf(name: string, real: Network): number {
  const { network } = openNetwork(bytesOf(name), `${name}.onnx`);
  let [signal, distance] = [0, 0];
  for (let seed: number = HELD_OUT[0]; seed < HELD_OUT[1]; seed++) {
    const [wanted, got] = [real, network].map((one) => outputOf(one, seed)) as [Float32Array, Float32Array];
    wanted.forEach((value, i) => {
      signal += value ** 2;
      distance += (value - got[i]!) ** 2;
    });
  }
  return 10 * Math.log10(signal / distance);
}

function outputOf(network: Network, seed: number): Float32Array {
  const input = network.inputs[0]!;
  const { shape } = network.tensors[input]!;
  const results = [
    ...golden(network, 'reference', new Map([[input, noise(seed, elementCount(shape))]]), engine, false),
  ];
  const outputs = results.flatMap((result) => result.outputs);
  return outputs.find(({ tensor }) => tensor.index === network.outputs[0])!.data as Float32Array;
}

/**
 * Decibels that ours reach at least, and the same network as onnxruntime's quantiser made it: deep networks of one or two random
 * channels a layer amplify noise, so what another quantiser reaches on them is the measure.
 */
test.each([
  ['resnet18_13', 'qoperator_resnet18', 18],
  ['squeezenet_8', 'qoperator_squeezenet', 24],
  ['resnet50_17', 'qdq_resnet50', 6],
  ['mobilenet_v2_20', 'qdq_mobilenet_v2', 4],
  ['yolo_16', 'qdq_yolo', 15],
  ['keras_mobilenet_15', 'qdq_keras_mobilenet', 25],
] as const)('%s as int8', (name, twin, least) => {
  const { network } = openNetwork(bytesOf(name), `${name}.onnx`);
  const { shape } = network.tensors[network.inputs[0]!]!;
  const prepared = finish(prepareQuantisation(network, noises(shape, ...CALIBRATION), engine));
  const {
    network: quantised,
    bytes,
    origins,
  } = convert(prepared, { scheme: parseScheme('int8'), layers: new Map(), method: { name: 'min-max' }, ends: 'real' });
  const refused = quantised.operators.filter((operator) => !supportOf(operator, quantised, 'reference').ok);
  expect(refused.map(({ kind }) => kind)).toEqual([]);
  const kindsOf = ({ operators }: Network): string[] => operators.map(({ kind }) => kind);
  expect(kindsOf(importNetwork(bytes, `${name}.tflite`).network)).toEqual(kindsOf(quantised));
  const held = noises(shape, ...HELD_OUT);
  const { outputSqnr } = finish(judge(prepared.fused.network, { network: quantised, origins }, held, { engine }));
  const theirs = decibelsOf(twin, network);
  console.log(
    `${name}: ${network.operators.length} operators become ${quantised.operators.length}, ${outputSqnr.toFixed(1)} dB; ${theirs.toFixed(1)} dB by onnxruntime`,
  );
  expect(outputSqnr).toBeGreaterThan(least);
  expect(outputSqnr).toBeGreaterThan(theirs - 3);
});
