// The same rooms without a window: `goldbench VERB …`. In: arguments. Out: a table for people or, with --json, one JSON
// document on stdout and nothing else; errors on stderr; the exit code of design (0, 1, 2, 3, 4, 130).
import { runCompare } from './cli/compare';
import { runDemo } from './cli/demo';
import { runEstimate } from './cli/estimate';
import { runExport } from './cli/export';
import { runGolden } from './cli/golden';
import { runImport } from './cli/import';
import { runLayer } from './cli/layer';
import { runPlan } from './cli/plan';
import { printFailure } from './cli/print';
import { runQuantise } from './cli/quantise';
import { runSimulate } from './cli/simulate';
import { runSweep } from './cli/sweep';
import { runWhy } from './cli/why';
import { Failure, EXIT_CODE, recordFailure, userFailure } from './network/failure';
import { PROGRAM } from './network/program';

export interface Verb {
  readonly usage: string;
  readonly about: string;
  run(args: string[]): Promise<void>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  import: runImport,
  quantise: runQuantise,
  golden: runGolden,
  compare: runCompare,
  layer: runLayer,
  why: runWhy,
  plan: runPlan,
  estimate: runEstimate,
  sweep: runSweep,
  simulate: runSimulate,
  export: runExport,
  demo: runDemo,
};

const HELP = `goldbench: the golden model of a quantised network, without a window

${Object.values(VERBS)
  .map((verb) => `  goldbench ${verb.usage}\n      ${verb.about}`)
  .join('\n')}

Every verb takes --json (one JSON document on stdout); import and golden take --session FILE.sqlite (record into it).
Exit codes: 0 done, 1 a comparison failed, 2 the input is wrong, 3 a tool is unavailable, 4 a bug of ours, 130 cancelled.
`;

async function main(argv: readonly string[]): Promise<void> {
  const [word, ...args] = argv;
  if (word === '--version') return void process.stdout.write(`${PROGRAM}\n`);
  if (word === undefined || word === 'help' || word === '--help' || word === '-h')
    return void process.stdout.write(HELP);
  const verb = Object.hasOwn(VERBS, word) ? VERBS[word]! : undefined;
  if (!verb)
    throw userFailure('unknown-verb', `There is no verb '${word}'.`, `The verbs are ${Object.keys(VERBS).join(', ')}.`);
  if (args.includes('--help') || args.includes('-h'))
    return void process.stdout.write(`goldbench ${verb.usage}\n    ${verb.about}\n`);
  await verb.run(args);
}

// A reader that stops early (`goldbench … | head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 4));

main(process.argv.slice(2)).catch((error: unknown) => {
  const failure = recordFailure(error);
  printFailure(failure);
  if (!(error instanceof Failure) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = EXIT_CODE[failure.kind];
});
