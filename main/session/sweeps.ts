// Sweeps as rows: the request whole, so that a sweep can go on after a quit or a crash, and each point as it comes. In:
// requests and points of the engine. Out: lists, requests and points.
import { countDesigns, type DesignPoint, type SweepRequest } from '../estimate/sweep';
import type { SweepListed, SweepProgress } from '../estimate/sweepRecord';
import { userFailure } from '../network/failure';
import type { Database } from './database';
import { readStored } from './stored';

const LISTED = `SELECT id, name, array, state, total, started_at AS startedAt, ms, command,
  (SELECT count(*) FROM sweep_point WHERE sweep = sweep.id) AS done FROM sweep`;

export class Sweeps {
  /** @param write runs its work in one transaction */
  constructor(
    private readonly database: Database,
    private readonly write: <T>(work: () => T) => T,
  ) {}

  /** A new sweep without points, stopped; returns its id. */
  add(request: SweepRequest, command: string, program: string): number {
    const total = countDesigns(request.axes);
    return this.write(() =>
      Number(
        this.database
          .prepare(
            `INSERT INTO sweep (name, array, state, total, started_at, ms, command, program, request)
             VALUES (?, ?, 'stopped', ?, ?, 0, ?, ?, ?)`,
          )
          .run(
            request.name,
            request.array.name,
            total,
            new Date().toISOString(),
            command,
            program,
            JSON.stringify(request),
          ).lastInsertRowid,
      ),
    );
  }

  /**
   * The sweep runs. Points that another program computed are dropped, for its formulas may be others.
   * @returns what to compute, and how many points are there already
   */
  begin(id: number, program: string): { readonly request: SweepRequest; readonly from: number } {
    const request = this.request(id);
    this.write(() => {
      const before = this.database.prepare('SELECT program FROM sweep WHERE id = ?').pluck().get(id);
      if (before !== program) this.database.prepare('DELETE FROM sweep_point WHERE sweep = ?').run(id);
      this.database.prepare(`UPDATE sweep SET state = 'running', program = ? WHERE id = ?`).run(program, id);
    });
    return { request, from: this.read(id).done };
  }

  /** Points that follow those that are there. */
  record(id: number, points: readonly DesignPoint[]): void {
    this.write(() => {
      const insert = this.database.prepare('INSERT INTO sweep_point (sweep, number, point) VALUES (?, ?, ?)');
      for (const point of points) insert.run(id, point.index, JSON.stringify(point));
    });
  }

  /** @param ms that this part of it took */
  end(id: number, state: Exclude<SweepProgress, 'running'>, ms: number): void {
    this.write(() => this.database.prepare('UPDATE sweep SET state = ?, ms = ms + ? WHERE id = ?').run(state, ms, id));
  }

  /** Oldest first. */
  list(): SweepListed[] {
    return this.database.prepare(`${LISTED} ORDER BY id`).all() as SweepListed[];
  }

  /** @throws userFailure no-such-sweep */
  read(id: number): SweepListed {
    const row = this.database.prepare(`${LISTED} WHERE id = ?`).get(id) as SweepListed | undefined;
    if (!row) throw unknown(id);
    return row;
  }

  /** @throws userFailure no-such-sweep */
  request(id: number): SweepRequest {
    const text = this.database.prepare('SELECT request FROM sweep WHERE id = ?').pluck().get(id) as string | undefined;
    if (text === undefined) throw unknown(id);
    return readStored(text, `sweep ${id}`);
  }

  /** At most `count` points from number `from` on. */
  points(id: number, from: number, count: number): DesignPoint[] {
    const rows = this.database
      .prepare('SELECT point FROM sweep_point WHERE sweep = ? AND number >= ? ORDER BY number LIMIT ?')
      .pluck()
      .all(id, from, count) as string[];
    return rows.map((text) => readStored(text, `a point of sweep ${id}`));
  }

  remove(id: number): void {
    if (this.read(id).state === 'running')
      throw userFailure('sweep-running', `Sweep ${id} is still running.`, 'Cancel it first.');
    this.write(() => this.database.prepare('DELETE FROM sweep WHERE id = ?').run(id));
  }

  /** What was running when its program ended can go on. */
  recover(): void {
    this.database.prepare(`UPDATE sweep SET state = 'stopped' WHERE state = 'running'`).run();
  }
}

const unknown = (id: number) =>
  userFailure('no-such-sweep', `The session has no sweep ${id}.`, 'It may have been removed.');
