// Short names of totals, for tables; the whole words stand in the hover. In: a figure's symbol. Out: its name.
const TITLES: Readonly<Record<string, string>> = {
  layers: 'layers',
  Q: 'clocks',
  stall: 'stalls',
  w_Y: '· sums wait',
  w_K: '· weights wait',
  MAC: 'valid MACs',
  Q_t: 'clocks + stalls',
  eff: 'utilisation',
  fps: 'frames',
  latency: 'latency',
  Gops: 'operations',
  peak: 'peak',
  MA: 'memory words',
  MB: 'memory traffic',
  AI: 'intensity',
  AI_B: 'intensity, bytes',
  need: 'DRAM, average',
  E_all: 'energy, frame',
  power: 'power',
  area: 'area proxy',
  edges: 'fill and drain',
};

export const titleOf = (symbol: string): string => TITLES[symbol] ?? symbol;
