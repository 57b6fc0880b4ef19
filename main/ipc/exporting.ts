// Exports: layers of a network as a bundle, on the inputs of a golden run. In: numbers of runs, an array, choices. Out: sizes,
// previews, jobs, and the list of what was exported. The user chooses in which folder; the window opens one by its number.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Request } from '../../preload/contract/channels';
import type { JobView } from '../../preload/contract/views';
import { checkArray } from '../array/array';
import { remakeArray } from '../array/command';
import { FORMATS, LEVELS, USUAL_OPERATIONS, isAlign, withStreams } from '../export/choice';
import { MANIFEST } from '../export/folder';
import type { BundleRecord, BundleState } from '../export/record';
import { eraseBundle, surveyBundle, tellRemovable } from '../export/removal';
import { usualEngine } from '../golden/engines';
import type { Args } from '../jobs/protocol';
import { userFailure } from '../network/failure';
import { PROGRAM } from '../network/program';
import { findAppRoot } from '../session/binding';
import { exportCommand } from '../session/command';
import { askRun, bytesOf } from './asking';
import type { HandlersOf } from './dispatch';
import { checkFolder } from './grants';
import { namesInCheckout } from './names';
import { fileName } from './save';
import type { Workbench } from './workbench';

export function exportHandlers(workbench: Workbench): HandlersOf<'export'> {
  const { engine, sessions } = workbench;
  let counting: AbortController | null = null;
  return {
    'export.describe': async (choice) => {
      const { command, name } = await prepare(workbench, choice);
      return { command, folder: name };
    },
    'export.size': async (choice) => {
      counting?.abort(); // what is chosen now is another bundle
      const mine = (counting = new AbortController());
      const { asked } = await prepare(workbench, choice);
      const { size } = await engine.request('export', { ...asked, folder: null }, { signal: mine.signal });
      return size;
    },
    'export.preview': async ({ operator, at, ...choice }) => {
      const { asked } = await prepare(workbench, choice);
      const { found, asked: view, question } = askRun(workbench, choice.golden, operator);
      const values = bytesOf(workbench, found, view, view.inputs);
      return engine.request('preview', { ...question, values, array: asked.array, layers: asked.layers, at });
    },
    'export.start': async (choice) => {
      counting?.abort();
      return start(workbench, choice);
    },
    'export.list': async ({ network }) =>
      Promise.all(sessions.current.bundles(network).map(async (one) => ({ ...one, state: await stateOf(one) }))),
    'export.openFolder': async ({ bundle }) => {
      const { folder } = sessions.current.bundle(bundle);
      await workbench.shell.openFolder((await checkFolder(folder)).path);
      return null;
    },
    'export.remove': ({ bundle }) => remove(workbench, bundle),
  };
}

/** What the engine is asked, whatever it is to do with it. */
async function prepare(workbench: Workbench, choice: Request<'export.start'>) {
  const session = workbench.sessions.current;
  const { network, record, state, kernels } = session.run(choice.golden);
  if (state !== 'done' || !record)
    throw userFailure('run-not-finished', `Run ${choice.golden} has no result.`, 'Run the golden model first.');
  if (!isAlign(choice.align))
    throw userFailure('export-align', `${choice.align} is no power of two up to 4096.`, 'Give bytes, such as 64.');
  const view = session.network(network);
  const levels = LEVELS.filter((level) => choice.levels.includes(level));
  const formats = FORMATS.filter((format) => choice.formats.includes(format));
  const names = await namesInCheckout(workbench, view, record.inputs);
  const given = remakeArray(checkArray(choice.array, 'the array')); // as the command line makes it: its name is in the manifest
  const { layers, modules, streamBits, align } = choice;
  const engine = usualEngine();
  const command = exportCommand(names.network, names.inputs, {
    kernels,
    engine,
    array: given,
    layers,
    levels,
    modules,
    formats,
    streamBits,
    align,
  });
  const inputFacts = record.inputs.map(({ tensor, sha256 }, i) => {
    const { tensor: name, file } = names.inputs[i]!;
    return { tensor, name, source: path.basename(file), sha256 };
  });
  const asked: Omit<Args<'export'>, 'folder'> = {
    blobs: session.blobs.folder,
    network: view.sha256,
    name: `${view.name}.${view.format}`,
    options: { kernels, engine, threads: 1 },
    inputs: record.inputs,
    inputFacts,
    array: withStreams(given, streamBits),
    layers: layers === 'all' ? layers : layers.join(','),
    levels,
    modules: modules ? USUAL_OPERATIONS : 0,
    formats,
    align,
    command,
    appRoot: findAppRoot(),
  };
  return { session, network, view, asked, command, name: `${fileName(view.name)}-${fileName(given.name)}-bundle` };
}

async function start(workbench: Workbench, choice: Request<'export.start'>): Promise<JobView | null> {
  const { dialogs, engine, jobs } = workbench;
  const { session, network, view, asked, command, name } = await prepare(workbench, choice);
  const parent = await dialogs.saveFolder();
  if (parent === null) return null;
  const place = freeName(path.join(parent, name));
  const aside = `${place}.part-${randomBytes(4).toString('hex')}`;
  return jobs.start(
    { verb: 'export', name: `Export of ${view.name} as ${path.basename(place)}`, command },
    async (job) => {
      const startedAt = new Date();
      try {
        const { size, manifest } = await engine.request(
          'export',
          { ...asked, folder: { place, aside } },
          {
            signal: job.signal,
            onProgress: ({ done, total, note }) => job.progress(done / total, note),
          },
        );
        const record: BundleRecord = {
          ...size,
          network: { name: view.name, sha256: view.sha256 },
          run: choice.golden,
          kernels: asked.options.kernels,
          array: asked.array.name,
          levels: asked.levels,
          modules: choice.modules,
          formats: asked.formats,
          folder: place,
          manifest: manifest!,
          command,
          program: PROGRAM,
          startedAt: startedAt.toISOString(),
          ms: Date.now() - startedAt.getTime(),
        };
        return { network, run: null, bundle: session.addBundle(network, record) };
      } finally {
        // the engine takes it away itself, unless it came to an end where it stood
        await rm(aside, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      }
    },
  );
}

/** The dialog is the program's own, since files go that lie outside its folders. @returns whether it is removed */
async function remove({ dialogs, sessions }: Workbench, id: number): Promise<boolean> {
  const session = sessions.current;
  const record = session.bundle(id);
  const survey = surveyBundle(record);
  const mayErase = !('stays' in survey);
  const answer = await dialogs.removeBundle(
    record.folder,
    mayErase ? tellRemovable(record, survey) : survey.stays,
    mayErase,
  );
  if (answer === 'disk') eraseBundle(record);
  if (answer !== null) session.removeBundle(id);
  return answer !== null;
}

/** Nothing that lies there is ever replaced. */
function freeName(place: string): string {
  for (let number = 1; ; number++) {
    const free = number === 1 ? place : `${place}-${number}`;
    if (!existsSync(free)) return free;
  }
}

async function stateOf({ folder, manifest }: BundleRecord): Promise<BundleState> {
  try {
    const bytes = await readFile(path.join(folder, MANIFEST));
    return createHash('sha256').update(bytes).digest('hex') === manifest ? 'whole' : 'changed';
  } catch {
    return 'gone'; // or not to be read: either way it cannot be relied on
  }
}
