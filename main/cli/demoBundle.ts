// The last step of `goldbench demo`: one image as a bundle, proved by the bundle's own script, outside the program. In: the
// network, its input, the array. Out: what was written and what its testbench said; where Verilator is missing, the sentence
// that says so. The bundle goes again: the command that makes one to keep is told.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PeArray } from '../array/array';
import { BundleFolder } from '../export/folder';
import { LEVELS } from '../export/choice';
import { exportBundle } from '../flow';
import type { Network } from '../network/network';
import { findAppRoot } from '../session/binding';
import { isPresent } from '../simulate/build';
import { runTool } from '../simulate/tools';
import { type TypedArray, bytesOf } from '../tensor/tensor';
import { print, thousands } from './print';

export interface SampleImage {
  readonly file: string; // within the sample
  readonly data: TypedArray;
}

interface Proved {
  readonly command: string;
  readonly files: number;
  readonly bytes: number;
  readonly code: number | null; // of run_verilator.sh
  readonly said: readonly string[];
  readonly ms: number;
}
type DemoBundle = Proved | { readonly skipped: string };

export async function exportSample(network: Network, array: PeArray, { file, data }: SampleImage): Promise<DemoBundle> {
  if (!(await isPresent('verilator')))
    return {
      skipped:
        'Verilator is not installed, in which the testbench of a bundle runs. Install it: sudo apt-get install verilator.',
    };
  const start = performance.now();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'goldbench-demo-bundle-'));
  const command = `npx goldbench export resources/samples/digits/digits.tflite --input resources/samples/digits/${file} --array ${array.rows}x${array.cores} --formats mem --out bundle`;
  try {
    const target = path.join(folder, 'bundle');
    const input = network.inputs[0]!;
    const sha256 = createHash('sha256').update(bytesOf(data)).digest('hex');
    const sink = new BundleFolder(target);
    const { vectors, files, bytes } = await exportBundle(
      {
        network,
        kernels: 'reference',
        array,
        inputs: new Map([[input, data]]),
        command,
        appRoot: findAppRoot(),
        inputFacts: [{ tensor: input, name: network.tensors[input]!.name, source: path.basename(file), sha256 }],
        layers: 'all',
        levels: LEVELS,
        formats: ['mem'],
        align: 64,
      },
      sink,
    );
    sink.finish();
    const { code, stdout, stderr } = await runTool('env', ['OPT=-O0', path.join(target, 'run_verilator.sh')], {
      cwd: folder,
    });
    const count = vectors.reduce((sum, vector) => sum + vector.files.length, files.length);
    return {
      command,
      files: count,
      bytes,
      code,
      said: `${stdout}${stderr}`.trim().split('\n'),
      ms: performance.now() - start,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function printBundle(bundle: DemoBundle): void {
  if ('skipped' in bundle) return print(`\nno bundle: ${bundle.skipped}`);
  const { files, bytes, said, ms, command } = bundle;
  print(`\nexported as a bundle of ${thousands(files)} files, ${thousands(bytes)} bytes; its run_verilator.sh says:`);
  for (const line of said) print(`  ${line}`);
  print(`${(ms / 1000).toFixed(1)} s; one to keep: ${command}`);
}
