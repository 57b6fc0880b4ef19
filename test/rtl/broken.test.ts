// Broken packets: whatever happens to one packet, the engine says so, spoils no iteration but the one it belongs to (and
// the next, where two packets ran together), and goes on.
import { describe, expect, it } from 'vitest';
import type { Streams } from '../../main/simulate/assemble';
import { ENGINE_ERRORS, tellErrors } from '../../main/simulate/protocol';
import type { Stream } from '../../main/simulate/stream';
import { Random } from '../oracle/random';
import { randomRun, simulateRuns } from './layers';
import { ENGINES, isFull, need, simulatorOf } from './simulators';

/** Of m_axis_sums_tuser, {damaged, overflow, tag}: the engine's own word that a packet of the iteration was broken. */
const isDamaged = (user: number): boolean => ((user >> 9) & 1) === 1;

type Segments = number[][]; // first beat, beats, end
type Fault = (stream: Stream, packet: number, random: Random) => Stream;

/** Changes the two segments of one packet: its header, its words. */
const changeSegments =
  (change: (header: number[], words: number[], random: Random) => Segments): Fault =>
  (stream, packet, random) => {
    const segments: Segments = [];
    for (let at = 0; at < stream.segments.length; at += 3) segments.push([...stream.segments.slice(at, at + 3)]);
    const [header, words] = [segments[2 * packet]!, segments[2 * packet + 1]!];
    segments.splice(2 * packet, 2, ...change(header, words, random));
    return { ...stream, segments: Uint32Array.from(segments.flat()) };
  };

const FAULTS: Record<string, Fault> = {
  'loses a beat': changeSegments((header, [first, beats], random) => {
    const cut = random.whole(0, beats! - 1);
    const parts = [
      [first!, cut, 0],
      [first! + cut + 1, beats! - cut - 1, 1],
    ].filter(([, count]) => count! > 0);
    if (parts.length === 0) return [[...header.slice(0, 2), 1]];
    parts.at(-1)![2] = 1;
    return [header, ...parts];
  }),
  'gets a beat twice': changeSegments((header, [first, beats], random) => {
    const at = random.whole(0, beats! - 1);
    return [header, [first!, at + 1, 0], [first! + at, beats! - at, 1]];
  }),
  'ends nowhere': changeSegments((header, words) => [header, [words[0]!, words[1]!, 0]]),
  'ends in its header': changeSegments((header) => [[header[0]!, 1, 1]]),
  'loses its header': changeSegments((_, words) => [words]),
  'never comes': changeSegments(() => []),
  'has a wrong bit in its header': (stream, packet, random) => {
    const bytes = stream.bytes.slice();
    const first = stream.segments[6 * packet]! * stream.beatBytes;
    bytes[first + random.whole(0, 7)]! ^= 1 << random.whole(0, 7);
    return { ...stream, bytes };
  },
};

const packetCount = ({ segments }: Stream): number => segments.length / 6;

describe.each(Object.entries(FAULTS))('a packet that %s', (name, fault) => {
  for (const [engineName, engine] of Object.entries(ENGINES))
    for (const side of ['pixels', 'weights'] as const)
      it(`spoils its own iteration only: ${side}, ${engineName}`, { timeout: 120_000 }, async (test) => {
        await need(test, 'verilator');
        const simulator = await simulatorOf(engine, { checked: true });
        const random = new Random(name.length + side.length);
        for (let trial = 0; trial < (isFull ? 30 : 3); trial++) {
          const runs = Array.from({ length: 4 }, () => randomRun(engine, random));
          if (runs.some(({ tiles }) => tiles.passes.some(({ releases }) => !releases))) continue; // a chain is one whole
          let hit = 0;
          const change = (streams: Streams): Streams => {
            hit = random.whole(0, packetCount(streams[side]) - 3);
            return { ...streams, [side]: fault(streams[side], hit, random) };
          };
          const settings = { seed: trial, pixelPercent: 70, weightPercent: 70, sumPercent: 80, watchdogClocks: 3000 };
          const { summary, streams, packets } = await simulateRuns(simulator, engine, runs, settings, change);
          const place = `trial ${trial}, packet ${hit}`;
          expect(tellErrors(summary.errors).length, `${place}: errors`).toBeGreaterThan(0);
          expect(summary.differences + Number(summary.end === 'timeout'), `${place}: told`).toBeGreaterThan(0);
          // every other iteration is there and right; the tags of a job of less than 256 packets do not repeat
          const came = new Map(packets.map((packet) => [packet.user & 0xff, packet]));
          streams.expected.forEach(({ tag, bytes }, iteration) => {
            if (streams.expected.length > 256 || iteration === hit || iteration === hit + 1) return;
            const packet = came.get(tag);
            expect(packet, `${place}: iteration ${iteration} is missing`).toBeDefined();
            expect(isDamaged(packet!.user), `${place}: iteration ${iteration} is damaged`).toBe(false);
            expect(Buffer.compare(packet!.bytes, bytes), `${place}: iteration ${iteration} differs`).toBe(0);
          });
          const own = came.get(streams.expected[hit]!.tag);
          if (own && !isDamaged(own.user))
            expect(Buffer.compare(own.bytes, streams.expected[hit]!.bytes), place).toBe(0);
        }
      });
});

it('tells one sentence for each error bit', () => {
  expect(tellErrors(0)).toEqual([]);
  expect(tellErrors(0b10010)).toEqual([ENGINE_ERRORS[1], ENGINE_ERRORS[4]]);
});
