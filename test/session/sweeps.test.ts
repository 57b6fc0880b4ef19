// Sweeps in a session's file: what a program that ended left behind, and what another program computed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { type SweepRequest, startSweep, sweepFrom } from '../../main/estimate/sweep';
import { Session } from '../../main/session/session';
import { asSteps, table } from '../plan/tables';

let folder: string;
let session: Session;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-sweeps-'));
  session = Session.open(path.join(folder, 'a.sqlite'));
});
afterEach(() => {
  session.close();
  fs.rmSync(folder, { recursive: true, force: true });
});
function reopen(): void {
  session.close();
  session = Session.open(session.file);
}

const array = presetArray('kraken-7x96');
const { axes } = startSweep(array, 1, { rows: [6, 7], cores: [48, 96] });
const request: SweepRequest = {
  name: 'AlexNet',
  steps: asSteps(table('alexnet').layers),
  array,
  objective: 'clocks',
  axes,
};
const points = [...sweepFrom(request, 0)];

it('one that ran when its program ended is stopped, and goes on from its points', () => {
  const id = session.sweeps.add(request, 'the command', 'program 1');
  expect(session.sweeps.begin(id, 'program 1')).toEqual({ request, from: 0 });
  session.sweeps.record(id, points.slice(0, 3));
  reopen();
  expect(session.sweeps.list()).toMatchObject([{ id, state: 'stopped', done: 3, total: 4, command: 'the command' }]);
  expect(session.sweeps.begin(id, 'program 1')).toEqual({ request, from: 3 });
  session.sweeps.record(id, points.slice(3));
  session.sweeps.end(id, 'done', 12);
  reopen();
  expect(session.sweeps.read(id)).toMatchObject({ state: 'done', done: 4, ms: 12 });
  expect(session.sweeps.points(id, 0, 100)).toEqual(points);
  expect(session.sweeps.points(id, 1, 2)).toEqual(points.slice(1, 3));
});

it('points of another program are computed anew', () => {
  const id = session.sweeps.add(request, '', 'program 1');
  session.sweeps.begin(id, 'program 1');
  session.sweeps.record(id, points.slice(0, 3));
  session.sweeps.end(id, 'stopped', 1);
  expect(session.sweeps.begin(id, 'program 2').from).toBe(0);
  expect(session.sweeps.points(id, 0, 100)).toEqual([]);
});

it('a point is recorded once, all of a handful or none', () => {
  const id = session.sweeps.add(request, '', 'program 1');
  session.sweeps.record(id, points.slice(0, 1));
  expect(() => session.sweeps.record(id, [points[1]!, points[0]!])).toThrow(/UNIQUE/);
  expect(session.sweeps.read(id).done).toBe(1);
});
