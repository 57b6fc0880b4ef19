// Batches as rows. In: the records the engine returns. Out: the same records, and summaries for lists. Functions over an
// open database, without transactions of their own, as runs.ts.
import type { BatchListed, BatchRecord, BatchSummary } from '../golden/batchRecord';
import { userFailure } from '../network/failure';
import type { Database } from './database';
import { readStored } from './stored';

interface Row extends Omit<BatchListed, 'summary' | 'startedAt'> {
  readonly started_at: string;
  readonly summary: string;
}
const COLUMNS = 'id, network, source, kernels, started_at, ms, command, summary';

/** A finished batch; returns its id. */
export function storeBatch(database: Database, network: number, record: BatchRecord, command: string): number {
  const { source, kernels, startedAt, ms, summary } = record;
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO batch (network, source, kernels, started_at, ms, command, summary, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(network, source, kernels, startedAt, ms, command, JSON.stringify(summary), JSON.stringify(record));
  return Number(lastInsertRowid);
}

/** The batches of a network, oldest first. */
export const listBatches = (database: Database, network: number): BatchListed[] =>
  (database.prepare(`SELECT ${COLUMNS} FROM batch WHERE network = ? ORDER BY id`).all(network) as Row[]).map(
    ({ started_at: startedAt, summary, ...row }) => ({
      ...row,
      startedAt,
      summary: readStored<BatchSummary>(summary, `batch ${row.id}`),
    }),
  );

/** @throws userFailure no-such-batch */
export function readBatchRecord(database: Database, id: number): BatchRecord {
  const record = database.prepare('SELECT record FROM batch WHERE id = ?').pluck().get(id) as string | undefined;
  if (record === undefined)
    throw userFailure('no-such-batch', `The session has no batch ${id}.`, 'It may have been removed.');
  return readStored(record, `batch ${id}`);
}
