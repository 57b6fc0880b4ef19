// How fast bundles are written, and in how much memory: a vector of VGG-16's largest packet in every format, then the whole layer
// set of VGG-16 in a process of its own. In: nothing. Out: JSON lines and the targets.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BundleFolder } from '../../main/export/folder';
import { FILE_FORMATS, type FileFormat } from '../../main/export/formats/formats';
import { type Vector, packVector } from '../../main/export/vector';
import { nativeFolder } from '../../main/golden/native/place';
import { bundle } from '../jobs/bundle';
import { Random } from '../oracle/random';
import { vgg16 } from './contestants/networks';
import { Journal, type Verdict } from './journal';

const BINARY = 200; // MB/s
const TEXT = 60;
const ABOVE = 300; // MB above idle

const journal = new Journal('export');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-bench-'));
afterAll(() => fs.rmSync(work, { recursive: true, force: true }));

test('each format, the largest packet of VGG-16', async () => {
  journal.writeMachine({});
  const random = new Random(4);
  const shape = [1, 32, 224, 64, 1, 9]; // n l w ci s r of its second layer on 7 x 96 PEs
  const words = Int8Array.from({ length: shape.reduce((all, size) => all * size, 1) }, () => random.whole(-128, 127));
  const vector: Vector = {
    path: 'pixels',
    level: 'raw',
    about: '',
    words,
    shape,
    order: 'n l w ci s r',
    wordBits: 8,
    beatBits: 128,
    header: new Uint8Array(8),
  };
  const sink = new BundleFolder(path.join(work, 'formats'));
  const verdicts: Verdict[] = [];
  for (const name of Object.keys(FILE_FORMATS) as FileFormat[]) {
    let [rate, perCpu] = [0, 0];
    for (let round = 0; round < 2; round++) {
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      const { bytes } = await sink.write(`pixels.${name}`, FILE_FORMATS[name].write(vector, packVector(vector), 64));
      const seconds = (performance.now() - start) / 1e3;
      const { user, system } = process.cpuUsage(cpu); // others may share the machine
      rate = Math.max(rate, bytes / 1e6 / seconds);
      perCpu = Math.max(perCpu, bytes / (user + system));
      journal.write({
        format: name,
        mb: bytes / 1e6,
        seconds,
        'MB/s': bytes / 1e6 / seconds,
        'MB per CPU s': bytes / (user + system),
      });
      expect(bytes).toBeGreaterThan(words.length);
    }
    const wanted = name === 'bin' || name === 'npy' ? BINARY : TEXT;
    verdicts.push({
      target: `.${name} >= ${wanted} MB/s, hash included`,
      reached: `${rate.toFixed(0)} (${perCpu.toFixed(0)} per CPU second)`,
      met: rate >= wanted,
    });
  }
  sink.abandon();
  journal.writeVerdicts(verdicts);
});

test('the layer set of VGG-16', { timeout: 900_000 }, async () => {
  if (process.platform !== 'linux') {
    console.log('skipped: only Linux tells a peak that can be reset');
    return;
  }
  const { folder, remove } = await bundle({ exportRun: 'test/bench/exportRun.ts' });
  try {
    const file = path.join(work, 'vgg-16.tflite');
    fs.writeFileSync(file, vgg16());
    const run = (
      levels: string,
    ): { seconds: number; cpuSeconds: number; mb: number; peakMb: number; steps: number } => {
      const out = path.join(work, 'bundle');
      const text = execFileSync(
        process.execPath,
        ['--expose-gc', path.join(folder, 'exportRun.js'), file, nativeFolder(), out, levels],
        { encoding: 'utf8' },
      );
      fs.rmSync(out, { recursive: true });
      const measured = JSON.parse(text) as ReturnType<typeof run>;
      journal.write({ network: 'vgg-16', levels, ...measured, 'MB/s': measured.mb / measured.seconds });
      expect(measured.steps).toBeGreaterThan(13);
      return measured;
    };
    const { mb, seconds, cpuSeconds, peakMb } = run('raw,requantised');
    journal.writeVerdicts([
      {
        target: `VGG-16, golden and packing included, .bin and .mem: >= ${TEXT} MB/s`,
        reached: `${(mb / seconds).toFixed(0)} (${(mb / cpuSeconds).toFixed(0)} per CPU second), ${mb.toFixed(0)} MB`,
        met: mb / seconds >= TEXT,
      },
      { target: `peak memory above idle < ${ABOVE} MB`, reached: peakMb.toFixed(0), met: peakMb < ABOVE },
    ]);
  } finally {
    remove();
  }
});
