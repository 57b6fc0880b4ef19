// The layers of a network through the RTL. In: a network, its inputs, an array. Out: each layer as golden and as the RTL
// computed it, as soon as it is done; several processes at a time, or, chained, one after the other, where the RTL's own
// outputs are what later operators read. What golden says first and last is golden's own run of the whole network.
import path from 'node:path';
import type { PeArray } from '../array/array';
import { type Engine as GoldenEngine, REFERENCE_TS } from '../golden/engine';
import { type Layer as GoldenLayer, isLayer, requantizationOfLayer } from '../golden/layer';
import { schemeOfWords } from '../golden/arithmetic';
import { requantize } from '../golden/requantize';
import { type OperatorResult, runOperator, runOperators } from '../golden/run';
import { requantizerOf } from '../golden/scheme/layerRequantizer';
import { requantizeWords } from '../golden/scheme/requantizer';
import type { Arithmetic, KernelSet } from '../network/arithmetic';
import { thousands } from '../network/digits';
import { Failure, cancelled, userFailure } from '../network/failure';
import { type Network, type Operator, elementCount } from '../network/network';
import { type Layer, wordsComplaint } from '../plan/layer';
import { stepsOf } from '../plan/layers';
import { type IntegerArray, type TensorValue, type TypedArray, allocate, readConstant } from '../tensor/tensor';
import { buildSimulator } from './build';
import { tellsOperations } from './dut';
import { type Engine, defineEngine } from './engine';
import type { JobSettings } from './job';
import { lowerOperator } from './lower';
import { estimateLayers, measureClocks } from './measured';
import { Processes } from './processes';
import type { MeasuredClocks } from './record';
import { type OperatorSimulation, type RunJob, simulateOperator } from './simulate';
import { askTools } from './versions';
import { withStarts, wordsRefusal } from './words';

export interface SimulateOptions {
  readonly appRoot: string; // whose resources/rtl and native/sim are built
  readonly cacheFolder: string;
  readonly rtlFolder?: string | undefined; // in place of resources/rtl
  /** Holds a folder for each layer's job. */
  readonly folder: string;
  readonly kernels: KernelSet;
  readonly golden?: GoldenEngine;
  /** Operators; 'all': every layer the engine can run. */
  readonly layers: readonly number[] | 'all';
  readonly settings: Partial<JobSettings>;
  readonly processes: number;
  readonly chain: boolean;
  readonly signal?: AbortSignal;
  /** `done` of `total` layers; the note says what is being done. */
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

/** A layer that has run. */
export interface SimulatedLayer {
  readonly operator: Operator;
  readonly layer: Layer;
  readonly engine: Engine;
  readonly simulator: string;
  readonly folder: string;
  readonly settings: Partial<JobSettings>;
  readonly golden: OperatorResult; // on the inputs that the RTL had
  readonly sumBits: number; // in which its sums are compared: the RTL's, where the scheme lets sums wrap as the RTL does
  readonly simulation: OperatorSimulation;
  /** The RTL's sums, requantised by golden's own step; null where sums are missing. */
  readonly output: TensorValue | null;
  readonly clocks: MeasuredClocks;
  readonly tells: boolean; // the RTL says in which clocks it operates
  readonly seconds: number; // of packing, simulating and unpacking
}

/** What golden and RTL left in every tensor. */
export interface SimulatedNetwork {
  readonly engine: Engine;
  readonly golden: readonly OperatorResult[];
  /** The same with the RTL's results in place of golden's; chained, also what was computed from them. */
  readonly results: readonly OperatorResult[];
  /** Operators that the array does not run, and why. */
  readonly host: readonly { readonly operator: number; readonly why: string }[];
}

/** Operators of a network that an engine of this array runs, and why it does not run the others. */
export function layersOnEngine(network: Network, array: PeArray) {
  if (array.dataflow !== 'kraken')
    throw userFailure(
      'simulate-dataflow',
      `The array ${array.name} has the dataflow ${array.dataflow}, but the RTL is Kraken's.`,
      'Give an array whose dataflow is kraken.',
    );
  const engine = defineEngine(array);
  const layers = new Map<number, Layer>();
  const host: { operator: number; why: string }[] = [];
  stepsOf(network).forEach((step, operator) => {
    const why =
      'host' in step ? step.host.why : (wordsComplaint(step.layer, array) ?? refusal(network, operator, engine));
    if (why !== null) host.push({ operator, why });
    else if ('layer' in step) layers.set(operator, step.layer);
  });
  return { engine, layers, host };
}

/** Why the engine cannot run an operator, or null; asked with zeros for its values, since only sizes decide. */
function refusal(network: Network, index: number, engine: Engine): string | null {
  const operator = network.operators[index]!;
  const inWords = wordsRefusal(operator, network, engine);
  if (inWords !== null) return inWords;
  const zeros = operator.inputs.map((at): TensorValue | null => {
    const tensor = network.tensors[at];
    return tensor
      ? { tensor, data: tensor.data ? readConstant(tensor) : allocate(tensor.type, elementCount(tensor.shape)) }
      : null;
  });
  try {
    lowerOperator(operator, zeros, engine);
    return null;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'user') return error.message;
    throw error;
  }
}

