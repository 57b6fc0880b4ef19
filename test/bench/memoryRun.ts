// One golden run in a process of its own, for memory.bench.test.ts. In: a .tflite file, and `accumulators` to keep them.
// Out: one JSON line: MB by which the run raised the peak of the process, MB it kept and packed.
// A fresh process matters: one that has worked before refills memory it was never seen to give back, and growth hides.
import fs from 'node:fs';
import path from 'node:path';
import { golden, openNetwork } from '../../main/flow';
import { NativeEngine } from '../../main/golden/native/engine';
import { loadAddon } from '../../main/golden/native/addon';
import type { OperatorResult } from '../../main/golden/run';
import { elementCount } from '../../main/network/network';
import { beginPeak, endPeak } from './peak';

const [file, addonFolder, wanted] = process.argv.slice(2) as [string, string, string | undefined];
const { network } = openNetwork(fs.readFileSync(file), path.basename(file));
const engine = NativeEngine.open({}, loadAddon(addonFolder));
const input = new Int8Array(elementCount(network.tensors[network.inputs[0]!]!.shape)).fill(3);
const before = beginPeak();
const results: OperatorResult[] = [];
const inputs = new Map([[network.inputs[0]!, input]]);
for (const result of golden(network, 'reference', inputs, engine, wanted === 'accumulators')) results.push(result);
const peakMb = endPeak() - before;
const bytes = results.flatMap((r) => [
  ...r.outputs.map(({ data }) => data.byteLength),
  r.accumulators?.byteLength ?? 0,
]);
const keptMb = bytes.reduce((sum, one) => sum + one, 0) / 2 ** 20;
console.log(JSON.stringify({ operators: results.length, peakMb, keptMb, packedMb: engine.packedBytes / 2 ** 20 }));
engine.close();
