// The network as a graph to draw. In: a network's view. Out: boxes (operators, inputs, outputs) and edges (tensors that
// pass from one to another), with the text they carry and the size that text needs. Pure: laid out and drawn elsewhere.
import type { KernelSet } from '../../../main/network/arithmetic';
import type { NetworkView, OperatorView } from '../../../main/network/view';
import { shortName } from '../../parts/name';
import { shapeText } from '../../parts/number';

/** What an operator is for: decides its colour (and only its colour; the name says the same). */
export type OperatorClass = 'mac' | 'pool' | 'sum' | 'curve' | 'shape' | 'convert' | 'other';

export interface GraphNode {
  readonly id: string;
  readonly operator: number | null; // null: an input or output of the network
  readonly tensor: number; // shown when the box is chosen
  readonly title: string;
  readonly detail: string;
  readonly class: OperatorClass | 'end';
  readonly supported: boolean;
  readonly width: number;
  readonly height: number;
}
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly tensor: number;
  readonly label: string;
}
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

const CLASSES: readonly [OperatorClass, RegExp][] = [
  ['mac', /^(CONV_|DEPTHWISE_CONV|FULLY_CONNECTED|TRANSPOSE_CONV|BATCH_MATMUL|SVDF|.*LSTM|.*RNN)/],
  ['convert', /^(QUANTIZE|DEQUANTIZE|CAST|FAKE_QUANT)/],
  ['pool', /(POOL|MEAN|REDUCE|^SUM$|ARG_M)/],
  ['sum', /^(ADD|SUB|MUL|DIV|MAXIMUM|MINIMUM|ADD_N|SQUARED_DIFFERENCE|FLOOR_DIV)/],
  ['curve', /(SOFTMAX|LOGISTIC|TANH|RELU|ELU|HARD_SWISH|GELU|EXP|LOG|SQRT|ABS|PRELU)/],
  [
    'shape',
    /(RESHAPE|PAD|CONCAT|SPLIT|SLICE|SQUEEZE|EXPAND|TRANSPOSE|PACK|GATHER|SPACE_TO|DEPTH_TO|RESIZE|SHAPE|TILE)/,
  ],
];
export const classOf = (name: string): OperatorClass => CLASSES.find(([, names]) => names.test(name))?.[0] ?? 'other';

/** One line under the name: kernel, stride, activation; what a designer asks first. */
export function detailOf(operator: OperatorView, network: NetworkView): string {
  const o = operator.options as Record<string, unknown>;
  const weights = network.tensors[operator.inputs[1] ?? -1];
  const parts: string[] = [];
  if (classOf(operator.name) === 'mac' && weights?.constant) {
    if (weights.shape.length === 4) parts.push(`${weights.shape[1]}×${weights.shape[2]}`);
    parts.push(
      operator.name.startsWith('DEPTHWISE')
        ? `${weights.shape.at(-1)} ch`
        : `${weights.shape.at(-1)}→${weights.shape[0]}`,
    );
  }
  if (typeof o.filterH === 'number') parts.push(`${o.filterH}×${o.filterW}`);
  if (typeof o.strideH === 'number' && (o.strideH !== 1 || o.strideW !== 1))
    parts.push(o.strideH === o.strideW ? `stride ${o.strideH}` : `stride ${o.strideH}×${o.strideW}`);
  if (typeof o.activation === 'string' && o.activation !== 'none') parts.push(o.activation);
  return parts.join(' · ');
}

// Mean advance of Inter: capitals at 12 px, mixed text at 11 px.
const widthOf = (title: string, detail: string): number =>
  Math.max(96, Math.ceil(Math.max(title.length * 8.2, detail.length * 5.9)) + 26);

/** The operators that golden cannot run in a kernel set. */
export const stopsIn = ({ operators }: NetworkView, set: KernelSet): number[] =>
  operators.filter(({ support }) => !support[set].ok).map(({ index }) => index);

/** `stops`: operators that are marked as not supported. */
export function buildGraph(network: NetworkView, stops: readonly number[] = []): Graph {
  const stopped = new Set(stops);
  const producer = new Map<number, string>();
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  const end = (id: string, word: string, tensor: number): GraphNode => {
    const title = shortName(network.tensors[tensor]?.name ?? '') || `tensor ${tensor}`;
    const short = title.length > 26 ? `${title.slice(0, 25)}…` : title;
    return {
      id,
      operator: null,
      tensor,
      title: short,
      detail: word,
      class: 'end',
      supported: true,
      width: widthOf(short, word),
      height: 40,
    };
  };

  for (const tensor of network.inputs) {
    nodes.push(end(`in${tensor}`, 'input', tensor));
    producer.set(tensor, `in${tensor}`);
  }
  for (const operator of network.operators) {
    const id = `op${operator.index}`;
    const detail = detailOf(operator, network);
    const supported = !stopped.has(operator.index);
    const title = supported ? operator.name : `◆ ${operator.name}`;
    nodes.push({
      id,
      operator: operator.index,
      tensor: operator.outputs[0] ?? -1,
      title,
      detail: supported ? detail : `not supported${detail && ` · ${detail}`}`,
      class: classOf(operator.name),
      supported,
      width: widthOf(title, supported ? detail : `not supported${detail && ` · ${detail}`}`),
      height: 44,
    });
    for (const tensor of new Set(operator.inputs)) {
      const from = producer.get(tensor);
      if (from) edges.push({ from, to: id, tensor, label: shapeText(network.tensors[tensor]?.shape ?? []) });
    }
    for (const tensor of operator.outputs) producer.set(tensor, id);
  }
  for (const tensor of network.outputs) {
    nodes.push(end(`out${tensor}`, 'output', tensor));
    const from = producer.get(tensor);
    if (from) edges.push({ from, to: `out${tensor}`, tensor, label: shapeText(network.tensors[tensor]?.shape ?? []) });
  }
  return { nodes, edges };
}
