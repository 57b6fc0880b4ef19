// A second opinion: small layers in Icarus Verilog, which shares no code with Verilator.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { type Streams, assembleStreams } from '../../main/simulate/assemble';
import { rtlFiles } from '../../main/simulate/build';
import type { Engine } from '../../main/simulate/engine';
import { generatePackage } from '../../main/simulate/generate';
import { runTool } from '../../main/simulate/tools';
import { Random } from '../oracle/random';
import { randomRun, withFolder } from './layers';
import { expandPackets } from './packets';
import { appRoot, engineOf, isFull, need } from './simulators';

const ENGINES = [
  engineOf({ rows: 3, cores: 5, weightsSramDepthWords: 48, pixelStreamBits: 32, outputStreamBits: 64 }),
  engineOf({ rows: 2, cores: 14, accumulatorBits: 16 }, { outputLanes: 2, multiplierRegister: true }),
];

it.for(ENGINES)('layers are equal in Icarus: $rows x $cores', { timeout: 120_000 }, async (engine, test) => {
  await need(test, 'iverilog');
  await withFolder(async (folder) => {
    const random = new Random(5);
    for (let batch = 0; batch < (isFull ? 8 : 2); batch++) {
      const runs = [smallRun(engine, random), smallRun(engine, random), smallRun(engine, random)];
      const streams = assembleStreams(engine, runs);
      const beats = writeFiles(folder, engine, streams);
      const printed = await runIcarus(folder);
      expect(printed.trim().split('\n').at(-1)).toBe(`beats ${beats} of ${beats} differences 0 errors 00000`);
    }
  });
});

function smallRun(engine: Engine, random: Random) {
  for (;;) {
    const run = randomRun(engine, random);
    if (run.tiles.clocks < 3000) return run;
  }
}

async function runIcarus(folder: string): Promise<string> {
  const sources = ['kraken_pkg.sv', ...rtlFiles(appRoot), path.join(appRoot, 'test/rtl/benches/engine_tb.sv')];
  const compiled = await runTool('iverilog', ['-g2012', '-s', 'engine_tb', '-o', 'bench', ...sources], { cwd: folder });
  expect(compiled.stderr).toBe('');
  return (await runTool('vvp', ['bench'], { cwd: folder })).stdout;
}

/** Returns how many beats of sums must come. */
function writeFiles(folder: string, engine: Engine, { pixels, weights, expected }: Streams): number {
  mkdirSync(folder, { recursive: true });
  const put = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
  const inputs = { pixels, weights };
  const counts = Object.entries(inputs).map(([name, stream]) => {
    const lines = expandPackets(stream).flatMap((packet) =>
      beatsOf(packet, stream.beatBytes).map(({ hex, isLast }) => `${isLast ? 1 : 0}${hex}`),
    );
    put(`${name}.hex`, lines.join('\n'));
    return lines.length;
  });
  const beatBytes = engine.outputStreamBits / 8;
  const lines = expected.flatMap(({ bytes }) =>
    beatsOf(bytes, beatBytes).map(({ hex, isLast, count }) => {
      const flags = ((isLast ? 1n : 0n) << BigInt(beatBytes)) | ((1n << BigInt(count)) - 1n);
      return `${flags.toString(16)}${hex}`;
    }),
  );
  put('sums.hex', lines.join('\n'));
  put(
    'job.vh',
    [
      `localparam int PIXEL_BEATS = ${counts[0]};`,
      `localparam int WEIGHT_BEATS = ${counts[1]};`,
      `localparam int SUM_BEATS = ${lines.length};`,
    ].join('\n'),
  );
  put('kraken_pkg.sv', generatePackage(engine));
  return lines.length;
}

/** Hex of whole beats, the most significant byte first, zeros above the packet's end. */
function beatsOf(packet: Uint8Array, beatBytes: number): { hex: string; isLast: boolean; count: number }[] {
  return Array.from({ length: Math.ceil(packet.length / beatBytes) }, (_, at) => {
    const bytes = packet.subarray(at * beatBytes, (at + 1) * beatBytes);
    const hex = Buffer.from(bytes)
      .reverse()
      .toString('hex')
      .padStart(2 * beatBytes, '0');
    return { hex, isLast: (at + 1) * beatBytes >= packet.length, count: bytes.length };
  });
}
