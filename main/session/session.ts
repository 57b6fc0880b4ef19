// A session: the networks, inputs and runs a user keeps, in one SQLite file and a folder of blobs beside it. In: records
// from the engine, whose bytes it has put into the blobs. Out: views and records. A run is done only in the
// transaction that stores its record, and only after its blobs are known to be safe on the disk.
import type { KernelSet } from '../network/arithmetic';
import fs from 'node:fs';
import path from 'node:path';
import type { InputView, NetworkSummary, SessionView } from '../../preload/contract/views';
import type { SimulationListed, SimulationRecord } from '../compare/verdict';
import type { BatchListed, BatchRecord } from '../golden/batchRecord';
import type { InputRecord, OperatorRecord, RunOptions, RunRecord, RunSummary, StoredTensor } from '../golden/record';
import { type FailureRecord, userFailure } from '../network/failure';
import type { NetworkView } from '../network/view';
import { Blobs } from './blobs';
import { type Database, openDatabase } from './database';
import { tellingDisk } from '../import/disk';
import type { BundleRecord } from '../export/record';
import { listBatches, readBatchRecord, storeBatch } from './batches';
import type { QuantisationListed, QuantisationRecord, SuggestionFound, SuggestionListed } from '../quantise/record';
import { listBundles, readBundle, storeBundle } from './bundles';
import { type StoredQuantisation, listQuantisations, readQuantisation, storeQuantisation } from './quantisations';
import { listSuggestions, storeSuggestion } from './suggestions';
import { forgetNoted, listUnnamed, nameOf, noteRun, noteValues, valuesOf } from './naming';
import { readStored } from './stored';
import { Sweeps } from './sweeps';
import { listSimulations, readSimulation, storeSimulation } from './simulations';
import { type DerivedRole, listRuns, readRun, storeDerived, storeInputs, storeOperator } from './runs';

const ENDING = /\.sqlite$/i;

export class Session {
  readonly blobs: Blobs;
  readonly sweeps: Sweeps;
  readonly #listeners = new Set<() => void>();

