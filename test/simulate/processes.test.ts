// Jobs shared out among processes: how many there are, and what a crash, a refusal and a cancel cost. The simulator is a
// script that speaks its protocol; the real one is in test/rtl/simulator.test.ts.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Processes } from '../../main/simulate/processes';

let folder = '';
let script = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'goldbench-processes-'));
  script = path.join(folder, 'engine');
  writeFileSync(
    script,
    `#!/bin/sh
while read -r line; do
  job=\${line#*:} job=\${job%%,*}
  case $line in
    *crash*) echo 'it broke' >&2; kill -SEGV $$ ;;
    *assert*) echo 'row 3 is wrong' >&2; exit 2 ;;
    *refuse*) echo "{\\"type\\":\\"refusal\\",\\"job\\":$job,\\"sentence\\":\\"No pixels.\\"}"; continue ;;
    *hang*) echo "{\\"type\\":\\"progress\\",\\"job\\":$job,\\"clock\\":$$}"; sleep 60 ;;
    *slow*) sleep 0.2 ;;
  esac
  echo "{\\"type\\":\\"summary\\",\\"job\\":$job,\\"end\\":\\"complete\\",\\"clocks\\":$$}"
done
`,
  );
  chmodSync(script, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SMALL = 1000;
const LARGE = 1_000_000;

/** What became of jobs given all at once: the id of the process that ran each, or why none did. */
async function run(most: number, ...jobs: [name: string, clocks: number][]): Promise<(number | string)[]> {
  const processes = new Processes(script, most);
  const ends = await Promise.allSettled(jobs.map(([name, clocks]) => processes.run(name, clocks)));
  await processes.close();
  return ends.map((end) => (end.status === 'fulfilled' ? end.value.clocks : (end.reason as Error).message));
}

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('processes', () => {
  it('take small jobs one after the other, large ones side by side, and end', async () => {
    const small = await run(2, ['a', SMALL], ['b', SMALL], ['c', SMALL]);
    expect(new Set(small).size).toBe(1);
    const large = await run(2, ['slow a', LARGE], ['slow b', LARGE], ['slow c', LARGE], ['slow d', LARGE]);
    expect(new Set(large).size).toBe(2);
    expect([large[2], large[3]]).toEqual([large[0], large[1]]);
    for (const pid of [...small, ...large]) expect(isThere(pid as number)).toBe(false);
  });

  it('that crash fail one job; those behind it run in another', async () => {
    const [before, crash, ...after] = await run(
      1,
      ['a', SMALL],
      ['crash', SMALL],
      ['b', SMALL],
      ['assert', SMALL],
      ['c', SMALL],
    );
    expect(crash).toBe('The simulator ended with SIGSEGV: it broke');
    expect(after[1]).toBe('An assertion of the RTL failed: row 3 is wrong');
    expect([before, after[0], after[2]].map((pid) => typeof pid)).toEqual(['number', 'number', 'number']);
    expect(new Set([before, after[0], after[2]]).size).toBe(3);
  });

  it('go on after a job that cannot be read', async () => {
    const [before, refused, after] = await run(1, ['a', SMALL], ['refuse', SMALL], ['b', SMALL]);
    expect(refused).toBe('The simulator ended with 4: No pixels.');
    expect(after).toBe(before);
  });

  it('are stopped at once, with all that waits for them', async () => {
    const stop = new AbortController();
    const processes = new Processes(script, 1, stop.signal);
    let hanging = 0;
    let stopped = 0;
    const first = processes.run('hang', SMALL, ({ clock }) => {
      hanging = clock;
      stopped = performance.now();
      stop.abort();
    });
    const ends = await Promise.allSettled([first, processes.run('b', SMALL)]);
    expect(performance.now() - stopped).toBeLessThan(1000); // 200 ms on a quiet machine
    for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { kind: 'cancelled' } });
    await expect(processes.run('c', SMALL)).rejects.toMatchObject({ kind: 'cancelled' });
    await processes.close();
    expect(isThere(hanging)).toBe(false);
  });

  it('that cannot be started say so', async () => {
    const processes = new Processes(path.join(folder, 'absent'), 2);
    await expect(processes.run('a', SMALL)).rejects.toMatchObject({ code: 'ENOENT' });
    await processes.close();
  });
});
