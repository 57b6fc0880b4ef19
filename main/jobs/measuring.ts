// What quantising and suggesting need alike: a network of real numbers, its inputs, and what is measured of both before any scheme is
// chosen. In: where they are. Out: the same, prepared. What was measured is kept, so that another scheme, method or single layer's
// scheme runs nothing again: it is known by the network and by the bytes of the inputs, whatever became of their files meanwhile.
import { createHash } from 'node:crypto';
import { type Measuring, prepareQuantisation } from '../flow';
import { engineOf } from '../golden/engines';
import { type Batch, readBatch } from '../import/batch';
import { ruleOfChoice } from '../network/pixels';
import type { Network } from '../network/network';
import { parseScheme } from '../network/scheme';
import { parseMethod } from '../quantise/choice';
import type { ConvertOptions } from '../quantise/convert';
import type { Measurement, PrepareStep, Prepared } from '../quantise/quantise';
import type { QuantisationChoice } from '../session/command';
import { Blobs } from '../session/blobs';
import { Kept } from './kept';
import type { Quantising } from './protocol';
import { readNetwork } from './working';

export interface Given {
  readonly network: Network;
  readonly batch: Batch; // to calibrate with
  readonly others: Batch; // to judge by; of those to calibrate with where no others are given
}

/** Reads all that was given. @throws userFailure of the inputs and the labels */
export function readGiven({ blobs, network, name, place, judged, labels, choice }: Quantising): Given {
  const isHeldOut = judged !== null && judged !== place;
  const whole = readBatch(place, isHeldOut ? [] : labels);
  const batch = { ...whole, items: whole.items.slice(0, choice.limit ?? Infinity) };
  const others = isHeldOut ? readBatch(judged, labels) : batch;
  return { network: readNetwork(new Blobs(blobs), network, name).network, batch, others };
}

export const convertOptions = ({ scheme, layers, method, ends }: QuantisationChoice): ConvertOptions => ({
  scheme: parseScheme(scheme),
  layers: new Map(layers.map((layer) => [layer.operator, layer.scheme === null ? null : parseScheme(layer.scheme)])),
  method: parseMethod(method),
  ends,
});

export const measuringBy = ({ engine, pixels }: QuantisationChoice): Measuring => ({
  engine: engineOf(engine, 1),
  preprocessing: ruleOfChoice(pixels),
});

/** Histograms of some hundred tensors are a few MiB. */
const kept = new Kept<Measurement>(64 * 2 ** 20);

export interface Ready {
  readonly prepared: Prepared;
  readonly isReused: boolean; // it was measured before
}

/** @param tell how far it is, at every input: stopping is up to it */
export function prepareKept(
  { network, batch }: Given,
  choice: QuantisationChoice,
  tell: (inputs: number, note: string) => void,
): Ready {
  const count = batch.items.length;
  const key = keyOf(network, batch, choice, (done) =>
    tell(0, `looking whether input ${done} of ${count} was measured before`),
  );
  const known = kept.get(key);
  const { engine, preprocessing } = measuringBy(choice);
  const steps = prepareQuantisation(network, batch, engine, preprocessing, known);
  for (;;) {
    const step = steps.next();
    if (!step.done) {
      tell(step.value.stage === 'calibrate' ? step.value.done : 0, noteOf(step.value));
      continue;
    }
    const { changes, calibration } = step.value;
    kept.put(key, { changes, calibration }, bytesOf(calibration));
    return { prepared: step.value, isReused: known !== undefined };
  }
}

const noteOf = ({ stage, done, of }: PrepareStep): string =>
  `${stage === 'fuse' ? 'fused beside real' : 'calibrating'}, input ${Math.min(done + 1, of)} of ${of}`;

/** The engine is no part of it: every engine gives the same values. */
function keyOf(
  { sha256 }: Network,
  { source, items }: Batch,
  { pixels }: QuantisationChoice,
  tell: (done: number) => void,
): string {
  const hash = createHash('sha256').update(JSON.stringify([sha256, source, pixels, items.length]));
  for (const [at, item] of items.entries()) {
    tell(at + 1);
    const { bytes, fileName } = item.read();
    hash.update(JSON.stringify([item.name, fileName, bytes.length])).update(bytes);
  }
  return hash.digest('hex');
}

const bytesOf = ({ observations }: Measurement['calibration']): number =>
  [...observations.values()].reduce((sum, { bins }) => sum + bins.byteLength, 0);
