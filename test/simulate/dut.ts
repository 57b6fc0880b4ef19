// A design of one's own for tests: another array (dut/grid.sv) under a top whose ports have other names and whose reset is
// active high. Readers, sequencer and writers are those of resources/rtl.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { namedArray } from '../../main/array/presets';
import { rtlFiles } from '../../main/simulate/build';
import { defineEngine } from '../../main/simulate/engine';
import { SMALL_ARRAY, appRoot } from './faulty';

const RENAMED: readonly (readonly [from: RegExp, to: string])[] = [
  [/\bmodule engine\b/, 'module chip'],
  [/\bpe_array array\b/, 'grid array'],
  [/s_axis_pixels_t/g, 'px_'],
  [/s_axis_weights_t/g, 'wt_'],
  [/m_axis_sums_t/g, 'out_'],
  [/input {2}logic {27}aresetn,[^\n]*/, 'input logic rst,\n  input logic scan,\n  output logic led,'],
  [/\n\);\n/, '\n);\n  wire aresetn = !rst && !scan;\n  assign led = aresetn;\n'],
  [/\baclk\b/g, 'clk'],
];

const engine = defineEngine(namedArray(SMALL_ARRAY));
const stream = (prefix: string, bits: number) => ({
  valid: `${prefix}_valid`,
  ready: `${prefix}_ready`,
  last: `${prefix}_last`,
  data: `${prefix}_data`,
  bits,
});
export const CHIP = {
  sources: [
    'operation_pkg.sv',
    'skid.sv',
    'packet_reader.sv',
    'packet_writer.sv',
    'sram.sv',
    'weights_rotator.sv',
    'pixel_shifter.sv',
    'sequencer.sv',
    'output_pipe.sv',
    'grid.sv',
    'chip.sv',
  ],
  top: 'chip',
  clock: 'clk',
  reset: { port: 'rst', active: 'high' },
  pixels: stream('px', engine.pixelStreamBits),
  weights: stream('wt', engine.weightStreamBits),
  sums: { ...stream('out', engine.outputStreamBits), keep: 'out_keep', user: 'out_user' },
  events: {
    fire: 'ev_fire',
    shift: 'ev_shift',
    stall: 'ev_stall_out',
    waitPixels: 'ev_wait_pix',
    waitWeights: 'ev_wait_wgt',
  },
  tie: { scan: 0 },
  open: ['led', 'err'],
};

/** Writes the design into a folder, with what differs in its DUT file. */
export function writeChip(folder: string, changes: object = {}): string {
  const design = path.join(folder, 'chip');
  mkdirSync(design);
  for (const file of rtlFiles(appRoot)) copyFileSync(file, path.join(design, path.basename(file)));
  copyFileSync(path.join(import.meta.dirname, 'dut/grid.sv'), path.join(design, 'grid.sv'));
  const top = readFileSync(path.join(design, 'engine.sv'), 'utf8');
  writeFileSync(
    path.join(design, 'chip.sv'),
    RENAMED.reduce((text, [from, to]) => text.replace(from, to), top),
  );
  writeFileSync(path.join(design, 'dut.json'), JSON.stringify({ ...CHIP, ...changes }, null, 2));
  return design;
}
