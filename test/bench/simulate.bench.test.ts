// How fast the RTL is simulated at 7x96: every different convolution of published networks, random values, every word
// compared; the time is that of packing the streams, the simulator process and the reading of its sums. Before them the
// simulator's first build, after them a small network from the command line, and waves of 2,000 clocks.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { assembleStreams } from '../../main/simulate/assemble';
import { buildSimulator, isPresent } from '../../main/simulate/build';
import { DEFAULT_SETTINGS, runJob, writeJob } from '../../main/simulate/job';
import { tileLayer } from '../../main/simulate/tiles';
import { Random } from '../oracle/random';
import { ALEXNET, type LayerRow, RESNET50, VGG16 } from '../rtl/networkLayers';
import { fillLayer, layerOf, simulateRuns, withFolder } from '../rtl/layers';
import { appRoot, engineOf, simulatorOf } from '../rtl/simulators';
import { Journal } from './journal';
import { median } from './report';

const engine = engineOf({ rows: 7, cores: 96, weightsSramDepthWords: 2048 });
const journal = new Journal('simulate');
const secondsSince = (started: number): number => (performance.now() - started) / 1e3;
/** Processor time of this process and of those that it has waited for, in seconds: what wall time would be alone. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  const stat = existsSync('/proc/self/stat') ? readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ') : [];
  const children = Number(stat[13] ?? 0) + Number(stat[14] ?? 0); // cutime and cstime (proc(5)), in hundredths
  return (user + system) / 1e6 + children / 100;
}
/** Null where others use the machine: wall time then says nothing. */
const judge = (isMet: boolean): boolean | null => (os.loadavg()[0]! < os.cpus().length ? isMet : null);

const runOf = ([kernel, stride, size, inputs, outputs]: LayerRow) => {
  const layer = layerOf({
    kernel: [kernel, kernel],
    stride: [stride, stride],
    map: [size, size],
    channels: [inputs, outputs],
    padding: 'half',
  })!;
  return fillLayer(layer, tileLayer(layer, engine), engine, new Random(inputs));
};

test('the simulator is built with nothing cached, and found built', { timeout: 1_800_000 }, async ({ skip }) => {
  if (!(await isPresent('verilator'))) skip('verilator is not installed');
  const cacheFolder = mkdtempSync(path.join(os.tmpdir(), 'goldbench-bench-'));
  const kept = process.env.CCACHE_DIR;
  process.env.CCACHE_DIR = path.join(cacheFolder, 'ccache');
  try {
    const started = performance.now();
    await buildSimulator(engine, { appRoot, cacheFolder });
    const first = secondsSince(started);
    const again = performance.now();
    await buildSimulator(engine, { appRoot, cacheFolder });
    const found = secondsSince(again);
    journal.writeMachine({ 'first build, s': first, 'found, s': found });
    journal.writeVerdicts([
      { target: 'first build <= 20 s', reached: `${first.toFixed(1)} s`, met: judge(first <= 20) },
      { target: 'found built <= 1 s', reached: `${found.toFixed(2)} s`, met: judge(found <= 1) },
    ]);
  } finally {
    if (kept === undefined) delete process.env.CCACHE_DIR;
    else process.env.CCACHE_DIR = kept;
    rmSync(cacheFolder, { recursive: true, force: true });
  }
});

const NETWORKS = {
  AlexNet: { ...ALEXNET, most: 2 },
  'VGG-16': { ...VGG16, most: 30 },
  'ResNet-50': { ...RESNET50, most: null },
};

