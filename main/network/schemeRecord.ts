// How schemes travel in a file: the text of a .tflite's metadata buffer SCHEME_METADATA. In: a network. Out: JSON, or null where
// there is nothing to say; and back. TFLite itself passes over metadata it does not know.
import { userFailure } from './failure';
import { parseJson } from './json';
import type { Network, Operator, Tensor } from './network';
import { type Scheme, carrierOf, checkScheme, wordBits } from './scheme';

export const SCHEME_METADATA = 'goldbench.scheme';
const VERSION = 1;

/** What the text says; layers and bits by the index of the operator and of the tensor. */
interface SchemeRecord {
  readonly version: typeof VERSION;
  readonly scheme: Scheme | null;
  readonly layers: Readonly<Record<string, Scheme>>;
  /** Bits of the words of tensors that do not fill their type. */
  readonly bits: Readonly<Record<string, number>>;
}

/** The network's schemes as text; null where it has none and every word fills its type. */
export function writeSchemes({
  scheme,
  operators,
  tensors,
}: Pick<Network, 'scheme' | 'operators' | 'tensors'>): string | null {
  const layers = Object.fromEntries(operators.flatMap((o) => (o.scheme ? [[o.index, o.scheme]] : [])));
  const bits = Object.fromEntries(tensors.flatMap((t) => (t.bits === undefined ? [] : [[t.index, t.bits]])));
  if (!scheme && Object.keys(layers).length === 0 && Object.keys(bits).length === 0) return null;
  const record: SchemeRecord = { version: VERSION, scheme: scheme ?? null, layers, bits };
  return JSON.stringify(record);
}

/**
 * The content with the schemes that a file's text gives it.
 * @throws userFailure 'json', 'scheme', 'scheme-record' naming the file and what is wrong
 */
export function readSchemes<C extends Pick<Network, 'operators' | 'tensors'>>(
  content: C,
  text: string,
  file: string,
): C & Pick<Network, 'scheme'> {
  const from = `${file}, metadata ${SCHEME_METADATA}`;
  const given = asTable(parseJson(text, from), from);
  if (given.version !== VERSION)
    refuse(file, `${from} has version ${JSON.stringify(given.version)}; this program reads ${VERSION}.`);
  const layers = asTable(given.layers, from);
  const bits = asTable(given.bits, from);
  for (const index of Object.keys(layers)) needIndex(index, content.operators.length, 'operator', from, file);
  for (const index of Object.keys(bits)) needIndex(index, content.tensors.length, 'tensor', from, file);
  const scheme = given.scheme === null ? undefined : checkScheme(given.scheme, from);
  return {
    ...content,
    ...(scheme && { scheme }),
    operators: content.operators.map((operator): Operator => {
      const own = layers[operator.index];
      return own === undefined
        ? operator
        : { ...operator, scheme: checkScheme(own, `${from}, layer ${operator.index}`) };
    }),
    tensors: content.tensors.map((tensor) => withBits(tensor, bits[tensor.index], from, file)),
  };
}

function withBits(tensor: Tensor, bits: unknown, from: string, file: string): Tensor {
  if (bits === undefined) return tensor;
  const most = wordBits({ type: tensor.type });
  if (typeof bits !== 'number' || !Number.isInteger(bits) || most === null || bits < 2 || bits > most)
    refuse(
      file,
      `${from}: tensor ${tensor.index} of ${tensor.type} cannot have words of ${JSON.stringify(bits)} bits.`,
    );
  if (bits <= 16 && most <= 16 && tensor.type !== carrierOf(bits))
    refuse(
      file,
      `${from}: words of ${bits} bits live in ${carrierOf(bits)}, but tensor ${tensor.index} is ${tensor.type}.`,
    );
  return { ...tensor, bits };
}

function needIndex(index: string, count: number, what: string, from: string, file: string): void {
  if (!/^\d+$/.test(index) || Number(index) >= count)
    refuse(file, `${from} names ${what} ${index}, but there are ${count}.`);
}

function asTable(value: unknown, from: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(from, `${from} is ${JSON.stringify(value)}, where an object is wanted.`);
  return value as Record<string, unknown>;
}

function refuse(file: string, sentence: string): never {
  throw userFailure('scheme-record', sentence, 'Quantise the network again, or take the metadata out.', { file });
}
