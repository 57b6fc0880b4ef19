// A stream as it crosses the port. In: beats that packets share, and the segments they are made of. Out: each packet's bytes.
import type { Stream } from '../../main/simulate/stream';

/** The stream as it crosses the port: packets of whole beats, one after the other. */
export function expandPackets({ beatBytes, bytes, segments }: Stream): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (let at = 0; at < segments.length; at += 3) {
    const [first, beats, ends] = [segments[at]!, segments[at + 1]!, segments[at + 2]!];
    parts.push(bytes.subarray(first * beatBytes, (first + beats) * beatBytes));
    if (ends !== 1) continue;
    packets.push(new Uint8Array(Buffer.concat(parts)));
    parts = [];
  }
  return packets;
}
