// 400 damaged copies of a session, 6,000 new ones with GOLDBENCH_TEST=full: each is refused with a sentence, or opens and is read.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Failure } from '../../main/network/failure';
import { Session } from '../../main/session/session';
import { firstSeed, isFull } from '../seed';
import { finishedRun } from '../session/samples';
import { damage } from './damage';

const COPIES = isFull ? 6000 : 400;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-fuzz-'));
const file = path.join(folder, 'a.sqlite');
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** All that a window reads of a session at its opening. */
function read(session: Session): void {
  const { networks, runs } = session.view();
  for (const { id } of networks) {
    session.network(id);
    session.inputs(id);
  }
  for (const { id } of runs) session.run(id);
}

/** The code it is refused with, or 'read'. */
function open(bytes: Uint8Array): string {
  for (const name of fs.readdirSync(folder)) if (name.startsWith('a.sqlite')) fs.rmSync(path.join(folder, name));
  fs.writeFileSync(file, bytes);
  let session: Session | null = null;
  try {
    session = Session.open(file);
    read(session);
    return 'read';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.kind).toBe('user');
    expect(error.message).toMatch(/\.$/);
    return error.code;
  } finally {
    session?.close();
  }
}

it(`${COPIES} damaged copies of a session`, () => {
  const whole = Session.open(file);
  finishedRun(whole, 'seven');
  whole.close();
  const bytes = new Uint8Array(fs.readFileSync(file));
  const source = { name: 'a.sqlite', bytes, structure: [...bytes.keys()].filter((at) => bytes[at] !== 0) };
  const codes = new Map<string, number>();
  for (let copy = firstSeed; copy < firstSeed + COPIES; copy++) {
    try {
      const code = open(damage(source, copy));
      codes.set(code, (codes.get(code) ?? 0) + 1);
    } catch (error) {
      throw new Error(`copy ${copy}`, { cause: error });
    }
  }
  console.log(`${COPIES} damaged copies of a session: ${[...codes].map(([code, n]) => `${n} ${code}`).join(', ')}`);
  expect(codes.get('session-damaged')).toBeGreaterThan(COPIES / 4);
});
