// A layer on Kraken's array, as formulas. In: a planned layer, its array, the batch. Out: the given values and the
// formulas. Sources: dnn-engine 512cbc9d, python/unified/nns_config.py, and the RTL of 4016e3d0 where named.
import type { PeArray } from '../array/array';
import type { KrakenPlan } from '../plan/kraken';
import { type Layer, countValidTaps } from '../plan/layer';
import { interleave, isChain, lastReleased, streamedOf } from '../plan/rtlForm';
import { WEIGHT_HEADER_BITS, portsOf } from '../plan/rtlPorts';
import { transferClocks } from '../plan/transfer';
import { DOUBLE_BUFFERING, STALL, arrayValues } from './common';
import { type Formula, type Values, evaluate, formula } from './formula';

const PAPER = 'Kraken, arXiv 2112.02793, as in dnn-engine 512cbc9d, python/unified/nns_config.py';
const RTL = 'dnn-engine 4016e3d0, rtl: weights rotator and pixel shifter';
const PHASES = 'a dilation D runs as up to D interleaved maps, each cut into row blocks by itself';

const BASE: readonly Formula[] = [
  formula('G', 'cores of an elastic group', 'cores', 'K_W + S_W − 1', PAPER),
  formula('E', 'elastic groups', 'groups', 'floor(C / G)', PAPER),
  formula('T', 'iterations', 'iterations', 'ceil(C_o / (S_W × E))', PAPER),
];
const PLAIN_BLOCKS = formula('L', 'row blocks', 'blocks', 'ceil(H_out / R)', PAPER);
const INPUT_BLOCKS = formula('L', 'row blocks, cut from the input rows', 'blocks', 'ceil(H_in / (R × S_H))', PAPER);
const PHASED_BLOCKS: readonly Formula[] = [
  formula('D_rows', 'rows of the shorter interleaved maps', 'rows', 'floor(H_out / D)', PHASES),
  formula('D_more', 'interleaved maps with one row more', 'maps', 'H_out − D × D_rows', PHASES),
  formula('L', 'row blocks', 'blocks', 'D_more × ceil((D_rows + 1) / R) + (D − D_more) × ceil(D_rows / R)', PHASES),
];
const M_K = 'weights, those of idle cores included';
const PLAIN_WEIGHTS = formula('M_K', M_K, 'words', 'g × T × C × K_H × C_i × S_W', PAPER);
const PHASED_WEIGHTS = formula(
  'M_K',
  `${M_K}, for each map anew`,
  'words',
  'g × T × D_all × C × K_H × C_i × S_W',
  PHASES,
);
const rest = (weights: Formula): readonly Formula[] => [
  formula('F', 'extra rows of a block of pixels', 'rows', 'ceil(K_H / S_H) − 1', PAPER),
  formula('q_s', 'clocks to shift, after each column', 'clocks', 'min(1, K_W − 1)', PAPER),
  formula('Q', 'clocks', 'clocks', 'g × T × (p × q_c + N × L × W × (p × q_s + C_i × K_H))', PAPER),
  formula(
    'M_X',
    'inputs from DRAM, again in each iteration',
    'words',
    'g × T × N × L × W × C_i × min(S_H, K_H) × (R + F)',
    PAPER,
  ),
  weights,
  formula(
    'M_Y',
    'outputs, those of padded rows and channels included',
    'words',
    'g × T × p × N × L × W_out × S_W × E × R',
    PAPER,
  ),
  formula('x_peak', 'input stream while it computes', 'words/clock', '(R + F) × min(S_H, K_H) / K_H', RTL),
  formula(
    'y_peak',
    'output stream while it computes',
    'words/clock',
    'E × S_W × R / (S_W × (q_s + C_i × K_H / p))',
    RTL,
  ),
  formula('S_rd', 'weights read from SRAM', 'bytes', 'g × T × N × L × W × C_i × K_H × C × b_K / 8', RTL),
  formula('S_wr', 'weights written to SRAM', 'bytes', 'M_K × b_K / 8', RTL),
];
const PLAIN_REST = rest(PLAIN_WEIGHTS);
const PHASED_REST = rest(PHASED_WEIGHTS);

const ENGINE =
  'the engine in resources/rtl, its loops walked beside its streams (plan/rtlWaits.ts); simulation holds the RTL to it';
