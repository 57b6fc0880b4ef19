// Wrong calls to kernels.node are errors with a sentence; handles are freed once, by whoever comes first; a machine
// without the addon, or without the instruction set asked for, is told so.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import {
  type AddonEngine,
  type AddonLayer,
  type LayerSpec,
  type RealLayerSpec,
  loadAddon,
} from '../../main/golden/native/addon';
import { NativeEngine } from '../../main/golden/native/engine';
import { Failure } from '../../main/network/failure';

const addon = loadAddon();
const engine = addon.openEngine('', 2);
afterAll(() => addon.closeEngine(engine));
afterEach(() => vi.unstubAllEnvs());

const axis = { input: 5, output: 5, taps: 3, stride: 1, dilation: 1, before: 1 };
const spec: LayerSpec = {
  kind: 'dense',
  rows: axis,
  columns: axis,
  depth: 4,
  channels: 6,
  groups: 2,
  isSigned: true,
  inputZero: 0,
  weightZero: 0,
  outputZero: 0,
  lowest: -128,
  highest: 127,
  rounding: 'double',
  weights: new Int8Array(6 * 9 * 2),
  bias: new Int32Array(6),
  multiplier: new Int32Array(6).fill(2 ** 30),
  shift: new Int32Array(6),
  scale: null,
};
const x = new Int8Array(100);
const y = new Int8Array(150);
const pack = (change: Partial<Record<keyof LayerSpec, unknown>>): AddonLayer =>
  addon.packLayer(engine, { ...spec, ...change } as LayerSpec);

describe('packLayer refuses', () => {
  const wrong: [string, Partial<Record<keyof LayerSpec, unknown>>, RegExp][] = [
    ['weights too short', { weights: new Int8Array(107) }, /weights has 107 elements, not 108/],
    ['weights of another type', { weights: new Uint8Array(108) }, /another type: weights/],
    ['no weights', { weights: undefined }, /typed array: weights/],
    ['a bias of another length', { bias: new Int32Array(5) }, /bias has 5 elements, not 6/],
    ['a negative multiplier', { multiplier: new Int32Array(6).fill(-1) }, /must not be negative/],
    ['a shift out of range', { shift: new Int32Array(6).fill(31) }, /-31..30/],
    ['double without multipliers', { multiplier: null }, /need multipliers and shifts/],
    ['float32 without scales', { rounding: 'float32' }, /needs scales/],
    ['float32 with an infinite scale', { rounding: 'float32', scale: new Float32Array(6).fill(Infinity) }, /finite/],
    ['an unknown rounding', { rounding: 'up' }, /double, single or float32, not up/],
    ['an unknown kind', { kind: 'sparse' }, /dense, depthwise or transposed, not sparse/],
    ['groups that do not divide', { groups: 4 }, /groups must divide/],
    ['a size of 0', { rows: { ...axis, output: 0 } }, /1\.\.2\^28/],
    ['a size that is no integer', { depth: 4.5 }, /32-bit integer: depth/],
    ['a size beyond 32 bits', { depth: 2 ** 31 }, /32-bit integer: depth/],
    [
      'sizes whose product is beyond memory',
      { rows: { ...axis, output: 2 ** 28 }, columns: { ...axis, output: 2 ** 28 } },
      /2\^40/,
    ],
    ['a zero point outside the type', { inputZero: 128 }, /values of the type/],
    ['a clamp the wrong way round', { lowest: 1, highest: 0 }, /above the highest/],
    ['an axis that is no record', { rows: 3 }, /record with input/],
  ];
  test.each(wrong)('%s', (_, change, sentence) => expect(() => pack(change)).toThrow(sentence));
  test('something that is no record', () => {
    expect(() => addon.packLayer(engine, undefined as never)).toThrow(/record with kind/);
  });
});

