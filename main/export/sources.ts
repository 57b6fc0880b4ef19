// The files of a bundle that are no vectors. In: the engine, the tables of the testbench, rows of packets. Out: names and
// texts: the RTL as shipped, what is generated from the one array value, the testbench and its scripts.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { rtlFiles } from '../simulate/build';
import type { Engine } from '../simulate/engine';
import { generateHeader, generatePackage } from '../simulate/generate';

export interface BundleParts {
  readonly engine: Engine;
  readonly tables: readonly (readonly [name: string, text: string])[]; // empty where there is no testbench
  readonly request: { readonly appRoot: string };
}

type File = readonly [name: string, text: string];

export function readSources({ engine, tables, request }: BundleParts): File[] {
  const { appRoot } = request;
  const bundled = (name: string): string => readFileSync(path.join(appRoot, 'resources/bundle', name), 'utf8');
  const rtl = rtlFiles(appRoot).map((file): File => [`rtl/${path.basename(file)}`, readFileSync(file, 'utf8')]);
  const hardware: File[] = [['rtl/kraken_pkg.sv', generatePackage(engine)], ...rtl, ['rtl/kraken_parameters.h', generateHeader(engine)]]; // prettier-ignore
  if (tables.length === 0) return hardware;
  const sources = [...hardware.map(([name]) => name).filter((name) => name.endsWith('.sv')), 'testbench/bundle_pkg.sv', 'testbench/bundle_tb.sv']; // prettier-ignore
  return [
    ...hardware,
    ...tables.map(([name, text]): File => [`testbench/${name}`, text]),
    ['testbench/sources.txt', `${sources.join('\n')}\n`],
    ['testbench/bundle_tb.sv', bundled('bundle_tb.sv')],
    ['testbench/verdict.sh', bundled('verdict.sh')],
    ['run_verilator.sh', bundled('run_verilator.sh')],
    ['run_icarus.sh', bundled('run_icarus.sh')],
  ];
}
