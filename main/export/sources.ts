// The files of a bundle that are no vectors. In: the engine, the tables of the testbench, the packets. Out: names and texts:
// the RTL as shipped, what is generated from the one array value, the testbench with its scripts, and what a board needs.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rtlFiles } from '../simulate/build';
import type { Engine } from '../simulate/engine';
import { generateHeader, generatePackage } from '../simulate/generate';
import { mapMemory, writeMemoryMap, writeSequence } from './lab';
import type { PacketRow } from './streams';

export interface BundleParts {
  readonly engine: Engine;
  readonly tables: readonly File[]; // of the testbench; empty where there is none
  readonly packets: readonly PacketRow[];
  readonly hasBinaries: boolean; // .bin files of the packets
  readonly align: number;
  readonly appRoot: string;
}

type File = readonly [name: string, text: string];

/** The testbench, each behind what it imports. */
const BENCH = ['testbench/bundle_pkg.sv', 'testbench/host_pkg.sv', 'testbench/bundle_tb.sv'];

export function readSources(parts: BundleParts): File[] {
  const { engine, tables, appRoot, hasBinaries } = parts;
  const bundled = (name: string): string => readFileSync(path.join(appRoot, 'resources/bundle', name), 'utf8');
  const rtl: File[] = [
    ['rtl/kraken_pkg.sv', generatePackage(engine)],
    ...rtlFiles(appRoot).map((file): File => [`rtl/${path.basename(file)}`, readFileSync(file, 'utf8')]),
  ];
  const hardware: File[] = [
    ['README.txt', bundled('README.txt')],
    ...rtl,
    ['rtl/kraken_parameters.h', generateHeader(engine)],
  ];
  if (tables.length === 0) return hardware;
  const rtlNames = rtl.map(([name]) => name);
  const hasModules = tables.some(([name]) => name === 'modules.txt');
  return [
    ...hardware,
    ...tables.map(([name, text]): File => [`testbench/${name}`, text]),
    ['testbench/sources.txt', listNames([...rtlNames, ...BENCH])],
    ['testbench/host_pkg.sv', bundled('host_pkg.sv')],
    ['testbench/bundle_tb.sv', bundled('bundle_tb.sv')],
    ...(hasModules ? moduleBench(rtlNames, bundled) : []),
    ['testbench/verdict.sh', bundled('verdict.sh')],
    ['run_verilator.sh', bundled('run_verilator.sh')],
    ['run_icarus.sh', bundled('run_icarus.sh')],
    ['vivado/create_project.tcl', bundled('create_project.tcl')],
    ['vivado/sources.txt', listNames(rtlNames)],
    ...(hasBinaries ? boardFiles(parts, bundled) : []),
  ];
}

const moduleBench = (rtlNames: readonly string[], bundled: (name: string) => string): File[] => [
  ['testbench/module_sources.txt', listNames([...rtlNames, 'testbench/bundle_pkg.sv', 'testbench/modules_tb.sv'])],
  ['testbench/modules_tb.sv', bundled('modules_tb.sv')],
  ['testbench/module_check.vh', bundled('module_check.vh')],
];

/** They load .bin files. */
function boardFiles({ engine, packets, align }: BundleParts, bundled: (name: string) => string): File[] {
  const map = mapMemory(packets, engine, align);
  return [
    ['xsdb/load_memory.tcl', bundled('load_memory.tcl')],
    ['xsdb/memory_map.tcl', writeMemoryMap(map)],
    ['driver/kraken_driver.c', bundled('kraken_driver.c')],
    ['driver/dma_sequence.h', writeSequence(map)],
    ['pynq/run_pynq.py', bundled('run_pynq.py')],
  ];
}

const listNames = (names: readonly string[]): string => names.map((name) => `${name}\n`).join('');
