// The modules of the engine one by one: what goes into each and what must come out of it. In: a run of a layer, the packets
// of its first iteration, how many operations. Out: vectors in the layer's folder `modules`, and a row for their testbench
// (resources/bundle/modules_tb.sv). What one module gives, the next one takes:
//
//   units                       -> pixel_shifter   -> pixels
//   rows_pP, addresses          -> weights_rotator -> weights, starts
//   pixels, weights, starts     -> pe_array        -> snapshots
//   snapshots                   -> output_pipe     -> lanes, marks
//
// and `operations` tells all of them what happens in each clock. The model is schedule.ts; the lanes are golden's sums.
import type { Engine } from '../simulate/engine';
import { WEIGHT_HEADER_BITS } from '../simulate/headers';
import type { OperatorRun } from '../simulate/lower';
import { type SumPacket, userOf } from '../simulate/outputs';
import { finalColumn } from '../simulate/places';
import { narrowWords } from './formats/formats';
import {
  type Operation,
  addressOf,
  firstOperations,
  isFirst,
  isLoad,
  isProduct,
  isStart,
  pixelsOf,
  snapshotsOf,
  startsNewSum,
  weightsOf,
} from './schedule';
import { type Vector, type WordBits, unpackWords } from './vector';

/** What a layer gives the testbench of the modules. */
export interface ModuleRow {
  readonly modules: string; // folder of the vectors
  readonly run: OperatorRun;
  readonly operations: number;
  readonly products: number; // operations that multiply
  readonly units: number;
  readonly releases: number;
  readonly beats: number; // of lanes
  readonly packets: readonly { readonly rows: number; readonly stem: string }[]; // of weights
}

/** The packets of a layer's first iteration, for each pass; sums where it releases. */
export interface FirstPackets {
  readonly tag: number;
  readonly weights: readonly { readonly header: Uint8Array; readonly payload: Uint8Array }[];
  readonly sums: readonly (SumPacket | null)[];
}

/** @param most operations; more, until the first sums are final */
export function* moduleVectors(
  layerFolder: string,
  run: OperatorRun,
  engine: Engine,
  first: FirstPackets,
  most: number,
): Generator<Vector | ModuleRow> {
  const { rows: R, cores: C, outputLanes } = engine;
  const operations = firstOperations(run, most);
  const products = operations.filter(isProduct);
  const loads = products.filter((operation) => isLoad(operation, run));
  const pixels = pixelsOf(products, run, R, R);
  const weights = weightsOf(products, run, C);
  const snapshots = snapshotsOf(operations, run, engine, pixels, weights);
  const { lanes, marks } = drain([...beatsOf(operations, run, outputLanes)], run, engine, first, snapshots);
  const releases = snapshots.length / (C * R);
  const unit = R + run.tiles.F;
  const sumBits = engine.accumulatorBits + engine.guardBits;

  const modules = `${layerFolder}/modules`;
  const of = vectorMaker(
    modules,
    `${operations.length} of ${run.tiles.clocks / run.tiles.T} operations of run 0, iteration 0`,
  );
  yield of(
    'operations',
    'what happens in each clock (README.txt)',
    numbers(operations, (operation) => pack(operation, run, first.tag)),
    [operations.length],
    'operation',
    32,
  );
  yield of('units', 'into the pixel shifter', pixelsOf(loads, run, R, unit), [loads.length, unit], 'unit r', 8, unit);
  yield of('pixels', 'out of the pixel shifter, into the array', pixels, [products.length, R], 'product r', 8, R);
  const rows = rowVectors(of, run, C, first, operations.at(-1)!.pass + 1);
  yield* rows;
  yield of(
    'addresses',
    'rows that are read',
    numbers(products, (operation) => addressOf(operation, run)),
    [products.length],
    'product',
    32,
  );
  yield of(
    'weights',
    'out of the weights rotator, into the array',
    weights,
    [products.length, C],
    'product core',
    8,
    C,
  );
  yield of(
    'starts',
    'cores in which a shift may start a new sum',
    Int8Array.from({ length: C }, (_, core) => Number(startsNewSum(core, run))),
    [C],
    'core',
    8,
  );
  yield of(
    'snapshots',
    'all sums, where some are final: out of the array, into the output pipe',
    snapshots,
    [releases, C, R],
    'release core r',
    sumBits as WordBits,
    R,
  );
  yield of(
    'lanes',
    'out of the output pipe',
    lanes,
    [marks.length, outputLanes, R],
    'beat lane r',
    engine.accumulatorBits as WordBits,
    outputLanes * R,
  );
  yield of('marks', 'beside the lanes (README.txt)', marks, [marks.length], 'beat', 32);
  const packets = rows.map(({ shape, path }) => ({ rows: shape[0]!, stem: path }));
  yield {
    modules,
    run,
    operations: operations.length,
    products: products.length,
    units: loads.length,
    releases,
    beats: marks.length,
    packets,
  };
}

type Make = ReturnType<typeof vectorMaker>;
const NONE: Uint8Array = new Uint8Array();

