// The layers of a network that go to the array. In: a network, its values so far, an engine. Out: for each chosen layer
// what the other files of this room make vectors from, or the reason why the host runs it.
import { schemeOfWords } from '../golden/arithmetic';
import { outputTensor } from '../golden/kernel';
import { isLayer, type Layer as NetworkLayer, requantizationOfLayer } from '../golden/layer';
import type { Requantization } from '../golden/requantize';
import type { OperatorResult } from '../golden/run';
import { requantizerOf } from '../golden/scheme/layerRequantizer';
import type { Accumulator, Requantizer } from '../golden/scheme/requantizer';
import { Failure, userFailure } from '../network/failure';
import { type Network, type Operator, elementCount } from '../network/network';
import type { Engine } from '../simulate/engine';
import { type OperatorRun, lowerOperator } from '../simulate/lower';
import { withStarts, wordsRefusal } from '../simulate/words';
import { type TensorValue, type TypedArray, allocate, holds, readConstant } from '../tensor/tensor';

/** A layer with all values it reads and gives. */
export interface Layer {
  readonly operator: NetworkLayer;
  readonly folder: string; // 'layers/03_CONV_2D'
  readonly inputs: readonly (TensorValue | null)[]; // in words the third is what sums begin with
  readonly bias: Int32Array | null; // as the network has it
  readonly output: TensorValue;
  readonly accumulators: Int32Array; // bias included
  /** The word that keeps a sum before it is requantised; TFLite's is an int32 that wraps. */
  readonly accumulator: Accumulator;
  readonly requantization: Requantization | Requantizer;
  readonly runs: readonly OperatorRun[];
  /** Sizes of the accumulators: frames and rows as one, columns, channels. */
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
}

const folderOf = (operator: Operator): string => `layers/${String(operator.index).padStart(2, '0')}_${operator.name}`;

/**
 * '0,3-5' or 'all' as operator numbers.
 * @throws userFailure 'layers-unknown' where an operator does not exist or is no layer
 */
export function chooseLayers(network: Network, given: string): number[] {
  const layers = network.operators.filter(isLayer).map(({ index }) => index);
  if (given === 'all') return layers;
  const refuse = (what: string): never => {
    throw userFailure(
      'layers-unknown',
      `--layers ${given}: ${what}`,
      `Write all, or operators such as 0,3-5. The layers of ${network.name} are ${layers.join(', ') || 'none'}.`,
    );
  };
  const chosen = new Set<number>();
  for (const part of given.split(',')) {
    const [, from, to = from] =
      /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part) ?? refuse(`'${part}' is no operator and no range.`);
    if (!(Number(from) <= Number(to) && Number(to) < network.operators.length))
      refuse(`there is no operator ${to} after ${from}.`);
    const found = layers.filter((index) => index >= Number(from) && index <= Number(to));
    if (found.length === 0) refuse(`${network.operators[Number(from)]!.name} (operator ${from}) is no layer.`);
    for (const index of found) chosen.add(index);
  }
  return [...chosen].sort((a, b) => a - b);
}

/** The values an operator reads; null where an input is left out or has no value yet. */
export const readInputs = (
  operator: Operator,
  network: Network,
  values: ReadonlyMap<number, TypedArray>,
): (TensorValue | null)[] =>
  operator.inputs.map((index) => {
    const tensor = network.tensors[index];
    if (!tensor) return null;
    const data = values.get(index) ?? (tensor.data ? readConstant(tensor) : undefined);
    return data ? { tensor, data } : null;
  });

const WORDS = ['int8', 'uint8'];
const INT32: Accumulator = { accumulatorBits: 32, overflow: 'wrap' };

/** Why the engine cannot run the operator, or its runs. */
export function lowerOrRefuse(
  operator: Operator,
  network: Network,
  inputs: readonly (TensorValue | null)[],
  engine: Engine,
): readonly OperatorRun[] | string {
  const [x, w] = [inputs[0], inputs[1]];
  if (!x || !w) return 'Its operands are not all known.';
  if (!WORDS.includes(x.tensor.type)) return `Its input is ${x.tensor.type}; the engine's words are int8 or uint8.`;
  if (![...WORDS, 'int4'].includes(w.tensor.type))
    return `Its weights are ${w.tensor.type}; the engine's words are int8 or uint8.`;
  const inWords = wordsRefusal(operator, network, engine) ?? longOutput(operator, network);
  if (inWords !== null) return inWords;
  try {
    return lowerOperator(operator, inputs, engine);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'user') return error.message;
    throw error;
  }
}

/** A layer in words may lengthen them for the next one. */
function longOutput(operator: Operator, network: Network): string | null {
  const { type } = outputTensor(operator, network);
  return WORDS.includes(type) ? null : `Its output is ${type}; a bundle's host makes words of int8 or uint8.`;
}

/**
 * The tag of each chosen layer's first packet: packets are numbered through the whole bundle, since the engine takes one
 * with an earlier number for a late one (resources/rtl/sequencer.sv). How many a layer has depends on no value.
 */
export function numberPackets(
  network: Network,
  chosen: readonly number[],
  engine: Engine,
): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  let tag = 0;
  for (const index of chosen) {
    const operator = network.operators[index]!;
    const runs = lowerOrRefuse(operator, network, readInputs(operator, network, zeros(operator, network)), engine);
    if (typeof runs === 'string') continue;
    first.set(index, tag % 256);
    tag += runs.reduce((sum, { tiles }) => sum + tiles.T * tiles.passes.length, 0);
  }
  return first;
}

const zeros = (operator: Operator, network: Network): ReadonlyMap<number, TypedArray> =>
  new Map(
    operator.inputs
      .flatMap((index) => network.tensors[index] ?? [])
      .filter(({ data, type }) => !data && holds(type))
      .map(({ index, type, shape }) => [index, allocate(type, elementCount(shape))]),
  );

/** The layer, or why it stays on the host. */
export function readLayer(
  network: Network,
  result: OperatorResult,
  inputs: readonly (TensorValue | null)[],
  engine: Engine,
): Layer | string {
  const operator = network.operators[result.operator]!;
  const runs = lowerOrRefuse(operator, network, inputs, engine);
  if (typeof runs === 'string') return runs;
  if (!isLayer(operator)) throw new Error(`${operator.name} was lowered, but is no layer`);
  const output = result.outputs[0]!;
  const { shape } = outputTensor(operator, network);
  const channels = shape.at(-1)!;
  const columns = operator.kind === 'FULLY_CONNECTED' ? 1 : shape.at(-2)!;
  const scheme = schemeOfWords(operator, network);
  return {
    operator,
    folder: folderOf(operator),
    inputs: withStarts(network, operator, inputs),
    bias: (inputs[2]?.data as Int32Array | undefined) ?? null,
    output,
    accumulators: result.accumulators as Int32Array,
    accumulator: scheme ?? INT32,
    requantization: scheme
      ? requantizerOf(operator, network)
      : requantizationOfLayer(operator, inputs, output.tensor, result.arithmetic),
    runs,
    rows: elementCount(shape) / columns / channels,
    columns,
    channels,
  };
}
