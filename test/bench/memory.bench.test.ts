// The memory that a golden run takes at its peak, beside what it must hold: tensors kept and packed weights. In: a network of
// many tensors and weights. Out: a JSON line and the target. Read from Linux's own account of the process.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test } from 'vitest';
import { golden, openNetwork } from '../../main/flow';
import { NativeEngine } from '../../main/golden/native/engine';
import type { OperatorResult } from '../../main/golden/run';
import { type Network, elementCount } from '../../main/network/network';
import { vgg16 } from './contestants/networks';
import { Journal } from './journal';

const ABOVE = 1.2; // of what must be held
const [status, resetPeak] = ['/proc/self/status', '/proc/self/clear_refs'];

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;

test('peak memory of a run', { timeout: 600_000 }, () => {
  const journal = new Journal('memory');
  if (!fs.existsSync(resetPeak)) {
    console.log('skipped: only Linux tells a peak that can be reset');
    return;
  }
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-bench-')), 'vgg-16.tflite');
  fs.writeFileSync(file, vgg16());
  settle(); // what building it left behind must not shrink during the run and hide growth
  const { network } = openNetwork(fs.readFileSync(file), 'vgg-16.tflite');
  fs.rmSync(path.dirname(file), { recursive: true });
  const engine = NativeEngine.open();
  journal.writeMachine({ isa: engine.isa });
  const input = new Int8Array(elementCount(network.tensors[network.inputs[0]!]!.shape)).fill(3);
  const records = [false, true].map((keepAccumulators) => measure(network, engine, input, keepAccumulators));
  engine.close();
  records.forEach((record) => journal.write(record));
  const worst = Math.max(...records.map(({ peakMb, heldMb }) => peakMb / heldMb));
  journal.writeVerdicts([{ target: `peak memory of a run <= ${ABOVE} x (tensors kept + packed weights)`, reached: worst.toPrecision(3), met: worst <= ABOVE }]); // prettier-ignore
});

function measure(network: Network, engine: NativeEngine, input: Int8Array, keepAccumulators: boolean) {
  engine.release();
  settle();
  fs.writeFileSync(resetPeak, '5'); // man 5 proc: resets VmHWM
  const before = readMb('VmRSS');
  const results: OperatorResult[] = [];
  for (const result of golden(network, 'reference', new Map([[network.inputs[0]!, input]]), engine, keepAccumulators)) results.push(result); // prettier-ignore
  const peakMb = readMb('VmHWM') - before;
  const bytes = results.flatMap(({ outputs, accumulators }) => [...outputs.map(({ data }) => data.byteLength), accumulators?.byteLength ?? 0]); // prettier-ignore
  const keptMb = bytes.reduce((sum, one) => sum + one, 0) / 2 ** 20;
  const packedMb = engine.packedBytes / 2 ** 20;
  expect(results).toHaveLength(network.operators.length);
  expect(packedMb).toBeGreaterThan(0);
  return { network: network.name, keepAccumulators, peakMb, keptMb, packedMb, heldMb: keptMb + packedMb, ratio: peakMb / (keptMb + packedMb) }; // prettier-ignore
}

function settle(): void {
  for (let i = 0; i < 4; i++) collect();
}

function readMb(field: string): number {
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync(status, 'utf8'))!;
  return Number(kilobytes) / 1024;
}
