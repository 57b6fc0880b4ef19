// `goldbench golden --batch`: many inputs through one network. In: a model and a folder of images or a .npy. Out: the best classes
// of each input and, with labels, how often they were right; as a table, --json or --csv; with --session recorded.
import path from 'node:path';
import { putNetwork } from '../session/blobs';
import { openNetwork, runBatch } from '../flow';
import { batchCsv } from '../golden/batch';
import type { BatchRecord } from '../golden/batchRecord';
import { readBatch } from '../import/batch';
import type { Preprocessing } from '../import/pixels';
import { userFailure } from '../network/failure';
import { PROGRAM } from '../network/program';
import { Session } from '../session/session';
import { readGivenNetwork } from './files';
import type { How } from './inputs';
import { clean, formatTable, print, printJson, share, thousands } from './print';
import { watch } from './watch';

export interface BatchArguments {
  readonly model: string;
  readonly batch: string;
  readonly labels: readonly string[];
  readonly top: string;
  readonly how: Pick<How, 'kernels' | 'engine'>;
  readonly pixels: Preprocessing | undefined;
  readonly session: string | undefined;
  readonly as: 'table' | 'json' | 'csv';
  readonly command: string;
}

export async function runBatchVerb(given: BatchArguments): Promise<void> {
  const top = checkTop(given.top);
  const bytes = readGivenNetwork(given.model);
  const { network, view } = openNetwork(bytes, path.basename(given.model));
  const batch = readBatch(given.batch, given.labels);
  const { how, pixels } = given;
  const session = given.session === undefined ? null : Session.open(given.session);
  try {
    const entries = runBatch(network, batch, { ...how, top, program: PROGRAM, preprocessing: pixels });
    let done = 0;
    const record = await watch(entries, 'The batch', () => `input ${++done} of ${batch.items.length}`);
    if (session) {
      putNetwork(session.blobs, bytes, network);
      const row = session.addNetwork(view);
      session.useNetwork(row);
      session.addBatch(row, record, given.command);
    }
    if (given.as === 'json') printJson(record);
    else if (given.as === 'csv') process.stdout.write(batchCsv(record));
    else printBatch(record);
  } finally {
    session?.close();
  }
}

export function checkTop(given: string): number {
  if (/^[1-9]\d{0,2}$/.test(given)) return Number(given);
  throw userFailure('arguments', `--top ${given} is none of 1 to 999.`, 'Give the number of best classes to list.');
}

function printBatch({ network, source, preparation, entries, summary, k, kernels, ms }: BatchRecord): void {
  print(
    `${clean(network.name)} on ${thousands(summary.count)} inputs of ${clean(source)}. The first: ${preparation}.\n`,
  );
  print(
    formatTable(entries, [
      { title: 'input', cell: (e) => e.name },
      { title: 'label', cell: (e) => e.label ?? '' },
      { title: 'read', cell: (e) => e.top[0]?.label ?? '' },
      { title: 'right', cell: (e) => (e.right === null ? '' : e.right ? 'yes' : 'NO') },
      {
        title: 'best',
        most: 100,
        cell: (e) => e.problem ?? e.top.map(({ label, real }) => `${label} ${real.toPrecision(3)}`).join(', '),
      },
    ]),
  );
  print(`\n${thousands(summary.count)} inputs in ${ms.toFixed(0)} ms, kernel set ${kernels}`);
  if (summary.failed > 0) print(`${summary.failed} could not be read`);
  if (summary.labelled === 0) return;
  print(
    `best class right: ${share(summary.top1, summary.labelled)}; among the best ${k}: ${share(summary.topK, summary.labelled)}`,
  );
  for (const { truth, read, count } of summary.confusions.slice(0, 20))
    print(`${clean(truth)} taken for ${clean(read)}: ${count}`);
}
