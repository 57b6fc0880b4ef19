// Kill -9 at 50 moments while runs are being recorded (and removed): afterwards the session opens, SQLite finds it sound,
// every run that was reported as done is there and whole, and none is half.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sqliteBinding } from '../../main/session/binding';
import { Session } from '../../main/session/session';
import { bundle } from '../jobs/bundle';
import { namedBy } from './samples';

const KILLS = 50;
const SEED = 20210;
/** Moments after 'ready', in ms: a run takes some tens, so that every step of several runs is hit. Every tenth kill hits the start. */
const SPREAD_MS = 200;

let built: Awaited<ReturnType<typeof bundle>>;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-kill-'));
const file = path.join(folder, 'killed.sqlite');
beforeAll(async () => void (built = await bundle({ recorder: 'test/session/recorder.ts' })));
afterAll(() => {
  built.remove();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Park and Miller's generator: the same moments every time. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ;) yield (state = (state * 48271) % 2147483647) / 2147483647;
}

async function recordAndKill(kill: number, ms: number): Promise<string[]> {
  const child = spawn(process.execPath, [path.join(built.folder, 'recorder.js'), file, `${kill}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GOLDBENCH_SQLITE_BINDING: sqliteBinding() ?? '' },
  });
  let said = '';
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)));
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (text: Buffer) => (said += text.toString()).includes('ready') && resolve());
    child.on('close', () => resolve());
  });
  if (kill % 10 !== 9) await ready;
  await sleep(ms);
  child.kill('SIGKILL');
  expect(`${await ended} ${complaint}`).toBe('SIGKILL ');
  return said.split('\n');
}

/** SQLite's own verdict, from a connection of its own. */
function checkIntegrity(): void {
  const database = new BetterSqlite(file, { nativeBinding: sqliteBinding() });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.pragma('foreign_key_check')).toEqual([]);
  database.close();
}

it(`${KILLS} kills lose and halve nothing`, { timeout: 240_000 }, async () => {
  const moments = random(SEED);
  const promised = new Set<number>();
  const whole = new Set<number>(); // verified once; verified again after the last kill
  const counts = { done: 0, interrupted: 0, cancelled: 0, killedInside: 0, removed: 0, blobs: 0 };
  const start = performance.now();

  for (let kill = 0; kill < KILLS; kill++) {
    const said = await recordAndKill(kill, SPREAD_MS * moments.next().value);
    for (const line of said) {
      const [word, run] = line.split(' ');
      if (word === 'done') promised.add(Number(run));
      if (word === 'removing') counts.removed += Number(promised.delete(Number(run)));
    }
    if (!fs.existsSync(file)) continue; // killed before it was made
    const session = Session.open(file);
    const runs = session.view().runs;
    const state = new Map(runs.map((run) => [run.id, run.state]));
    for (const run of promised) expect(state.get(run), `run ${run}, promised before kill ${kill}`).toBe('done');
    for (const run of runs) {
      expect(['done', 'interrupted', 'cancelled']).toContain(run.state);
      if (whole.has(run.id) && kill < KILLS - 1) continue;
      counts.blobs += verify(session, run.id);
      whole.add(run.id);
    }
    counts.killedInside += Number(runs.at(-1)?.state === 'interrupted');
    if (kill === KILLS - 1) {
      for (const run of runs) counts[run.state as 'done']++;
      expect([...session.blobs.list()].sort()).toEqual(namedIn(session)); // nothing loose is left on the disk
    }
    session.close();
    checkIntegrity();
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${KILLS} kills in ${seconds} s: ${JSON.stringify(counts)}, ${promised.size} promised runs all whole`);
  expect(counts.killedInside).toBeGreaterThan(KILLS / 4); // the kills did hit runs
  expect(counts.removed).toBeGreaterThan(0);
});

/** A run is whole when every value it names is there with the right content; a done run names all its operators. */
function verify(session: Session, id: number): number {
  const { state, record } = session.run(id);
  if (state === 'done') {
    expect(record!.operators.map(({ operator }) => operator)).toEqual([0, 1, 2, 3]);
    expect(record!.inputs).toHaveLength(1);
  }
  const values = record ? namedBy(record) : [];
  for (const { sha256, bytes } of values) expect(session.readBlob(sha256)).toHaveLength(bytes);
  return values.length;
}

function namedIn(session: Session): string[] {
  const { networks, runs } = session.view();
  const records = runs.flatMap(({ id }) => session.run(id).record ?? []);
  const inputs = networks.flatMap(({ id }) => session.inputs(id));
  // A run that was killed before its first operator names its inputs all the same; the session's inputs hold them too
  const named = [...networks, ...inputs, ...records.flatMap(namedBy)].map(({ sha256 }) => sha256);
  return [...new Set(named)].sort();
}
