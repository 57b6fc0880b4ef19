// Layers of float32, ours beside onnxruntime and, of small ones, the TypeScript kernels, in turns, one thread. In: the shipped
// layer tables. Out: JSON lines and a table. What fails here is a wrong result, never a slow one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REFERENCE_TS } from '../../main/golden/engine';
import { NativeEngine } from '../../main/golden/native/engine';
import { type Figures, takeTurns } from './contestants/contestant';
import { type BenchLayer, layersOf } from './contestants/layer';
import { type Ort, loadOrt } from './contestants/peers';
import { makeReals, onnxruntimeOnReals, oursOnReals } from './contestants/reals';
import { Journal } from './journal';

const SECONDS = 0.1; // CPU of each contestant and layer
const NETWORKS = ['mobilenet-v1', 'resnet-50'];
const SMALL_MACS = 20e6;

const journal = new Journal('reals');
const engine = NativeEngine.open();
const table: string[][] = [];
let ort: Ort;

beforeAll(async () => {
  ort = await loadOrt();
  journal.writeMachine({ isa: engine.isa });
}, 300_000);

afterAll(() => {
  engine.close();
  if (table.length > 0)
    journal.writeTable(['layer', 'sizes', 'MMAC', 'GMAC/s', 'x onnxruntime', 'x TypeScript'], table);
});

for (const network of NETWORKS) {
  test(network, { timeout: 3_600_000 }, async () => {
    const total = { ours: 0, theirs: 0 };
    for (const layer of layersOf(network)) {
      const [ours, theirs] = await measureLayer(network, layer);
      total.ours += layer.count * ours!.minimum.cpu;
      total.theirs += layer.count * theirs!.minimum.cpu;
    }
    journal.write({ network, sumOfLayers: { goldbench: total.ours * 1e3, onnxruntime: total.theirs * 1e3 } });
    expect(total.ours).toBeGreaterThan(0);
  });
}

async function measureLayer(network: string, layer: BenchLayer): Promise<Figures[]> {
  const values = makeReals(layer);
  const contestants = [oursOnReals(layer, values, engine), await onnxruntimeOnReals(ort, layer, values)];
  if (layer.macs < SMALL_MACS) contestants.push(oursOnReals(layer, values, REFERENCE_TS));
  try {
    const figures = await takeTurns(contestants, SECONDS);
    const [mine, theirs, reference] = await Promise.all(contestants.map((contestant) => contestant.output()));
    if (reference)
      expect(
        mine!.findIndex((value, i) => !Object.is(value, reference[i])),
        layer.name,
      ).toBe(-1);
    const largest = theirs!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(
      mine!.findIndex((value, i) => !(Math.abs(value - theirs![i]!) <= 1e-5 * largest)),
      layer.name,
    ).toBe(-1);
    tell(network, layer, figures);
    return figures;
  } finally {
    engine.release();
    for (const contestant of contestants) await contestant.close();
  }
}

function tell(network: string, layer: BenchLayer, figures: readonly Figures[]): void {
  const [ours, ...others] = figures.map(({ minimum }) => minimum.cpu);
  const gmacs = layer.macs / ours! / 1e9;
  const ratios = others.map((seconds) => seconds / ours!);
  journal.write({
    network,
    layer: layer.name,
    sizes: layer.sizes,
    count: layer.count,
    mmac: layer.macs / 1e6,
    gmacs,
    onnxruntime: ratios[0],
    typescript: ratios[1] ?? null,
  });
  const cells = [0, 1].map((i) => ratios[i]?.toPrecision(3) ?? '-');
  table.push([`${network} ${layer.name}`, layer.sizes, (layer.macs / 1e6).toFixed(1), gmacs.toFixed(1), ...cells]);
}
