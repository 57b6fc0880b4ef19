// The systolic dataflows against SCALE-Sim v2. Sources: its alexnet.csv and what its simulator printed for it on a 32 x 32
// array with 64/64/64 KB (1,136,239 cycles, 69.20 % overall utilisation); its closed forms as restated here.
import { describe, expect, test } from 'vitest';
import { changeArray } from '../../main/array/array';
import { presetArray, withDataflow } from '../../main/array/presets';
import { Failure } from '../../main/network/failure';
import { readTopology, writeTopology } from '../../main/plan/scaleSim';
import { Random } from '../oracle/random';
import { estimateTable, table } from './tables';

const ALEXNET = `Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,
Conv1     ,224         ,224        ,11           ,11          ,3       ,96        ,4      ,
Conv2     ,27         ,27        ,5            ,5           ,96      ,256       ,1      ,
Conv3     ,13          ,13         ,3            ,3           ,256     ,384       ,1      ,
Conv4     ,13          ,13         ,3            ,3           ,384     ,384       ,1      ,
Conv5     ,13          ,13         ,3            ,3           ,384     ,256       ,1      ,
`;
const array = presetArray('systolic-32x32');

test('AlexNet, weight-stationary: the cycles SCALE-Sim prints, layer by layer', () => {
  const { layers, totals } = estimateTable(readTopology(ALEXNET, 'alexnet.csv'), array);
  expect(layers.map(({ values }) => values.SS_cycles)).toEqual([112_283, 373_799, 185_759, 278_639, 185_759]);
  expect(totals.all.SS_cycles).toBe(1_136_239);
  expect(totals.all.Q).toBe(1_136_239 + 5); // SCALE-Sim prints the index of each layer's last clock
  const overall = (100 * totals.all.MAC!) / (totals.all.SS_cycles! * 32 * 32);
  // our MACs leave out the window that hangs over the edge of conv1, SCALE-Sim's do not
  const theirs = layers.reduce((sum, { values: v }) => sum + v.P! * v.K! * v.M!, 0);
  expect((100 * theirs) / (totals.all.SS_cycles! * 1024)).toBeCloseTo(69.2, 2);
  expect(overall).toBeLessThanOrEqual(69.21);
});

/** SCALE-Sim's closed forms, written down a second time from its description. */
function closedForm(dataflow: 'os' | 'ws' | 'is', p: number, k: number, m: number, rows: number, cols: number) {
  const up = Math.ceil;
  const [sr, sc, t] = dataflow === 'os' ? [p, m, k] : dataflow === 'ws' ? [k, m, p] : [k, p, m];
  const folds = up(sr / rows) * up(sc / cols);
  const perFold = dataflow === 'os' ? rows + cols + t - 2 : 2 * rows + cols + t - 2;
  const cycles = folds * perFold - 1;
  return {
    SS_cycles: cycles,
    SS_util: (100 * p * m * k) / (cycles * rows * cols),
    SS_map: (100 * sr * sc) / (up(sr / rows) * rows * up(sc / cols) * cols),
    A_X: dataflow === 'is' ? p * k : p * k * up(m / cols),
    A_K: dataflow === 'ws' ? k * m : k * m * up(p / (dataflow === 'os' ? rows : cols)),
    SS_ofmap: dataflow === 'os' ? p * m + folds * (rows + cols) : p * m * up(k / rows),
  };
}

test.each(['os', 'ws', 'is'] as const)('%s: closed forms on random layers and arrays', (dataflow) => {
  const random = new Random(20260);
  for (let round = 0; round < 60; round++) {
    const [taps, stride] = [random.whole(1, 5), random.whole(1, 3)];
    const [height, width] = [random.whole(taps, 30), random.whole(taps, 30)];
    const [channels, filters] = [random.whole(1, 40), random.whole(1, 70)];
    const [rows, cores] = [random.whole(1, 40), random.whole(1, 40)];
    const text =
      `Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n` +
      `a, ${height}, ${width}, ${taps}, ${taps}, ${channels}, ${filters}, ${stride},`;
    const design = changeArray(withDataflow(array, dataflow), { rows, cores });
    const { values } = estimateTable(readTopology(text, 'random.csv'), design).layers[0]!;
    const pixels = Math.ceil((height - taps + stride) / stride) * Math.ceil((width - taps + stride) / stride);
    expect(values).toMatchObject(closedForm(dataflow, pixels, taps * taps * channels, filters, rows, cores));
  }
});

describe('topologies', () => {
  test('M, N, K', () => {
    const { layers } = readTopology('Layer, M, N, K,\nL0,196,192,384,\n\n', 'vit.csv');
    expect(layers).toMatchObject([{ kind: 'product', name: 'L0', rows: 196, columns: 192, depth: 384 }]);
  });

  test('blank rows, further columns and equal names, as shipped topologies have them', () => {
    const text = `Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,,,Eh\n,,,,,,,,,,\nA,8,8,3,3,4,5,1,,,6\nA,8,8,3,3,4,5,1,,,`;
    expect(readTopology(text, 'x.csv').layers.map(({ name }) => name)).toEqual(['A', 'A (2)']);
  });

  const header = 'Layer, M, N, K,\n';
  test.each([
    ['nothing', '', 'line 1, column 1: holds no layer'],
    ['a foreign header', 'a,b,c\n1,2,3', 'line 1, column 1: has a header that is neither'],
    ['a word for a number', `${header}L0, 196, many, 384,`, "line 2, column 10: N is 'many'"],
    ['a short row', `${header}L0,196`, 'line 2, column 7: N is missing'],
    ['nought', `${header}L0,196,0,3`, "line 2, column 8: N is '0'"],
    ['a fraction', `${header}\nL0,1.5,1,3`, "line 3, column 4: M is '1.5'"],
    ['channels beyond all', `${header}L0,196,1048577,3`, "line 2, column 8: N is '1048577'"],
    ['sums beyond all', `${header}L0,16777216,1048576,1024`, 'line 2, column 1: L0 has more than 2^53 multiply'],
    [
      'a filter larger than its input',
      ALEXNET.replace(',13          ,13 ', ',2 ,13 '),
      'line 4, column 27: the filter (3) is larger than the input (2)',
    ],
  ])('%s is refused with line and column', (_, text, sentence) => {
    let failure: unknown;
    try {
      readTopology(text, 'x.csv');
    } catch (error) {
      failure = error;
    }
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).message).toContain(`x.csv, ${sentence}`);
  });

  test('what is written reads back as the same work', () => {
    for (const name of ['vgg-16', 'resnet-50', 'mobilenet-v1', 'transformer-block']) {
      const { layers } = table(name);
      const again = readTopology(writeTopology(layers), 'again.csv');
      const work = (dataflow: 'os' | 'ws' | 'is') => (from: { layers: typeof layers }) =>
        estimateTable({ name, source: '', layers: from.layers }, withDataflow(array, dataflow)).totals.all.Q;
      for (const dataflow of ['os', 'ws', 'is'] as const)
        expect(work(dataflow)(again)).toBe(work(dataflow)({ layers }));
    }
  });
});
