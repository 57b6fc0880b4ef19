// The engine as a real process with real threads: cancelling, crashing, restarting, looking while it works.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { forkEngine } from '../../main/jobs/fork';
import { EngineHost } from '../../main/jobs/host';
import { bundle } from './bundle';
import { PROTOCOL } from '../../main/jobs/protocol';
import { OPTIONS } from '../session/samples';

let built: Awaited<ReturnType<typeof bundle>>;
let engine: string;
let host: EngineHost | null = null;

beforeAll(async () => {
  built = await bundle({ engine: 'main/jobs/engine.ts', worker: 'test/jobs/standIn.ts' });
  engine = path.join(built.folder, 'engine.js');
});
afterAll(() => built.remove());
afterEach(() => host?.close());

const open = (): EngineHost => (host = new EngineHost(forkEngine(engine)));
const run = (to: EngineHost, name: string, signal?: AbortSignal) =>
  to.request('import', { blobs: '', path: '', name }, signal ? { signal } : {});
const golden = (name: string) => ({ blobs: '', network: '', name, options: OPTIONS, inputs: [], program: '' }) as const;

async function cancelAfter(to: EngineHost, name: string, ms: number): Promise<number> {
  const abort = new AbortController();
  const work = run(to, name, abort.signal);
  const ended = expect(work).rejects.toMatchObject({ kind: 'cancelled' });
  await sleep(ms);
  const told = performance.now();
  abort.abort();
  await ended;
  return performance.now() - told;
}

