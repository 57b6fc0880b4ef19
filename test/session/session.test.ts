// Sessions: what is put in comes out again, also after reopening; runs are whole or say that they are not.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import BetterSqlite from 'better-sqlite3';
import { cancelled, recordFailure, userFailure } from '../../main/network/failure';
import { sqliteBinding } from '../../main/session/binding';
import { Session } from '../../main/session/session';
import { addNetwork, finishedRun, inputOf, namedBy, operatorOf, PROGRAM, recordOf, store } from './samples';

let folder: string;
let session: Session;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-session-'));
  session = Session.open(path.join(folder, 'work.sqlite'));
});
afterEach(() => {
  session.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

function reopen(): void {
  session.close();
  session = Session.open(session.file);
}
/** As a killed process leaves the file: the connection is gone, nothing was said. */
function kill(): void {
  const { file } = session;
  const copies = fs.readdirSync(folder).filter((name) => name.startsWith('work.sqlite'));
  for (const name of copies) fs.copyFileSync(path.join(folder, name), path.join(folder, `kept-${name}`));
  session.close();
  for (const name of copies) fs.renameSync(path.join(folder, `kept-${name}`), path.join(folder, name));
  session = Session.open(file);
}

it('a new session is empty, named after its file, with its blobs beside it', () => {
  expect(session.view()).toEqual({ name: 'work', folder, networks: [], runs: [], options: null, used: null });
  expect(session.blobs.folder).toBe(path.join(folder, 'work.blobs'));
  expect(session.file).toBe(path.join(folder, 'work.sqlite'));
});

it('a record that is no JSON any more is named, and the rest can still be read', () => {
  const { id } = addNetwork(session);
  const other = addNetwork(session, 'whole').id;
  session.close();
  const raw = new BetterSqlite(session.file, { nativeBinding: sqliteBinding() });
  raw.prepare(`UPDATE network SET view = replace(view, '{', '[') WHERE id = ?`).run(id);
  raw.close();
  session = Session.open(session.file);
  expect(() => session.network(id)).toThrow(
    expect.objectContaining({
      kind: 'user',
      code: 'session-damaged',
      message: `The session is damaged: what it tells of network ${id} cannot be read.`,
    }),
  );
  expect(session.network(other).name).toBe('whole');
});

it('what was suggested for a network is kept, the oldest first', () => {
  const { id } = addNetwork(session);
  const [first, second] = ['int4', 'int8'].map((scheme) => ({ scheme, gains: [], points: [] }) as never);
  expect([session.addSuggestion(id, first!, 'a'), session.addSuggestion(id, second!, 'b')]).toEqual([1, 2]);
  reopen();
  expect(session.suggestions(id)).toMatchObject([
    { id: 1, scheme: 'int4', command: 'a' },
    { id: 2, scheme: 'int8', command: 'b' },
  ]);
  expect(session.suggestions(id + 1)).toEqual([]);
});

it('what pixels become is kept with inputs and runs; sessions of before take them as the file says', () => {
  const { id, view } = addNetwork(session);
  const input = { ...inputOf(session, 'seven'), pixels: '-1..1' } as const;
  expect(session.addInput(id, input).pixels).toBe('-1..1');
  const run = session.startRun(id, 'reference', 'goldbench golden', { inputs: [input] });
  session.finishRun(run, recordOf(view, [input], []));
  reopen();
  expect(session.run(run).record!.inputs).toEqual([input]);
  session.choose({ kernels: 'reference', engine: 'native', threads: 1, keep: 'outputs' } as never);
  expect(session.options()).toMatchObject({ keep: 'outputs', pixels: 'file' });
});

describe('networks and inputs', () => {
  it('come out as they went in, also after reopening', () => {
    const { id, view } = addNetwork(session);
    const input = inputOf(session, 'seven');
    const added = session.addInput(id, input);
    reopen();
    expect(session.network(id)).toEqual(view);
    const { statistics, sha256 } = input;
    expect(added).toEqual({ id: 1, tensor: 0, source: 'seven.npy', preparation: 'taken as it is', sha256, statistics });
    expect(session.inputs(id)).toEqual([added]);
    expect(session.input(1)).toEqual({ ...input, id: 1 });
    expect(session.view().networks).toMatchObject([
      { id, name: 'digits', sha256: view.sha256, fileBytes: view.fileBytes },
    ]);
  });

  it('the one that was used last is known, also after reopening; of a session of before it is the newest', () => {
    const [first, second] = [addNetwork(session).id, addNetwork(session, 'speech').id];
    expect(session.view().used).toBe(second);
    session.useNetwork(first);
    addNetwork(session, 'noise');
    reopen();
    expect(session.view()).toMatchObject({ used: first, options: null });
  });

  it('the same again keeps its id, another gets its own', () => {
    const { id, view } = addNetwork(session);
    expect(session.addNetwork({ ...view, description: 'read by a newer program' })).toBe(id);
    expect(session.network(id).description).toBe('read by a newer program');
    expect(addNetwork(session, 'speech').id).not.toBe(id);
    const first = session.addInput(id, inputOf(session, 'seven')).id;
    expect(session.addInput(id, inputOf(session, 'seven')).id).toBe(first);
    expect(session.addInput(id, inputOf(session, 'eight')).id).not.toBe(first);
  });

  it('are refused while their bytes are not there', () => {
    const { id, view } = addNetwork(session);
    const input = inputOf(session, 'seven');
    session.blobs.remove([input.sha256, view.sha256]);
    expect(() => session.addInput(id, input)).toThrow(expect.objectContaining({ code: 'blob-missing' }));
    expect(() => session.addNetwork(view)).toThrow(expect.objectContaining({ code: 'blob-missing' }));
    expect(session.inputs(id)).toEqual([]);
  });

  it('unknown ones are sentences', () => {
    expect(() => session.network(9)).toThrow('The session has no network 9.');
    expect(() => session.input(9)).toThrow('The session has no input 9.');
    expect(() => session.run(9)).toThrow('The session has no run 9.');
    expect(() => session.removeRun(9)).toThrow('The session has no run 9.');
    expect(() => session.startRun(9, 'reference', '')).toThrow('The session has no network 9.');
  });
});

describe('runs', () => {
  it('a finished one comes out as it went in, also after reopening', () => {
    const { run, record } = finishedRun(session, 'a');
    reopen();
    const { record: read, ...summary } = session.run(run);
    expect(read).toEqual(record);
    expect(summary).toMatchObject({
      id: run,
      state: 'done',
      ms: record.ms,
      startedAt: record.startedAt,
      failure: null,
    });
    expect(session.view().runs).toEqual([summary]);
  });

  it('keeps how many sums left the accumulator, where there is such a word', () => {
    const { id } = addNetwork(session);
    const run = session.startRun(id, 'reference', '');
    const wrapped = [{ ...operatorOf(session, 0, 'a'), overflows: 7 }, operatorOf(session, 1, 'a')];
    for (const operator of wrapped) session.recordOperator(run, operator);
    expect(session.run(run).record!.operators).toEqual(wrapped);
  });

  it('can be asked for while it runs, with the operators reached', () => {
    const { id } = addNetwork(session);
    const inputs = [inputOf(session, 'seven')];
    const run = session.startRun(id, 'reference', 'the command', { inputs, program: PROGRAM });
    expect(session.run(run)).toMatchObject({ state: 'running', record: null, ms: null, command: 'the command' });
    const first = operatorOf(session, 0, 'a');
    session.recordOperator(run, first);
    session.recordOperator(run, first); // said twice, known once
    expect(session.run(run).record).toMatchObject({ operators: [first], inputs, program: PROGRAM });
  });

  it('is not done while a value of it is missing or has the wrong length', () => {
    const { id, view } = addNetwork(session);
    const run = session.startRun(id, 'reference', '');
    const operator = operatorOf(session, 0, 'a');
    const record = recordOf(view, [], [operator]);
    fs.truncateSync(session.blobs.pathOf(operator.outputs[0]!.sha256), 3);
    expect(() => session.finishRun(run, record)).toThrow(expect.objectContaining({ code: 'blob-damaged' }));
    session.blobs.remove([operator.outputs[0]!.sha256]);
    expect(() => session.finishRun(run, record)).toThrow(expect.objectContaining({ code: 'blob-missing' }));
    expect(session.run(run).state).toBe('running');
  });

  it('is stored whole or not at all', () => {
    const { id, view } = addNetwork(session);
    const run = session.startRun(id, 'reference', '');
    session.recordOperator(run, operatorOf(session, 0, 'a'));
    const twice = operatorOf(session, 1, 'a');
    const broken = { ...recordOf(view, [], [twice]), ms: 'long' as unknown as number }; // the last statement refuses it
    expect(() => session.finishRun(run, broken)).toThrow();
    expect(session.run(run)).toMatchObject({ state: 'running', record: { operators: [{ operator: 0 }] } });
  });

  it.each([
    ['cancelled', cancelled('The golden run')],
    ['failed', userFailure('test', 'It went wrong.', 'Do better.', { operator: 1 })],
  ])('a %s one keeps its failure and what it reached', (state, failure) => {
    const { id } = addNetwork(session);
    const run = session.startRun(id, 'reference', '');
    session.recordOperator(run, operatorOf(session, 0, 'a'));
    session.endRun(run, recordFailure(failure));
    reopen();
    expect(session.run(run)).toMatchObject({
      state,
      failure: recordFailure(failure),
      record: { operators: [{ operator: 0 }] },
    });
  });

  it('one that has ended cannot be recorded, finished or ended again', () => {
    const { run, record } = finishedRun(session, 'a');
    expect(() => session.finishRun(run, record)).toThrow(/is done, not running/);
    expect(() => session.recordOperator(run, record.operators[0]!)).toThrow(/is done, not running/);
    expect(() => session.endRun(run, recordFailure(new Error()))).toThrow(/is done, not running/);
    expect(session.run(run).record).toEqual(record);
  });

  it('one whose program was killed is interrupted, keeps what it reached, and its loose values are dropped', () => {
    const done = finishedRun(session, 'a');
    const { id } = addNetwork(session);
    const run = session.startRun(id, 'reference', '');
    const operator = operatorOf(session, 0, 'b');
    session.recordOperator(run, operator);
    const loose = store(session, 9, 'stored, but not recorded any more').sha256;
    kill();
    expect(session.run(run)).toMatchObject({ state: 'interrupted', record: { operators: [operator] } });
    expect(session.run(done.run)).toMatchObject({ state: 'done', record: done.record });
    for (const { sha256 } of [...namedBy(done.record), ...operator.outputs])
      expect(session.blobs.has(sha256)).toBe(true);
    expect(session.blobs.has(loose)).toBe(false);
    reopen();
    expect(session.run(run).state).toBe('interrupted');
  });

  it('what a killed program had stored before it could name it is dropped, though nothing was running', () => {
    const done = finishedRun(session, 'a');
    const loose = store(session, 9, 'an input that was just being added').sha256;
    kill();
    expect(session.blobs.has(loose)).toBe(false);
    for (const { sha256 } of namedBy(done.record)) expect(session.blobs.has(sha256)).toBe(true);
  });

  it('statistics can be asked for in SQL', () => {
    finishedRun(session, 'a');
    session.close();
    const database = new BetterSqlite(session.file, { readonly: true, nativeBinding: sqliteBinding() });
    const rows = database
      .prepare(`SELECT operator, min, max, zeros FROM run_tensor WHERE role = 'output' AND max > min`)
      .all();
    database.close();
    expect(rows).toHaveLength(2);
    session = Session.open(session.file);
  });
});

describe('removing a run', () => {
  it('drops the values that nothing else names, and only those', () => {
    const a = finishedRun(session, 'a');
    const b = finishedRun(session, 'b');
    const { id, view } = addNetwork(session);
    session.addInput(id, inputOf(session, 'a')); // the session keeps the value that run a read
    const shared = finishedRun(session, 'b'); // the same values as run b
    session.removeRun(a.run);
    const has = (record: typeof a.record) => namedBy(record).map(({ sha256 }) => session.blobs.has(sha256));
    expect(has(a.record)).toEqual([true, false, false, false]);
    session.removeRun(b.run);
    expect(has(shared.record)).toEqual([true, true, true, true]);
    session.removeRun(shared.run);
    expect(has(shared.record)).toEqual([false, false, false, false]);
    expect(session.blobs.has(view.sha256)).toBe(true);
    expect(session.view().runs).toEqual([]);
    reopen();
    expect(session.view().runs).toEqual([]);
  });

  it('never uses its id again', () => {
    const { run } = finishedRun(session, 'a');
    session.removeRun(run);
    expect(finishedRun(session, 'a').run).toBeGreaterThan(run);
  });

  it('waits with dropping while a run that may store the same is running', () => {
    const a = finishedRun(session, 'a');
    const { id, view } = addNetwork(session);
    const again = session.startRun(id, 'reference', '');
    session.removeRun(a.run);
    session.finishRun(again, a.record); // its values were there already, so nothing was written
    for (const { sha256 } of namedBy(a.record)) expect(session.blobs.has(sha256)).toBe(true);
    const other = session.startRun(id, 'reference', '');
    session.removeRun(again);
    session.finishRun(other, recordOf(view, [], []));
    for (const { sha256 } of namedBy(a.record)) expect(session.blobs.has(sha256)).toBe(false);
  });

  it('is refused while it runs', () => {
    const { id } = addNetwork(session);
    const run = session.startRun(id, 'reference', '');
    expect(() => session.removeRun(run)).toThrow('is still running');
  });
});

it('a damaged value is named by what it held', () => {
  const { record } = finishedRun(session, 'a');
  const { sha256 } = record.operators[0]!.outputs[0]!;
  fs.writeFileSync(session.blobs.pathOf(sha256), 'damaged');
  expect(() => session.readBlob(sha256)).toThrow(/^The output \(tensor 1\) of run 1 is damaged.*[0-9a-f]{64}/);
  store(session, 1, 'a output 0'); // computed again
  expect(session.readBlob(sha256)).toHaveLength(12);
});

it('listeners hear when the view has changed, until they stop', () => {
  const heard = vi.fn();
  const stop = session.onChange(heard);
  const { run } = finishedRun(session, 'a'); // network, run started, run done
  expect(heard).toHaveBeenCalledTimes(3);
  session.removeRun(run);
  expect(heard).toHaveBeenCalledTimes(4);
  stop();
  finishedRun(session, 'b');
  expect(heard).toHaveBeenCalledTimes(4);
});

it('closes twice without complaint, and leaves one file and the blobs', () => {
  finishedRun(session, 'a');
  session.close();
  session.close();
  expect(fs.readdirSync(folder).sort()).toEqual(['work.blobs', 'work.sqlite']);
});

it('recording an operator is quick enough for the main process', () => {
  const { id } = addNetwork(session);
  const run = session.startRun(id, 'reference', '');
  const operators = Array.from({ length: 100 }, (_, i) => operatorOf(session, i, 'quick'));
  const start = performance.now();
  for (const operator of operators) session.recordOperator(run, operator);
  console.log(`recordOperator: ${((performance.now() - start) / 100).toFixed(2)} ms each, synced`);
  expect(performance.now() - start).toBeLessThan(10_000);
});