const EDGES: readonly Formula[] = [
  formula('K_rows', 'rows of a bank of weights', 'rows', 'S_W × ceil(C_i / p) × K_H', PAPER),
  formula(
    'fill',
    'clocks before the first operation, once for the layer and not in Q: the first bank of weights fills',
    'clocks',
    'h_K + max(K_rows, ceil(K_rows × C × b_K / K_bits)) + 4',
    ENGINE,
  ),
  formula('y_beats', 'beats in which the sums of an output column leave', 'beats', 'S_W × ceil(E / lanes)', ENGINE),
  formula(
    'drain',
    'clocks after the last operation until the last sums have left, once for the layer and not in Q',
    'clocks',
    'n_q × y_beats + 5 + d_more',
    ENGINE,
  ),
];

/** Each wait is what every round falls behind by its sizes, and what the walk through the loops counts beyond. */
const SUMS_BEHIND: readonly Formula[] = [
  formula('n_Y', 'output columns that leave', 'columns', 'g × T × p_Y × N × L × W_out', ENGINE),
  formula(
    'y_out',
    'clocks in which the sums of one leave',
    'clocks',
    'max(y_beats, ceil(S_W × E × R × b_Y / Y_bits))',
    ENGINE,
  ),
  formula('y_gap', 'clocks in which the array makes the next', 'clocks', 'S_W × (q_s + ceil(C_i / p_Y) × K_H)', ENGINE),
  formula('y_late', 'clocks by which each column of sums falls behind', 'clocks', 'max(0, y_out − y_gap)', ENGINE),
];
const WEIGHTS_BEHIND: readonly Formula[] = [
  formula(
    'k_load',
    'clocks in which a bank of weights fills',
    'clocks',
    'max(K_rows, h_K + ceil(K_rows × C × b_K / K_bits))',
    ENGINE,
  ),
  formula('k_use', 'clocks in which it is read', 'clocks', 'floor((Q − g × T × p × q_c) / n_K)', ENGINE),
  formula('k_late', 'clocks by which each bank comes too late', 'clocks', 'max(0, k_load − k_use)', ENGINE),
];
const SUMS_WAIT = formula(
  'w_Y',
  'clocks in which final sums wait for those before them to leave',
  'clocks',
  'n_Y × y_late + y_more',
  ENGINE,
);
const WEIGHTS_WAIT = formula(
  'w_K',
  'clocks in which products wait for the next bank of weights',
  'clocks',
  '(n_K − 1) × k_late + k_more',
  ENGINE,
);
const STALLS = formula(
  'stall',
  STALL,
  'clocks',
  'max(0, X_clk − Q, D_clk − Q, w_Y + w_K)',
  `${DOUBLE_BUFFERING}; waits for sums and weights are the engine's own`,
);

const MACS_OF = {
  convolution: formula(
    'MAC',
    'valid MACs: taps in the padding do not count',
    'MAC',
    'n × g_l × c_o × c_i × V_H × V_W',
    PAPER,
  ),
  product: formula('MAC', 'MACs', 'MAC', 'n × g_l × rows × c_i × c_o', PAPER),
} as const;

/** A wait is told only where there is one. */
export function krakenFormulas(layer: Layer, plan: KrakenPlan): Formula[] {
  const { sums, weights } = plan.tiles.waits;
  return [
    ...sizeFormulas(plan),
    ...EDGES,
    ...(sums > 0 ? [...SUMS_BEHIND, SUMS_WAIT] : []),
    ...(weights > 0 ? [...WEIGHTS_BEHIND, WEIGHTS_WAIT] : []),
    STALLS,
    MACS_OF[layer.kind],
  ];
}

function sizeFormulas({ shape, choice }: KrakenPlan): readonly Formula[] {
  const plain = choice.blocks === 'input' ? INPUT_BLOCKS : PLAIN_BLOCKS;
  const blocks = shape.heights.length > 1 ? PHASED_BLOCKS : [plain];
  return [...BASE, ...blocks, ...(shape.maps > 1 ? PHASED_REST : PLAIN_REST)];
}

/** What the formulas start from. Capital letters: what the array sees; small ones: the layer itself. */
export function krakenValues(layer: Layer, plan: KrakenPlan, array: PeArray, batch: number): Values {
  const { shape, tiles } = plan;
  const given: Values = {
    ...arrayValues(array, transferClocks(tiles.traffic, array, tiles.bytes), tiles.bytes),
    g: tiles.runs,
    N: shape.frames,
    W: shape.columns,
    C_i: tiles.channelsIn,
    C_o: tiles.channelsOut,
    K_H: shape.kernelH,
    K_W: shape.kernelW,
    S_H: shape.strideH,
    S_W: shape.strideW,
    H_in: shape.rows.input,
    H_out: shape.outputRows,
    W_out: shape.outputColumns,
    D: shape.heights.length,
    D_all: shape.maps,
    p: tiles.passes,
    q_c: array.configClocks,
    M_R: 0,
    w_Y: 0,
    w_K: 0,
    ...layerValues(layer, batch),
  };
  return { ...given, ...waitValues(plan, array, given) };
}

