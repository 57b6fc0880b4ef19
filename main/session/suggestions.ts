// Suggestions of longer words as rows. In: records of the engine. Out: the same records, by their network. Functions over an open
// database, without transactions of their own, as runs.ts.
import type { SuggestionFound, SuggestionListed } from '../quantise/record';
import type { Database } from './database';
import { readStored } from './stored';

/** Returns its id. */
export function storeSuggestion(database: Database, network: number, found: SuggestionFound, command: string): number {
  const { lastInsertRowid } = database
    .prepare('INSERT INTO suggestion (network, command, record) VALUES (?, ?, ?)')
    .run(network, command, JSON.stringify(found));
  return Number(lastInsertRowid);
}

/** Those made for a network, oldest first. */
export function listSuggestions(database: Database, network: number): SuggestionListed[] {
  const rows = database
    .prepare('SELECT id, command, record FROM suggestion WHERE network = ? ORDER BY id')
    .all(network);
  return (rows as { id: number; command: string; record: string }[]).map(({ record, ...row }) => ({
    ...readStored<SuggestionFound>(record, `suggestion ${row.id}`),
    ...row,
  }));
}
