// Bundles as rows. In: records of exports. Out: the same records, by their numbers. Functions over an open database, without
// transactions of their own, as runs.ts.
import type { BundleRecord } from '../export/record';
import { userFailure } from '../network/failure';
import type { Database } from './database';
import { readStored } from './stored';

/** Returns its id. */
export function storeBundle(database: Database, network: number, record: BundleRecord): number {
  const { lastInsertRowid } = database
    .prepare('INSERT INTO bundle (network, record) VALUES (?, ?)')
    .run(network, JSON.stringify(record));
  return Number(lastInsertRowid);
}

/** The bundles of a network, oldest first. */
export const listBundles = (database: Database, network: number): (BundleRecord & { readonly id: number })[] =>
  (database.prepare('SELECT id, record FROM bundle WHERE network = ? ORDER BY id').all(network) as Row[]).map(readRow);

/** @throws userFailure no-such-bundle */
export function readBundle(database: Database, id: number): BundleRecord {
  const row = database.prepare('SELECT id, record FROM bundle WHERE id = ?').get(id) as Row | undefined;
  if (!row) throw userFailure('no-such-bundle', `The session has no bundle ${id}.`, 'Export it again.');
  return readRow(row);
}

interface Row {
  readonly id: number;
  readonly record: string;
}
const readRow = ({ id, record }: Row) => ({ ...readStored<BundleRecord>(record, `bundle ${id}`), id });
