// `goldbench compare`: what differs, and where first. In: two runs' folders, two folders of .npy files, two .npy files, or two
// runs of a session, or one of them and a folder. Out: a table in execution order, and exit code 1 when anything differs.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Verb } from '../cli';
import { type Kept, type RunComparison, type TensorComparison, comparingRuns } from '../compare/compare';
import { isFolder, readBeside, readSides } from '../compare/folder';
import { type Open, keptOf } from '../compare/run';
import { userFailure } from '../network/failure';
import { elementCount } from '../network/network';
import { Session } from '../session/session';
import { viewBytes } from '../tensor/tensor';
import { parseVerb } from './files';
import { clean, formatTable, print, shapeText, thousands } from './print';
import { watch } from './watch';

const usage = 'compare A B [--json] [--session FILE.sqlite]';

export const runCompare: Verb = {
  usage,
  about:
    'tensor by tensor; A and B are runs (--out DIR), folders of .npy, .npy files, dumps beside them (.bin, .mem), or with --session numbers of runs, or one and a folder',
  async run(args) {
    const { values, positionals } = parseVerb(args, { json: { type: 'boolean' }, session: { type: 'string' } }, usage);
    const [a, b, ...more] = positionals;
    if (!a || !b || more.length > 0)
      throw userFailure(
        'arguments',
        `Two sides are compared, but ${positionals.length} were given.`,
        `Usage: goldbench ${usage}`,
      );
    const found = await (values.session === undefined ? compareFiles(a, b) : compareInSession(values.session, a, b));
    if (values.json)
      print(JSON.stringify({ a, b, ...found }, (_, value) => (typeof value === 'bigint' ? String(value) : value), 2));
    else printComparison(found);
    if (!found.isEqual) process.exitCode = 1;
  },
};

function compareFiles(a: string, b: string): Promise<RunComparison> {
  for (const side of [a, b])
    if (!existsSync(side))
      throw userFailure('file-not-found', `${side} does not exist.`, 'Check the path.', { file: path.basename(side) });
  if (isFolder(a) !== isFolder(b))
    throw userFailure('file-and-folder', `One of ${a} and ${b} is a folder, the other a file.`, 'Give two of a kind.');
  return compareSides(...readSides(a, b));
}

async function compareInSession(file: string, a: string, b: string): Promise<RunComparison> {
  if (!existsSync(file))
    throw userFailure('file-not-found', `The session ${file} does not exist.`, 'Check the name.', { file });
  const session = Session.open(file);
  try {
    const open: Open = (stored) => (work) => {
      const bytes = session.readBlob(stored.sha256);
      const data = viewBytes(stored.type, bytes, elementCount(stored.shape));
      return work((first, count) => data.subarray(first, first + count));
    };
    const sides = [a, b].map((given) => (isDumpFolder(given) ? null : sideOf(session, given, open)));
    const run = sides.find((side) => side !== null);
    if (!run)
      throw userFailure(
        'run-unknown',
        `Neither ${a} nor ${b} is a number of a run.`,
        'Leave --session out to compare two folders.',
      );
    const [sideA, sideB] = [sides[0] ?? readBeside(a, run), sides[1] ?? readBeside(b, run)];
    return await compareSides(sideA, sideB);
  } finally {
    session.close();
  }
}

/** Beside numbers of runs: a folder that is named as a number is given as ./7. */
const isDumpFolder = (given: string): boolean => !/^\d{1,9}$/.test(given) && existsSync(given);

function sideOf(session: Session, given: string, open: Open): Kept[] {
  if (!/^\d{1,9}$/.test(given))
    throw userFailure(
      'run-unknown',
      `'${given}' is no number of a run, and no folder.`,
      'With --session, give two numbers of runs, or one and a folder.',
    );
  const { network, record, state } = session.run(Number(given));
  if (!record)
    throw userFailure('run-not-finished', `Run ${given} kept nothing: it is ${state}.`, 'Choose a finished run.');
  return keptOf(record, session.network(network), open);
}

const compareSides = (a: readonly Kept[], b: readonly Kept[]): Promise<RunComparison> =>
  watch(comparingRuns(a, b), 'The comparison', ({ done, total }) => `tensor ${done + 1} of ${total}`);

function printComparison(comparison: RunComparison): void {
  print(
    formatTable(comparison.tensors, [
      { title: 'tensor', cell: (c) => c.label },
      { title: 'type', cell: (c) => c.type },
      { title: 'shape', right: true, cell: (c) => shapeText(c.shape) },
      { title: 'elements', right: true, cell: (c) => thousands(c.count) },
      { title: 'differ', right: true, cell: (c) => (isCompared(c) ? thousands(c.differing) : '') },
      { title: 'largest', right: true, cell: (c) => (c.verdict === 'differs' ? (c.largest ?? 'not finite') : '') },
      {
        title: 'first',
        cell: (c) => (c.first ? `[${c.first.index.join(', ')}] ${c.first.a} against ${c.first.b}` : c.why),
      },
      { title: 'result', cell: (c) => (c.verdict === 'differs' ? 'DIFFERS' : c.verdict) },
    ]),
  );
  print(`\n${conclude(comparison)}`);
}

const isCompared = ({ verdict }: TensorComparison): boolean => verdict === 'equal' || verdict === 'differs';

function conclude({ isEqual, tensors, elements, differing, first }: RunComparison): string {
  const compared = tensors.filter(isCompared).length;
  const alone = tensors.length - compared;
  const rest = alone === 0 ? '' : `; ${thousands(alone)} could not be`;
  const all = `${thousands(elements)} elements of ${thousands(compared)} tensor${compared === 1 ? '' : 's'} compared${rest}`;
  if (isEqual) return `Equal: ${all}, 0 differ.`;
  const where = tensors.find(({ verdict }) => verdict === 'differs') ?? tensors[first!]!; // a value before a file that is missing
  const told = where.first
    ? `element [${where.first.index.join(', ')}] is ${where.first.a} in A and ${where.first.b} in B`
    : where.why;
  return `Different: first in ${clean(where.label)}, ${told}\n${all}, ${thousands(differing)} differ.`;
}
