// Mixed precision of a network: which of its layers get the longer words of another scheme. In: a prepared network, how it is to
// be converted, the longer words, a budget, inputs. Out: a suggestion (suggest.ts), each of whose steps was converted, run and
// measured at the outputs of the network; what the real one gives there is computed once.
import type { Batch } from '../import/batch';
import { userFailure } from '../network/failure';
import type { Network } from '../network/network';
import { type Scheme, schemeText } from '../network/scheme';
import { isRowOfScores } from '../tensor/scores';
import { onlyInput, readBatchItem } from './calibrate';
import type { Mixing } from './choice';
import type { ConvertOptions } from './convert';
import { type JudgeOptions, type Twin, decibels, noTally, tally, worthOf } from './judge';
import { isLayer } from './layers';
import { valuesOf } from './measure';
import { type Prepared, convert } from './quantise';
import { takes } from './rules';
import { type Measured, type SuggestStep, type Suggestion, suggest } from './suggest';
import { toWords } from './words';

/**
 * `choice` has the low scheme; layers that it gives one of their own keep it.
 * @throws userFailure suggest-schemes, suggest-layers, suggest-no-scores, calibrate-inputs, and what reading an input and the run refuse
 */
export function* suggestMixed(
  prepared: Prepared,
  batch: Batch,
  choice: ConvertOptions,
  { high, budget }: Mixing,
  options: JudgeOptions,
): Generator<SuggestStep, Suggestion> {
  const real = prepared.fused.network;
  const layers = layersBetween(real, choice, high);
  if ('quality' in budget && !real.outputs.some((index) => isRowOfScores(real.tensors[index]!.shape)))
    throw userFailure(
      'suggest-no-scores',
      `No output of ${real.name} is one row of scores, so neither accuracy nor agreement can be measured.`,
      'Give a budget of bytes.',
    );
  const references = yield* runReal(real, batch, options);
  return yield* suggest({
    layers,
    low: choice.scheme,
    high,
    budget,
    convert: (schemes) => convert(prepared, { ...choice, layers: new Map([...choice.layers, ...schemes]) }),
    measure: (converted) => measureOutputs(real, converted, batch, references, options),
  });
}

function layersBetween({ name, operators }: Network, { scheme: low, layers: own }: ConvertOptions, high: Scheme) {
  if (schemeText(low) === schemeText(high))
    throw userFailure(
      'suggest-schemes',
      `${schemeText(low)} is the scheme of all layers already.`,
      'Give one of longer words for those that deserve it.',
    );
  const found = operators.filter((one) => isLayer(one) && !own.has(one.index) && takes(one, low) && takes(one, high));
  if (found.length > 0) return found.map(({ index }) => index);
  throw userFailure(
    'suggest-layers',
    `${name} has no layer left to choose a scheme for.`,
    'Leave out schemes given to single layers.',
  );
}

/** By input, by output of the network; outputs that are no reals are left out. */
type References = readonly ReadonlyMap<number, Float32Array>[];

function* runReal(
  real: Network,
  batch: Batch,
  { run, preprocessing }: JudgeOptions,
): Generator<SuggestStep, References> {
  const input = onlyInput(real);
  const references: Map<number, Float32Array>[] = [];
  for (const item of batch.items) {
    yield { stage: 'real', done: 0, of: 1, inputs: references.length };
    const values = valuesOf(real, readBatchItem(item, input, preprocessing).data, new Set(real.outputs), run);
    const reals = real.outputs.flatMap((index, at) => {
      const data = values.get(index);
      return data instanceof Float32Array ? [[at, data] as const] : [];
    });
    references.push(new Map(reals));
  }
  return references;
}

/** Decibels of the output that has least; accuracy where inputs are labelled, else how often both networks name the same class. */
function* measureOutputs(
  real: Network,
  { network }: Twin,
  batch: Batch,
  references: References,
  { run, preprocessing, truths = [] }: JudgeOptions,
): Generator<number, Measured> {
  const given = network.tensors[network.inputs[0]!]!;
  const scored = real.outputs.findLastIndex((index) => isRowOfScores(real.tensors[index]!.shape));
  const [signal, noise] = [real.outputs.map(() => 0), real.outputs.map(() => 0)];
  const count = noTally(1);
  for (const [at, item] of batch.items.entries()) {
    const { data } = readBatchItem(item, onlyInput(real), preprocessing);
    const values = valuesOf(network, toWords(data as Float32Array, given), new Set(network.outputs), run);
    for (const [output, reals] of references[at]!) {
      const worth = worthOf(values.get(network.outputs[output]!)!, network.tensors[network.outputs[output]!]!);
      for (const [i, value] of reals.entries()) {
        signal[output]! += value * value;
        noise[output]! += (value - worth[i]!) ** 2;
      }
      if (output === scored) tally(count, reals, worth, truths[at] ?? null);
    }
    yield at + 1;
  }
  const sqnr = Math.min(...[...references[0]!.keys()].map((output) => decibels(signal[output]!, noise[output]!)));
  const { labelled, rightQuantised, best, inputs } = count;
  return { sqnr, quality: labelled > 0 ? rightQuantised / labelled : inputs > 0 ? best / inputs : null };
}
