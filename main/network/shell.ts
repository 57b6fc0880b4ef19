// Words for a POSIX shell. In: words as a program takes them. Out: one line of text that the shell reads back as exactly
// those words.
/** Words as a shell command. Harmless words stay bare; control characters are written out, so that a line stays a line. */
export const quoteCommand = (words: readonly string[]): string => words.map(quote).join(' ');

/** A value that begins with a dash (a tensor may be named so) is bound to its option, else it would be read as one. */
export const option = (name: string, value: string): string[] =>
  value.startsWith('-') ? [`${name}=${value}`] : [name, value];

/** A file name that begins with a dash must not be taken for an option. */
export const operand = (file: string): string => (file.startsWith('-') ? `./${file}` : file);

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
