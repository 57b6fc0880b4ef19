// Comparing what runs kept. In: two runs' records, or where two tensors lie. Out: what differs. Values are read from the
// blobs in pieces, and those with the same sha256 not at all.
import { type RunComparison, compareRuns, countByChannel } from '../compare/compare';
import { type Open, keptOf } from '../compare/run';
import { Blobs } from '../session/blobs';
import { withElements } from './elements';
import type { Args } from './protocol';
import type { Context } from './serve';

export function compare({ blobs: folder, a, b, view }: Args<'compare'>, { progress }: Context): RunComparison {
  const blobs = new Blobs(folder);
  const open: Open =
    ({ sha256, type, shape }) =>
    (work) =>
      withElements({ path: blobs.pathOf(sha256), offset: 0, type, shape }, work);
  return compareRuns(keptOf(a, view, open), keptOf(b, view, open), (done, total) =>
    progress({ done, total, note: `tensor ${done + 1} of ${total}` }),
  );
}

export const compareChannels = ({ a, b }: Args<'compareChannels'>): number[] =>
  withElements(a, (readA) => withElements(b, (readB) => countByChannel(readA, readB, a.shape)));
