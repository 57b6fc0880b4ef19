// What verbs that run a network share: which file is for which input, and the words of --pixels, --kernels, --engine,
// --threads and --keep. In: arguments. Out: checked values, or a sentence.
import type { Engine } from '../golden/engine';
import { ENGINE_NAMES, engineOf, usualEngine } from '../golden/engines';
import type { Preprocessing } from '../import/pixels';
import { KERNEL_SETS, type KernelSet } from '../network/arithmetic';
import { userFailure } from '../network/failure';
import type { Network } from '../network/network';
import { PIXEL_RULES, type PixelChoice, ruleOfChoice } from '../network/pixels';

/** NAME=FILE pairs to input tensors; a single input needs no name. */
export function matchInputs(network: Network, given: readonly string[]): (readonly [number, string])[] {
  const names = network.inputs.map((i) => network.tensors[i]!.name);
  const remedy = `Give --input NAME=FILE once for each of: ${names.join(', ')}.`;
  const matched = given.map((text) => {
    const named = network.inputs.find((i) => text.startsWith(`${network.tensors[i]!.name}=`));
    if (named !== undefined) return [named, text.slice(network.tensors[named]!.name.length + 1)] as const;
    if (network.inputs.length === 1 && !text.includes('=')) return [network.inputs[0]!, text] as const;
    throw userFailure('input-unknown', `--input ${text} names no input of ${network.name}.`, remedy);
  });
  for (const tensor of network.inputs) {
    const count = matched.filter(([to]) => to === tensor).length;
    if (count !== 1)
      throw userFailure(
        'input-missing',
        `Input ${network.tensors[tensor]!.name} of ${network.name} was given ${count} times.`,
        remedy,
        { tensor },
      );
  }
  return matched;
}

function checkKernels(given = 'reference'): KernelSet {
  const found = KERNEL_SETS.find((set) => set === given);
  if (found) return found;
  throw userFailure(
    'kernels-unknown',
    `There is no kernel set '${given}'.`,
    `The kernel sets are: ${KERNEL_SETS.join(', ')}.`,
  );
}

/** How an image's pixels become real values; without it the input's own range decides. */
export const checkPixels = (given: string | undefined): Preprocessing | undefined =>
  ruleOfChoice(checkPixelChoice(given));

export function checkPixelChoice(given: string | undefined): PixelChoice {
  if (given === undefined) return 'file';
  if (Object.hasOwn(PIXEL_RULES, given)) return given as PixelChoice;
  throw userFailure(
    'pixels-unknown',
    `--pixels ${given} is no range.`,
    `The ranges are ${Object.keys(PIXEL_RULES).join(', ')} (write --pixels=-1..1).`,
  );
}

/** How a network is run. */
export interface How {
  readonly kernels: KernelSet;
  readonly engine: Engine;
  readonly keepAccumulators: boolean;
}

/** Left out: the reference kernels, the fastest engine that is there on one thread, and everything is kept. */
export function checkHow(values: { kernels?: string; engine?: string; threads?: string; keep?: string }): How {
  return {
    kernels: checkKernels(values.kernels),
    engine: checkEngine(values.engine, values.threads),
    keepAccumulators: checkKeep(values.keep),
  };
}

function checkEngine(given: string = usualEngine(), threads = '1'): Engine {
  const name = ENGINE_NAMES.find((one) => one === given);
  if (name && /^\d{1,4}$/.test(threads)) return engineOf(name, Number(threads));
  throw name
    ? userFailure('threads', `--threads ${threads} is no number of threads.`, 'Give a whole number.')
    : userFailure('engine-unknown', `There is no engine '${given}'.`, `The engines are: ${ENGINE_NAMES.join(', ')}.`);
}

function checkKeep(given = 'accumulators'): boolean {
  if (given === 'accumulators' || given === 'outputs') return given === 'accumulators';
  throw userFailure(
    'keep-unknown',
    `--keep ${given} is not understood.`,
    'Write --keep outputs or --keep accumulators.',
  );
}
