// The memory of this process by Linux's account, in MB. In: nothing. Out: what it holds, and the most it held since.
import fs from 'node:fs';

/** Begins the peak anew; returns what the process holds now. Needs node --expose-gc. */
export function beginPeak(): number {
  (globalThis as { gc?: () => void }).gc!();
  fs.writeFileSync('/proc/self/clear_refs', '5'); // man 5 proc: the peak begins anew
  return readMb('VmRSS');
}

export const endPeak = (): number => readMb('VmHWM');

function readMb(field: string): number {
  const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(fs.readFileSync('/proc/self/status', 'utf8'))!;
  return Number(kilobytes) / 1024;
}
