// A layer on a systolic array, as formulas. In: a planned layer, its array, the batch. Out: the given values and the
// formulas. Clocks and SRAM counts are SCALE-Sim v2's, as its code computes them; where it counts otherwise than the
// array works (the last clock's index for the clocks, some writes twice), its number stands beside under SS_….
import type { PeArray } from '../array/array';
import type { Layer } from '../plan/layer';
import { MAPPINGS, type SystolicPlan } from '../plan/plan';
import type { Dimension } from '../plan/mapping';
import { transferClocks } from '../plan/transfer';
import { DOUBLE_BUFFERING, STALL, arrayValues } from './common';
import { type Formula, type Values, formula } from './formula';
import { layerValues } from './kraken';

const SCALE_SIM = 'SCALE-Sim v2 (Samajdar et al., ISPASS 2020), its compute model';
const OURS = 'blocks and splits of plan/systolic.ts';
const LETTER: Readonly<Record<Dimension, string>> = { pixels: 'P', window: 'K', filters: 'M' };
const OVERHEAD = { os: 'R + C − 2', ws: '2 × R + C − 2', is: '2 × R + C − 2' } as const;

/** Accesses of the SRAMs by the array, in words. */
const ACCESSES = {
  os: { x: 'g × P × K × F_c', k: 'g × K × M × F_r', y: 'g × s × P × M', ssY: 'P × M + F_r × F_c × (R + C)' },
  ws: { x: 'g × P × K × F_c', k: 'g × s × K × M', y: 'g × P × M × F_r', ssY: 'P × M × F_r' },
  is: { x: 'g × s × P × K', k: 'g × K × M × F_c', y: 'g × P × M × F_r', ssY: 'P × M × F_r' },
} as const;

const FORMULAS: Readonly<Record<'os' | 'ws' | 'is', Readonly<Record<Layer['kind'], readonly Formula[]>>>> = {
  os: { convolution: make('os', 'convolution'), product: make('os', 'product') },
  ws: { convolution: make('ws', 'convolution'), product: make('ws', 'product') },
  is: { convolution: make('is', 'convolution'), product: make('is', 'product') },
};

function make(dataflow: 'os' | 'ws' | 'is', kind: Layer['kind']): Formula[] {
  const { r, c, t } = MAPPINGS[dataflow];
  const { x, k, y, ssY } = ACCESSES[dataflow];
  const valid = kind === 'convolution' ? 'n × g_l × c_o × c_i × V_H × V_W' : 'n × g_l × rows × c_i × c_o';
  return [
    formula('F_r', 'folds along the rows', 'folds', `ceil(${LETTER[r]} / R)`, SCALE_SIM),
    formula('F_c', 'folds along the columns', 'folds', `ceil(${LETTER[c]} / C)`, SCALE_SIM),
    formula('o', 'clocks to fill and drain a fold', 'clocks', OVERHEAD[dataflow], SCALE_SIM),
    formula('Q', 'clocks', 'clocks', `g × F_r × F_c × (s × o + ${LETTER[t]})`, SCALE_SIM),
    formula(
      'SS_cycles',
      "SCALE-Sim's cycles: the index of each run's last clock",
      'cycles',
      `g × (F_r × F_c × (o + ${LETTER[t]}) − 1)`,
      SCALE_SIM,
    ),
    formula('SS_util', "SCALE-Sim's overall utilisation", '%', '100 × g × P × K × M / (SS_cycles × R × C)', SCALE_SIM),
    formula(
      'SS_map',
      "SCALE-Sim's mapping efficiency",
      '%',
      `100 × ${LETTER[r]} × ${LETTER[c]} / (F_r × R × F_c × C)`,
      SCALE_SIM,
    ),
    formula('A_X', 'inputs read from SRAM', 'words', x, SCALE_SIM),
    formula('A_K', 'weights read from SRAM', 'words', k, SCALE_SIM),
    formula('A_Y', 'outputs and partial sums written to SRAM', 'words', y, SCALE_SIM),
    formula('SS_ofmap', "SCALE-Sim's output writes", 'words', `g × (${ssY})`, SCALE_SIM),
    formula('M_X', 'inputs from DRAM', 'words', 'g × rounds_X × X', OURS),
    formula('M_K', 'weights from DRAM', 'words', 'g × rounds_K × K × M', OURS),
    formula('M_Y', 'outputs and partial sums to DRAM', 'words', 'g × rounds_Y × P × M', OURS),
    formula('M_R', 'partial sums that come back', 'words', 'g × (rounds_Y − 1) × P × M', OURS),
    formula(
      'S_rd',
      'bytes read from SRAM',
      'bytes',
      '(A_X × b_X + A_K × b_K + (A_Y − g × P × M + M_Y) × b_Y) / 8',
      OURS,
    ),
    formula('S_wr', 'bytes written to SRAM', 'bytes', '(M_X × b_X + M_K × b_K + (A_Y + M_R) × b_Y) / 8', OURS),
    formula('stall', STALL, 'clocks', 'max(0, X_clk − Q, K_clk − Q, Y_clk − Q, D_clk − Q)', DOUBLE_BUFFERING),
    formula('MAC', 'valid MACs: taps in the padding do not count', 'MAC', valid, SCALE_SIM),
  ];
}

export const systolicFormulas = (layer: Layer, plan: SystolicPlan): readonly Formula[] =>
  FORMULAS[plan.dataflow][layer.kind];

export function systolicValues(layer: Layer, plan: SystolicPlan, array: PeArray, batch: number): Values {
  const { gemm, tiles, choice } = plan;
  return {
    ...arrayValues(array, transferClocks(tiles.traffic, array, tiles.bytes), tiles.bytes),
    g: gemm.runs,
    P: gemm.pixels,
    K: gemm.window,
    M: gemm.filters,
    s: choice.splits,
    X: tiles.traffic.pixelWords / gemm.runs / tiles.pixelRounds,
    rounds_X: tiles.pixelRounds,
    rounds_K: tiles.weightRounds,
    rounds_Y: tiles.outputRounds,
    ...layerValues(layer, batch),
  };
}

/** What each given value means, where it is not as with Kraken's; told with the formulas. */
export const SYSTOLIC_SYMBOLS: Readonly<Record<string, string>> = {
  P: 'output pixels',
  K: 'elements of the window',
  M: 'filters',
  s: 'splits of what streams',
  g: 'groups of each chunk of the batch, one after the other',
  X: 'input words of all blocks',
  rounds_X: 'how often the inputs pass',
  rounds_K: 'how often the weights pass',
  rounds_Y: 'how often the outputs pass',
};
