// A sweep in the engine's real process: every point once and in order, cancelled quickly, and gone on with.
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { presetArray } from '../../main/array/presets';
import { type DesignPoint, type SweepRequest, startSweep, stepSweep } from '../../main/estimate/sweep';
import { forkEngine } from '../../main/jobs/fork';
import { EngineHost } from '../../main/jobs/host';
import { asSteps, table } from '../plan/tables';
import { bundle } from './bundle';

let built: Awaited<ReturnType<typeof bundle>>;
let host: EngineHost;
beforeAll(async () => {
  built = await bundle({ engine: 'main/jobs/engine.ts', worker: 'main/jobs/worker.ts' });
  host = new EngineHost(forkEngine(path.join(built.folder, 'engine.js')));
});
afterAll(() => {
  host.close();
  built.remove();
});

const array = presetArray('kraken-7x96');
const steps = asSteps(table('resnet-50').layers);
const request = (rows: number[], cores: number[]): SweepRequest => ({
  name: 'ResNet-50',
  steps,
  array,
  objective: 'clocks',
  axes: startSweep(array, 1, { rows, cores }).axes,
});

it('tells every point once, in order, and progress only grows', async () => {
  const asked = request([5, 6, 7], [24, 48, 96]);
  const points: DesignPoint[] = [];
  const done: number[] = [];
  const total = await host.request(
    'sweep',
    { request: asked, from: 0 },
    {
      onProgress: (progress) => {
        done.push(progress.done);
        points.push(...(progress.points ?? []));
      },
    },
  );
  expect(total).toBe(9);
  expect(points).toEqual(stepSweep(startSweep(array, 1, asked.axes), steps, array, 100).points);
  expect(done).toEqual([...done].sort((a, b) => a - b));
});

it('is cancelled in the middle and goes on with the next design', async () => {
  const asked = request(
    [4, 5, 6, 7, 8, 9, 10, 11, 12, 13],
    Array.from({ length: 100 }, (_, i) => 12 + i),
  );
  const points: DesignPoint[] = [];
  const keep = ({ points: more = [] }: { readonly points?: readonly DesignPoint[] }) => void points.push(...more);
  const abort = new AbortController();
  const first = host.request(
    'sweep',
    { request: asked, from: 0 },
    {
      signal: abort.signal,
      onProgress: (progress) => {
        keep(progress);
        if (points.length > 0) abort.abort();
      },
    },
  );
  await expect(first).rejects.toMatchObject({ kind: 'cancelled' });
  const kept = points.length;
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(1000);
  const start = performance.now();
  await host.request('sweep', { request: asked, from: kept }, { onProgress: keep });
  console.log(`${1000 - kept} designs x ResNet-50 in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  expect(points.map(({ index }) => index)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
});
