// One export in a process of its own, for export.bench.test.ts. In: a .tflite file, the folder of the kernels, where the bundle
// goes, its levels. Out: one JSON line: seconds, bytes by format, MB by which the export raised the peak of the process.
import fs from 'node:fs';
import path from 'node:path';
import { presetArray } from '../../main/array/presets';
import type { Level } from '../../main/export/choice';
import { BundleFolder } from '../../main/export/folder';

import { exportBundle, openNetwork } from '../../main/flow';
import { loadAddon } from '../../main/golden/native/addon';
import { NativeEngine } from '../../main/golden/native/engine';
import { elementCount } from '../../main/network/network';
import { beginPeak, endPeak } from './peak';

async function run(file: string, addonFolder: string, out: string, levels: string): Promise<void> {
  const { network } = openNetwork(fs.readFileSync(file), path.basename(file));
  const goldenEngine = NativeEngine.open({}, loadAddon(addonFolder));
  const input = new Int8Array(elementCount(network.tensors[network.inputs[0]!]!.shape)).fill(3);
  const before = beginPeak();
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let steps = 0;
  const sink = new BundleFolder(out);
  const { vectors, bytes } = await exportBundle(
    {
      network,
      kernels: 'reference',
      inputs: new Map([[network.inputs[0]!, input]]),
      inputFacts: [],
      goldenEngine,
      command: '',
      array: presetArray('kraken-7x96'),
      layers: 'all',
      levels: levels.split(',') as Level[],
      formats: ['bin'],
      align: 64,
      appRoot: process.cwd(),
      onProgress: () => steps++,
    },
    sink,
  );
  sink.finish();
  const seconds = (performance.now() - start) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  const binary = vectors
    .flatMap(({ files }) => files)
    .filter(({ path: name }) => name.endsWith('.bin'))
    .reduce((sum, one) => sum + one.bytes, 0);
  console.log(
    JSON.stringify({
      seconds,
      cpuSeconds: (user + system) / 1e6,
      mb: bytes / 1e6,
      binaryMb: binary / 1e6,
      steps,
      peakMb: endPeak() - before,
    }),
  );
  goldenEngine.close();
}

const [file, addonFolder, out, levels] = process.argv.slice(2) as [string, string, string, string];
void run(file, addonFolder, out, levels);
