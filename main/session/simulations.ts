// Simulations as rows. In: the records the engine returns, each beside the run it became. Out: the same records, and lists.
// Functions over an open database, without transactions of their own, as runs.ts.
import type { SimulationListed, SimulationRecord } from '../compare/verdict';
import { userFailure } from '../network/failure';
import type { Database } from './database';
import { readStored } from './stored';

interface Row {
  readonly run: number;
  readonly golden: number;
  readonly record: string;
}

export function storeSimulation(database: Database, run: number, golden: number, record: SimulationRecord): void {
  database
    .prepare('INSERT INTO simulation (run, golden, record) VALUES (?, ?, ?)')
    .run(run, golden, JSON.stringify(record));
}

/** The simulations of a network, oldest first. */
export function listSimulations(database: Database, network: number): SimulationListed[] {
  const rows = database
    .prepare(
      'SELECT simulation.* FROM simulation JOIN run ON run.id = simulation.run WHERE run.network = ? ORDER BY run',
    )
    .all(network);
  return (rows as Row[]).map(({ run, golden, record }) => {
    const { array, isEqual, startedAt, throttle, seed, chain } = readStored<SimulationRecord>(
      record,
      `the simulation of run ${run}`,
    );
    return { run, golden, array, isEqual, startedAt, throttle, seed, chain };
  });
}

/** @throws userFailure no-such-simulation */
export function readSimulation(database: Database, run: number): SimulationRecord {
  const record = database.prepare('SELECT record FROM simulation WHERE run = ?').pluck().get(run) as string | undefined;
  if (record === undefined)
    throw userFailure('no-such-simulation', `Run ${run} of the session is no simulation.`, 'It may have been removed.');
  return readStored(record, `the simulation of run ${run}`);
}
