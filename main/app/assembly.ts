// Puts the rooms together behind the doorway: session, engine, jobs, samples, handlers. In: the shell's settings, log and
// folders. Out: what index.ts needs of them. Loaded while the page's process starts, because SQLite and the schemas
// take longer to load than a window takes to open.
import path from 'node:path';
import type { JobView } from '../../preload/contract/views';
import { EngineHost } from '../jobs/host';
import { Jobs } from '../jobs/jobs';
import { type FailureRecord, Failure, userFailure } from '../network/failure';
import { VERSION } from '../network/program';
import { sqliteVersion } from '../session/database';
import { Session } from '../session/session';
import { type OnBug, dispatch, tellFailure } from '../ipc/dispatch';
import type { Doorway } from '../ipc/electron';
import { Grants, checkFile } from '../ipc/grants';
import { makeHandlers, startImport } from '../ipc/handlers';
import type { LogBook } from '../ipc/log';
import { Samples } from '../ipc/samples';
import { Sessions } from '../ipc/sessions';
import type { Settings } from '../ipc/settings';
import type { Shell, Workbench } from '../ipc/workbench';
import { makeDialogs } from './dialogs';
import { EngineStarter } from './engine';
import { serveTensor } from './tensorBytes';
import { anyWindow, tell } from './window';

export interface AssemblyOptions {
  readonly settings: Settings;
  readonly log: LogBook;
  readonly shell: Omit<Shell, 'versions'>;
  /** Where resources/ lies. */
  readonly resources: string;
  /** The engine's built entry. */
  readonly engineEntry: string;
  readonly userData: string;
  /** A session named on the command line. */
  readonly session: string | null;
}

export interface Assembly extends Doorway {
  tensor(query: URLSearchParams): Promise<Response>;
  /** Opens networks and sessions named on the command line, by a second start, or by the desktop. */
  openPaths(paths: readonly string[]): Promise<void>;
  /** Starts the engine's process ahead of the first job. */
  warm(): void;
  running(): number;
  finish(): Promise<void>;
}

export function assemble({
  settings,
  log,
  shell,
  resources,
  engineEntry,
  userData,
  session,
}: AssemblyOptions): Assembly {
  const onBug: OnBug = (id, channel, error) => log.error('ipc', `${id} in ${channel}`, error);
  const jobs = new Jobs();
  const starter = new EngineStarter(engineEntry, log);
  const engine = new EngineHost(starter.spawn);
  const grants = new Grants();
  const sessions = new Sessions({
    open: (file) => Session.open(file),
    folder: path.join(userData, 'sessions'),
    settings,
    isBusy: () => jobs.running() > 0,
    tell: (view) => tell('session', view),
  });
  const failures: FailureRecord[] = [...(settings.notice ? [settings.notice] : []), ...sessions.start(session)];
  for (const { code, sentence } of failures) log.warn('app', `${code}: ${sentence}`);
  const workbench: Workbench = {
    shell: { ...shell, versions: readVersions() },
    dialogs: makeDialogs(anyWindow),
    samples: new Samples(path.join(resources, 'samples'), log),
    failures: () => failures,
    sessions,
    grants,
    engine,
    jobs,
    log,
  };
  const handlers = makeHandlers(workbench);
  jobs.onJob((job) => {
    tell('job', job);
    noteJob(job, log);
  });

  // Before the page has asked for its start it hears no events: what fails until then is part of that answer.
  let isPageListening = false;
  const onFailure = (error: unknown): void => {
    const failure = tellFailure('open', error, onBug);
    log.warn('app', `${failure.code}: ${failure.sentence}`);
    if (isPageListening) tell('failure', failure);
    else failures.push(failure);
  };

  return {
    call(channel, request) {
      if (channel === 'app.start') isPageListening = true;
      return dispatch(handlers, channel, request, onBug);
    },
    async grant(file) {
      try {
        if (typeof file !== 'string' || file.length > 4096)
          throw userFailure('file-without-path', 'What was dropped is not a file.', 'Drop a file.');
        return { ok: true, value: await grants.give(file) };
      } catch (error) {
        return { ok: false, failure: tellFailure('pathForFile', error, onBug) };
      }
    },
    tensor: (query) => serveTensor(query, tensorSource(sessions), (error) => onBug('tensor', String(query), error)),
    async openPaths(paths) {
      for (const file of paths) await openPath(workbench, file, onFailure);
    },
    warm: () => starter.prepare(),
    running: () => jobs.running(),
    async finish() {
      for (const { id, state } of jobs.list()) if (state === 'queued' || state === 'running') jobs.cancel(id);
      await settle(() => jobs.running() === 0);
      engine.close();
      starter.close();
      sessions.close();
    },
  };
}

/** The journal of what was done: each job with the command line that repeats it, and how it ended. */
function noteJob({ state, name, command, elapsedMs, failure }: JobView, log: LogBook): void {
  if (state === 'queued') log.info('jobs', command);
  else if (state === 'done') log.info('jobs', `${name}: done in ${elapsedMs} ms`);
  else if (failure) log[state === 'failed' ? 'error' : 'info']('jobs', `${name}: ${failure.sentence}`);
}

/** One path from outside; a sentence to the window when it cannot be opened. */
async function openPath(workbench: Workbench, file: string, onFailure: (error: unknown) => void): Promise<void> {
  try {
    const given = await checkFile(file, ['network', 'session']);
    if (given.path.toLowerCase().endsWith('.sqlite')) workbench.sessions.open(given.path);
    else startImport(workbench, given);
  } catch (error) {
    onFailure(error);
  }
}

const tensorSource = (sessions: Sessions): Parameters<typeof serveTensor>[1] => ({
  find(ref) {
    const { blobs } = sessions.current;
    const { sha256, offset, length } = sessions.tensors.find(ref);
    return { length, read: (from, count) => blobs.read(sha256, offset + from, count) };
  },
});

function readVersions(): Shell['versions'] {
  const { electron = '', chrome = '', node } = process.versions;
  return { goldbench: VERSION, electron, chrome, node, sqlite: sqliteVersion() };
}

/** Waits for cancelled jobs to write their ends into the session; lifecycle bounds the whole. */
async function settle(isDone: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !isDone(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A doorway for when the rooms could not be put together: every call is answered with the reason. */
export function closedDoorway(error: unknown, log: LogBook): Assembly {
  const failure = tellFailure('start', error, (id, where, bug) => log.error('app', `${id} in ${where}`, bug));
  if (error instanceof Failure) log.error('app', `${failure.code}: ${failure.sentence}`);
  const refused = { ok: false, failure } as const;
  return {
    call: async () => refused,
    grant: async () => refused,
    tensor: async () => new Response(failure.sentence, { status: 503 }),
    openPaths: async () => tell('failure', failure),
    warm: () => {},
    running: () => 0,
    finish: async () => {},
  };
}
