// Where the engine's benchmarks write: JSON lines on the terminal and in test/output/bench, then a table and the targets.
// In: records and verdicts. Out: text. Every line carries its part, so that a file of several runs can be read again.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const folder = path.resolve(__dirname, '../output/bench');

/** A target of the project beside what was measured. Nothing fails on it: time is reported, never asserted. */
export interface Verdict {
  readonly target: string;
  readonly reached: string;
  /** null where this machine, now, cannot tell. */
  readonly met: boolean | null;
}

export class Journal {
  private readonly file: string;

  constructor(private readonly part: string) {
    fs.mkdirSync(folder, { recursive: true });
    this.file = path.join(folder, `${part}.jsonl`);
    fs.writeFileSync(this.file, '');
    fs.rmSync(path.join(folder, `${part}.txt`), { force: true });
  }

  /** One JSON line. Numbers are cut to four digits, which is more than a measurement holds. */
  write(record: Readonly<Record<string, unknown>>): void {
    const line = JSON.stringify({ bench: this.part, ...record }, (_, value: unknown) =>
      typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
    );
    fs.appendFileSync(this.file, `${line}\n`);
    console.log(line);
  }

  writeMachine(more: Readonly<Record<string, unknown>>): void {
    const cpus = os.cpus();
    this.write({
      machine: cpus[0]?.model.trim() ?? 'unknown',
      cores: cpus.length,
      load: os.loadavg()[0],
      node: process.version,
      ...more,
    });
  }

  writeVerdicts(verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) this.write({ ...verdict });
    this.writeTable(
      ['target', 'reached', ''],
      verdicts.map((v) => [v.target, v.reached, v.met === null ? 'not judged' : v.met ? 'met' : 'missed']),
    );
  }

  /** For people; a first column of text, and figures to the right. */
  writeTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
    const text = [head, ...rows].map((row) =>
      row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  '),
    );
    fs.appendFileSync(path.join(folder, `${this.part}.txt`), `${text.join('\n')}\n\n`);
    console.log(text.join('\n'));
  }
}
