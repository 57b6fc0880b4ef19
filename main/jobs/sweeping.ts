// A sweep over designs, in the engine. In: its request, and how many designs are known already. Out: the others, told in
// handfuls with the progress, so that a sweep that is stopped loses a fraction of a second.
import { sweep as sweepDesigns } from '../flow';
import { countDesigns, type DesignPoint } from '../estimate/sweep';
import type { Args } from './protocol';
import type { Context } from './serve';

const TELL_EVERY_MS = 200;

export function sweep({ request, from }: Args<'sweep'>, { progress }: Context): number {
  const total = countDesigns(request.axes);
  let points: DesignPoint[] = [];
  let told = performance.now();
  let done = from;
  const note = (): string => `design ${Math.min(total, done + 1)} of ${total}`;
  progress({ done, total, note: note() });
  for (const point of sweepDesigns(request, from)) {
    points.push(point);
    done++;
    const isDue = done === total || performance.now() - told >= TELL_EVERY_MS;
    progress(isDue ? { done, total, note: note(), points } : { done, total, note: note() });
    if (!isDue) continue;
    points = [];
    told = performance.now();
  }
  return total;
}
