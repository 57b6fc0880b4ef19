// The engine as a forked Node process: for the command line and tests. In: the built engine's file. Out: an EngineProcess.
import { fork } from 'node:child_process';
import type { EngineProcess } from './host';

/** @param file engine.js, with worker.js beside it */
export const forkEngine =
  (file: string): (() => EngineProcess) =>
  () => {
    const child = fork(file, [], {
      serialization: 'advanced', // typed arrays stay what they are
      execArgv: [], // the parent's debugger or loader is not the engine's
      stdio: ['ignore', process.stderr.fd, process.stderr.fd, 'ipc'], // stdout is for results alone
    });
    return {
      // A message to a child that has just ended is answered by its exit, not by an error of its own
      postMessage: (message) => void (child.connected && child.send(message, () => {})),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => {
        child.on('exit', listener);
        child.on('error', () => child.exitCode === null && listener(null)); // could not be started
      },
      kill: () => void child.kill('SIGKILL'),
    };
  };