/**
 * @param onLayer told of each layer that has run; the next waits for it
 * @throws userFailure simulate-dataflow, simulate-layer, engine-field, and golden's; unavailable: Verilator; 'cancelled'
 */
export async function simulateNetwork(
  network: Network,
  array: PeArray,
  inputs: ReadonlyMap<number, TypedArray>,
  options: SimulateOptions,
  onLayer: (layer: SimulatedLayer) => Promise<void>,
): Promise<SimulatedNetwork> {
  const { kernels, onProgress = () => {}, signal } = options;
  const { engine, layers, host } = layersOnEngine(network, array);
  const chosen = chooseLayers(network, options.layers, layers, host);
  const estimates = estimateLayers([...layers.values()], array);
  const tools = askTools(options.cacheFolder);
  tools.catch(() => {}); // told when the simulator is built; golden's own failure comes first
  const golden: OperatorResult[] = [];
  onProgress(0, chosen.length, 'golden runs');
  for (const result of runOperators(network, kernels, inputs, options.golden)) {
    if (signal?.aborted) throw cancelled('The simulation');
    golden.push(result);
  }
  const { appRoot, cacheFolder, rtlFolder } = options;
  const onStep = (sentence: string): void => onProgress(0, chosen.length, sentence);
  const simulator = await buildSimulator(engine, { appRoot, cacheFolder, rtlFolder, tools, signal, onStep });
  const processes = new Processes(simulator, options.processes, signal);
  const tells = tellsOperations(rtlFolder, engine);

  let done = 0;
  const run = async (result: OperatorResult, values: ReadonlyMap<number, TypedArray>): Promise<SimulatedLayer> => {
    const operator = network.operators[result.operator]!;
    onProgress(done, chosen.length, `layer ${operator.index} · ${operator.name}`);
    const onClock = ({ clock }: { readonly clock: number }): void =>
      onProgress(done, chosen.length, `layer ${operator.index} · ${operator.name} · clock ${thousands(clock)}`);
    const start: RunJob = (folder, clocks) => processes.run(folder, clocks, onClock);
    const layer = await simulateLayer(network, engine, start, operator, result, values, options);
    const estimated = estimates.get(operator.index) ?? null;
    const { simulation } = layer;
    const clocks = measureClocks(
      simulation.summary,
      simulation.runs,
      engine,
      estimated,
      isThrottled(options.settings),
      tells,
    );
    const simulated: SimulatedLayer = { ...layer, simulator, layer: layers.get(operator.index)!, clocks, tells };
    await onLayer(simulated);
    onProgress(++done, chosen.length, `layer ${operator.index} · ${operator.name} done`);
    return simulated;
  };
  try {
    const results = options.chain
      ? await runChained(network, golden, inputs, chosen, options.golden, run)
      : await runParallel(golden, inputs, chosen, options.processes + 1, run); // one is packed while the others run
    return { engine, golden, results, host };
  } finally {
    await processes.close();
  }
}

const isThrottled = ({ pixelPercent = 100, weightPercent = 100, sumPercent = 100 }: Partial<JobSettings>): boolean =>
  Math.min(pixelPercent, weightPercent, sumPercent) < 100;

