// Questions about a run that the engine answers from what the session keeps: a layer's constants, why an element is what it is, a
// layer's sums and values before clamping. In: where the bytes of tensors lie. Out: plain records; sums become blobs.
import { deriveLayer } from '../golden/derive';
import { explainElement } from '../golden/explain';
import { tellExplanation } from '../golden/explain/tell';
import { type LayerConstants, layerConstants } from '../golden/layerConstants';
import { saveLayerFolder } from '../golden/layerFolder';
import { storeTensor } from '../golden/recorder';
import { arithmeticFor } from '../golden/support';
import { initialValue } from '../golden/variables';
import { type Network, elementCount } from '../network/network';
import { layersOf, openNetwork } from '../flow';
import type { Step } from '../plan/layers';
import { Blobs } from '../session/blobs';
import { type TypedArray, viewBytes } from '../tensor/tensor';
import { withElements } from './elements';
import type { Args, Reply, TensorBytes } from './protocol';

/** Networks up to this size are kept open: whoever asks why asks again. */
const KEPT_BYTES = 64 * 1024 ** 2;
let kept: Network | null = null;

export function openKept({ blobs, network: sha256, name }: Args<'steps'>): Network {
  if (kept?.sha256 === sha256) return kept;
  const bytes = new Blobs(blobs).readWhole(sha256, `The file of network ${name}`);
  const { network } = openNetwork(bytes, name);
  kept = bytes.byteLength <= KEPT_BYTES ? network : null;
  return network;
}

export const steps = (args: Args<'steps'>): readonly Step[] => layersOf(openKept(args));

export function layer(args: Args<'layer'>): LayerConstants {
  const network = openKept(args);
  const operator = network.operators[args.operator]!;
  return layerConstants(operator, network, args.arithmetic ?? arithmeticFor(operator, network, args.kernels));
}

export function why(args: Args<'why'>): Reply<'why'> {
  const network = openKept(args);
  const operator = network.operators[args.operator]!;
  const arithmetic = args.arithmetic ?? arithmeticFor(operator, network, args.kernels);
  const values = new Map<number, TypedArray>(args.values.map(({ tensor, ...bytes }) => [tensor, readValue(bytes)]));
  const read = (index: number): TypedArray | null => values.get(index) ?? constantOf(network, index);
  const explanation = explainElement(network, operator, arithmetic, read, args.element, args.position);
  return { explanation, text: tellExplanation(explanation) };
}

export function derive(args: Args<'derive'>): Reply<'derive'> {
  const network = openKept(args);
  const operator = network.operators[args.operator]!;
  const arithmetic = args.arithmetic ?? arithmeticFor(operator, network, args.kernels);
  const values = new Map<number, TypedArray>(args.values.map(({ tensor, ...bytes }) => [tensor, readValue(bytes)]));
  const { accumulators, unclamped } = deriveLayer(network, operator, arithmetic, values);
  const blobs = new Blobs(args.blobs);
  const output = network.tensors[operator.outputs[0]!]!;
  const store = (data: TypedArray, type: 'int32' | 'int64') =>
    storeTensor(output, data, (bytes) => blobs.put(bytes), type);
  const stored = {
    accumulator: store(accumulators, accumulators instanceof Int32Array ? 'int32' : 'int64'),
    unclamped: store(unclamped, 'int32'),
  };
  blobs.sync();
  return stored;
}

export function saveLayer({ folder, constants }: Args<'saveLayer'>): null {
  saveLayerFolder(folder, [{ constants, derived: null }]);
  return null;
}

export const readValue = (bytes: TensorBytes): TypedArray =>
  withElements(bytes, (read) => read(0, elementCount(bytes.shape)));

/** A constant of the file, or the state that a run starts from. */
function constantOf(network: Network, index: number): TypedArray | null {
  const tensor = network.tensors[index]!;
  if (tensor.isVariable && !tensor.data) return initialValue(tensor);
  return tensor.data && viewBytes(tensor.type, tensor.data, elementCount(tensor.shape));
}
