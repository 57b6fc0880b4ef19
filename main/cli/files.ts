// Files that the command line was given. In: a path. Out: its bytes, or a sentence that says what is wrong with it.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { wholeNetwork } from '../import/beside';
import { diskFailure } from '../import/disk';
import { userFailure } from '../network/failure';
import { TABLE_NAMES } from '../plan/networks';

export function readGivenFile(file: string): Uint8Array {
  try {
    const bytes = readFileSync(file);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    throw diskFailure(error, file, 'reading');
  }
}

/** A network, with what it keeps in files beside it. */
export const readGivenNetwork = (file: string): Uint8Array => wholeNetwork(file, readGivenFile(file));

/** parseArgs whose complaints are ours, in a sentence with the usage as the remedy. */
export function parseVerb<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
  usage: string,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const sentence = (error as Error).message.split('. ')[0]!;
    throw userFailure('arguments', `${sentence}.`, `Usage: goldbench ${usage}`);
  }
}

/** Exactly one MODEL, or a sentence. */
export function oneModel(positionals: readonly string[], usage: string): string {
  const [model, ...more] = positionals;
  if (model && TABLE_NAMES.includes(model) && !existsSync(model))
    throw userFailure(
      'table-not-model',
      `${model} is a layer table: it has shapes, but no weights to compute with.`,
      'plan, estimate and sweep take it; give this verb a .tflite or .onnx file.',
    );
  if (model && more.length === 0) return model;
  throw userFailure(
    'arguments',
    !model ? 'No model file was given.' : `One model file is expected, but ${positionals.length} were given.`,
    `Usage: goldbench ${usage}`,
  );
}
