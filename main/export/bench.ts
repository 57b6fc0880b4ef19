// What the bundle's testbench (resources/bundle/bundle_tb.sv) reads beside the vectors. In: rows of packets, layers and
// next layers, as they are exported. Out: tables of numbers, one row a line, and a package with the sizes of its memories.
//
//   pixels.txt, weights.txt   beats, vector
//   sums.txt                  SUM_COLUMNS, vector
//   layers.txt                LAYER_COLUMNS, folder
//   next.txt                  NEXT_COLUMNS, stem of the vectors
//   modules.txt               sizes of the vectors, letters of the tiles, folder
//   module_rows.txt           rows of a packet of weights, vector; of each module row as many as it has passes
import { float16Bits, roundToFloat16 } from '../golden/float16';
import { slopeShift } from '../golden/scheme/requantizer';
import type { Engine } from '../simulate/engine';
import type { OperatorRun } from '../simulate/lower';
import { endOfChannels } from '../simulate/pixels';
import { elementCount } from '../network/network';
import type { Corrections } from './host';
import type { Layer } from './layer';
import type { ModuleRow } from './modules';
import type { NextRow } from './next';
import type { PacketRow } from './streams';
import type { Level } from './choice';

/** As the testbench numbers them. */
const ARITHMETIC: Readonly<Record<string, number>> = { double: 0, single: 1, float32: 2, pow2: 3, float16: 4 };

/** Of the arithmetic: pow2 the exponent p of a slope 2^-p, or -1 for the slope 0; float16 the slope's bits. */
function slopeNumber(requantization: Layer['requantization']): number {
  if ('multiplier' in requantization) return 0;
  const { arithmetic, slope } = requantization;
  if (arithmetic === 'float16') return float16Bits(roundToFloat16(slope));
  return slope === 0 ? -1 : slopeShift(slope);
}

export class BenchTables {
  private readonly pixels: string[] = [];
  private readonly weights: string[] = [];
  private readonly sums: string[] = [];
  private readonly layers: string[] = [];
  private readonly next: string[] = [];
  private readonly modules: string[] = [];
  private readonly moduleRows: string[] = [];
  private readonly most = new Map<string, number>(MEMORIES.map(([name]) => [name, 1]));

  constructor(private readonly levels: readonly Level[]) {}

  addPacket(row: PacketRow, run: OperatorRun): void {
    this.need('MOST_PIXEL_BEATS', row.pixelBeats);
    this.need('MOST_WEIGHT_BEATS', row.weightBeats);
    this.pixels.push(`${row.pixelBeats} ${row.stem}_pixels`);
    this.weights.push(`${row.weightBeats} ${row.stem}_weights`);
    if (!row.sums) return;
    const { beats, bytes, user } = row.sums;
    this.need('MOST_SUM_BEATS', beats);
    const { frames, rows, columns, channelsOut } = run.layer;
    const { offset, frame, row: down, column } = run.place;
    this.sums.push(
      [
        ...[row.operator, row.run, row.iteration, row.pass, user, beats, bytes],
        ...[frames, run.tiles.L, columns.output, columns.stride, run.tiles.E, rows.output, channelsOut],
        ...[offset, frame, down, column, `${row.stem}_sums`],
      ].join(' '),
    );
  }

  /** @param packets of sums */
  addLayer(layer: Layer, corrections: Corrections, packets: number): void {
    const { operator, accumulators, accumulator, rows, columns, channels, requantization } = layer;
    const { arithmetic, zeroPoint, lowest, highest } = requantization;
    const { rowClasses, columnClasses } = corrections;
    this.need('MOST_ELEMENTS', accumulators.length);
    this.need('MOST_CORRECTIONS', corrections.table.length);
    this.need('MOST_CHANNELS', channels);
    this.need('MOST_ROWS', rows);
    this.need('MOST_COLUMNS', columns);
    this.layers.push(
      [
        ...[operator.index, packets, accumulators.length, rows, columns, channels, rowClasses, columnClasses],
        ...[accumulator.accumulatorBits, accumulator.overflow === 'saturate' ? 1 : 0],
        ...[ARITHMETIC[arithmetic]!, slopeNumber(requantization), zeroPoint, lowest, highest],
        ...[this.has('summed'), this.has('requantised'), layer.folder],
      ].join(' '),
    );
  }

