// The memory that a golden run takes at its peak, beside what it must hold: tensors kept and packed weights. In: a network of
// many tensors and weights, run in processes of its own. Out: JSON lines and the target, from Linux's account of them.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { nativeFolder } from '../../main/golden/native/place';
import { bundle } from '../jobs/bundle';
import { vgg16 } from './contestants/networks';
import { Journal } from './journal';
import { PEAK_ENVIRONMENT } from './peak';

const ABOVE = 1.2; // of what must be held
const RUNS = 3;

interface Measured {
  readonly operators: number;
  readonly peakMb: number;
  readonly keptMb: number;
  readonly packedMb: number;
}

test('peak memory of a run', { timeout: 600_000 }, async () => {
  if (process.platform !== 'linux') {
    console.log('skipped: only Linux tells a peak that can be reset');
    return;
  }
  const journal = new Journal('memory');
  journal.writeMachine({});
  const { folder, remove } = await bundle({ memoryRun: 'test/bench/memoryRun.ts' });
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-bench-'));
  try {
    const file = path.join(work, 'vgg-16.tflite');
    fs.writeFileSync(file, vgg16());
    const measure = (kept: string): number => {
      const text = execFileSync(
        process.execPath,
        ['--expose-gc', path.join(folder, 'memoryRun.js'), file, nativeFolder(), kept],
        { encoding: 'utf8', env: { ...process.env, ...PEAK_ENVIRONMENT } },
      );
      const measured = JSON.parse(text) as Measured;
      const ratio = measured.peakMb / (measured.keptMb + measured.packedMb);
      journal.write({ network: 'vgg-16', kept, ...measured, ratio });
      expect(measured.packedMb).toBeGreaterThan(0);
      expect(ratio, 'a run cannot take less than it holds').toBeGreaterThan(0.98); // pages and megabytes are rounded
      return ratio;
    };
    const worst = Math.max(
      ...['tensors', 'accumulators'].flatMap((kept) => Array.from({ length: RUNS }, () => measure(kept))),
    );
    journal.writeVerdicts([
      {
        target: `peak memory of a run <= ${ABOVE} x (tensors kept + packed weights)`,
        reached: worst.toPrecision(3),
        met: worst <= ABOVE,
      },
    ]);
  } finally {
    remove();
    fs.rmSync(work, { recursive: true, force: true });
  }
});
