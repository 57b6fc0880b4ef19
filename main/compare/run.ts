// A run's record as a side of a comparison. In: the record, its network, and how to open a stored tensor. Out: what the run
// kept, in execution order: inputs, then each operator's accumulators before its outputs, since they are computed first.
import { nameRunFiles } from '../golden/folder';
import type { RunRecord, StoredTensor } from '../golden/record';
import type { NetworkView } from '../network/view';
import type { Kept, Read } from './compare';

export type Open = (stored: StoredTensor) => <T>(work: (read: Read) => T) => T;

export function keptOf(record: RunRecord, view: NetworkView, open: Open): Kept[] {
  const names = nameRunFiles(record, view);
  const keep = (stored: StoredTensor, what: Kept['what'], operator: number | null): Kept => {
    const { tensor, type, shape, sha256 } = stored;
    return { label: names.get(stored)!, operator, tensor, what, type, shape, sha256, open: open(stored) };
  };
  return [
    ...record.inputs.map((input) => keep(input, 'input', null)),
    ...record.operators.flatMap(({ operator, outputs, accumulator }) => [
      ...(accumulator ? [keep(accumulator, 'accumulator', operator)] : []),
      ...outputs.map((output) => keep(output, 'output', operator)),
    ]),
  ];
}
