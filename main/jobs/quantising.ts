// Quantising, in the engine. In: a network of real numbers in the session's blobs, a place of inputs, a choice. Out: the quantised
// network, whose file becomes a blob, and the record of how it was made and what that cost; or which layers deserve longer words.
import { type Measuring, convert, judge, openNetwork, suggest as suggestLayers } from '../flow';
import { truthsOf } from '../golden/batch';
import { readBatch } from '../import/batch';
import { Failure, recordFailure } from '../network/failure';
import { schemeText } from '../network/scheme';
import { onlyInput } from '../quantise/calibrate';
import { methodText, parseMixing } from '../quantise/choice';
import { checkReal } from '../quantise/convert';
import { fuseNetwork } from '../quantise/fuse';
import type { Judgement } from '../quantise/judge';
import { isLayer } from '../quantise/layers';
import type { Converted, Prepared } from '../quantise/quantise';
import { recordDecibels, recordFused, recordFusions, recordOperators, recordSuggestion } from '../quantise/recording';
import { type SuggestStep, tellStep } from '../quantise/suggest';
import type { QuantisationChoice } from '../session/command';
import { Blobs, putNetwork } from '../session/blobs';
import { openKept } from './asking';
import { type Given, convertOptions, measuringBy, prepareKept, readGiven } from './measuring';
import type { Args, Reply } from './protocol';
import type { Context } from './serve';
import { readNetwork } from './working';

export function fuse({ blobs, network: sha256, name }: Args<'fuse'>): Reply<'fuse'> {
  const { network } = readNetwork(new Blobs(blobs), sha256, name);
  try {
    checkReal(network);
    onlyInput(network);
    return { fused: recordFused(network, fuseNetwork(network)) };
  } catch (error) {
    if (error instanceof Failure && error.kind === 'user') return { why: recordFailure(error) };
    throw error;
  }
}

/** @throws userFailure of the inputs and the labels, batch-class among them */
export function inputs({ place, labels, classesOf }: Args<'inputs'>): Reply<'inputs'> {
  const batch = readBatch(place, labels);
  if (classesOf) truthsOf(openKept(classesOf), batch);
  const { source, items, classes, folders } = batch;
  const labelled = items.filter(({ label }) => label !== null).length;
  const by =
    labelled === 0
      ? null
      : items.some(({ name, label }) => label !== null && !name.startsWith(`${label}/`))
        ? 'table'
        : 'folders';
  return { source, count: items.length, labelled, by, classes: classes?.length ?? folders?.length ?? null };
}

export function quantise(args: Args<'quantise'>, { progress }: Context): Reply<'quantise'> {
  const { choice, judged } = args;
  const [startedAt, started] = [new Date().toISOString(), performance.now()];
  const given = readGiven(args);
  const { network, batch, others } = given;
  const inputs = batch.items.length;
  const total = inputs + 1 + (judged === null ? 0 : 2 * others.items.length); // judging runs two networks
  const { prepared, isReused } = prepareKept(given, choice, (done, note) => progress({ done, total, note }));
  const reused = isReused ? 'measured before; ' : '';
  progress({ done: inputs, total, note: `${reused}choosing words by ${choice.method}` });
  const options = convertOptions(choice);
  const converted = convert(prepared, options);
  const found =
    judged === null
      ? null
      : look(prepared, converted, given, choice, (done) =>
          progress({
            done: inputs + 1 + 2 * done,
            total,
            note: `${reused}judging, input ${Math.min(done + 1, others.items.length)} of ${others.items.length}`,
          }),
        );
  progress({ done: total, total, note: 'storing' });
  const { network: made, view } = openNetwork(converted.bytes, args.result);
  const blobs = new Blobs(args.blobs);
  putNetwork(blobs, converted.bytes, made);
  blobs.sync();
  const { calibration, changes, fused } = prepared;
  return {
    view,
    record: {
      network: { name: network.name, sha256: args.network },
      result: { name: view.name, sha256: view.sha256, bytes: view.fileBytes },
      scheme: schemeText(options.scheme),
      layers: choice.layers,
      method: methodText(options.method),
      ends: choice.ends,
      calibration: {
        source: calibration.source,
        inputs: calibration.inputs,
        preparation: calibration.preparation,
        isReused,
      },
      fusions: recordFusions(network, fused).map((fusion, i) => ({ ...fusion, ...changes[i]! })),
      operators: recordOperators(prepared, converted, found?.judgement ?? null, found?.overflows ?? new Map()),
      judgement: found && {
        source: others.source,
        inputs: found.judgement.inputs,
        outputSqnr: recordDecibels(found.judgement.outputSqnr),
        agreement: found.judgement.agreement,
      },
      program: args.program,
      startedAt,
      ms: performance.now() - started,
    },
  };
}

/** What quantising cost; and, which judging does not see, how many sums left the accumulator of each operator. */
function look(
  { fused }: Prepared,
  converted: Converted,
  { others }: Given,
  choice: QuantisationChoice,
  tell: (done: number) => void,
): { readonly judgement: Judgement; readonly overflows: ReadonlyMap<number, number> } {
  const counts = new Map<number, number>();
  const onResult: Measuring['onResult'] = (network, { operator, overflows }) => {
    if (network === converted.network && overflows !== null)
      counts.set(operator, (counts.get(operator) ?? 0) + overflows);
  };
  const steps = judge(fused.network, converted, others, { ...measuringBy(choice), onResult });
  for (let done = 0; ; done++) {
    tell(done);
    const step = steps.next();
    if (step.done) return { judgement: step.value, overflows: counts };
  }
}

export function suggest(args: Args<'suggest'>, { progress }: Context): Reply<'suggest'> {
  const { choice, budget, high } = args;
  const started = performance.now();
  const options = convertOptions(choice);
  const mixing = parseMixing(budget, high, options.scheme);
  const given = readGiven(args);
  const { network, batch, others } = given;
  const inputs = batch.items.length;
  const layers = network.operators.filter(isLayer).length; // at most so many are tried
  const total = inputs + (2 + 2 * layers) * others.items.length;
  const { prepared, isReused } = prepareKept(given, choice, (done, note) => progress({ done, total, note }));
  const before = ({ stage, done }: SuggestStep): number =>
    ({ real: 0, low: 1, alone: 2 + done, together: 2 + layers + done })[stage];
  const steps = suggestLayers(prepared, others, options, mixing, measuringBy(choice));
  for (;;) {
    const step = steps.next();
    if (step.done)
      return {
        ...recordSuggestion(step.value, mixing),
        scheme: schemeText(options.scheme),
        source: others.source,
        inputs: others.items.length,
        labelled: others.items.filter(({ label }) => label !== null).length,
        isReused,
        ms: performance.now() - started,
      };
    const done = inputs + before(step.value) * others.items.length + step.value.inputs;
    progress({ done: Math.min(done, total), total, note: tellStep(step.value) });
  }
}