for (const [name, { layers, clocks, most }] of Object.entries(NETWORKS))
  test(`convolutions of ${name}`, { timeout: 1_800_000 }, async ({ skip }) => {
    if (!(await isPresent('verilator'))) skip('verilator is not installed');
    const simulator = await simulatorOf(engine);
    let [whole, cpu] = [0, 0]; // seconds of all layers, those that occur several times counted so
    let span = 0;
    for (const row of layers) {
      const run = runOf(row);
      const [started, cpuBefore] = [performance.now(), cpuSeconds()];
      const { summary } = await simulateRuns(simulator, engine, [run]);
      const [seconds, cpuOfLayer] = [secondsSince(started), cpuSeconds() - cpuBefore];
      expect(summary).toMatchObject({ end: 'complete', differences: 0, errors: 0 });
      journal.write({
        network: name,
        layer: row.slice(0, 5).join(' '),
        clocks: summary.clocks,
        seconds,
        'clocks/s': summary.clocks / seconds,
        'cpu, s': cpuOfLayer,
      });
      whole += seconds * row[5];
      cpu += cpuOfLayer * row[5];
      span += (summary.lastFire - summary.firstFire + 1) * row[5];
    }
    expect(span).toBe(clocks);
    const rate = clocks / whole;
    journal.writeVerdicts([
      {
        target: `${name}: clocks/s >= 1,500,000`,
        reached: `${Math.round(rate).toLocaleString('en')}, ${whole.toFixed(1)} s in all; ${Math.round(clocks / cpu).toLocaleString('en')} a second of processor`,
        met: judge(rate >= 1.5e6),
      },
      ...(most === null
        ? []
        : [{ target: `${name} <= ${most} s`, reached: `${whole.toFixed(1)} s`, met: judge(whole <= most) }]),
    ]);
  });

// The program as a user starts it: Node, the reading of the code, golden, packing, simulator and comparison.
test('ResNet8 from command line to verdict', { timeout: 600_000 }, async ({ skip }) => {
  const shared = path.resolve(appRoot, '../shared');
  const [model, input] = ['models/tiny/pretrainedResnet_quant.tflite', 'golden/pretrainedResnet_quant/input0.bin'].map(
    (name) => path.join(shared, name),
  );
  if (!existsSync(model!)) skip('../shared not present');
  if (!(await isPresent('verilator'))) skip('verilator is not installed');
  const runs = Array.from({ length: 10 }, () => {
    const [started, before] = [performance.now(), cpuSeconds()];
    const { status, stderr } = spawnSync('node', ['bin/goldbench.cjs', 'simulate', model!, '--input', input!], {
      cwd: appRoot,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return { wall: secondsSince(started), cpu: cpuSeconds() - before };
  }).slice(1); // the first may have to build the simulator, and keeps the code
  const [wall, cpu] = [median(runs.map((run) => run.wall)), median(runs.map((run) => run.cpu))];
  journal.write({ 'ResNet8 end to end, s': wall, 'cpu, s': cpu });
  journal.writeVerdicts([
    {
      target: 'ResNet8 end to end <= 0.5 s',
      reached: `${wall.toFixed(2)} s; ${cpu.toFixed(2)} s of processor, of two`,
      met: judge(wall <= 0.5),
    },
  ]);
});

test('waves of 2,000 clocks in the midst of a layer', { timeout: 1_800_000 }, async ({ skip }) => {
  if (!(await isPresent('verilator'))) skip('verilator is not installed');
  const building = performance.now();
  const simulator = await simulatorOf(engine, { waves: true });
  const built = secondsSince(building);
  await withFolder(async (folder) => {
    const streams = assembleStreams(engine, [runOf(ALEXNET.layers[1])]);
    const [wavesFrom, wavesTo] = [100_000, 102_000];
    writeJob(folder, { ...streams, settings: { ...DEFAULT_SETTINGS, wavesFrom, wavesTo } });
    const started = performance.now();
    const { end } = await runJob(simulator, folder);
    const seconds = secondsSince(started);
    expect(end).toBe('complete');
    journal.write({ 'build or found, s': built, 'waves, s': seconds });
    journal.writeVerdicts([
      { target: 'waves <= 2 s after a difference', reached: `${seconds.toFixed(2)} s`, met: judge(seconds <= 2) },
    ]);
  });
});
