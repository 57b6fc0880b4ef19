// A design of the user's own in the place of the engine. In: a folder with a DUT file, which says which port is which stream.
// Out: its sources, and a wrapper with the engine's ports round it, so that harness, packets and comparison stay the same.
// The ports are checked by Verilator's lint of the wrapper, before anything is built.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { tellingDisk } from '../import/disk';
import { userFailure } from '../network/failure';
import { parseJson } from '../network/json';
import type { Engine } from './engine';
import { USER_BITS } from './generate';
import { runTool } from './tools';

/** Lies in the folder that is given as other RTL. */
export const DUT_FILE = 'dut.json';
/** The wrapper's module; a design may itself be called engine. */
export const WRAPPER = 'goldbench_dut';

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_$]*$/, 'a SystemVerilog name is wanted');
const file = z.string().regex(/^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]*$/, 'a file inside the folder is wanted');
const bits = z.int().min(1).max(4096);
const stream = { valid: name, ready: name, last: name, data: name, bits };
const shape = z.strictObject({
  sources: z.array(file).min(1), // in reading order
  includes: z.array(file).default([]), // files that sources include or read
  top: name,
  parameters: z.record(name, z.union([z.int(), name])).default({}), // of the top: numbers, or names of kraken_pkg
  clock: name,
  reset: z.strictObject({ port: name, active: z.enum(['low', 'high']) }),
  pixels: z.strictObject(stream),
  weights: z.strictObject(stream),
  sums: z.strictObject({ ...stream, keep: name, user: name }),
  /** Ports that tell an operation, a shift and what is waited for: without `fire` the clocks are not split into parts. */
  events: z
    .strictObject({ fire: name, shift: name, stall: name, waitPixels: name, waitWeights: name })
    .partial()
    .default({}),
  tie: z.record(name, z.int().min(0)).default({}), // inputs that stay at a value
  open: z.array(name).default([]), // outputs that nobody reads
});
export type Dut = z.infer<typeof shape>;

/** Whether a folder of other RTL describes a design of its own, or is a changed copy of resources/rtl. */
export const isDut = (folder: string): boolean => existsSync(path.join(folder, DUT_FILE));

/** @throws userFailure 'dut' naming the field, 'dut-width' where a stream is not as wide as the array says */
export function readDut(folder: string, engine: Engine): Dut {
  const text = tellingDisk(folder, () => readFileSync(path.join(folder, DUT_FILE), 'utf8'), 'reading');
  const read = shape.safeParse(parseJson(text, DUT_FILE));
  if (!read.success) {
    const { path: place, message } = read.error.issues[0]!;
    throw userFailure(
      'dut',
      `${DUT_FILE}${place.length ? `, ${place.join('.')}` : ''}: ${message}.`,
      'The README of resources/rtl shows a DUT file.',
    );
  }
  const dut = read.data;
  const names = new Set<string>();
  for (const [role, port] of portsOf(dut)) {
    if (names.has(port))
      throw userFailure('dut', `${DUT_FILE}, ${role}: port '${port}' is named twice.`, 'Name each port once.');
    names.add(port);
  }
  const want = { pixels: engine.pixelStreamBits, weights: engine.weightStreamBits, sums: engine.outputStreamBits };
  const other = STREAMS.filter((stream) => dut[stream].bits !== want[stream]);
  if (other.length > 0) {
    const told = other.map(
      (stream) => `${stream}.bits: ${dut[stream].bits} bits, and the stream of the array has ${want[stream]}`,
    );
    const set = other.map((stream) => `--set ${FIELD[stream]}=${dut[stream].bits}`);
    throw userFailure(
      'dut-width',
      `${DUT_FILE}, ${told.join('; ')}.`,
      `Set the array's streams (Streams in Plan, or ${set.join(' ')}), or mend the file.`,
    );
  }
  return dut;
}

const STREAMS = ['pixels', 'weights', 'sums'] as const;
const FIELD = { pixels: 'pixelStreamBits', weights: 'weightStreamBits', sums: 'outputStreamBits' } as const;

/** Whether the RTL says in which clocks it does an operation: ours does, a design of the user's own may. */
export const tellsOperations = (rtlFolder: string | undefined, engine: Engine): boolean =>
  rtlFolder === undefined || !isDut(rtlFolder) || readDut(rtlFolder, engine).events.fire !== undefined;

/** Every port the file names, with the place where it does. */
function portsOf(dut: Dut): [role: string, port: string][] {
  const of = (role: string, ports: Readonly<Record<string, unknown>>): [string, string][] =>
    Object.entries(ports)
      .filter(([key]) => key !== 'bits')
      .map(([key, port]) => [`${role}.${key}`, String(port)]);
  return [
    ['clock', dut.clock],
    ['reset.port', dut.reset.port],
    ...(['pixels', 'weights', 'sums', 'events'] as const).flatMap((role) => of(role, dut[role])),
    ...Object.keys(dut.tie).map((port): [string, string] => ['tie', port]),
    ...dut.open.map((port): [string, string] => ['open', port]),
  ];
}

