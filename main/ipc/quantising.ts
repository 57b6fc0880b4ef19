// Quantising: a network of real numbers becomes one of words. In: numbers of networks, choices; places of inputs and labels come from
// dialogs and are known here alone. Out: what fusing makes of a network, jobs, records, suggestions, a saved .tflite.
import path from 'node:path';
import type { Request } from '../../preload/contract/channels';
import type { JobView } from '../../preload/contract/views';
import { usualEngine } from '../golden/engines';
import { type Failure, recordFailure, userFailure } from '../network/failure';
import { PROGRAM } from '../network/program';
import { parseScheme, schemeText } from '../network/scheme';
import { parseMethod, parseMixing } from '../quantise/choice';
import { type MeasuringChoice, type QuantisationChoice, quantiseCommand } from '../session/command';
import type { HandlersOf } from './dispatch';
import { type GivenFile, checkFile, checkFolder } from './grants';
import { namesInCheckout } from './names';
import { fileName, writeWhole } from './save';
import type { Workbench } from './workbench';

type Use = Request<'quantise.chooseInputs'>['use'];
/** What has been pointed at. */
interface Pointed {
  readonly places: Partial<Record<Use, GivenFile>>;
  readonly labels: Map<string, GivenFile>; // by ending: names of classes, labels of files
}

export function quantiseHandlers(workbench: Workbench): HandlersOf<'quantise'> {
  const { dialogs, engine, sessions } = workbench;
  const pointed: Pointed = { places: {}, labels: new Map() };
  return {
    'quantise.fuse': ({ network }) => {
      const { blobs } = sessions.current;
      const { sha256, name, format } = sessions.current.network(network);
      return engine.request('fuse', { blobs: blobs.folder, network: sha256, name: `${name}.${format}` });
    },
    'quantise.chooseInputs': async ({ use, from }) => {
      const chosen = await (from === 'folder' ? dialogs.openFolder() : dialogs.openFile('input'));
      if (chosen === null) return null;
      const given = await (from === 'folder' ? checkFolder(chosen) : checkFile(chosen, ['input']));
      pointed.places[use] = given;
      return given.name;
    },
    'quantise.lookAtInputs': (asked) => lookAtInputs(workbench, pointed, asked),
    'quantise.chooseLabels': async () => {
      const chosen = await dialogs.openFile('labels');
      if (chosen === null) return null;
      const given = await checkFile(chosen, ['labels']);
      pointed.labels.set(path.extname(given.name).toLowerCase(), given);
      return namesOf(pointed.labels);
    },
    'quantise.forgetLabels': () => {
      pointed.labels.clear();
      return null;
    },
    'quantise.command': async (choice) => (await prepare(workbench, choice, pointed, null)).command,
    'quantise.start': (choice) => start(workbench, choice, pointed),
    'quantise.suggestCommand': async ({ budget, high, ...choice }) =>
      (await prepare(workbench, choice, pointed, { budget, high })).command,
    'quantise.suggest': (asked) => startSuggestion(workbench, asked, pointed),
    'quantise.suggestions': ({ network }) => sessions.current.suggestions(network),
    'quantise.list': ({ network }) => sessions.current.quantisations(network),
    'quantise.result': ({ quantisation }) => sessions.current.quantisation(quantisation),
    'quantise.save': async ({ quantisation }) => {
      const { result } = sessions.current.quantisation(quantisation).record;
      const session = sessions.current;
      const file = await dialogs.saveFile(`${fileName(result.name)}.tflite`);
      if (file === null) return null;
      await writeWhole(file, session.readBlob(result.sha256));
      return path.basename(file);
    },
  };
}

const namesOf = (labels: Pointed['labels']): string[] => [...labels.values()].map(({ name }) => name);
const pathsOf = (labels: Pointed['labels']): string[] => [...labels.values()].map((file) => file.path);

async function lookAtInputs(
  { engine, sessions }: Workbench,
  { places, labels }: Pointed,
  { use, labelsFor }: Request<'quantise.lookAtInputs'>,
) {
  const place = places[use];
  if (!place) throw noInputs(use);
  const view = labelsFor === null ? null : sessions.current.network(labelsFor);
  const classesOf = view && {
    blobs: sessions.current.blobs.folder,
    network: view.sha256,
    name: `${view.name}.${view.format}`,
  };
  try {
    return {
      found: await engine.request('inputs', { place: place.path, labels: view ? pathsOf(labels) : [], classesOf }),
    };
  } catch (error) {
    const why = recordFailure(error);
    if (why.kind === 'user') return { why };
    throw error;
  }
}

