// A contestant that is a program of its own. In: the command, a layer with its values. Out: a contestant.
// The layer lies in a folder as raw files: x, weights, bias, scales. The program reads lines from stdin and answers each
// with one line: `ready` and what it chose once at the start, then for `run N` the CPU and wall seconds of one of N, for `write` a file `y`.
// The other sides of it: oneDnn.cc and einsum.py.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Contestant } from './contestant';
import { type BenchLayer, type LayerValues, after } from './layer';

export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** What the file `y` holds: int8 outputs as the others have them, or int32 accumulators. */
  readonly writes: 'outputs' | 'accumulators';
}
export type ChildContestant = Contestant & { accumulators(): Promise<Int32Array | null> };

/** @throws Error with the program's own words where it ends early */
export async function startChild(program: Program, layer: BenchLayer, v: LayerValues): Promise<ChildContestant> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'goldbench-bench-'));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true });
  const { rows, columns } = layer;
  Object.entries({ x: v.x, weights: v.weights, bias: v.bias, scales: v.wScales }).forEach(([name, data]) =>
    fs.writeFileSync(path.join(folder, name), data),
  );
  const sizes = [
    rows.input,
    columns.input,
    layer.depth,
    rows.output,
    columns.output,
    layer.channels,
    rows.taps,
    columns.taps,
    rows.stride,
    columns.stride,
    layer.groups,
    rows.before,
    columns.before,
    after(rows),
    after(columns),
  ];
  const quantities = [v.xScale, v.xZero, v.yScale, v.yZero];
  const [command, ...args] = program.command;
  const child = spawn(command!, [...args, folder, layer.kind, ...[...sizes, ...quantities].map(String)], {
    env: { ...process.env, OMP_NUM_THREADS: '1', ...program.env },
  });
  let complaint = '';
  child.stderr.on('data', (text) => (complaint += text));
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', (error) => ((complaint += error.message), resolve()));
  });
  child.stdin.on('error', () => {}); // a program that ended early is told of by its missing answer
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (!done) return value as string;
    await ended;
    throw new Error(`${program.name}: ${complaint.trim() || 'ended without an answer'}`);
  };
  const ask = (line: string): Promise<string> => {
    child.stdin.write(`${line}\n`);
    return answer();
  };
  const read = async (): Promise<Buffer> => {
    await ask('write');
    return fs.readFileSync(path.join(folder, 'y'));
  };
  const close = async (): Promise<void> => {
    child.stdin.end();
    await ended;
    remove();
  };
  let implementation: string;
  try {
    implementation = (await answer()).replace(/^ready ?/, '');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: program.name,
    ...(implementation !== '' && { implementation }),
    run: async (times) => {
      const [cpu, wall] = (await ask(`run ${times}`)).split(' ').map(Number) as [number, number];
      return { cpu, wall };
    },
    output: async () => (program.writes === 'outputs' ? new Int8Array(await read()) : null),
    accumulators: async () =>
      program.writes === 'accumulators' ? new Int32Array(new Uint8Array(await read()).buffer) : null,
    close,
  };
}