  private constructor(
    readonly file: string,
    private readonly database: Database,
  ) {
    this.blobs = new Blobs(`${file.replace(ENDING, '')}.blobs`);
    this.sweeps = new Sweeps(database, (work) => this.#write(work));
  }

  /**
   * Opens the session `file`, or makes it where there is none. Runs that were running when their program ended become
   * 'interrupted'.
   * @throws userFailure, with the file untouched: not a session, newer, damaged, in use; unavailable: SQLite not built
   */
  static open(file: string): Session {
    const whole = path.resolve(file);
    const wasClosed = !fs.existsSync(`${whole}-wal`); // closing takes the write-ahead log away, dying leaves it
    const session = new Session(whole, openDatabase(whole));
    try {
      tellingDisk(whole, () => session.#recover(wasClosed));
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  view(): SessionView {
    const networks = this.database
      .prepare(
        `SELECT id, name, sha256, file_bytes AS fileBytes, operators, added_at AS addedAt FROM network ORDER BY id`,
      )
      .all() as NetworkSummary[];
    return {
      name: path.basename(this.file).replace(ENDING, ''),
      folder: path.dirname(this.file),
      networks,
      runs: listRuns(this.database),
      options: this.options(),
      used: this.#choice<number>('network') ?? networks.at(-1)?.id ?? null, // an older program noted none: the newest
    };
  }

  /** Adds a network whose file is a blob; one that is there already keeps its id and gets the newer view. */
  addNetwork(view: NetworkView): number {
    this.blobs.secure([{ sha256: view.sha256, bytes: view.fileBytes }, ...(view.converted ? [view.converted] : [])]);
    const id = this.#write(
      () =>
        this.database
          .prepare(
            `INSERT INTO network (sha256, name, file_bytes, operators, added_at, view) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (sha256) DO UPDATE SET name = excluded.name, operators = excluded.operators, view = excluded.view
             RETURNING id`,
          )
          .pluck()
          .get(view.sha256, view.name, view.fileBytes, view.operators.length, now(), JSON.stringify(view)) as number,
    );
    this.#changed();
    return id;
  }

  /** @throws userFailure no-such-network */
  network(id: number): NetworkView {
    const view = this.database.prepare('SELECT view FROM network WHERE id = ?').pluck().get(id) as string | undefined;
    if (view === undefined) throw userFailure('no-such-network', `The session has no network ${id}.`);
    return readStored(view, `network ${id}`);
  }

  /** Adds a value for an input tensor; the same value from the same source keeps its id. */
  addInput(network: number, input: InputRecord): InputView {
    this.network(network);
    this.blobs.secure([input]);
    const id = this.#write(
      () =>
        this.database
          .prepare(
            `INSERT INTO input (network, tensor, sha256, source, record) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (network, tensor, sha256, source) DO UPDATE SET record = excluded.record RETURNING id`,
          )
          .pluck()
          .get(network, input.tensor, input.sha256, input.source, JSON.stringify(input)) as number,
    );
    return inputView(id, input);
  }

  /** @throws userFailure no-such-input */
  input(id: number): InputView & InputRecord {
    const record = this.database.prepare('SELECT record FROM input WHERE id = ?').pluck().get(id) as string | undefined;
    if (record === undefined) throw userFailure('no-such-input', `The session has no input ${id}.`);
    return { ...readStored<InputRecord>(record, `input ${id}`), id };
  }

  inputs(network: number): InputView[] {
    const rows = this.database.prepare('SELECT id, record FROM input WHERE network = ? ORDER BY id').all(network);
    return (rows as { id: number; record: string }[]).map(({ id, record }) =>
      inputView(id, readStored(record, `input ${id}`)),
    );
  }

  /** The network is what is worked on: who opens the session next begins with it. No change is told: it is open already. */
  useNetwork(id: number): void {
    if (this.#choice('network') !== id) this.#choose('network', id);
  }

  /** How the next run of this session is to be done; it stays so over a restart. */
  choose(options: RunOptions): void {
    this.#choose('run', options);
    this.#changed();
  }

  /** What was chosen last; an older program knew no choice of pixels. */
  options(): RunOptions | null {
    const options = this.#choice<Omit<RunOptions, 'pixels'>>('run');
    return options === null ? null : { pixels: 'file', ...options };
  }

  /** A new run, 'running'. What it is `given` stays known even if it never ends. */
  startRun(
    network: number,
    kernels: KernelSet,
    command: string,
    given: { readonly inputs?: readonly InputRecord[]; readonly program?: string; readonly engine?: string } = {},
  ): number {
    this.network(network);
    const run = this.#write(() => {
      const { lastInsertRowid } = this.database
        .prepare(
          `INSERT INTO run (network, kernels, state, started_at, command, program, engine) VALUES (?, ?, 'running', ?, ?, ?, ?)`,
        )
        .run(network, kernels, now(), command, given.program ?? '', given.engine ?? '');
      storeInputs(this.database, Number(lastInsertRowid), given.inputs ?? []);
      return Number(lastInsertRowid);
    });
    this.#changed();
    return run;
  }

  /** One operator of a running run is through. No change is told: no view shows it. */
  recordOperator(run: number, record: OperatorRecord): void {
    this.#write(() => {
      this.#demandRunning(run);
      storeOperator(this.database, run, record);
    });
  }

  /** The run is done: from here on it is whole, whatever happens. @throws userFailure blob-missing, blob-damaged */
  finishRun(run: number, record: RunRecord): void {
    this.blobs.secure(valuesOf(record));
    this.#write(() => {
      this.#demandRunning(run);
      this.database.prepare('DELETE FROM operator_result WHERE run = ?').run(run);
      this.database.prepare('DELETE FROM run_tensor WHERE run = ?').run(run);
      storeInputs(this.database, run, record.inputs);
      for (const operator of record.operators) storeOperator(this.database, run, operator);
      this.database
        .prepare(`UPDATE run SET state = 'done', started_at = ?, ms = ?, program = ?, engine = ? WHERE id = ?`)
        .run(record.startedAt, record.ms, record.program, record.engine, run);
    });
    this.#runEnded();
  }

  /** The run ended without a result: cancelled or failed. What it recorded stays. */
  endRun(run: number, failure: FailureRecord): void {
    this.#write(() => {
      this.#demandRunning(run);
      this.database
        .prepare('UPDATE run SET state = ?, failure = ? WHERE id = ?')
        .run(failure.kind === 'cancelled' ? 'cancelled' : 'failed', JSON.stringify(failure), run);
    });
    this.#runEnded();
  }

  /** Keeps accumulators or values before clamping that were computed again for an operator of a done run. */
  addDerived(run: number, role: DerivedRole, operator: number, stored: StoredTensor): void {
    this.blobs.secure([stored]);
    this.#write(() => {
      const state = this.database.prepare('SELECT state FROM run WHERE id = ?').pluck().get(run);
      if (state !== 'done')
        throw userFailure('run-not-finished', `Run ${run} has no result.`, 'Choose a finished run.');
      storeDerived(this.database, run, role, operator, stored);
    });
    this.#changed();
  }

  /** A finished batch of a network; returns its id. */
  addBatch(network: number, record: BatchRecord, command: string): number {
    this.network(network);
    const id = this.#write(() => storeBatch(this.database, network, record, command));
    this.#changed();
    return id;
  }

  /** The batches of a network, oldest first. */
  batches(network: number): BatchListed[] {
    return listBatches(this.database, network);
  }

  /** @throws userFailure no-such-batch */
  batch(id: number): BatchRecord {
    return readBatchRecord(this.database, id);
  }

  removeBatch(id: number): void {
    this.#write(() => this.database.prepare('DELETE FROM batch WHERE id = ?').run(id));
    this.#changed();
  }

  /** What compares a done run, which the RTL made, with golden on the inputs of the run `golden`. */
  addSimulation(run: number, golden: number, record: SimulationRecord): void {
    this.#write(() => storeSimulation(this.database, run, golden, record));
    this.#changed();
  }

  /** The simulations of a network, oldest first. */
  simulations(network: number): SimulationListed[] {
    return listSimulations(this.database, network);
  }

  /** @throws userFailure no-such-simulation */
  simulation(run: number): SimulationRecord {
    return readSimulation(this.database, run);
  }

  /** A bundle that was exported; returns its id. */
  addBundle(network: number, record: BundleRecord): number {
    this.network(network);
    return this.#write(() => storeBundle(this.database, network, record));
  }

  /** The bundles of a network, oldest first. */
  bundles(network: number): (BundleRecord & { readonly id: number })[] {
    return listBundles(this.database, network);
  }

  /** @throws userFailure no-such-bundle */
  bundle(id: number): BundleRecord {
    return readBundle(this.database, id);
  }

  /** Forgets a bundle; its folder is left as it is. */
  removeBundle(id: number): void {
    this.#write(() => this.database.prepare('DELETE FROM bundle WHERE id = ?').run(id));
  }

  /** A network that was quantised, and the one it became; returns its id. */
  addQuantisation(network: number, result: number, record: QuantisationRecord, command: string): number {
    return this.#write(() => storeQuantisation(this.database, network, result, record, command));
  }

  /** Those that a network was made by or went into, oldest first. */
  quantisations(network: number): QuantisationListed[] {
    return listQuantisations(this.database, network);
  }

  /** @throws userFailure no-such-quantisation */
  quantisation(id: number): StoredQuantisation {
    return readQuantisation(this.database, id);
  }

  /** Which layers of a network deserve longer words; returns its id. */
  addSuggestion(network: number, found: SuggestionFound, command: string): number {
    return this.#write(() => storeSuggestion(this.database, network, found, command));
  }

  /** The suggestions for a network, oldest first. */
  suggestions(network: number): SuggestionListed[] {
    return listSuggestions(this.database, network);
  }

  /** `record` holds what is known: everything of a done run, the operators reached of another, null when none. */
  run(id: number): RunSummary & { readonly record: RunRecord | null } {
    return readRun(this.database, id);
  }

  /** Removes a run, and the values that nothing else names. */
  removeRun(id: number): void {
    if (this.run(id).state === 'running')
      throw userFailure('run-running', `Run ${id} is still running.`, 'Cancel it first.');
    this.#write(() => {
      noteRun(this.database, id);
      this.database.prepare('DELETE FROM run WHERE id = ?').run(id);
    });
    this.#dropUnnamed();
    this.#changed();
  }

  /** Reads a value whole and verified; a failure says what it held. */
  readBlob(sha256: string): Uint8Array {
    return this.blobs.readWhole(sha256, nameOf(this.database, sha256));
  }

  /** Calls `listener` whenever view() has become another. Returns the way to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    if (!this.database.open) return;
    this.#listeners.clear();
    try {
      tellingDisk(this.file, () => this.database.pragma('wal_checkpoint(TRUNCATE)'));
    } finally {
      this.database.close();
    }
  }

  /** Ends what the program that last had this session could not: a run, or the naming of an input just stored. */
  #recover(wasClosed: boolean): void {
    this.sweeps.recover();
    this.database.prepare(`UPDATE run SET state = 'interrupted' WHERE state = 'running'`).run();
    if (!wasClosed) {
      this.blobs.sweep();
      this.#write(() => noteValues(this.database, this.blobs.list()));
    }
    this.#dropUnnamed();
  }

  #choose(name: string, value: unknown): void {
    this.#write(() =>
      this.database.prepare('INSERT OR REPLACE INTO choice VALUES (?, ?)').run(name, JSON.stringify(value)),
    );
  }
  #choice<T>(name: string): T | null {
    const value = this.database.prepare('SELECT value FROM choice WHERE name = ?').pluck().get(name);
    return value === undefined ? null : readStored<T>(value, `the choice of ${name}`);
  }

  #write<T>(work: () => T): T {
    return tellingDisk(this.file, () => this.database.transaction(work).immediate());
  }

  #demandRunning(run: number): void {
    const state = this.database.prepare('SELECT state FROM run WHERE id = ?').pluck().get(run);
    if (state !== 'running') throw new Error(`run ${run} is ${String(state ?? 'unknown')}, not running`);
  }

  #runEnded(): void {
    this.#dropUnnamed();
    this.#changed();
  }

  #dropUnnamed(): void {
    const values = listUnnamed(this.database);
    if (values === null) return;
    this.blobs.remove(values);
    this.#write(() => forgetNoted(this.database));
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

const now = (): string => new Date().toISOString();

const inputView = (
  id: number,
  { tensor, source, preparation, pixels, sha256, statistics }: InputRecord,
): InputView => ({
  id,
  tensor,
  source,
  preparation,
  ...(pixels !== undefined && { pixels }),
  sha256,
  statistics,
});
