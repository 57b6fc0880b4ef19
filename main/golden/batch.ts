// A batch: many inputs through one network, of which only the scores are kept. In: a network of one input whose output scores
// classes, and the items of a batch. Out: an entry an item (best classes, right or wrong), and in the end how often it was
// right and what it took for what. An item that cannot be read is told in its entry; the others go on.
import type { Batch, BatchItem } from '../import/batch';
import { type Preprocessing, readInput } from '../import/input';
import type { KernelSet } from '../network/arithmetic';
import { Failure, userFailure } from '../network/failure';
import type { Network, Tensor } from '../network/network';
import { type Score, classText, isRowOfScores, topScores } from '../tensor/scores';
import type { BatchEntry, BatchRecord, BatchSummary } from './batchRecord';
import { type Engine, REFERENCE_TS } from './engine';
import { runOperators } from './run';

export interface BatchOptions {
  readonly kernels: KernelSet;
  readonly top: number;
  readonly program: string;
  readonly engine?: Engine;
  /** How pixels become real values; without it the input's own range decides. */
  readonly preprocessing?: Preprocessing | undefined;
  /** Names of classes where the batch brings none. */
  readonly classes?: readonly string[] | null;
}

/** @throws userFailure batch-inputs, batch-no-scores, batch-class, and what runOperators refuses */
export function* runBatch(network: Network, batch: Batch, options: BatchOptions): Generator<BatchEntry, BatchRecord> {
  const { kernels, top, program, engine = REFERENCE_TS, preprocessing } = options;
  const [input, output] = tensorsOf(network);
  const { classes, truths } = readTruths(batch, output, options.classes ?? null);
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const entries: BatchEntry[] = [];
  let preparation = '';
  for (const [i, item] of batch.items.entries()) {
    const began = performance.now();
    const truth = truths[i]!;
    let scores: readonly Score[] = [];
    let problem: string | null = null;
    try {
      const { bytes, fileName } = item.read();
      const prepared = readInput(bytes, fileName, input, preprocessing);
      preparation ||= prepared.preparation;
      for (const { outputs } of runOperators(network, kernels, new Map([[input.index, prepared.data]]), engine, false))
        for (const { tensor, data } of outputs)
          if (tensor.index === output.index) scores = topScores(data, tensor.quantization, classes, top);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'user' || error.code.startsWith('golden-')) throw error;
      problem = error.message;
    }
    const right = truth === null || problem !== null ? null : scores[0]!.index === truth;
    const label = truth === null ? null : classText(classes, truth);
    const entry = { name: item.name, label, truth, top: scores, right, ms: performance.now() - began, problem };
    entries.push(entry);
    yield entry;
  }
  return {
    network: { name: network.name, sha256: network.sha256 },
    kernels,
    engine: engine.description,
    program,
    startedAt,
    ms: performance.now() - started,
    source: batch.source,
    preparation,
    output: output.index,
    k: top,
    classes,
    entries,
    summary: summarise(entries),
  };
}

/** How often it was right, and what it took for what. */
export function summarise(entries: readonly BatchEntry[]): BatchSummary {
  const judged = entries.filter(({ right }) => right !== null);
  const pairs = new Map<string, { truth: string; read: string; count: number }>();
  for (const { right, label, top } of judged) {
    if (right) continue;
    const pair = { truth: label!, read: top[0]!.label, count: 1 };
    const key = JSON.stringify([pair.truth, pair.read]);
    pairs.set(key, { ...pair, count: (pairs.get(key)?.count ?? 0) + 1 });
  }
  return {
    count: entries.length,
    failed: entries.filter(({ problem }) => problem !== null).length,
    labelled: judged.length,
    top1: judged.filter(({ right }) => right).length,
    topK: judged.filter(({ top, truth }) => top.some(({ index }) => index === truth)).length,
    // Equal counts stay in the order they were met.
    confusions: [...pairs.values()].sort((a, b) => b.count - a.count),
  };
}

/** The one input, and the last output that scores classes. */
function tensorsOf(network: Network): [input: Tensor, output: Tensor] {
  const [input, ...more] = network.inputs.map((index) => network.tensors[index]!);
  if (!input || more.length > 0)
    throw userFailure(
      'batch-inputs',
      `${network.name} has ${network.inputs.length} inputs; a batch is for networks of one.`,
      'Run it input by input.',
    );
  const output = scoresOf(network);
  if (!output)
    throw userFailure(
      'batch-no-scores',
      `No output of ${network.name} is one row of scores, so there is no best class.`,
      'Run it input by input; each run keeps its outputs.',
    );
  return [input, output];
}

/** The last output that scores classes. */
const scoresOf = (network: Network): Tensor | undefined =>
  network.outputs.map((index) => network.tensors[index]!).findLast(({ shape }) => isRowOfScores(shape));

/** The class that each input shows, null where no label says; none at all where no output scores classes. @throws userFailure batch-class */
export function truthsOf(network: Network, batch: Batch, known: readonly string[] | null = null): (number | null)[] {
  const output = scoresOf(network);
  return output ? readTruths(batch, output, known).truths : [];
}

function readTruths(batch: Batch, output: Tensor, known: readonly string[] | null) {
  const classes = classesOf(batch, known, output);
  return { classes, truths: batch.items.map((item) => truthOf(item, classes, output.shape.at(-1)!)) };
}

function classesOf(batch: Batch, known: readonly string[] | null, output: Tensor): readonly string[] | null {
  const count = output.shape.at(-1)!;
  const { classes, folders } = batch;
  if (classes && classes.length !== count)
    throw userFailure(
      'batch-class',
      `${classes.length} class names were given for ${count} scores.`,
      'Give one name a line, one line a score.',
    );
  const areNumbers = folders?.every((name) => /^\d+$/.test(name)) ?? false;
  return classes ?? known ?? (folders?.length === count && !areNumbers ? folders : null);
}

/** A label is a class's name, else its number. */
function truthOf({ name, label }: BatchItem, classes: readonly string[] | null, count: number): number | null {
  if (label === null) return null;
  const named = classes?.indexOf(label) ?? -1;
  if (named >= 0) return named;
  if (/^\d+$/.test(label) && Number(label) < count) return Number(label);
  throw userFailure(
    'batch-class',
    `${name} is labelled ${label}, which is no class${classes ? '' : ` from 0 to ${count - 1}`}.`,
    classes
      ? `The classes are ${classes.slice(0, 10).join(', ')}${classes.length > 10 ? ', …' : ''}.`
      : 'Give a labels.txt with the names of the classes, one a line.',
    { file: name },
  );
}

/** A table for spreadsheets: a line an item, its best classes with raw and real score. */
export function batchCsv({ entries, k }: Pick<BatchRecord, 'entries' | 'k'>): string {
  const cell = (value: string | number | null): string => {
    const text = value === null ? '' : String(value);
    // A cell that begins like a formula is run by spreadsheets: file names come from anywhere.
    const plain = typeof value === 'string' && /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  };
  const ranks = Array.from({ length: k }, (_, i) => i);
  const head = [
    'name',
    'label',
    'right',
    ...ranks.flatMap((i) => [`class ${i + 1}`, `raw ${i + 1}`, `real ${i + 1}`]),
    'ms',
    'problem',
  ];
  const lines = entries.map(({ name, label, right, top, ms, problem }) => [
    name,
    label,
    right === null ? null : right ? 'yes' : 'no',
    ...ranks.flatMap((i) => [top[i]?.label ?? null, top[i]?.raw ?? null, top[i]?.real ?? null]),
    Number(ms.toFixed(3)),
    problem,
  ]);
  return [head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
}