/** What the waits are made of: the ports, and what the walk through the loops counts beyond the sizes. */
function waitValues(plan: KrakenPlan, array: PeArray, given: Values): Values {
  const { shape, tiles } = plan;
  const { sums, weights, drain } = tiles.waits;
  const { outputLanes, weightStreamBits, outputStreamBits } = portsOf(array);
  const { window } = interleave(shape.cols).at(-1)!;
  const chained = isChain(shape.kernelW, shape.columns, shape.frames * tiles.L);
  const ports: Values = {
    lanes: outputLanes,
    K_bits: weightStreamBits,
    Y_bits: outputStreamBits,
    h_K: Math.ceil(WEIGHT_HEADER_BITS / weightStreamBits),
    n_q: lastReleased(window, streamedOf(window)).length,
    p_Y: chained ? 1 : tiles.passes,
    n_K: tiles.runs * tiles.T * tiles.passes * shape.maps,
    d_more: 0,
    y_more: 0,
    k_more: 0,
  };
  const bySizes = evaluate([...sizeFormulas(plan), ...EDGES, ...SUMS_BEHIND, ...WEIGHTS_BEHIND], {
    ...given,
    ...ports,
  });
  const more = { d_more: drain - bySizes.drain! };
  if (sums > 0) Object.assign(more, { y_more: sums - SUMS_WAIT.compute(bySizes) });
  if (weights > 0) Object.assign(more, { k_more: weights - WEIGHTS_WAIT.compute(bySizes) });
  return { ...ports, ...more };
}

/** The layer's own sizes, in small letters. n: frames of the batch. */
export function layerValues(layer: Layer, batch: number): Values {
  if (layer.kind === 'product')
    return { n: batch, g_l: layer.products, rows: layer.rows, c_i: layer.depth, c_o: layer.columns };
  return {
    n: batch * layer.frames,
    g_l: layer.groups,
    c_i: layer.inputChannels,
    c_o: layer.outputChannels,
    V_H: countValidTaps(layer.rows),
    V_W: countValidTaps(layer.columns),
  };
}

/** What each given value means; told with the formulas. */
export const KRAKEN_SYMBOLS: Readonly<Record<string, string>> = {
  R: 'rows of PEs',
  C: 'cores',
  f: 'clock in MHz',
  g: 'runs, one for each group or merged groups of each chunk of the batch',
  N: 'frames that share the weights',
  W: 'columns streamed',
  C_i: 'input channels of a run',
  C_o: 'output channels of a run',
  K_H: 'kernel height',
  K_W: 'kernel width',
  S_H: 'stride of rows',
  S_W: 'stride of columns',
  H_in: 'input rows',
  H_out: 'output rows',
  W_out: 'output columns',
  D: 'maps of rows that a dilation interleaves',
  D_all: 'maps of rows and columns that a dilation interleaves',
  p: 'passes over the input channels',
  q_c: 'configuration clocks',
  n: 'frames of the batch',
  g_l: 'groups of the layer',
  c_i: 'input channels of a group',
  c_o: 'output channels of a group',
  V_H: 'pairs of output row and tap inside the image',
  V_W: 'pairs of output column and tap inside the image',
  rows: 'rows of the left side',
  b_X: 'bits of an input',
  b_K: 'bits of a weight',
  b_Y: 'bits of an accumulator',
  B: 'bytes in DRAM, in whole bursts',
  M_R: 'partial sums read back',
  X_clk: 'clocks of the input stream',
  K_clk: 'clocks of the weight stream',
  Y_clk: 'clocks of the output stream',
  D_clk: 'clocks of the DRAM',
  n_q: 'output columns that leave after the last input column',
  lanes: 'cores whose sums leave in one clock',
  p_Y: 'passes whose sums leave',
  K_bits: 'bits of the weight stream',
  Y_bits: 'bits of the output stream',
  h_K: 'beats of the header of a packet of weights',
  n_K: 'banks of weights that are read',
  d_more: 'counted beyond that: sums that still wait, beats that are not full',
  y_more:
    'counted beyond that: right edges that leave at once, columns that release nothing, ends of packets, and what leaves after the last operation',
  k_more:
    'counted beyond that: a bank fills only once it is free, headers between packets, and banks that sums which wait give time to fill',
  w_Y: 'clocks in which final sums wait for those before them, where any do',
  w_K: 'clocks in which products wait for weights, where any do',
  pJ_mac: 'energy of a MAC',
  pJ_rd: 'energy of an SRAM byte read',
  pJ_wr: 'energy of an SRAM byte written',
  pJ_dram: 'energy of a DRAM byte',
};