const noInputs = (use: Use): Failure =>
  use === 'calibrate'
    ? userFailure(
        'quantise-inputs',
        'No inputs to calibrate with have been chosen.',
        'Choose a folder of images, or a .npy of inputs.',
      )
    : userFailure(
        'quantise-inputs',
        'No inputs to judge by have been chosen.',
        'Choose them, or judge by the ones it is calibrated with.',
      );

async function prepare(
  workbench: Workbench,
  { network, judged, ...given }: Request<'quantise.start'>,
  { places, labels: files }: Pointed,
  suggest: MeasuringChoice['suggest'],
) {
  const { calibrate } = places;
  if (!calibrate) throw noInputs('calibrate');
  const view = workbench.sessions.current.network(network);
  const textOf = (scheme: string | null): string | null => scheme && schemeText(parseScheme(scheme));
  parseMethod(given.method);
  if (suggest) parseMixing(suggest.budget, suggest.high, parseScheme(given.scheme));
  const choice: QuantisationChoice = {
    ...given,
    scheme: textOf(given.scheme)!,
    layers: given.layers.map(({ operator, scheme }) => ({ operator, scheme: textOf(scheme) })),
    engine: usualEngine(),
  };
  const result = `${fileName(view.name)}-${choice.scheme.replace(/[^a-z0-9.]+/g, '-')}.tflite`;
  const { network: source } = await namesInCheckout(workbench, view, []);
  const by = judged === 'others' ? places.judge : judged === 'same' ? calibrate : undefined;
  if (judged === 'others' && !by) throw noInputs('judge');
  const labels = by || suggest ? files : new Map<string, GivenFile>();
  const command = quantiseCommand(source, calibrate.name, result, choice, {
    isJudged: by !== undefined && !suggest,
    suggest,
    heldOut: by && by.path !== calibrate.path ? by.name : null,
    labels: namesOf(labels),
  });
  return {
    view,
    command,
    result,
    asked: { choice, place: calibrate.path, judged: by?.path ?? null, labels: pathsOf(labels) },
  };
}

async function start(workbench: Workbench, request: Request<'quantise.start'>, pointed: Pointed): Promise<JobView> {
  const { engine, jobs, sessions } = workbench;
  const session = sessions.current;
  const { network } = request;
  const { view, command, result: file, asked } = await prepare(workbench, request, pointed, null);
  const name = `Quantising ${view.name} as ${asked.choice.scheme}`;
  return jobs.start({ verb: 'quantise', name, command }, async ({ signal, progress }) => {
    const { view: made, record } = await engine.request(
      'quantise',
      {
        blobs: session.blobs.folder,
        network: view.sha256,
        name: `${view.name}.${view.format}`,
        program: PROGRAM,
        result: file,
        ...asked,
      },
      { signal, onProgress: ({ done, total, note }) => progress(done / total, note) },
    );
    const result = session.addNetwork(made);
    return { network: result, run: null, quantisation: session.addQuantisation(network, result, record, command) };
  });
}

async function startSuggestion(
  workbench: Workbench,
  { budget, high, ...request }: Request<'quantise.suggest'>,
  pointed: Pointed,
): Promise<JobView> {
  const { engine, jobs, sessions } = workbench;
  const session = sessions.current;
  const { view, command, asked } = await prepare(workbench, request, pointed, { budget, high });
  const name = `Longer words for layers of ${view.name} within ${budget}`;
  return jobs.start({ verb: 'quantise', name, command }, async ({ signal, progress }) => {
    const found = await engine.request(
      'suggest',
      {
        blobs: session.blobs.folder,
        network: view.sha256,
        name: `${view.name}.${view.format}`,
        budget,
        high,
        ...asked,
      },
      { signal, onProgress: ({ done, total, note }) => progress(done / total, note) },
    );
    return { network: request.network, run: null, suggestion: session.addSuggestion(request.network, found, command) };
  });
}