/** The engine's ports round the design; what the design does not tell is 0. */
export function wrapDut(dut: Dut): string {
  const { events } = dut;
  const pins: [port: string, net: string][] = [
    [dut.clock, 'aclk'],
    [dut.reset.port, dut.reset.active === 'low' ? 'aresetn' : '!aresetn'],
    ...(['pixels', 'weights'] as const).flatMap((stream) =>
      (['valid', 'ready', 'last', 'data'] as const).map((pin): [string, string] => [
        dut[stream][pin],
        `s_axis_${stream}_t${pin}`,
      ]),
    ),
    ...(['valid', 'ready', 'last', 'data', 'keep', 'user'] as const).map((pin): [string, string] => [
      dut.sums[pin],
      `m_axis_sums_t${pin}`,
    ]),
    ...Object.entries(events).map(([event, port]): [string, string] => [port, EVENTS[event as keyof typeof EVENTS]]),
    ...Object.entries(dut.tie).map(([port, value]): [string, string] => [port, String(value)]),
    ...dut.open.map((port): [string, string] => [port, '']),
  ];
  const parameters = Object.entries(dut.parameters).map(([parameter, value]) => `.${parameter}(${value})`);
  const silent = Object.entries(EVENTS).filter(([event]) => !(event in events));
  return [
    '// Generated from dut.json; do not edit.',
    `module ${WRAPPER} import kraken_pkg::*; (`,
    '  input  logic aclk, input logic aresetn,',
    ...(['pixels', 'weights'] as const).map(
      (stream) =>
        `  input  logic s_axis_${stream}_tvalid, output logic s_axis_${stream}_tready, input logic s_axis_${stream}_tlast, input logic [${dut[stream].bits - 1}:0] s_axis_${stream}_tdata,`,
    ),
    '  output logic m_axis_sums_tvalid, input logic m_axis_sums_tready, output logic m_axis_sums_tlast,',
    `  output logic [${dut.sums.bits - 1}:0] m_axis_sums_tdata, output logic [${dut.sums.bits / 8 - 1}:0] m_axis_sums_tkeep,`,
    `  output logic [${USER_BITS - 1}:0] m_axis_sums_tuser,`,
    `  ${Object.values(EVENTS)
      .map((event) => `output logic ${event}`)
      .join(', ')},`,
    '  output logic [4:0] err',
    ');',
    `  ${dut.top} ${parameters.length ? `#(${parameters.join(', ')}) ` : ''}dut (`,
    pins.map(([port, net]) => `    .${port}(${net})`).join(',\n'),
    '  );',
    ...silent.map(([, net]) => `  assign ${net} = 1'b0;`),
    "  assign err = '0;",
    'endmodule',
    '',
  ].join('\n');
}

const EVENTS = {
  fire: 'ev_fire',
  shift: 'ev_shift',
  stall: 'ev_stall_out',
  waitPixels: 'ev_wait_pix',
  waitWeights: 'ev_wait_wgt',
} as const;

/**
 * Asks Verilator whether the design has the ports that the file names, as wide as it says, and no others.
 * @param files in reading order, the wrapper last
 * @throws userFailure 'dut-ports' naming the ports, 'dut-sources' with Verilator's words
 */
export async function checkPorts(dut: Dut, files: readonly string[], cwd: string, signal?: AbortSignal): Promise<void> {
  const { stdout, stderr, code } = await runTool(
    'verilator',
    ['--lint-only', '-Wno-fatal', '-Irtl', '--top-module', WRAPPER, ...files],
    { cwd, signal },
  );
  const lines = `${stderr}\n${stdout}`.split('\n');
  const wrong = lines.flatMap((line) => tellPort(dut, line));
  if (wrong.length > 0) throw userFailure('dut-ports', wrong.join(' '), `Mend ${DUT_FILE} or the ports of ${dut.top}.`);
  if (code === 0) return;
  const words = lines
    .filter((line) => line.startsWith('%Error'))
    .slice(0, 5)
    .join('\n');
  throw userFailure('dut-sources', `Verilator does not take the sources of ${DUT_FILE}: ${words}`, 'Mend them.');
}

/** What a line of Verilator 5's lint says of a port of the top; nothing where it speaks of something else. */
function tellPort(dut: Dut, line: string): string[] {
  if (!line.includes(`${WRAPPER}.sv:`)) return [];
  const roleOf = (port: string | undefined): string => portsOf(dut).find(([, one]) => one === port)?.[0] ?? 'port';
  const absent = /Pin not found: '([^']+)'/.exec(line)?.[1];
  if (absent) return [`${dut.top} has no port '${absent}' (${DUT_FILE}, ${roleOf(absent)}).`];
  const unnamed = /Cell has missing pin: '([^']+)'/.exec(line)?.[1];
  if (unnamed)
    return [
      `${DUT_FILE} does not name port '${unnamed}' of ${dut.top}; an input that stays at a value belongs under tie, an output that nobody reads under open.`,
    ];
  const [, port, has, wants] = /port connection '([^']+)' expects (\d+) bits .* generates (\d+) bits/.exec(line) ?? [];
  const isTied = port !== undefined && port in dut.tie; // a number is as wide as it needs
  return port && !isTied ? [`Port '${port}' of ${dut.top} has ${has} bits, and ${roleOf(port)} needs ${wants}.`] : [];
}

/** Sources in reading order, then what they include, by the name they get in the build. @throws userFailure 'dut' */
export function dutFiles(folder: string, dut: Dut): Map<string, string> {
  const files = new Map<string, string>();
  for (const file of [...dut.sources, ...dut.includes]) {
    const base = path.basename(file);
    if (files.has(base)) throw userFailure('dut', `${DUT_FILE} names two files ${base}.`, 'Give them different names.');
    files.set(
      base,
      tellingDisk(file, () => readFileSync(path.join(folder, file), 'utf8'), 'reading'),
    );
  }
  return files;
}
