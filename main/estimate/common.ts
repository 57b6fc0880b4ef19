// The figures that every dataflow has, once its clocks Q, its stalls, MACs and words are known: utilisation, bandwidth,
// energy. In: an array (some formulas depend on which limits it sets). Out: formulas.
import type { PeArray } from '../array/array';
import type { TransferClocks } from '../plan/transfer';
import { type Formula, type Values, formula } from './formula';

const KRAKEN = 'Kraken, arXiv 2112.02793, as in dnn-engine 512cbc9d, python/unified/nns_config.py';

/** The array's own numbers, and the transfer clocks, which depend on how packets fall into beats and bursts. */
export const arrayValues = (array: PeArray, transfer: TransferClocks, bytes: number): Values => ({
  R: array.rows,
  C: array.cores,
  f: array.clockMHz,
  b_X: array.pixelBits,
  b_K: array.weightBits,
  b_Y: array.accumulatorBits,
  X_clk: transfer.pixelStream,
  K_clk: transfer.weightStream,
  Y_clk: transfer.outputStream,
  D_clk: transfer.dram,
  B: bytes,
  pJ_mac: array.energy.macPicojoules,
  pJ_rd: array.energy.sramReadPicojoulesPerByte,
  pJ_wr: array.energy.sramWritePicojoulesPerByte,
  pJ_dram: array.energy.dramPicojoulesPerByte,
});

export const DOUBLE_BUFFERING =
  'double buffering: transfers overlap with computing, the slowest of them is waited for (plan/transfer.ts)';
export const STALL = 'clocks the array waits for streams and DRAM';

/** Needs Q, stall, MAC, M_X, M_K, M_Y, M_R (partial sums read back), S_rd and S_wr (bytes of SRAM), and arrayValues. */
export const commonFormulas = (energySource: string): Formula[] => [
  formula('Q_t', 'clocks with stalls', 'clocks', 'Q + stall', DOUBLE_BUFFERING),
  formula('eff', 'utilisation: valid MACs / (PEs × clocks)', '%', '100 × MAC / (R × C × Q_t)', KRAKEN),
  formula('time', 'time of the batch', 'µs', 'Q_t / f', 'clocks / MHz'),
  formula('Gops', 'operations per second, two for each MAC', 'Gop/s', '2 × MAC × f / Q_t / 1000', KRAKEN),
  formula('M_all', 'words moved', 'words', 'M_X + M_K + M_Y + M_R', KRAKEN),
  formula('AI', 'arithmetic intensity', 'op/word', '2 × MAC / M_all', KRAKEN),
  formula('AI_B', 'arithmetic intensity in bytes', 'op/byte', '2 × MAC / B', 'the axis of a roofline'),
  formula('need', 'DRAM bandwidth without a stall, on average', 'MB/s', 'B × f / Q', 'bytes × MHz / clocks'),
  formula('x_clk', 'input stream, on average', 'words/clock', 'M_X / Q', 'words / clocks'),
  formula('k_clk', 'weight stream, on average', 'words/clock', 'M_K / Q', 'words / clocks'),
  formula('y_clk', 'output stream, on average', 'words/clock', '(M_Y + M_R) / Q', 'words / clocks'),
  formula('E_mac', 'energy of the valid MACs', 'µJ', 'MAC × pJ_mac / 1000000', energySource),
  formula('E_sram', 'energy of the SRAM', 'µJ', '(S_rd × pJ_rd + S_wr × pJ_wr) / 1000000', energySource),
  formula('E_dram', 'energy of the DRAM', 'µJ', 'B × pJ_dram / 1000000', energySource),
  formula('E_all', 'energy', 'µJ', 'E_mac + E_sram + E_dram', energySource),
];