describe('requests', () => {
  it('replies, and tells failures of the user and bugs apart', async () => {
    const to = open();
    await expect(run(to, 'quick')).resolves.toEqual({ view: { name: 'quick' } });
    await expect(run(to, 'fail')).rejects.toMatchObject({ kind: 'user', code: 'test-failure', place: { operator: 3 } });
    await expect(run(to, 'throw')).rejects.toMatchObject({
      kind: 'bug',
      message: expect.stringContaining('on purpose'),
    });
    await expect(run(to, 'quick')).resolves.toBeDefined();
  });

  it('hands every operator record over exactly once, in order, and progress never goes back', async () => {
    const operators: number[] = [];
    const done: number[] = [];
    await open().request('golden', golden('500'), {
      onProgress: (progress) => {
        done.push(progress.done);
        if (progress.operator) operators.push(progress.operator.operator);
      },
    });
    expect(operators).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  it('lets progress without a record through ten times a second', async () => {
    let count = 0;
    await open().request('import', { blobs: '', path: '', name: 'many' }, { onProgress: () => count++ });
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThanOrEqual(11);
  });

  it('fails the request whose listener fails, and stops the work', async () => {
    const to = open();
    const onProgress = () => {
      throw new Error('the disk is full, say');
    };
    await expect(to.request('import', { blobs: '', path: '', name: 'step' }, { onProgress })).rejects.toThrow('say');
    await expect(run(to, 'quick')).resolves.toBeDefined(); // the lane is free again
  });

  it('looks at tensors while a run works', async () => {
    const to = open();
    const file = path.join(os.tmpdir(), `goldbench-plane-${process.pid}`);
    fs.writeFileSync(file, Int8Array.from([1, 2, 3, 4, 5, 6, 7, 8]));
    try {
      const abort = new AbortController();
      const burning = expect(run(to, 'burn', abort.signal)).rejects.toMatchObject({ kind: 'cancelled' });
      const source = { path: file, offset: 0, type: 'int8', shape: [1, 2, 2, 2] } as const;
      const plane = await to.request('plane', { ...source, batch: 0, channel: 1 });
      expect([...new Int8Array(plane.bytes)]).toEqual([2, 4, 6, 8]);
      await expect(to.request('histogram', { ...source, zeroPoint: 0 })).resolves.toMatchObject({ from: 1, to: 9 });
      abort.abort();
      await burning;
    } finally {
      fs.rmSync(file);
    }
  });
});

describe('cancel', () => {
  it('ends work that listens and work that does not, quickly', async () => {
    const to = open();
    await run(to, 'quick'); // started
    const listening: number[] = [];
    const deaf: number[] = [];
    for (let i = 0; i < 5; i++) {
      listening.push(await cancelAfter(to, 'step', 30));
      deaf.push(await cancelAfter(to, 'burn', 30));
    }
    const text = (all: number[]) => all.map((ms) => ms.toFixed(0)).join(' ');
    console.log(`cancel latency: work that listens ${text(listening)} ms, work that does not ${text(deaf)} ms`);
    expect(Math.max(...listening, ...deaf)).toBeLessThan(2000);
    await expect(run(to, 'quick')).resolves.toBeDefined();
  });

  it('takes a waiting request out of the queue', async () => {
    const to = open();
    const first = new AbortController();
    const second = new AbortController();
    const burning = expect(run(to, 'burn', first.signal)).rejects.toMatchObject({ kind: 'cancelled' });
    const waiting = expect(run(to, 'burn', second.signal)).rejects.toMatchObject({ kind: 'cancelled' });
    const third = run(to, 'quick');
    await sleep(50);
    second.abort();
    await waiting;
    first.abort();
    await burning;
    await expect(third).resolves.toBeDefined();
  });

  it('does not start what is cancelled beforehand, and cancels before the engine has said hello', async () => {
    const to = open();
    await expect(run(to, 'burn', AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await cancelAfter(to, 'burn', 0)).toBeLessThan(2000);
    await expect(run(to, 'quick')).resolves.toBeDefined();
  });
});

describe('crash', () => {
  it.each([
    ['abort', { code: 'engine-crashed', kind: 'bug' }],
    ['exit', { code: 'internal', kind: 'bug' }],
    // In Electron a thread without memory neither ends nor answers; there only cancelling helps, which kills the engine.
    ...(process.versions.electron ? [] : [['memory', { code: 'out-of-memory', kind: 'bug' }] as const]),
  ] as const)('%s fails its own request, and the next one works', async (name, failure) => {
    const to = open();
    await expect(run(to, name)).rejects.toMatchObject(failure);
    await expect(run(to, 'quick')).resolves.toBeDefined();
  });

  it('a thread that dies leaves the other lane alone', async () => {
    const to = open();
    const file = path.join(os.tmpdir(), `goldbench-lane-${process.pid}`);
    fs.writeFileSync(file, new Uint8Array(4));
    try {
      const source = { path: file, offset: 0, type: 'int8', shape: [4] } as const;
      const [dead, plane] = await Promise.allSettled([
        run(to, 'exit'),
        to.request('plane', { ...source, batch: 0, channel: 0 }),
      ]);
      expect([dead.status, plane.status]).toEqual(['rejected', 'fulfilled']);
    } finally {
      fs.rmSync(file);
    }
  });

  it('is survived three times within a minute, then told', async () => {
    const to = open();
    for (let i = 0; i < 4; i++) await expect(run(to, 'abort')).rejects.toMatchObject({ code: 'engine-crashed' });
    await expect(run(to, 'quick')).rejects.toMatchObject({ kind: 'unavailable', code: 'engine-restarts' });
  });
});

it('the engine goes when its parent is killed', async () => {
  const parent = path.join(built.folder, 'parent.js');
  fs.writeFileSync(
    parent,
    `const child = require('node:child_process').fork(${JSON.stringify(engine)}, [], { serialization: 'advanced' });
     child.on('message', () => process.stdout.write(child.pid + '\\n')); setInterval(() => {}, 1000);`,
  );
  const started = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(started.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString().trim());
  expect(isAlive(pid)).toBe(true);
  started.kill('SIGKILL');
  for (let waited = 0; isAlive(pid) && waited < 5000; waited += 50) await sleep(50);
  expect(isAlive(pid)).toBe(false);
});

it('does not run without a parent to speak to', async () => {
  const started = spawn(process.execPath, [engine], { stdio: 'ignore' });
  const [code] = (await once(started, 'exit')) as [number];
  expect(code).not.toBe(0);
});

it('says hello with its protocol first', async () => {
  const child = fork(engine, [], { serialization: 'advanced', execArgv: [] });
  const [message] = (await once(child, 'message')) as [unknown];
  child.kill('SIGKILL');
  expect(message).toEqual({ kind: 'hello', protocol: PROTOCOL });
});

/** A zombie that nobody has fetched yet is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const state = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1];
    return state?.[0] !== 'Z';
  } catch {
    return false;
  }
}