describe('runLayer refuses', () => {
  const layer = pack({});
  const run = (...args: unknown[]) => (addon.runLayer as (...args: unknown[]) => void)(...args);
  test.each<[string, unknown[], RegExp]>([
    [
      'an input that holds no whole image',
      [engine, layer, new Int8Array(99), y, null],
      /99 elements, no multiple of 100/,
    ],
    ['an empty input', [engine, layer, new Int8Array(), y, null], /0 elements/],
    ['an input of another type', [engine, layer, new Uint8Array(100), y, null], /another type: x/],
    ['an output too short', [engine, layer, x, new Int8Array(149), null], /y has 149 elements, not 150/],
    [
      'an output for another number of images',
      [engine, layer, new Int8Array(200), y, null],
      /y has 150 elements, not 300/,
    ],
    ['accumulators too short', [engine, layer, x, y, new Int32Array(149)], /accumulators has 149/],
    ['accumulators of another type', [engine, layer, x, y, new Float32Array(150)], /another type: accumulators/],
    ['an array where an engine should be', [[], layer, x, y, null], /expected a handle: engine/],
    ['a layer where an engine should be', [layer, layer, x, y, null], /expected a handle: engine/],
    ['an engine where a layer should be', [engine, engine, x, y, null], /expected a handle: layer/],
    ['nothing at all', [undefined, undefined, undefined, undefined, undefined], /expected a handle/],
    ['too few arguments', [engine, layer], /expected 5 arguments, got 2/],
  ])('%s', (_, args, sentence) => expect(() => run(...args)).toThrow(sentence));
  test('a detached input', () => {
    const gone = new Int8Array(100);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expect(() => run(engine, layer, gone, y, null)).toThrow(/0 elements/);
  });
  test('a layer packed for another instruction set', () => {
    const scalar = addon.openEngine('scalar', 1);
    if (addon.engineIsa(engine) !== 'scalar')
      expect(() => run(scalar, layer, x, y, null)).toThrow(/another instruction set/);
    addon.closeEngine(scalar);
  });
  test('nothing that is right', () => {
    run(engine, layer, x, y, null);
    run(
      engine,
      layer,
      new Int8Array(new SharedArrayBuffer(200)),
      new Int8Array(new SharedArrayBuffer(300)),
      new Int32Array(300),
    );
  });
});

describe('layers of reals', () => {
  const real: RealLayerSpec = {
    kind: 'dense',
    rows: axis,
    columns: axis,
    depth: 4,
    channels: 6,
    groups: 2,
    lowest: -Infinity,
    highest: Infinity,
    weights: new Float32Array(6 * 9 * 2),
    bias: null,
  };
  const packReal = (change: Partial<Record<keyof RealLayerSpec, unknown>>): AddonLayer =>
    addon.packRealLayer(engine, { ...real, ...change } as RealLayerSpec);
  test.each<[string, Partial<Record<keyof RealLayerSpec, unknown>>, RegExp]>([
    ['weights too short', { weights: new Float32Array(107) }, /weights has 107 elements, not 108/],
    ['weights of another type', { weights: new Int8Array(108) }, /another type: weights/],
    ['a bias of another length', { bias: new Float32Array(5) }, /bias has 5 elements, not 6/],
    ['a clamp that is no number', { highest: NaN }, /expected a number: highest/],
    ['a clamp the wrong way round', { lowest: 1, highest: 0 }, /above the highest/],
    ['groups that do not divide', { groups: 4 }, /groups must divide/],
    [
      'sizes whose product is beyond memory',
      { rows: { ...axis, output: 2 ** 28 }, columns: { ...axis, output: 2 ** 28 } },
      /2\^40/,
    ],
  ])('refuse %s', (_, change, sentence) => expect(() => packReal(change)).toThrow(sentence));
  test('take float32 alone, and keep no accumulators', () => {
    const layer = packReal({});
    const [xs, ys] = [new Float32Array(100), new Float32Array(150)];
    addon.runLayer(engine, layer, xs, ys, null);
    expect(() => addon.runLayer(engine, layer, x, y, null)).toThrow(/another type: x/);
    expect(() => addon.runLayer(engine, layer, xs, ys, new Int32Array(150))).toThrow(/keeps no accumulators/);
    expect(() => addon.runLayer(engine, pack({}), xs, ys, null)).toThrow(/another type: x/);
  });
});

test('pools and sums check their arrays', () => {
  const pool = {
    isMaximum: true,
    isSigned: true,
    rows: { ...axis, before: 0, output: 3 },
    columns: { ...axis, before: 0, output: 3 },
    channels: 2,
    lowest: -128,
    highest: 127,
  };
  const packed = addon.packPool(pool);
  addon.runPool(engine, packed, new Int8Array(50), new Int8Array(18));
  expect(() => addon.runPool(engine, packed, new Int8Array(49), new Int8Array(18))).toThrow(/no multiple of 50/);
  expect(() => addon.runPool(engine, packed, new Int8Array(50), new Int8Array(17))).toThrow(/y has 17/);
  expect(() => addon.packPool({ ...pool, rows: axis, columns: { ...axis, before: 3 } })).toThrow(/meet the image/);
  const sum = {
    isSigned: true,
    isDifference: false,
    leftShift: 20,
    zeroA: 0,
    multiplierA: 2 ** 30,
    shiftA: 0,
    zeroB: 0,
    multiplierB: 2 ** 30,
    shiftB: 0,
    multiplier: 2 ** 30,
    shift: -18,
    zeroPoint: 0,
    lowest: -128,
    highest: 127,
  };
  const packedSum = addon.packSum(sum);
  addon.runSum(engine, packedSum, x, x, new Int8Array(100));
  expect(() => addon.runSum(engine, packedSum, x, new Int8Array(99), new Int8Array(100))).toThrow(/b has 99/);
  expect(() => addon.runSum(engine, packed as never, x, x, x)).toThrow(/expected a handle: sum/);
  expect(() => addon.packSum({ ...sum, shift: -32 })).toThrow(/-31..30/);
});

