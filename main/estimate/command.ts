// The command line that repeats a sweep. In: its request. Out: one line of text for a shell.
import { nearestPreset } from '../array/command';
import { designCommand } from '../plan/command';
import { tellValues } from './values';
import { AXES, AXIS_OPTION, type SweepRequest } from './sweep';

/**
 * `goldbench sweep vgg-16 --array kraken-7x96 --rows 4,8 --cols 24,48,96`
 * @param file what the command line calls the network
 */
export function sweepCommand(file: string, { array, objective, axes }: SweepRequest): string {
  const swept = AXES.flatMap((axis) => [`--${AXIS_OPTION[axis]}`, tellValues(axes[axis])]);
  const { base, changes } = nearestPreset(array);
  const words = { workload: file, array: base.name, changes, batch: 1, objective, pins: {} };
  return designCommand('sweep', words, swept);
}
