// What readers say of a file that is not what it should be. In: what is wrong, and the line. Out: a failure.
import { type Failure, userFailure } from '../../network/failure';

export const damaged = (format: string, what: string, line?: number): Failure =>
  userFailure(
    'vector-damaged',
    `The ${format} file is damaged: ${what}.`,
    'Export it again.',
    line === undefined ? {} : { line },
  );

/** The bytes of a number written in hex, its least significant byte first. */
export function bytesOfHex(text: string, size: number, format: string, line: number): Uint8Array {
  if (!/^[0-9a-fA-F]+$/.test(text) || text.length !== 2 * size)
    throw damaged(format, `'${text.slice(0, 40)}' is no hexadecimal number of ${size} bytes`, line);
  return Uint8Array.from(Buffer.from(text, 'hex')).reverse();
}

export const joinBytes = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
