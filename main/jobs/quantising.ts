// Quantising, in the engine. In: a network of real numbers in the session's blobs, a place of inputs, a choice. Out: the quantised
// network, whose file becomes a blob, and the record of how it was made and what that cost.
import { type Measuring, convert, judge, openNetwork, prepareQuantisation } from '../flow';
import { engineOf } from '../golden/engines';
import { type Batch, readBatch } from '../import/batch';
import { PIXEL_RULES } from '../import/pixels';
import { Failure, recordFailure } from '../network/failure';
import type { Network } from '../network/network';
import { parseScheme, schemeText } from '../network/scheme';
import { onlyInput } from '../quantise/calibrate';
import { methodText, parseMethod } from '../quantise/choice';
import { checkReal } from '../quantise/convert';
import { fuseNetwork } from '../quantise/fuse';
import type { Judgement } from '../quantise/judge';
import type { Converted, PrepareStep, Prepared } from '../quantise/quantise';
import { recordDecibels, recordFused, recordFusions, recordOperators } from '../quantise/recording';
import type { QuantisationChoice } from '../session/command';
import { Blobs, putNetwork } from '../session/blobs';
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

const DOING = { fuse: 'fused beside real', calibrate: 'calibrating', judge: 'judging' } as const;

export function quantise(args: Args<'quantise'>, { progress }: Context): Reply<'quantise'> {
  const { place, judged, choice, result, program } = args;
  const blobs = new Blobs(args.blobs);
  const { network } = readNetwork(blobs, args.network, args.name);
  const [startedAt, started] = [new Date().toISOString(), performance.now()];
  const batch = limited(readBatch(place), choice.limit);
  const others = judged === null || judged === place ? batch : readBatch(judged);
  const most = { fuse: 0, calibrate: batch.items.length, judge: judged === null ? 0 : others.items.length };
  const total = most.calibrate + 1 + 2 * most.judge; // judging runs two networks
  const tell = (stage: keyof typeof DOING, done: number, of: number): void => {
    const before = stage === 'judge' ? most.calibrate + 1 + 2 * done : stage === 'calibrate' ? done : 0;
    progress({ done: before, total, note: `${DOING[stage]}, input ${Math.min(done + 1, of)} of ${of}` });
  };
  const prepared = prepare(network, batch, choice, tell);
  progress({ done: most.calibrate, total, note: `choosing words by ${choice.method}` });
  const converted = convert(prepared, {
    scheme: parseScheme(choice.scheme),
    layers: new Map(choice.layers.map(({ operator, scheme }) => [operator, scheme === null ? null : parseScheme(scheme)])), // prettier-ignore
    method: parseMethod(choice.method),
    ends: choice.ends,
  });
  const found = judged === null ? null : look(prepared, converted, others, choice, tell);
  progress({ done: total, total, note: 'storing' });
  const { network: made, view } = openNetwork(converted.bytes, result);
  putNetwork(blobs, converted.bytes, made);
  blobs.sync();
  const { calibration, changes, fused } = prepared;
  return {
    view,
    record: {
      network: { name: network.name, sha256: args.network },
      result: { name: view.name, sha256: view.sha256, bytes: view.fileBytes },
      scheme: schemeText(parseScheme(choice.scheme)),
      layers: choice.layers,
      method: methodText(parseMethod(choice.method)),
      ends: choice.ends,
      calibration: { source: calibration.source, inputs: calibration.inputs, preparation: calibration.preparation },
      fusions: recordFusions(network, fused).map((fusion, i) => ({ ...fusion, ...changes[i]! })),
      operators: recordOperators(prepared, converted, found?.judgement ?? null, found?.overflows ?? new Map()),
      judgement: found && {
        source: others.source,
        inputs: found.judgement.inputs,
        outputSqnr: recordDecibels(found.judgement.outputSqnr),
        agreement: found.judgement.agreement,
      },
      program,
      startedAt,
      ms: performance.now() - started,
    },
  };
}

const limited = (batch: Batch, limit: number | null): Batch => ({ ...batch, items: batch.items.slice(0, limit ?? Infinity) }); // prettier-ignore

type Tell = (stage: keyof typeof DOING, done: number, of: number) => void;

function prepare(network: Network, batch: Batch, choice: QuantisationChoice, tell: Tell): Prepared {
  const steps = prepareQuantisation(network, batch, engineOf(choice.engine, 1), PIXEL_RULES[choice.pixels]);
  let last: PrepareStep = { stage: 'fuse', done: 0, of: batch.items.length };
  for (;;) {
    tell(last.stage, last.done, last.of);
    const step = steps.next();
    if (step.done) return step.value;
    last = step.value;
  }
}

/** What quantising cost; and, which judging does not see, how many sums left the accumulator of each operator. */
function look(
  { fused }: Prepared,
  converted: Converted,
  batch: Batch,
  choice: QuantisationChoice,
  tell: Tell,
): { readonly judgement: Judgement; readonly overflows: ReadonlyMap<number, number> } {
  const counts = new Map<number, number>();
  const onResult: Measuring['onResult'] = (network, { operator, overflows }) => {
    if (network === converted.network && overflows !== null)
      counts.set(operator, (counts.get(operator) ?? 0) + overflows);
  };
  const steps = judge(fused.network, converted, batch, {
    engine: engineOf(choice.engine, 1),
    preprocessing: PIXEL_RULES[choice.pixels],
    onResult,
  });
  for (let done = 0; ; done++) {
    tell('judge', done, batch.items.length);
    const step = steps.next();
    if (step.done) return { judgement: step.value, overflows: counts };
  }
}
