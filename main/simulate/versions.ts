// The tools that build a simulator. In: PATH, the cache folder. Out: their versions, or the sentence that says what to
// install. Asking starts them, and Verilator's start is a Perl script: what a tool answered is kept with place, size and time
// of its files, and holds as long as they do.
import fs from 'node:fs';
import path from 'node:path';
import { unavailable } from '../network/failure';
import { runTool } from './tools';

const TOOLS: Readonly<Record<string, { readonly code: string; readonly sentence: string }>> = {
  verilator: { code: 'verilator-missing', sentence: 'Verilator is not installed.' },
  'g++': { code: 'compiler-missing', sentence: 'There is no C++ compiler.' },
  make: { code: 'make-missing', sentence: 'There is no make.' },
};
const LEAST_VERILATOR = [5, 6] as const;

interface Answer {
  readonly files: string | null; // null: an update could go unseen, so the tool is asked each time
  readonly version: string;
}
type Answers = Readonly<Record<string, Answer>>;

/**
 * Versions of what builds.
 * @throws Failure 'verilator-missing', 'verilator-old', 'compiler-missing', 'make-missing' (unavailable)
 */
export async function askTools(cacheFolder: string): Promise<string[]> {
  const kept = path.join(cacheFolder, 'tools.json');
  const known = readAnswers(kept);
  const asked = Object.keys(TOOLS).map(async (tool) => [tool, await askTool(tool, known[tool])] as const);
  const answers = Object.fromEntries(await Promise.all(asked));
  const { version } = answers.verilator!;
  const [major, minor] = /Verilator (\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? [0, 0];
  if (major! < LEAST_VERILATOR[0] || (major === LEAST_VERILATOR[0] && minor! < LEAST_VERILATOR[1]))
    throw unavailable(
      'verilator-old',
      `Verilator ${major}.${minor} is too old to simulate the engine.`,
      'Install 5.006 or newer: sudo apt-get install verilator',
    );
  if (Object.keys(TOOLS).some((tool) => answers[tool] !== known[tool])) keepAnswers(kept, answers);
  return Object.values(answers).map((answer) => answer.version);
}

async function askTool(tool: string, known: Answer | undefined): Promise<Answer> {
  const files = tellFiles(tool);
  if (known && files !== null && known.files === files) return known;
  const { code, sentence } = TOOLS[tool]!;
  try {
    const { stdout } = await runTool(tool, ['--version']);
    return { files, version: stdout.split('\n')[0]! };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw unavailable(
      code,
      `${sentence} It is needed to simulate the engine.`,
      `Install it: sudo apt-get install ${tool}`,
    );
  }
}

/**
 * Place, size and time of what a tool consists of; null where that is not known: a script that starts another program, or a
 * link to one, such as ccache's g++. Verilator's own script starts verilator_bin beside it or in VERILATOR_ROOT.
 */
function tellFiles(tool: string): string | null {
  const program = findProgram(tool);
  if (program === null || !path.basename(program).includes(tool)) return null;
  if (!isScript(program)) return tellFile(program);
  if (tool !== 'verilator') return null;
  const root = process.env.VERILATOR_ROOT;
  const binary = path.join(root === undefined ? path.dirname(program) : path.join(root, 'bin'), 'verilator_bin');
  return fs.existsSync(binary) && !isScript(binary) ? `${tellFile(program)}, ${tellFile(binary)}` : null;
}

/** Behind all links. */
function findProgram(name: string): string | null {
  const places = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, name));
  const found = places.find((file) => path.isAbsolute(file) && isExecutable(file));
  return found === undefined ? null : fs.realpathSync(found);
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function isScript(program: string): boolean {
  const start = Buffer.alloc(2);
  const file = fs.openSync(program, 'r');
  try {
    fs.readSync(file, start);
  } finally {
    fs.closeSync(file);
  }
  return start.toString() === '#!';
}

function tellFile(file: string): string {
  const { size, mtimeMs } = fs.statSync(file);
  return `${file} ${size} ${mtimeMs}`;
}

function readAnswers(file: string): Answers {
  try {
    return Object(JSON.parse(fs.readFileSync(file, 'utf8'))) as Answers;
  } catch {
    return {}; // none yet, or no JSON: asked anew
  }
}

function keepAnswers(file: string, answers: Answers): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const aside = `${file}.${process.pid}`;
    fs.writeFileSync(aside, JSON.stringify(answers));
    fs.renameSync(aside, file); // nobody reads half of it
  } catch {
    // a cache that cannot be written: asked again the next time
  }
}
