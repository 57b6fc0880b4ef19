// Whole int8 networks, ours beside TFLite's WebAssembly, in turns, one thread; and the memory a run takes. In: two networks
// made here, and those of ../shared. Out: JSON lines, a table, the targets. Results must be equal: both know XNNPACK's arithmetic.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { golden, openNetwork } from '../../main/flow';
import { NativeEngine } from '../../main/golden/native/engine';
import type { KernelSet } from '../../main/network/arithmetic';
import { type Network, elementCount } from '../../main/network/network';
import type { TypedArray } from '../../main/tensor/tensor';
import { Random } from '../oracle/random';
import { type Contestant, spend, takeTurns } from './contestants/contestant';
import { mobilenetV1, resnet8 } from './contestants/networks';
import { wasm } from './contestants/wasm';
import { Journal, type Verdict } from './journal';

const SECONDS = 1; // CPU of each contestant and network
const LEAST_RATIO = 5; // whole int8 MobileNet and ResNet8, times TFLite WASM
const PEAK_MS = 5; // of each turn: what the multipliers give in the same moments
const shared = path.resolve(__dirname, '../../../shared/models/tiny');
const MODELS: Readonly<Record<string, string>> = {
  'MLPerf Tiny ResNet8': 'pretrainedResnet_quant.tflite',
  'MLPerf Tiny MobileNetV1 0.25 96': 'vww_96_int8.tflite',
};
const NETWORKS: Record<string, () => Uint8Array> = { 'MobileNetV1 1.0 224': mobilenetV1, ResNet8: resnet8 };
for (const [name, file] of Object.entries(MODELS))
  if (fs.existsSync(path.join(shared, file))) NETWORKS[name] = () => fs.readFileSync(path.join(shared, file));
if (!fs.existsSync(shared)) console.log('skipped: ../shared not present');

const journal = new Journal('networks');
const engine = NativeEngine.open();
const verdicts: Verdict[] = [];
const rows: string[][] = [];

beforeAll(() => journal.writeMachine({ isa: engine.isa }));
afterAll(() => {
  engine.close();
  if (rows.length === 0) return; // none was chosen
  journal.writeTable(
    ['network', 'reference ms', 'xnnpack ms', 'TFLite WASM ms', 'times WASM', 'ms at peak', 'times WASM there'],
    rows,
  );
  journal.writeVerdicts(verdicts);
});

for (const [name, make] of Object.entries(NETWORKS)) {
  test(name, { timeout: 600_000 }, async () => {
    const bytes = make();
    const { network, view } = openNetwork(bytes, `${name}.tflite`);
    const inputs = inputsOf(network);
    const contestants = [
      run(network, 'reference', inputs),
      run(network, 'xnnpack', inputs),
      await wasm(bytes, [...inputs.values()]),
    ];
    let peak = 0;
    const figures = await takeTurns(contestants, SECONDS, () => (peak = Math.max(peak, engine.peak(PEAK_MS))));
    expect(await contestants[1]!.output()).toEqual(await contestants[2]!.output());
    const [mine, , theirs] = figures;
    const ratio = { min: theirs!.minimum.cpu / mine!.minimum.cpu, median: theirs!.median.cpu / mine!.median.cpu };
    // no multiplication left out, none waiting, nothing else done: only Winograd's algorithm (dense 3 x 3) goes beyond
    const atPeak = view.totals.macs / peak;
    const bound = theirs!.minimum.cpu / atPeak;
    const times = Object.fromEntries(
      contestants.map((contestant, i) => [
        contestant.name,
        {
          cpuMs: { min: figures[i]!.minimum.cpu * 1e3, median: figures[i]!.median.cpu * 1e3 },
          wallMs: { min: figures[i]!.minimum.wall * 1e3, median: figures[i]!.median.wall * 1e3 },
          samples: figures[i]!.samples,
        },
      ]),
    );
    journal.write({
      network: name,
      mmac: view.totals.macs / 1e6,
      tfliteKernels: contestants[2]!.implementation,
      contestants: times,
      ratio,
      peakGmacs: peak / 1e9,
      atPeakMs: atPeak * 1e3,
      boundRatio: bound,
    });
    rows.push([
      name,
      ...figures.map((f) => (f.minimum.cpu * 1e3).toPrecision(3)),
      ratio.min.toPrecision(3),
      (atPeak * 1e3).toPrecision(3),
      bound.toPrecision(3),
    ]);
    verdicts.push({
      target: `${name}: times TFLite WASM >= ${LEAST_RATIO}`,
      reached: `${ratio.min.toPrecision(3)}; ${bound.toPrecision(3)} would be every MAC at the register peak`,
      met: ratio.min >= LEAST_RATIO,
    });
    for (const contestant of contestants) await contestant.close();
  });
}

/** A whole golden run on the native engine; every tensor is kept, accumulators are not. */
function run(network: Network, kernels: KernelSet, inputs: ReadonlyMap<number, TypedArray>): Contestant {
  let last: TypedArray | null = null;
  return {
    name: `goldbench ${kernels}`,
    run: (times) =>
      spend(times, () => {
        const results = [...golden(network, kernels, inputs, engine, false)];
        last = results.at(-1)!.outputs[0]!.data;
      }),
    output: () => Promise.resolve(last as Int8Array),
    close: () => Promise.resolve(engine.release(network)),
  };
}

function inputsOf(network: Network): Map<number, TypedArray> {
  const random = new Random(96);
  return new Map(
    network.inputs.map((index) => {
      const { shape } = network.tensors[index]!;
      return [index, new Int8Array(elementCount(shape)).map(() => random.whole(-128, 127))] as const;
    }),
  );
}