describe('handles', () => {
  test('a freed layer and a closed engine are of no use, and freeing again is harmless', () => {
    const layer = pack({});
    expect(addon.layerBytes(layer)).toBeGreaterThan(0);
    addon.freeLayer(layer);
    addon.freeLayer(layer);
    expect(() => addon.runLayer(engine, layer, x, y, null)).toThrow(/been freed: layer/);
    expect(() => addon.layerBytes(layer)).toThrow(/been freed/);
    const other = addon.openEngine('', 3);
    addon.closeEngine(other);
    addon.closeEngine(other);
    expect(() => addon.engineIsa(other)).toThrow(/been freed: engine/);
  });
  test('things that look like handles are not', () => {
    expect(() => addon.freeLayer({} as AddonLayer)).toThrow(/expected a handle/);
    expect(() => addon.closeEngine(pack({}) as unknown as AddonEngine)).toThrow(/expected a handle/);
  });
});

describe('opening', () => {
  const failureOf = (open: () => unknown): Failure => {
    try {
      open();
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
    throw new Error('nothing was thrown');
  };
  test('an unknown instruction set is refused with those the machine has', () => {
    vi.stubEnv('GOLDBENCH_ISA', 'mmx');
    const failure = failureOf(() => NativeEngine.open());
    expect(failure.message).toMatch(/GOLDBENCH_ISA names the instruction set mmx, which this machine cannot run/);
    expect(failure.remedy).toContain(addon.isas.at(-1)!);
    expect(failure.kind).toBe('user');
  });
  test.each(addon.isas)('GOLDBENCH_ISA=%s is taken', (isa) => {
    vi.stubEnv('GOLDBENCH_ISA', isa);
    const native = NativeEngine.open();
    expect(native.isa).toBe(isa);
    expect(native.description).toBe(`native ${isa}, 1 thread`);
    native.close();
  });
  test.each([0, 257, 1.5, NaN])('%d threads are refused', (threads) => {
    expect(failureOf(() => NativeEngine.open({ threads })).code).toBe('golden-threads');
  });
  test('where it is not built, it says what to run', () => {
    const failure = failureOf(() => loadAddon(path.join(tmpdir(), 'goldbench-nowhere')));
    expect([failure.kind, failure.code]).toEqual(['unavailable', 'kernels-not-built']);
    expect(failure.remedy).toContain('setup.sh');
  });
  test('where the file is damaged, it says so', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'goldbench-'));
    writeFileSync(path.join(folder, 'kernels.node'), 'no library');
    expect(failureOf(() => loadAddon(folder)).code).toBe('kernels-not-loaded');
    rmSync(folder, { recursive: true });
  });
});

test('reading weights with several threads meets all of them', () => {
  const one = { ...axis, input: 1, output: 1, taps: 1, before: 0 };
  const numbers = { bias: null, multiplier: new Int32Array(1024).fill(2 ** 30), shift: new Int32Array(1024) };
  const weights = new Int8Array(2 ** 21); // two pieces of whole registers, or more
  const read = (): number => {
    const layer = pack({ rows: one, columns: one, depth: 2048, channels: 1024, groups: 1, ...numbers, weights });
    const bits = addon.readWeights(engine, layer);
    addon.freeLayer(layer);
    return bits;
  };
  expect(read()).toBe(0);
  for (const at of [0, 2 ** 20 + 12345, 2 ** 21 - 1]) {
    weights[at] = 1;
    expect(read()).not.toBe(0);
    weights[at] = 0;
  }
});

test('the register peak is a plausible rate', () => {
  const native = NativeEngine.open();
  expect(native.peak(20)).toBeGreaterThan(1e8);
  native.close();
});
