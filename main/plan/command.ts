// The command line that plans or estimates what a window shows. In: a design. Out: one line of text for a shell.
import { setOptions } from '../array/command';
import type { ArrayChange } from '../array/edit';
import { operand, option, quoteCommand } from '../network/shell';
import type { Pin } from './layer';
import type { Objective } from './search';

export interface DesignWords {
  readonly workload: string; // a shipped table's name, or a file
  readonly array: string; // a preset's name, or a file
  readonly changes: readonly ArrayChange[]; // that differ from it
  readonly batch: number;
  readonly objective: Objective;
  readonly pins: Readonly<Record<string, Pin>>; // by layer
}

/** `goldbench plan vgg-16 --array kraken-7x96 --set rows=8 --batch 2`; what is usual is left out. */
export function designCommand(verb: 'plan' | 'estimate' | 'sweep', design: DesignWords, more: readonly string[] = []) {
  const { workload, array, changes, batch, objective, pins } = design;
  return quoteCommand([
    'goldbench',
    verb,
    operand(workload),
    ...option('--array', array),
    ...setOptions(changes),
    ...(batch === 1 ? [] : ['--batch', String(batch)]),
    ...(objective === 'clocks' ? [] : ['--objective', objective]),
    ...Object.entries(pins).flatMap(([layer, pin]) => option('--pin', `${layer}: ${tellPin(pin)}`)),
    ...more,
  ]);
}

/** 'form=direct merge=2' */
const tellPin = (pin: Pin): string =>
  Object.entries(pin)
    .map(([name, text]) => `${name}=${text}`)
    .join(' ');
