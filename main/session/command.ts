// The command line that repeats what the window did (shown with every job). In: names and files. Out: one line of
// text that a POSIX shell reads back as exactly those words.
import type { RunOptions } from '../golden/record';

/** Words as a shell command. Harmless words stay bare; control characters are written out, so that a line stays a line. */
export const quoteCommand = (words: readonly string[]): string => words.map(quote).join(' ');

export const importCommand = (file: string): string => quoteCommand(['goldbench', 'import', operand(file)]);

/** `goldbench golden digits.tflite --input input=7_a.png --kernels reference --engine native --threads 2` */
export function goldenCommand(
  network: string,
  inputs: readonly { readonly tensor: string; readonly file: string }[],
  { kernels, engine, threads, keep }: RunOptions,
): string {
  const given = inputs.flatMap(({ tensor, file }) => option('--input', `${tensor}=${file}`));
  const how = ['--kernels', kernels, '--engine', engine];
  if (threads !== 1) how.push('--threads', String(threads));
  if (keep === 'outputs') how.push('--keep', keep);
  return quoteCommand(['goldbench', 'golden', operand(network), ...given, ...how]);
}

/** `goldbench compare --session bring-up.sqlite 3 5`: two runs of a session, by their numbers. */
export const compareCommand = (session: string, a: number, b: number): string =>
  quoteCommand(['goldbench', 'compare', ...option('--session', session), String(a), String(b)]);

/** A value that begins with a dash (a tensor may be named so) is bound to its option, else it would be read as one. */
const option = (name: string, value: string): string[] =>
  value.startsWith('-') ? [`${name}=${value}`] : [name, value];

/** A file name that begins with a dash must not be taken for an option. */
const operand = (file: string): string => (file.startsWith('-') ? `./${file}` : file);

const HARMLESS = /^[A-Za-z0-9_./:,@%+=-]+$/;
// eslint-disable-next-line no-control-regex -- control characters are exactly what must not reach a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

function quote(word: string): string {
  if (HARMLESS.test(word)) return word;
  if (!CONTROL.test(word)) return `'${word.replaceAll("'", `'\\''`)}'`;
  const escaped = [...word].map((character) => {
    if (character === '\\' || character === "'") return `\\${character}`;
    if (!CONTROL.test(character)) return character;
    return [...new TextEncoder().encode(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
  return `$'${escaped.join('')}'`;
}
