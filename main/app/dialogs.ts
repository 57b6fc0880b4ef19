// Questions to the user, as native dialogs over the window. In: what is wanted. Out: an absolute path, or null.
// Nothing is checked here: what comes out is judged by ipc/grants, like every path.
import { type BrowserWindow, type OpenDialogOptions, type SaveDialogOptions, dialog } from 'electron';
import path from 'node:path';
import { ENDINGS, type Use } from '../ipc/grants';
import type { Dialogs } from '../ipc/workbench';

const TITLES: Readonly<Record<Use, string>> = {
  network: 'Open a network',
  input: 'Choose a value for the input',
  session: 'Open a session',
  table: 'Open a layer table',
  array: 'Open an array',
  plan: 'Open a plan',
  labels: 'Choose names of classes, or labels of files',
};
const KINDS: Readonly<Record<Use, string>> = {
  network: 'TFLite and ONNX networks',
  input: 'Arrays and images',
  session: 'Goldbench sessions',
  table: 'Layer tables and SCALE-Sim topologies',
  array: 'Arrays',
  plan: 'Plans',
  labels: 'Labels',
};
const filter = (use: Use) => ({ name: KINDS[use], extensions: [...ENDINGS[use]] });

export function makeDialogs(window: () => BrowserWindow | null): Dialogs {
  const ask = async (options: OpenDialogOptions): Promise<string | null> => {
    const over = window();
    const { canceled, filePaths } = await (over
      ? dialog.showOpenDialog(over, options)
      : dialog.showOpenDialog(options));
    return canceled ? null : (filePaths[0] ?? null);
  };
  const askSave = async (options: SaveDialogOptions): Promise<string | null> => {
    const over = window();
    const { canceled, filePath } = await (over ? dialog.showSaveDialog(over, options) : dialog.showSaveDialog(options));
    return canceled || !filePath ? null : filePath;
  };
  return {
    openFile: (use) => ask({ title: TITLES[use], filters: [filter(use)], properties: ['openFile'] }),
    newSession: async (folder) => {
      const defaultPath = path.join(folder, 'session.sqlite');
      const file = await askSave({ title: 'New session', defaultPath, filters: [filter('session')] });
      return file && withEnding(file, 'sqlite');
    },
    saveTensor: async (name) => {
      const file = await askSave({
        title: 'Save the tensor',
        defaultPath: name,
        filters: [{ name: 'NumPy array', extensions: ['npy'] }],
      });
      return file && withEnding(file, 'npy');
    },
    openFolder: (of) =>
      ask({ title: of ? 'Choose the folder of a dump' : 'Choose a folder of inputs', properties: ['openDirectory'] }),
    saveTable: async (name) => {
      const file = await askSave({
        title: 'Save the table',
        defaultPath: name,
        filters: [{ name: 'Comma-separated values', extensions: ['csv'] }],
      });
      return file && withEnding(file, 'csv');
    },
    saveFile: async (name) => {
      const ending = path.extname(name).slice(1);
      const filters = [{ name: `${ending.toUpperCase()} file`, extensions: [ending] }];
      const file = await askSave({ title: 'Save as', defaultPath: name, filters });
      return file && withEnding(file, ending);
    },
    saveFolder: () => ask({ title: 'Save into a folder', properties: ['openDirectory', 'createDirectory'] }),
    removeBundle: async (folder, detail, mayErase) => {
      const buttons = ['Keep', 'Remove from the list', ...(mayErase ? ['Remove, and delete the folder'] : [])];
      const answer = await question(
        window(),
        `Remove the bundle ${path.basename(folder)}?`,
        `${folder}\n\n${detail}`,
        buttons,
      );
      return ([null, 'list', 'disk'] as const)[answer] ?? null;
    },
  };
}

/** A message over the window; the number of the button pressed. The first one changes nothing, and is what Escape means. */
async function question(
  window: BrowserWindow | null,
  message: string,
  detail: string,
  buttons: string[],
): Promise<number> {
  const options = { type: 'question' as const, message, detail, buttons, defaultId: 0, cancelId: 0 };
  const { response } = await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options));
  return response;
}

/** The dialogs of some desktops do not add the ending that the filter names. */
const withEnding = (file: string, ending: string): string =>
  path.extname(file).toLowerCase() === `.${ending}` ? file : `${file}.${ending}`;

/** Jobs are running: quit all the same? */
export async function confirmQuit(window: BrowserWindow | null, running: number): Promise<boolean> {
  const message = running === 1 ? 'A job is still running.' : `${running} jobs are still running.`;
  const detail = 'They will be cancelled. What they have recorded so far stays in the session.';
  return (await question(window, message, detail, ['Keep working', 'Quit'])) === 1;
}
