// The engine's process, as jobs/host wants it. In: the built entry's path. Out: an EngineProcess over utilityProcess.
// One is started ahead, once the window has painted, so that the first job finds it ready.
// ArrayBuffers are never put in a transfer list here: between processes Electron loses them silently.
import { utilityProcess } from 'electron';
import type { EngineProcess } from '../jobs/host';
import type { Log } from '../ipc/log';

export class EngineStarter {
  private ahead: { readonly engine: EngineProcess; hasEnded: boolean } | null = null;
  private isTaken = false;

  constructor(
    private readonly entry: string,
    private readonly log: Log,
  ) {}

  /** Starts a process that the first spawn() hands out; nothing once there was one. */
  prepare(): void {
    if (this.ahead || this.isTaken) return;
    const engine = forkEngine(this.entry, this.log);
    const ahead = { engine, hasEnded: false };
    engine.onExit(() => (ahead.hasEnded = true));
    this.ahead = ahead;
  }

  spawn = (): EngineProcess => {
    const { ahead } = this;
    this.ahead = null;
    this.isTaken = true;
    return ahead && !ahead.hasEnded ? ahead.engine : forkEngine(this.entry, this.log);
  };

  /** Ends the process that nobody took. */
  close(): void {
    this.ahead?.engine.kill();
    this.ahead = null;
  }
}

function forkEngine(entry: string, log: Log): EngineProcess {
  const child = utilityProcess.fork(entry, [], { serviceName: 'Goldbench engine', stdio: 'pipe' });
  child.stdout?.on('data', (text: Buffer) => log.debug('engine', text.toString().trimEnd()));
  child.stderr?.on('data', (text: Buffer) => log.warn('engine', text.toString().trimEnd()));
  // What it says before anybody listens (its hello) must not be lost.
  const early: unknown[] = [];
  const keep = (message: unknown): void => void early.push(message);
  child.on('message', keep);
  return {
    postMessage: (message) => child.postMessage(message),
    onMessage: (listener) => {
      child.off('message', keep);
      child.on('message', listener);
      for (const message of early.splice(0)) queueMicrotask(() => listener(message));
    },
    onExit: (listener) => void child.on('exit', listener),
    kill: () => void child.kill(),
  };
}
