// The benchmark's own packages (test/bench/package.json). In: nothing. Out: onnxruntime-node, installed on first use.
// Its install script would fetch GPU libraries from elsewhere; the CPU library is in the package, so no script runs.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { withLock } from '../../../scripts/cache.mjs';

const folder = path.resolve(__dirname, '..');
const manifest = path.join(folder, 'package.json');

export type OrtData = Uint8Array | Int8Array | Float32Array;
export interface OrtTensor {
  readonly data: OrtData;
}
export interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, OrtTensor>, fetches: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}
export interface Ort {
  readonly Tensor: new (type: string, data: OrtData, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
}

/** @throws Error with npm's words where it cannot be installed */
export async function loadOrt(): Promise<Ort> {
  await withLock('bench-packages', () => {
    if (!isInstalled())
      execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
        cwd: folder,
        stdio: ['ignore', 'inherit', 'pipe'],
      });
  });
  return createRequire(manifest)('onnxruntime-node') as Ort;
}

function isInstalled(): boolean {
  const wanted = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { dependencies: Record<string, string> };
  return Object.entries(wanted.dependencies).every(([name, version]) => {
    const file = path.join(folder, 'node_modules', name, 'package.json');
    return (
      fs.existsSync(file) && (JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string }).version === version
    );
  });
}