/** A beat is `lanes` words. */
const vectorMaker =
  (modules: string, which: string) =>
  (
    name: string,
    about: string,
    words: Int8Array | Int32Array,
    shape: number[],
    order: string,
    wordBits: WordBits,
    lanes = 1,
    header = NONE,
  ): Vector => ({
    path: `${modules}/${name}`,
    level: 'modules',
    about: `${about}; ${which}`,
    shape,
    order,
    wordBits,
    beatBits: lanes * wordBits,
    header,
    words: words instanceof Int32Array ? narrowWords(words, wordBits) : words,
  });

const numbers = (operations: readonly Operation[], of: (operation: Operation) => number): Int32Array =>
  Int32Array.from(operations, of);

/** Of each pass that has begun, its packet of weights as the rotator takes it: header, then a row in each beat. */
function rowVectors(
  of: Make,
  { layer, tiles }: OperatorRun,
  cores: number,
  { weights }: FirstPackets,
  passes: number,
): Vector[] {
  return tiles.passes.slice(0, passes).map(({ from, to }, p) => {
    const rows = layer.columns.stride * (to - from) * layer.rows.taps;
    const { header, payload } = weights[p]!;
    const words = new Int8Array(payload.buffer, payload.byteOffset, rows * cores);
    return of(
      `rows_p${p}`,
      'into the weights rotator, behind the header of its packet',
      words,
      [rows, cores],
      'address core',
      8,
      cores,
      header.subarray(0, WEIGHT_HEADER_BITS / 8),
    );
  });
}

/** A word of `operations`: README.txt names its bits. */
function pack(operation: Operation, run: OperatorRun, tag: number): number {
  const { released } = operation;
  const flags = [
    isProduct(operation),
    isFirst(operation, run),
    !isProduct(operation),
    isStart(operation, run),
    released.length > 0,
    isLast(operation, run),
    isLoad(operation, run),
    operation.ends === 'pass',
  ];
  const bits = flags.reduce((all, flag, bit) => all | (Number(flag) << bit), 0);
  const oldest = released.length > 0 ? finalColumn(run.layer, run.tiles, released[0]!).tap : 0;
  return bits | (oldest << 8) | (released.length << 12) | (((tag + operation.pass) % 256) << 16);
}

/** It releases the last sums of its pass. */
const isLast = ({ released, frame, block }: Operation, { layer, tiles }: OperatorRun): boolean =>
  released.at(-1) === layer.columns.output - 1 && frame === layer.frames - 1 && block === tiles.L - 1;

/** Groups whose sums leave in one clock. */
interface Beat {
  readonly operation: Operation;
  readonly release: number;
  readonly core: number; // of the first group's sum
  readonly groups: number;
  readonly isLast: boolean; // of the packet
}

/** Released columns oldest first, each channel of a group, all groups. */
function* beatsOf(operations: readonly Operation[], run: OperatorRun, lanes: number): Generator<Beat> {
  const { layer, tiles } = run;
  const { E, G } = tiles;
  const { stride, output } = layer.columns;
  const releasing = operations.filter(({ released }) => released.length > 0);
  for (const [release, operation] of releasing.entries())
    for (const column of operation.released)
      for (let j = 0; j < stride; j++)
        for (let g = 0; g < E; g += lanes) {
          const core = g * G + j + finalColumn(layer, tiles, column).tap;
          const ends = isLast(operation, run) && column === output - 1 && j === stride - 1 && g + lanes >= E;
          yield { operation, release, core, groups: Math.min(lanes, E - g), isLast: ends };
        }
}

/**
 * Golden's sums as they leave the output pipe.
 * @throws Error where the snapshots do not hold the same: schedule and golden would disagree
 */
function drain(
  beats: readonly Beat[],
  { tiles }: OperatorRun,
  engine: Engine,
  { sums }: FirstPackets,
  snapshots: Int32Array,
): { lanes: Int32Array; marks: Int32Array } {
  const { rows, cores, outputLanes, accumulatorBits } = engine;
  const bits = accumulatorBits as WordBits;
  const up = 32 - bits;
  const lanes = new Int32Array(beats.length * outputLanes * rows);
  let [pass, word] = [-1, 0];
  const marks = Int32Array.from(beats, ({ operation, release, core, groups, isLast }, beat) => {
    if (operation.pass !== pass) [pass, word] = [operation.pass, 0];
    const packet = sums[pass]!;
    const came = unpackWords(packet.bytes.subarray((word * bits) / 8), bits, groups * rows, true);
    word += came.length;
    came.forEach((sum, i) => {
      const [g, r] = [Math.floor(i / rows), i % rows];
      const held = snapshots[(release * cores + core + g * tiles.G) * rows + r]!;
      if ((held << up) >> up !== sum)
        throw new Error(
          `release ${release}, core ${core + g * tiles.G}, row ${r}: the schedule gives ${held}, golden ${sum}`,
        );
    });
    lanes.set(came, beat * outputLanes * rows);
    return groups | (isLast ? 0x100 | (userOf(packet) << 16) : 0);
  });
  return { lanes, marks };
}
