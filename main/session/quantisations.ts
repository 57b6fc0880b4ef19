// Quantisations as rows. In: records of the engine, and which network became which. Out: the same records, and lists. Functions over
// an open database, without transactions of their own, as runs.ts.
import { userFailure } from '../network/failure';
import type { QuantisationListed, QuantisationRecord } from '../quantise/record';
import type { Database } from './database';
import { readStored } from './stored';

export interface StoredQuantisation {
  readonly network: number; // of real numbers
  readonly result: number; // quantised
  readonly command: string;
  readonly record: QuantisationRecord;
}
interface Row {
  readonly id: number;
  readonly network: number;
  readonly result: number;
  readonly command: string;
  readonly record: string;
}

/** Returns its id. */
export function storeQuantisation(
  database: Database,
  network: number,
  result: number,
  record: QuantisationRecord,
  command: string,
): number {
  const { lastInsertRowid } = database
    .prepare('INSERT INTO quantisation (network, result, command, record) VALUES (?, ?, ?, ?)')
    .run(network, result, command, JSON.stringify(record));
  return Number(lastInsertRowid);
}

/** Those that a network was made by or went into, oldest first. */
export function listQuantisations(database: Database, network: number): QuantisationListed[] {
  const rows = database
    .prepare('SELECT * FROM quantisation WHERE network = @it OR result = @it ORDER BY id')
    .all({ it: network });
  return (rows as Row[]).map(({ id, network, result, record }) => {
    const { scheme, method, startedAt, layers, calibration, judgement, ...made } = readStored<QuantisationRecord>(
      record,
      `quantisation ${id}`,
    );
    const { name } = made.result;
    return {
      id,
      network,
      result,
      name,
      scheme,
      method,
      startedAt,
      layers,
      source: calibration.source,
      outputSqnr: judgement?.outputSqnr ?? null,
    };
  });
}

/** @throws userFailure no-such-quantisation */
export function readQuantisation(database: Database, id: number): StoredQuantisation {
  const row = database.prepare('SELECT * FROM quantisation WHERE id = ?').get(id) as Row | undefined;
  if (!row)
    throw userFailure('no-such-quantisation', `The session has no quantisation ${id}.`, 'Quantise the network again.');
  const { network, result, command, record } = row;
  return { network, result, command, record: readStored(record, `quantisation ${id}`) };
}
