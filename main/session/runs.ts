// Runs as rows. In: the records the engine returns. Out: the same records, from the tables run, operator_result and
// run_tensor. Functions over an open database, without transactions of their own: session.ts says what belongs together.
import type { KernelSet } from '../network/arithmetic';
import { type FailureRecord, userFailure } from '../network/failure';
import type { InputRecord, OperatorRecord, RunRecord, RunState, RunSummary, StoredTensor } from '../golden/record';
import type { ElementType } from '../network/network';
import type { PixelChoice } from '../network/pixels';
import type { Database } from './database';
import { readStored } from './stored';

type Role = 'input' | 'output' | DerivedRole;
/** What can be computed again from a run's outputs. */
export type DerivedRole = 'accumulator' | 'unclamped';
const NO_OPERATOR = -1;

interface RunRow {
  id: number;
  network: number;
  kernels: KernelSet;
  engine: string;
  state: RunState;
  started_at: string;
  ms: number | null;
  failure: string | null;
  command: string;
  program: string;
}

interface TensorRow {
  role: Role;
  operator: number;
  position: number;
  tensor: number;
  type: ElementType;
  shape: string;
  sha256: string;
  bytes: number;
  count: number;
  min: number;
  max: number;
  mean: number;
  zeros: number;
  at_lowest: number;
  at_highest: number;
  non_finite: number;
  source: string | null;
  preparation: string | null;
  pixels: PixelChoice | null;
}

/** Replaces what is known of one operator of a run. */
export function storeOperator(
  database: Database,
  run: number,
  { operator, arithmetic, ms, outputs, accumulator, unclamped, overflows }: OperatorRecord,
): void {
  database.prepare('DELETE FROM run_tensor WHERE run = ? AND operator = ?').run(run, operator);
  database
    .prepare('INSERT OR REPLACE INTO operator_result (run, operator, arithmetic, ms, overflows) VALUES (?, ?, ?, ?, ?)')
    .run(run, operator, arithmetic, ms, overflows ?? null);
  outputs.forEach((output, position) => storeTensor(database, run, 'output', operator, position, output));
  if (accumulator) storeTensor(database, run, 'accumulator', operator, 0, accumulator);
  if (unclamped) storeTensor(database, run, 'unclamped', operator, 0, unclamped);
}

/** Adds what was computed again from an operator's inputs. */
export function storeDerived(
  database: Database,
  run: number,
  role: DerivedRole,
  operator: number,
  stored: StoredTensor,
): void {
  database.prepare('DELETE FROM run_tensor WHERE run = ? AND role = ? AND operator = ?').run(run, role, operator);
  storeTensor(database, run, role, operator, 0, stored);
}

/** Replaces the inputs of a run. */
export function storeInputs(database: Database, run: number, inputs: readonly InputRecord[]): void {
  database.prepare("DELETE FROM run_tensor WHERE run = ? AND role = 'input'").run(run);
  inputs.forEach((input, position) => storeTensor(database, run, 'input', NO_OPERATOR, position, input));
}

function storeTensor(
  database: Database,
  run: number,
  role: Role,
  operator: number,
  position: number,
  stored: StoredTensor | InputRecord,
): void {
  const { tensor, type, shape, sha256, bytes, statistics } = stored;
  const { count, min, max, mean, zeros, atLowest, atHighest, nonFinite } = statistics;
  const { source = null, preparation = null, pixels = null } = stored as Partial<InputRecord>; // inputs alone have them
  const values = [
    run,
    role,
    operator,
    position,
    tensor,
    type,
    JSON.stringify(shape),
    sha256,
    bytes,
    count,
    min,
    max,
    mean,
    zeros,
    atLowest,
    atHighest,
    nonFinite,
    source,
    preparation,
    pixels,
  ];
  database
    .prepare(
      `INSERT INTO run_tensor (run, role, operator, position, tensor, type, shape, sha256, bytes,
         count, min, max, mean, zeros, at_lowest, at_highest, non_finite, source, preparation, pixels)
       VALUES (${values.map(() => '?').join(', ')})`,
    )
    .run(...values);
}

/** All runs, oldest first. */
export const listRuns = (database: Database): RunSummary[] =>
  (database.prepare('SELECT * FROM run ORDER BY id').all() as RunRow[]).map(summaryOf);

/** @throws userFailure no-such-run */
export function readRun(database: Database, id: number): RunSummary & { readonly record: RunRecord | null } {
  const row = database.prepare('SELECT * FROM run WHERE id = ?').get(id) as RunRow | undefined;
  if (!row) throw userFailure('no-such-run', `The session has no run ${id}.`, 'It may have been removed.');
  return { ...summaryOf(row), record: recordOf(database, row) };
}

const summaryOf = (row: RunRow): RunSummary => ({
  id: row.id,
  network: row.network,
  kernels: row.kernels,
  engine: row.engine,
  state: row.state,
  startedAt: row.started_at,
  ms: row.ms,
  failure: row.failure === null ? null : readStored<FailureRecord>(row.failure, `the failure of run ${row.id}`),
  command: row.command,
});

/** What is known of a run: all of it once done, the operators that were reached otherwise; null before the first. */
function recordOf(database: Database, row: RunRow): RunRecord | null {
  const tensors = database
    .prepare('SELECT * FROM run_tensor WHERE run = ? ORDER BY operator, role, position')
    .all(row.id) as TensorRow[];
  const results = database
    .prepare('SELECT operator, arithmetic, ms, overflows FROM operator_result WHERE run = ? ORDER BY operator')
    .all(row.id) as (Pick<OperatorRecord, 'operator' | 'arithmetic' | 'ms'> & { readonly overflows: number | null })[];
  if (row.state !== 'done' && results.length === 0) return null;

  const madeBy = (operator: number, role: Role): TensorRow[] =>
    tensors.filter((t) => t.operator === operator && t.role === role);
  const network = database.prepare('SELECT name, sha256 FROM network WHERE id = ?').get(row.network);
  return {
    network: network as RunRecord['network'],
    kernels: row.kernels,
    engine: row.engine,
    program: row.program,
    startedAt: row.started_at,
    ms: row.ms ?? results.reduce((sum, { ms }) => sum + ms, 0),
    inputs: madeBy(NO_OPERATOR, 'input').map((t) => ({
      ...tensorOf(t),
      source: t.source ?? '',
      preparation: t.preparation ?? '',
      ...(t.pixels !== null && { pixels: t.pixels }),
    })),
    operators: results.map(({ operator, arithmetic, ms, overflows }) => ({
      operator,
      arithmetic,
      ...(overflows !== null && { overflows }),
      ms,
      outputs: madeBy(operator, 'output').map(tensorOf),
      accumulator: madeBy(operator, 'accumulator').map(tensorOf)[0] ?? null,
      ...madeBy(operator, 'unclamped').map((row) => ({ unclamped: tensorOf(row) }))[0], // on demand: most runs have none
    })),
  };
}

const tensorOf = (row: TensorRow): StoredTensor => ({
  tensor: row.tensor,
  type: row.type,
  shape: readStored<number[]>(row.shape, `tensor ${row.tensor} of a run`),
  sha256: row.sha256,
  bytes: row.bytes,
  statistics: {
    count: row.count,
    min: row.min,
    max: row.max,
    mean: row.mean,
    zeros: row.zeros,
    atLowest: row.at_lowest,
    atHighest: row.at_highest,
    nonFinite: row.non_finite,
  },
});
