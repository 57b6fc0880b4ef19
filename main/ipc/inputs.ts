// Values for the inputs of a network: a file, by dialog, drop or sample, is prepared in the engine and noted in the session. In:
// numbers of tensors and values. Out: values that a run can take. Images are prepared by what the session has chosen for pixels.
import type { Request } from '../../preload/contract/channels';
import type { InputView } from '../../preload/contract/views';
import type { InputRecord } from '../golden/record';
import { userFailure } from '../network/failure';
import type { PixelChoice } from '../network/pixels';
import type { NetworkView } from '../network/view';
import type { HandlersOf } from './dispatch';
import { type GivenFile, checkFile } from './grants';
import type { SampleFile } from './samples';
import type { Workbench } from './workbench';

type InputFile = GivenFile & Partial<SampleFile>;
type InputChannel =
  'golden.inputs' | 'golden.chooseInput' | 'golden.droppedInput' | 'golden.sampleInput' | 'golden.prepareAgain';

export function inputHandlers(workbench: Workbench): Pick<HandlersOf<'golden'>, InputChannel> {
  const { dialogs, grants, samples, sessions } = workbench;
  const files = new Map<string, InputFile>(); // by session and value, as long as the program runs: the window learns no path
  const take = async (network: number, tensor: number, file: InputFile, source = file.name): Promise<InputView> => {
    const session = sessions.current.file;
    const view = await prepareInput(workbench, network, tensor, file, source);
    files.set(`${view.id} ${session}`, file);
    return view;
  };
  return {
    'golden.inputs': ({ network }) => [...sessions.current.inputs(network)],
    'golden.chooseInput': async ({ network, tensor }) => {
      const file = await dialogs.openFile('input');
      return file === null ? null : take(network, tensor, await checkFile(file, ['input']));
    },
    'golden.droppedInput': async ({ network, tensor, grant }) =>
      take(network, tensor, await grants.take(grant, 'input')),
    'golden.sampleInput': async ({ network, tensor, sample, file }) =>
      take(network, tensor, await samples.input(sample, file), `sample ${sample}/${file}`),
    'golden.prepareAgain': async ({ network, input }) => {
      const { tensor, source, pixels = 'file' } = sessions.current.input(input);
      const known = files.get(`${input} ${sessions.current.file}`);
      const file = known ? { ...known, ...(await checkFile(known.path, ['input'])) } : await samples.inputOf(source);
      if (!file)
        throw userFailure(
          'input-file-unknown',
          `${source} cannot be prepared again: where it lies is not known any more.`,
          remedyOf(pixels),
          { tensor },
        );
      return take(network, tensor, file, source);
    },
  };
}

/** The file becomes the value of one input tensor, in the engine, and is noted in the session. */
async function prepareInput(
  { engine, sessions }: Workbench,
  network: number,
  tensor: number,
  { path, preprocessing }: InputFile,
  source: string,
): Promise<InputView> {
  const session = sessions.current;
  const { sha256 } = session.network(network);
  const pixels = session.options()?.pixels ?? 'file';
  const request = { blobs: session.blobs.folder, network: sha256, tensor, path, source, pixels };
  return session.addInput(
    network,
    await engine.request('input', preprocessing ? { ...request, preprocessing } : request),
  );
}

const remedyOf = (prepared: PixelChoice): string =>
  `Choose the image again, or take its pixels ${tellChoice(prepared)} (How to run).`;
const tellChoice = (pixels: PixelChoice): string =>
  pixels === 'file' ? 'as the file says' : `from ${pixels.replace('..', ' to ')}`;

/** Every input of the network exactly once, each with a value of this session that was prepared for it, images as `pixels` says. */
export function checkInputs(
  { sessions }: Workbench,
  network: number,
  view: NetworkView,
  given: Request<'golden.run'>['inputs'],
  pixels: PixelChoice,
): InputRecord[] {
  const known = sessions.current.inputs(network);
  for (const tensor of view.inputs) {
    const count = given.filter((input) => input.tensor === tensor).length;
    if (count !== 1)
      throw userFailure(
        count === 0 ? 'input-missing' : 'input-twice',
        `Input ${tensor} (${view.tensors[tensor]!.name}) of ${view.name} was given ${count} values.`,
        'Choose one value for each input.',
        { tensor },
      );
  }
  return given.map(({ tensor, input }) => {
    if (!known.some((other) => other.id === input && other.tensor === tensor))
      throw userFailure(
        'input-of-other-tensor',
        `Value ${input} was not prepared for input ${tensor} of ${view.name}.`,
        'Choose the input again.',
        { tensor },
      );
    const record = sessions.current.input(input);
    if (record.pixels !== undefined && record.pixels !== pixels)
      throw userFailure(
        'input-other-pixels',
        `${record.source} was prepared with pixels ${tellChoice(record.pixels)}, and the run is to take them ${tellChoice(pixels)}.`,
        remedyOf(record.pixels),
        { tensor },
      );
    return record;
  });
}
