// What the Plan and Estimate rooms need of the machine: the layers of an imported network, and files of text that people
// keep. In: numbers of networks, kinds of files. Out: layers, texts. Planning itself is the page's (main/plan is pure).
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { GivenText, Request } from '../../preload/contract/channels';
import { userFailure } from '../network/failure';
import type { HandlersOf } from './dispatch';
import { checkFile } from './grants';
import { namesInCheckout } from './names';
import { writeWhole } from './save';
import type { Workbench } from './workbench';

const MOST_BYTES = 4 * 2 ** 20; // a layer table of a thousand layers has 200 KB

export function planHandlers(workbench: Workbench): HandlersOf<'plan'> {
  const { dialogs, engine, sessions } = workbench;
  return {
    'plan.steps': async ({ network }) => {
      const session = sessions.current;
      const view = session.network(network);
      const name = `${view.name}.tflite`;
      const steps = await engine.request('steps', { blobs: session.blobs.folder, network: view.sha256, name });
      return { steps, file: (await namesInCheckout(workbench, view, [])).network };
    },
    'plan.openFile': async ({ kind }) => {
      const file = await dialogs.openFile(kind);
      return file === null ? null : readText((await checkFile(file, [kind])).path);
    },
    'plan.saveFile': (request) => saveText(dialogs, request),
  };
}

async function readText(file: string): Promise<GivenText> {
  const name = path.basename(file);
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size > MOST_BYTES)
      throw userFailure('file-too-large', `${name} is larger than 4 MiB.`, 'Choose a smaller file.', { file: name });
    return { name, text: await handle.readFile('utf8') };
  } finally {
    await handle.close();
  }
}

/** The file name written, or null when the user closed the dialog. */
async function saveText(
  dialogs: Pick<Workbench['dialogs'], 'saveFile'>,
  { name, content, encoding }: Request<'plan.saveFile'>,
): Promise<string | null> {
  const file = await dialogs.saveFile(name);
  if (file === null) return null;
  await writeWhole(file, Buffer.from(content, encoding));
  return path.basename(file);
}
