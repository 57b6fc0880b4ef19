// Starting other programs. In: a command and its arguments. Out: what it printed, or a failure told by the program's own
// last words. Each gets a process group of its own and an environment with nothing in it that it does not need.
import { type ChildProcess, spawn } from 'node:child_process';
import { cancelled } from '../network/failure';

export interface Finished {
  readonly code: number | null; // null where a signal ended it
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void; // of stdout, which is then not kept
}

/** A program that takes lines until it is told that there are no more. */
export interface Running {
  readonly finished: Promise<Finished>;
  say(line: string): void;
  end(): void;
}

const KEPT = ['PATH', 'HOME', 'TMPDIR', 'CCACHE_DIR', 'XDG_CACHE_HOME', 'VERILATOR_ROOT'];
const KILL_AFTER_MS = 2000;
const KEPT_CHARACTERS = 1 << 20;

/**
 * Runs a program to its end. Its exit code is the caller's to judge.
 * @throws Failure 'cancelled' once the signal has ended it; NodeJS error ENOENT where there is no such program
 */
export function runTool(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  if (options.signal?.aborted) return Promise.reject(cancelled(command));
  return follow(launch(command, args, 'ignore', options.cwd), command, options);
}

/** Starts a program that reads its stdin; `finished` is what runTool answers. */
export function startTool(command: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = launch(command, args, 'pipe', options.cwd);
  const stdin = child.stdin!;
  stdin.on('error', () => {}); // EPIPE: it has ended, which `finished` tells
  return {
    finished: follow(child, command, options),
    say: (line) => void stdin.write(`${line}\n`),
    end: () => void stdin.end(),
  };
}

const launch = (command: string, args: readonly string[], stdin: 'ignore' | 'pipe', cwd?: string): ChildProcess =>
  spawn(command, args, { cwd, env: cleanEnvironment(), detached: true, stdio: [stdin, 'pipe', 'pipe'] });

function follow(child: ChildProcess, command: string, { signal, onLine }: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child
      .stdout!.setEncoding('utf8')
      .on('data', (text: string) => (stdout = onLine ? tellLines(stdout + text, onLine) : keep(stdout, text)));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr = keep(stderr, text)));
    const stop = (): void => stopGroup(child.pid!);
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(cancelled(command));
      else resolve({ code, signal: killedBy, stdout, stderr });
    });
  });
}

const cleanEnvironment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(KEPT.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
  LC_ALL: 'C',
});

const keep = (text: string, more: string): string => (text + more).slice(-KEPT_CHARACTERS);

/** Tells whole lines; returns the rest. */
function tellLines(text: string, onLine: (line: string) => void): string {
  const lines = text.split('\n');
  const rest = lines.pop()!;
  lines.forEach(onLine);
  return rest;
}

/** SIGTERM to the program and all it started; SIGKILL if they are still there after two seconds. */
function stopGroup(pid: number): void {
  killGroup(pid, 'SIGTERM');
  setTimeout(() => killGroup(pid, 'SIGKILL'), KILL_AFTER_MS).unref();
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: all gone already
  }
}
