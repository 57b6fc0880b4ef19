// Quantising: a network of real numbers becomes one of words. In: numbers of networks, choices; places of inputs come from dialogs
// and are known here alone. Out: what fusing makes of a network, jobs, records, a saved .tflite.
import path from 'node:path';
import type { Request } from '../../preload/contract/channels';
import type { JobView } from '../../preload/contract/views';
import { usualEngine } from '../golden/engines';
import { userFailure } from '../network/failure';
import { PROGRAM } from '../network/program';
import { parseScheme, schemeText } from '../network/scheme';
import { parseMethod } from '../quantise/choice';
import { type QuantisationChoice, quantiseCommand } from '../session/command';
import type { HandlersOf } from './dispatch';
import { type GivenFile, checkFile, checkFolder } from './grants';
import { namesInCheckout } from './names';
import { fileName, writeWhole } from './save';
import type { Workbench } from './workbench';

type Use = Request<'quantise.chooseInputs'>['use'];
type Places = Partial<Record<Use, GivenFile>>;

export function quantiseHandlers(workbench: Workbench): HandlersOf<'quantise'> {
  const { dialogs, engine, sessions } = workbench;
  const places: Places = {};
  return {
    'quantise.fuse': ({ network }) => {
      const { blobs } = sessions.current;
      const { sha256, name, format } = sessions.current.network(network);
      return engine.request('fuse', { blobs: blobs.folder, network: sha256, name: `${name}.${format}` });
    },
    'quantise.chooseInputs': async ({ use, from }) => {
      const chosen = await (from === 'folder' ? dialogs.openFolder() : dialogs.openFile('input'));
      if (chosen === null) return null;
      places[use] = await (from === 'folder' ? checkFolder(chosen) : checkFile(chosen, ['input']));
      return places[use].name;
    },
    'quantise.command': async (choice) => (await prepare(workbench, choice, places)).command,
    'quantise.start': (choice) => start(workbench, choice, places),
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

async function prepare(workbench: Workbench, { network, judged, ...given }: Request<'quantise.start'>, places: Places) {
  const { calibrate } = places;
  if (!calibrate) throw userFailure('quantise-inputs', 'No inputs to calibrate with have been chosen.', 'Choose a folder of images, or a .npy of inputs.'); // prettier-ignore
  const view = workbench.sessions.current.network(network);
  const textOf = (scheme: string | null): string | null => scheme && schemeText(parseScheme(scheme));
  parseMethod(given.method);
  const choice: QuantisationChoice = {
    ...given,
    scheme: textOf(given.scheme)!,
    layers: given.layers.map(({ operator, scheme }) => ({ operator, scheme: textOf(scheme) })),
    engine: usualEngine(),
  };
  const result = `${fileName(view.name)}-${choice.scheme.replace(/[^a-z0-9.]+/g, '-')}.tflite`;
  const { network: source } = await namesInCheckout(workbench, view, []);
  const by = judged === 'others' ? places.judge : judged === 'same' ? calibrate : undefined;
  if (judged === 'others' && !by) throw userFailure('quantise-inputs', 'No inputs to judge by have been chosen.', 'Choose them, or judge by the ones it is calibrated with.'); // prettier-ignore
  const command = quantiseCommand(source, calibrate.name, result, choice, by?.name ?? null);
  return { view, choice, result, command, place: calibrate.path, judged: by?.path ?? null };
}

async function start(workbench: Workbench, request: Request<'quantise.start'>, places: Places): Promise<JobView> {
  const { engine, jobs, sessions } = workbench;
  const session = sessions.current;
  const { network } = request;
  const { view, command, ...asked } = await prepare(workbench, request, places);
  const name = `Quantising ${view.name} as ${asked.choice.scheme}`;
  return jobs.start({ verb: 'quantise', name, command }, async ({ signal, progress }) => {
    const { view: made, record } = await engine.request(
      'quantise',
      { blobs: session.blobs.folder, network: view.sha256, name: `${view.name}.${view.format}`, program: PROGRAM, ...asked }, // prettier-ignore
      { signal, onProgress: ({ done, total, note }) => progress(done / total, note) },
    );
    const result = session.addNetwork(made);
    return { network: result, run: null, quantisation: session.addQuantisation(network, result, record, command) };
  });
}
