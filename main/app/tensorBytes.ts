// GET app://workbench/tensor?network=1&run=2&tensor=5&what=value&offset=0&length=65536
// In: the query; `run` left out for constants, or `input` given for a prepared input that was not run yet; offset and
// length in bytes, length at most 16 MiB. Out: those bytes, little-endian as stored, read without blocking.
import type { TensorRef } from '../../preload/contract/channels';
import { Failure } from '../network/failure';

export const MOST_BYTES = 16 * 1024 ** 2;

export interface TensorSource {
  /** Length in bytes, and a reader, of what the reference names. @throws userFailure when there is none */
  find(ref: TensorRef): { readonly length: number; read(offset: number, length: number): Promise<Uint8Array> };
}

const KEYS: ReadonlySet<string> = new Set(['network', 'run', 'tensor', 'what', 'input', 'offset', 'length']);

/** @param onBug told of what is not the asker's fault */
export async function serveTensor(
  query: URLSearchParams,
  source: TensorSource,
  onBug: (error: unknown) => void,
): Promise<Response> {
  const asked = parseQuery(query);
  if (!asked) return refuse(400, 'The query is not understood.');
  const { ref, offset, length } = asked;
  if (length > MOST_BYTES) return refuse(413, `At most ${MOST_BYTES} bytes are answered at once.`);
  try {
    const found = source.find(ref);
    if (offset + length > found.length)
      return refuse(416, `Bytes ${offset} to ${offset + length} lie outside the tensor's ${found.length}.`);
    const bytes = await found.read(offset, length);
    if (bytes.byteLength !== length) return refuse(500, 'The stored value is shorter than the session says.');
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' },
    });
  } catch (error) {
    if (error instanceof Failure) return refuse(404, error.message);
    onBug(error);
    return refuse(500, 'The value could not be read; the log says why.');
  }
}

function parseQuery(query: URLSearchParams): { ref: TensorRef; offset: number; length: number } | null {
  const keys = [...query.keys()];
  if (keys.some((key) => !KEYS.has(key)) || new Set(keys).size !== keys.length) return null;
  const whole = (key: string): number | null => {
    const text = query.get(key);
    return text !== null && /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : null;
  };
  const optional = (key: string): number | null | undefined => (query.has(key) ? (whole(key) ?? undefined) : null);
  const [network, tensor, offset, length] = [whole('network'), whole('tensor'), whole('offset'), whole('length')];
  const [run, input, what] = [optional('run'), optional('input'), query.get('what')];
  if (network === null || tensor === null || offset === null || length === null) return null;
  if (run === undefined || input === undefined || (run !== null && input !== null)) return null;
  if (what !== 'value' && what !== 'accumulator' && what !== 'unclamped') return null;
  return { ref: { network, run, ...(input !== null && { input }), tensor, what }, offset, length };
}

const refuse = (status: number, sentence: string): Response =>
  new Response(sentence, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