  addNext(
    { operator, reader, run, pass, of, from, to, stem, headerBeats }: NextRow,
    layer: Layer,
    engine: Engine,
  ): void {
    const { tiles, x } = of;
    const { frames, rows } = of.layer;
    const unit = engine.rows + tiles.F;
    const words = elementCount([frames, tiles.L, tiles.columns, to - from, tiles.subWords, unit]);
    this.need('MOST_NEXT_WORDS', words);
    this.need('MOST_PIXEL_BEATS', headerBeats + Math.ceil((words * 8) / engine.pixelStreamBits));
    const shifted = layer.output.tensor.type === 'uint8' ? 128 : 0;
    this.next.push(
      [
        ...[
          operator,
          reader,
          run,
          pass,
          words,
          frames,
          tiles.L,
          tiles.columns,
          from,
          to,
          endOfChannels(x, to),
          tiles.subWords,
          unit,
        ],
        ...[rows.stride, rows.before, rows.input, x.offset, x.frame, x.row, x.column, x.channel, shifted],
        ...[this.has('tiled'), this.has('packed'), headerBeats, stem],
      ].join(' '),
    );
  }

  addModules({ modules, run, operations, products, units, releases, beats, packets }: ModuleRow): void {
    this.need('MOST_OPERATIONS', operations);
    this.need('MOST_UNITS', units);
    this.need('MOST_RELEASES', releases);
    this.need('MOST_LANE_BEATS', beats);
    for (const { rows, stem } of packets) {
      this.need('MOST_WEIGHT_ROWS', rows);
      this.moduleRows.push(`${rows} ${stem}`);
    }
    const { G, E } = run.tiles;
    const sizes = [operations, products, units, packets.length, releases, beats];
    this.modules.push([...sizes, G, run.layer.columns.stride, E, modules].join(' '));
  }

  /** Names within the folder testbench, and texts; the tables of the modules only where there are any. */
  files(): [name: string, text: string][] {
    const { pixels, weights, sums, layers, next, modules, moduleRows } = this;
    const ofModules: Record<string, string[]> = modules.length > 0 ? { modules, module_rows: moduleRows } : {};
    const tables = Object.entries({ pixels, weights, sums, layers, next, ...ofModules });
    return [
      ...tables.map(([name, lines]): [string, string] => [`${name}.txt`, lines.map((line) => `${line}\n`).join('')]),
      ['bundle_pkg.sv', this.writePackage()],
    ];
  }

  private writePackage(): string {
    const lines = MEMORIES.map(
      ([name, about]) => `  ${`localparam int ${name} = ${this.most.get(name)};`.padEnd(44)} // ${about}`,
    );
    return [
      '// Generated from the vectors of the bundle; do not edit.',
      'package bundle_pkg;',
      ...lines,
      'endpackage',
      '',
    ].join('\n');
  }

  private need(name: MemoryName, size: number): void {
    this.most.set(name, Math.max(this.most.get(name)!, size));
  }

  private has(level: Level): 0 | 1 {
    return this.levels.includes(level) ? 1 : 0;
  }
}

const MEMORIES = [
  ['MOST_PIXEL_BEATS', 'of a packet'],
  ['MOST_WEIGHT_BEATS', 'of a packet'],
  ['MOST_SUM_BEATS', 'of a packet'],
  ['MOST_ELEMENTS', 'of an output'],
  ['MOST_CORRECTIONS', 'of a layer'],
  ['MOST_CHANNELS', 'of an output'],
  ['MOST_ROWS', 'of an output, all frames together'],
  ['MOST_COLUMNS', 'of an output'],
  ['MOST_NEXT_WORDS', 'of a packet of pixels'],
  ['MOST_OPERATIONS', 'of a layer for the modules, as all below'],
  ['MOST_UNITS', 'of pixels'],
  ['MOST_WEIGHT_ROWS', 'of a packet of weights'],
  ['MOST_RELEASES', 'of sums'],
  ['MOST_LANE_BEATS', 'out of the output pipe'],
] as const;
type MemoryName = (typeof MEMORIES)[number][0];
