// Ctrl+C between two steps of a verb's work, and what it leaves behind.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCompare } from '../../main/cli/compare';
import { watch } from '../../main/cli/watch';
import { saveRunFolder } from '../../main/golden/folder';
import type { InputRecord, RunRecord } from '../../main/golden/record';
import type { NetworkView } from '../../main/network/view';

const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('Ctrl+C', () => {
  it('stops between two steps, after which the work cleans up', async () => {
    const did: string[] = [];
    function* work(): Generator<number, string> {
      try {
        for (let step = 1; step < 9; step++) {
          if (step === 3) process.emit('SIGINT');
          did.push(`step ${step}`);
          yield step;
        }
        return 'done';
      } finally {
        did.push('cleaned up');
      }
    }
    const listening = process.listenerCount('SIGINT');
    await expect(watch(work(), 'The work', String)).rejects.toMatchObject({
      kind: 'cancelled',
      message: 'The work was cancelled.',
    });
    expect(did).toEqual(['step 1', 'step 2', 'step 3', 'cleaned up']);
    expect(process.listenerCount('SIGINT')).toBe(listening);
  });
  it('is not needed', async () => {
    function* work(): Generator<number, string> {
      yield 1;
      return 'done';
    }
    expect(await watch(work(), 'The work', String)).toBe('done');
  });
});

describe('saving a run', () => {
  const input = (name: string): InputRecord =>
    ({
      tensor: 0,
      type: 'int8',
      shape: [2],
      sha256: name,
      bytes: 2,
      statistics: { count: 2 },
    }) as unknown as InputRecord;
  const record = { network: { sha256: 'a' }, inputs: [input('x'), input('y')], operators: [] } as unknown as RunRecord;
  const view = { tensors: [{ name: 'x', quantization: null }], operators: [] } as unknown as NetworkView;
  const save = (target: string) => saveRunFolder(target, record, view, () => Uint8Array.of(1, 2));

  it('tells each file, and then the folder is there', () => {
    const target = path.join(folder, 'run');
    expect([...save(target)]).toEqual([
      { done: 1, total: 2 },
      { done: 2, total: 2 },
    ]);
    expect(readdirSync(target).sort()).toEqual(['input_0.npy', 'input_1.npy', 'run.json']);
  });
  it('leaves nothing when it is stopped on the way', () => {
    const target = path.join(folder, 'stopped');
    const saving = save(target);
    saving.next();
    expect(() => saving.throw(new Error('stop'))).toThrow('stop');
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });
});

it('compare names the path that is not there', async () => {
  const absent = path.join(folder, 'runs', 'of', 'monday');
  await expect(runCompare.run([folder, absent])).rejects.toThrow(`${absent} does not exist.`);
});
