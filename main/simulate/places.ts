// Where a sum was computed. In: the runs of an operator, the packets that should have come and those that came. Out: each
// word that differs with its place: in the loop nest, in the array, and in the operator's accumulators.
// The order of the stream is outputs.ts; the core that holds a sum when it leaves is resources/rtl/output_pipe.sv.
import type { Engine } from './engine';
import type { OperatorRun } from './lower';
import { type SumPacket, walkPacket } from './outputs';
import { hasChannel } from './pixels';
import type { Operand, SumDifference, SumPlace } from './record';

/** Calls `visit` for each word that differs, in the order of the stream. Packets that did not come are left out. */
export function walkDifferences(
  engine: Engine,
  runs: readonly OperatorRun[],
  expected: readonly SumPacket[],
  actual: readonly { readonly bytes: Uint8Array }[],
  visit: (difference: SumDifference) => void,
): void {
  const wordBytes = engine.accumulatorBits / 8;
  let packet = 0;
  let operations = 0;
  runs.forEach((run, index) => {
    const { layer, tiles } = run;
    const releasing = tiles.passes.flatMap(({ releases }, pass) => (releases ? [pass] : []));
    for (let t = 0; t < tiles.T; t++) {
      releasing.forEach((pass, released) => {
        const [right, came] = [expected[packet]!, actual[packet]];
        if (came && differ(right, came.bytes)) {
          const before = operations + countOperations(run, pass);
          walkPacket(layer, tiles, engine, t, (word, n, outputRow, outputColumn, channel) => {
            const at = word * wordBytes;
            if (right.mask?.[at] === 0 || at + wordBytes > came.bytes.length) return;
            const [a, b] = [readWord(right.bytes, at, wordBytes), readWord(came.bytes, at, wordBytes)];
            if (a === b) return;
            const nest = placeSum(run, engine, t, n, outputRow, outputColumn, channel, pass);
            visit({
              ...nest,
              run: index,
              pass: released,
              operation: before + nest.operation,
              packet,
              word,
              expected: a,
              actual: b,
            });
          });
        }
        packet++;
      });
      operations += countOperations(run, tiles.passes.length);
    }
  });
}

function differ({ bytes, mask }: SumPacket, came: Uint8Array): boolean {
  if (mask === null || bytes.length !== came.length) return Buffer.compare(bytes, came) !== 0;
  const [a, b, counts] = [asWords(bytes), asWords(came), asWords(mask)];
  for (let at = 0; at < a.length; at++) if (((a[at]! ^ b[at]!) & counts[at]!) !== 0) return true;
  for (let at = 4 * a.length; at < bytes.length; at++) if (((bytes[at]! ^ came[at]!) & mask[at]!) !== 0) return true;
  return false;
}

/** Four bytes each, as many as are whole; a copy, since packets lie anywhere in a file. */
const asWords = (bytes: Uint8Array): Uint32Array => new Uint32Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 2);

/** Operations of one iteration in its first `passes` passes. */
function countOperations({ layer, tiles }: OperatorRun, passes: number): number {
  const columns = layer.frames * tiles.L * tiles.columns;
  return tiles.passes.slice(0, passes).reduce((sum, pass) => sum + columns * columnOperations(layer, pass), 0);
}

/** Products of one streamed column, and the shift after them. */
const columnOperations = (
  layer: OperatorRun['layer'],
  { from, to }: { readonly from: number; readonly to: number },
): number => (to - from) * layer.rows.taps + (layer.columns.taps === 1 ? 0 : 1);

/** Loop nest, PE and element of the sum at one place of the output stream. */
export function placeSum(
  { layer, tiles, place }: OperatorRun,
  engine: Engine,
  iteration: number,
  frame: number,
  outputRow: number,
  outputColumn: number,
  channel: number,
  pass: number,
): Omit<SumPlace, 'run' | 'pass'> {
  const { taps, stride } = layer.columns;
  const { column, tap } = finalColumn(layer, tiles, outputColumn);
  const local = channel - iteration * tiles.E * stride;
  const [group, j] = [Math.floor(local / stride), local % stride];
  const block = Math.floor(outputRow / engine.rows);
  const isReal = channel < layer.channelsOut && outputRow < layer.rows.output;
  const perColumn = columnOperations(layer, tiles.passes[pass]!);
  const columns = (frame * tiles.L + block) * tiles.columns + column;
  const shift = taps === 1 ? 0 : 1;
  return {
    iteration,
    frame,
    block,
    column,
    channel,
    outputRow,
    outputColumn,
    row: outputRow % engine.rows,
    core: group * tiles.G + j + tap,
    element: isReal
      ? place.offset + frame * place.frame + outputRow * place.row + outputColumn * place.column + channel
      : null,
    operation: columns * perColumn + perColumn - shift - 1,
  };
}

/**
 * The streamed column after which an output column is final, and the core of its group, channel not counted, that holds
 * it: a sum moves one core to the right with each column, until that of its last tap or the last there is.
 */
export function finalColumn(
  { columns: { taps, stride, before } }: OperatorRun['layer'],
  tiles: OperatorRun['tiles'],
  outputColumn: number,
): { column: number; tap: number } {
  const column = Math.min(tiles.columns - 1, outputColumn * stride + taps - 1 - before);
  return { column, tap: column + before - outputColumn * stride };
}

function readWord(bytes: Uint8Array, at: number, wordBytes: number): number {
  let word = 0;
  for (let b = 0; b < wordBytes; b++) word |= bytes[at + b]! << (8 * b);
  const up = 32 - 8 * wordBytes;
  return (word << up) >> up;
}

/** The products inside the map that make the sum at this place. */
export function operandsOf(
  { layer, tiles, x, w }: OperatorRun,
  {
    frame,
    outputRow,
    outputColumn,
    channel,
    pass,
  }: Pick<SumPlace, 'frame' | 'outputRow' | 'outputColumn' | 'channel' | 'pass'>,
): Operand[] {
  const { rows, columns } = layer;
  const released = tiles.passes.filter(({ releases }) => releases);
  const [from, to] = released.length === 1 ? [0, layer.channelsIn] : [released[pass]!.from, released[pass]!.to];
  const operands: Operand[] = [];
  if (channel >= layer.channelsOut) return operands;
  for (let kernelRow = 0; kernelRow < rows.taps; kernelRow++)
    for (let kernelColumn = 0; kernelColumn < columns.taps; kernelColumn++) {
      const h = outputRow * rows.stride - rows.before + kernelRow;
      const q = outputColumn * columns.stride - columns.before + kernelColumn;
      if (h < 0 || h >= rows.input || q < 0 || q >= columns.input) continue;
      for (let channelIn = from; channelIn < to && hasChannel(x, channelIn); channelIn++)
        operands.push({
          kernelRow,
          kernelColumn,
          channelIn,
          x: x.data[x.offset + frame * x.frame + h * x.row + q * x.column + channelIn * x.channel]!,
          w: w.data[
            w.offset + kernelRow * w.tapRow + kernelColumn * w.tapColumn + channelIn * w.input + channel * w.output
          ]!,
        });
    }
  return operands;
}
