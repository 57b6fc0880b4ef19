// What takes a bundle to a board. In: the packets of its streams. Out: the DMA sequence as data for C and for XSDB; offsets
// count from the start of an area for each stream, each packet on the alignment of the .bin files.
import { alignedLength } from './formats/bin';
import type { PacketRow } from './streams';
import type { Engine } from '../simulate/engine';

interface Transfer {
  readonly at: number;
  readonly bytes: number; // whole beats
}

interface Transfers {
  readonly row: PacketRow;
  readonly pixels: Transfer;
  readonly weights: Transfer;
  readonly sums: Transfer; // no bytes where the pass does not release
}

interface MemoryMap {
  readonly packets: readonly Transfers[];
  readonly areas: { readonly pixels: number; readonly weights: number; readonly sums: number }; // bytes
}

export function mapMemory(rows: readonly PacketRow[], engine: Engine, align: number): MemoryMap {
  const areas = { pixels: 0, weights: 0, sums: 0 };
  const place = (area: keyof typeof areas, beats: number, bits: number): Transfer => {
    const transfer = { at: areas[area], bytes: (beats * bits) / 8 };
    areas[area] = alignedLength(transfer.at + transfer.bytes, align);
    return transfer;
  };
  const packets = rows.map((row) => ({
    row,
    pixels: place('pixels', row.pixelBeats, engine.pixelStreamBits),
    weights: place('weights', row.weightBeats, engine.weightStreamBits),
    sums: place('sums', row.sums?.beats ?? 0, engine.outputStreamBits),
  }));
  return { packets, areas };
}

/** dma_sequence.h */
export function writeSequence({ packets, areas }: MemoryMap): string {
  const lines = packets.map(({ row, pixels, weights, sums }) => {
    const { operator, run, iteration, pass } = row;
    return `  {${[operator, run, iteration, pass, pixels.at, pixels.bytes, weights.at, weights.bytes, sums.at, sums.bytes].join(', ')}},`;
  });
  return [
    '/* Generated from the vectors of the bundle; do not edit. */',
    '#pragma once',
    '#include <stdint.h>',
    `#define KRAKEN_PACKETS ${packets.length}`,
    `#define KRAKEN_PIXEL_AREA ${areas.pixels}u`,
    `#define KRAKEN_WEIGHT_AREA ${areas.weights}u`,
    `#define KRAKEN_SUM_AREA ${areas.sums}u`,
    '/* Offsets and bytes in the areas of pixels, weights and sums; no bytes of sums where the next packet adds to them. */',
    'struct kraken_packet {',
    '  uint16_t operator_index, run, iteration, pass;',
    '  uint32_t pixels_at, pixels_bytes, weights_at, weights_bytes, sums_at, sums_bytes;',
    '};',
    'static const struct kraken_packet kraken_sequence[KRAKEN_PACKETS] = {',
    ...lines,
    '};',
    '',
  ].join('\n');
}

/** memory_map.tcl */
export function writeMemoryMap({ packets, areas }: MemoryMap): string {
  const lines = packets.map(
    ({ row, pixels, weights, sums }) => `  {${row.stem} ${pixels.at} ${weights.at} ${sums.at} ${sums.bytes}}`,
  );
  return [
    '# Generated from the vectors of the bundle; do not edit.',
    `# Areas: pixels ${areas.pixels}, weights ${areas.weights}, sums ${areas.sums} bytes.`,
    'set kraken_packets {',
    ...lines,
    '}',
    '',
  ].join('\n');
}
