// A network that keeps the engine reference-ts busy for many seconds, so that a test can cancel it or crash under it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { NetworkBuilder, type TensorDescription } from '../oracle/build';
import { byTest } from './workbench';

const CHANNELS = 128;
const SIDE = 56;
const HEAVY_LAYERS = 24; // of 462 million MACs each

/** Writes the network, and beside it `input.bin`: raw bytes for its one input. */
export function writeHeavyNetwork(file: string): void {
  const builder = new NetworkBuilder('heavy');
  const slot: TensorDescription = {
    type: 'int8',
    shape: [1, SIDE, SIDE, CHANNELS],
    quantization: { scale: [0.05], zeroPoint: [-3] },
  };
  const weights = Int8Array.from({ length: CHANNELS * 9 * CHANNELS }, (_, i) => ((i * 37) % 255) - 127);
  let tensor = builder.input(slot);
  for (let layer = 0; layer < HEAVY_LAYERS; layer++) {
    const w = builder.constant(
      { type: 'int8', shape: [CHANNELS, 3, 3, CHANNELS], quantization: { scale: [0.002], zeroPoint: [0] } },
      weights,
    );
    tensor = builder.operator('CONV_2D', [tensor, w, -1], slot, {
      padding: 'same',
      strideH: 1,
      strideW: 1,
      dilationH: 1,
      dilationW: 1,
      activation: 'none',
    });
  }
  writeFileSync(file, builder.finish());
  const values = Int8Array.from({ length: SIDE * SIDE * CHANNELS }, (_, i) => (i * 13) % 251);
  writeFileSync(path.join(path.dirname(file), 'input.bin'), values);
}

/** From here on runs go through the TypeScript kernels: the native ones are through before anybody could cancel. */
export async function chooseSlowEngine(page: Page): Promise<void> {
  await page.click(byTest('how'));
  await page.click(byTest('engine-reference-ts'));
  await page.click(byTest('how-close'));
}