function chooseLayers(
  network: Network,
  wanted: readonly number[] | 'all',
  layers: ReadonlyMap<number, Layer>,
  host: SimulatedNetwork['host'],
): number[] {
  if (wanted === 'all' && layers.size > 0) return [...layers.keys()];
  const known = [...layers.keys()].join(', ');
  if (wanted === 'all')
    throw userFailure(
      'simulate-layer',
      `The engine runs no layer of ${network.name}: ${host[0]?.why}`,
      'Give a network of int8 convolutions or products.',
    );
  const wrong = wanted.find((operator) => !layers.has(operator));
  if (wrong === undefined) return [...new Set(wanted)].sort((a, b) => a - b);
  const why = host.find(({ operator }) => operator === wrong)?.why ?? `${network.name} has no such operator.`;
  throw userFailure(
    'simulate-layer',
    `Operator ${wrong} does not run on the engine: ${why}`,
    `Its layers are ${known || 'none'}.`,
    { operator: wrong },
  );
}

type RunLayer = (golden: OperatorResult, values: ReadonlyMap<number, TypedArray>) => Promise<SimulatedLayer>;

/** Every layer on what golden gave it, `most` of them at a time. */
async function runParallel(
  golden: readonly OperatorResult[],
  inputs: ReadonlyMap<number, TypedArray>,
  chosen: readonly number[],
  most: number,
  run: RunLayer,
): Promise<OperatorResult[]> {
  const values = new Map(inputs);
  for (const { outputs } of golden) for (const { tensor, data } of outputs) values.set(tensor.index, data);
  const results = [...golden];
  const waiting = [...chosen];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        results[next] = asResult(await run(golden[next]!, values));
      } catch (error) {
        waiting.length = 0; // one failure is enough: the others would only hide it
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: most }, work));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return results;
}

/** Operators in execution order, each on what the operators before it really gave. */
async function runChained(
  network: Network,
  golden: readonly OperatorResult[],
  inputs: ReadonlyMap<number, TypedArray>,
  chosen: readonly number[],
  engine: GoldenEngine = REFERENCE_TS,
  run: RunLayer,
): Promise<OperatorResult[]> {
  const values = new Map(inputs);
  const results: OperatorResult[] = [];
  for (const operator of network.operators) {
    const before = new Map(values);
    let result = runOperator(network, operator, golden[operator.index]!.arithmetic, values, engine);
    if (chosen.includes(operator.index)) {
      result = asResult(await run(result, before));
      for (const { tensor, data } of result.outputs) values.set(tensor.index, data);
    }
    results.push(result);
  }
  return results;
}

/** What the RTL gave, as if golden had; golden's own where sums are missing. */
const asResult = ({ golden, simulation, output, seconds }: SimulatedLayer): OperatorResult =>
  output ? { ...golden, ms: seconds * 1000, outputs: [output], accumulators: simulation.accumulators } : golden;

async function simulateLayer(
  network: Network,
  engine: Engine,
  run: RunJob,
  operator: Operator,
  golden: OperatorResult,
  values: ReadonlyMap<number, TypedArray>,
  { folder: parent, settings }: SimulateOptions,
): Promise<Omit<SimulatedLayer, 'layer' | 'simulator' | 'clocks' | 'tells'>> {
  const inputs = operator.inputs.map((index): TensorValue | null => {
    const tensor = network.tensors[index];
    return tensor ? { tensor, data: values.get(index) ?? readConstant(tensor) } : null;
  });
  const folder = path.join(parent, `${String(operator.index).padStart(3, '0')}_${operator.name}`);
  const sums = golden.accumulators as Int32Array; // the engine runs no layer whose sums are wider
  const started = performance.now();
  const fed = withStarts(network, operator, inputs);
  const simulation = await simulateOperator(run, engine, operator, fed, sums, folder, settings);
  const seconds = (performance.now() - started) / 1000;
  const output =
    simulation.accumulators && isLayer(operator)
      ? requantizeSums(network, operator, inputs, simulation.accumulators, golden.outputs[0]!, golden.arithmetic)
      : null;
  const sumBits = schemeOfWords(operator, network)?.overflow === 'wrap' ? engine.accumulatorBits : 32;
  return { operator, engine, folder, settings, golden, sumBits, simulation, output, seconds };
}

function requantizeSums(
  network: Network,
  layer: GoldenLayer,
  inputs: readonly (TensorValue | null)[],
  sums: Int32Array,
  { tensor }: TensorValue,
  arithmetic: Arithmetic,
): TensorValue {
  const output = { tensor, data: allocate(tensor.type, elementCount(tensor.shape)) };
  const scheme = schemeOfWords(layer, network);
  if (scheme) requantizeWords(sums, scheme, requantizerOf(layer, network), output.data as IntegerArray);
  else requantize(sums, requantizationOfLayer(layer, inputs, tensor, arithmetic), output);
  return output;
}
