// The dispatcher: of every channel good requests get through unchanged, bad ones never reach a handler.
import fc from '../properties';
import { describe, expect, it } from 'vitest';
import { type Handlers, dispatch } from '../../main/ipc/dispatch';
import { presetArray } from '../../main/array/presets';
import { userFailure } from '../../main/network/failure';
import { OPTIONS } from '../session/samples';
import { type ChannelName, MOST_SAVED, channels } from '../../preload/contract/channels';

const NAMES = Object.keys(channels) as ChannelName[];

/** Handlers that note what reaches them. */
function listening(answer: () => unknown = () => null) {
  const heard: unknown[] = [];
  const handle = (request: unknown) => {
    heard.push(request);
    return answer();
  };
  return { heard, handlers: Object.fromEntries(NAMES.map((name) => [name, handle])) as unknown as Handlers };
}
const noBug = (): never => {
  throw new Error('no bug was expected');
};

/** What goes into a file that the user names: any text will do. */
const isContent = (name: ChannelName, key: string): boolean => name === 'plan.saveFile' && key === 'content';

const EXPORT = {
  golden: 1,
  array: { name: 'kraken-4x12', rows: 4, cores: 12 },
  layers: [0, 3],
  levels: ['raw'],
  modules: false,
  formats: ['mem', 'bin'],
  streamBits: 64,
  align: 64,
};

const QUANTISATION = {
  network: 1,
  scheme: 'int8',
  layers: [{ operator: 3, scheme: '16x8' }],
  method: 'min-max',
  ends: 'words',
  pixels: '0..1',
  limit: null,
  judged: 'same',
};

/** One good request per channel; the types make sure that each is there. */
const GOOD: { readonly [C in ChannelName]: object } = {
  'app.start': {},
  'app.setTheme': { theme: 'dark' },
  'app.log': {},
  'app.quit': {},
  'session.new': {},
  'session.open': {},
  'session.openRecent': { recent: 1 },
  'session.removeRun': { run: 1 },
  'import.open': {},
  'import.dropped': { grant: 1 },
  'import.sample': { sample: 'digits' },
  'import.network': { network: 1 },
  'quantise.fuse': { network: 1 },
  'quantise.chooseInputs': { use: 'calibrate', from: 'folder' },
  'quantise.lookAtInputs': { use: 'judge', labelsFor: 1 },
  'quantise.chooseLabels': {},
  'quantise.forgetLabels': {},
  'quantise.command': QUANTISATION,
  'quantise.start': QUANTISATION,
  'quantise.suggestCommand': { ...QUANTISATION, budget: '60kB', high: null },
  'quantise.suggest': { ...QUANTISATION, budget: '97.5%', high: '16x8' },
  'quantise.suggestions': { network: 1 },
  'quantise.list': { network: 1 },
  'quantise.result': { quantisation: 1 },
  'quantise.save': { quantisation: 1 },
  'golden.engines': {},
  'golden.choose': OPTIONS,
  'golden.inputs': { network: 1 },
  'golden.chooseInput': { network: 1, tensor: 0 },
  'golden.droppedInput': { network: 1, tensor: 0, grant: 1 },
  'golden.sampleInput': { network: 1, tensor: 0, sample: 'digits', file: '7_a.png' },
  'golden.prepareAgain': { network: 1, input: 1 },
  'golden.run': { network: 1, ...OPTIONS, inputs: [{ tensor: 0, input: 1 }] },
  'golden.result': { run: 1 },
  'golden.plane': { network: 1, run: 1, tensor: 0, what: 'value', batch: 0, channel: 0 },
  'golden.histogram': { network: 1, run: null, tensor: 0, what: 'value' },
  'golden.saveTensor': { network: 1, run: 1, tensor: 0, what: 'accumulator' },
  'golden.saveRun': { run: 1 },
  'golden.layer': { network: 1, operator: 0, kernels: 'xnnpack' },
  'golden.why': { run: 1, operator: 0, position: 0, element: 0 },
  'golden.derive': { run: 1, operator: 0 },
  'golden.saveLayer': { network: 1, operator: 0, kernels: 'reference' },
  'batch.start': { network: 1, kernels: 'reference', engine: 'native', threads: 1, pixels: 'file', from: 'folder' },
  'batch.list': { network: 1 },
  'batch.result': { batch: 1 },
  'batch.remove': { batch: 1 },
  'batch.save': { batch: 1 },
  'compare.runs': { a: 1, b: 2 },
  'compare.chooseDump': {},
  'compare.dump': { run: 1 },
  'compare.channels': { network: 1, tensor: 0, what: 'value', a: 1, b: 2 },
  'plan.steps': { network: 1 },
  'plan.openFile': { kind: 'table' },
  'plan.saveFile': { name: 'vgg-16 plan.txt', content: 'goldbench plan 1', encoding: 'utf8' },
  'sweep.start': {
    workload: {
      name: 'AlexNet',
      file: 'alexnet',
      steps: [{ host: { name: '0 SOFTMAX', operator: 0, why: 'no layer' } }],
    },
    array: presetArray('kraken-7x96'),
    objective: 'clocks',
    axes: { rows: [7], cores: [96], sram: [2048], clockMHz: [400], dramMegabytesPerSecond: [0], batch: [1] },
  },
  'sweep.resume': { sweep: 1 },
  'sweep.list': {},
  'sweep.part': { sweep: 1, from: 0 },
  'sweep.remove': { sweep: 1 },
  'simulate.tools': {},
  'simulate.start': {
    golden: 1,
    array: { name: 'kraken-4x12', rows: 4, cores: 12 },
    layers: [0, 3],
    chain: false,
    seed: 1,
    throttle: 60,
    waves: { from: 0, to: 2000 },
    otherRtl: false,
  },
  'simulate.chooseRtl': {},
  'simulate.list': { network: 1 },
  'simulate.result': { run: 1 },
  'export.describe': EXPORT,
  'export.size': EXPORT,
  'export.preview': {
    ...EXPORT,
    operator: 0,
    at: { run: 0, iteration: 0, pass: 0, from: { pixels: 0, weights: 0, sums: 0 } },
  },
  'export.start': EXPORT,
  'export.list': { network: 1 },
  'export.openFolder': { bundle: 1 },
  'export.remove': { bundle: 1 },
  'jobs.list': {},
  'jobs.cancel': { job: 1 },
};

describe.each(NAMES)('channel %s', (name) => {
  const good: object = GOOD[name];

  it('lets a good request through, unchanged', async () => {
    const { handlers, heard } = listening();
    expect(await dispatch(handlers, name, good, noBug)).toEqual({ ok: true, value: null });
    expect(heard).toEqual([good]);
  });

  const keys = Object.keys(good);
  const bad: [string, unknown][] = [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'x'],
    ['an array', [good]],
    ['a surplus key', { ...good, path: '/etc/passwd' }],
    [
      'a key __proto__',
      JSON.parse(JSON.stringify(good).replace('{', '{"__proto__":{"x":1}' + (keys.length ? ',' : ''))),
    ],
    ['a key constructor', { ...good, constructor: 1 }],
    ['a function', { ...good, toJSON: () => 1 }],
    ['a date', new Date()],
    ['a map', new Map(Object.entries(good))],
    ['bytes', new Uint8Array(8)],
    ...keys.flatMap((key): [string, unknown][] => [
      [`no ${key}`, Object.fromEntries(Object.entries(good).filter(([other]) => other !== key))],
      [`${key} NaN`, { ...good, [key]: NaN }],
      [`${key} negative`, { ...good, [key]: -1 }],
      [`${key} a fraction`, { ...good, [key]: 1.5 }],
      [`${key} huge`, { ...good, [key]: 1e300 }],
      ...(isContent(name, key)
        ? ([[`${key} too long`, { ...good, [key]: 'x'.repeat(MOST_SAVED + 1) }]] as [string, unknown][])
        : ([
            [`${key} a path`, { ...good, [key]: '../../etc/passwd' }],
            [`${key} a long text`, { ...good, [key]: 'x'.repeat(1e6) }],
          ] as [string, unknown][])),
      [`${key} a long array`, { ...good, [key]: new Array(1e6).fill(0) }],
      [`${key} an object`, { ...good, [key]: { a: 1 } }],
    ]),
  ];
  it.each(bad)('refuses %s', async (_what, request) => {
    const { handlers, heard } = listening();
    const outcome = await dispatch(handlers, name, request, noBug);
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'bad-request' } });
    if (!outcome.ok) expect(outcome.failure.sentence).toContain(name);
    if (!outcome.ok) expect(outcome.failure.sentence.length).toBeLessThan(1000);
    expect(heard).toEqual([]);
  });
});

describe('dispatch', () => {
  it.each([
    '',
    'golden',
    'golden.',
    'toString',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'app.start ',
    Object.create(null),
    7,
    null,
    undefined,
    {},
    ['app.start'],
  ])('refuses the channel %j', async (channel) => {
    const { handlers, heard } = listening();
    const outcome = await dispatch(handlers, channel, {}, noBug);
    expect(outcome).toMatchObject({ ok: false, failure: { code: 'unknown-channel' } });
    expect(heard).toEqual([]);
  });

  it('always answers with an outcome, whatever comes in, and never reaches a handler with what the schema refuses', async () => {
    const channel = fc.oneof(fc.constantFrom(...NAMES), fc.string(), fc.anything());
    await fc.assert(
      fc.asyncProperty(
        channel,
        fc.anything({ withNullPrototype: true, withMap: true, withDate: true, withTypedArray: true, maxDepth: 4 }),
        async (name, request) => {
          const { handlers, heard } = listening();
          const outcome = await dispatch(handlers, name, request, noBug);
          if (outcome.ok) expect(channels[name as ChannelName].request.safeParse(request).success).toBe(true);
          else
            expect(outcome.failure).toMatchObject({ code: expect.stringMatching(/^(unknown-channel|bad-request)$/) });
          expect(heard.length).toBe(outcome.ok ? 1 : 0);
        },
      ),
      { numRuns: 2000 },
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it('refuses a good request with one value put wrong anywhere', async () => {
    const wrong = fc.oneof(
      fc.double({ max: -0.5, noNaN: false }),
      fc.boolean(),
      fc.constant(null),
      fc.string().filter((s) => !/^[a-z0-9]/.test(s)),
      fc.object(),
    );
    const withKeys = NAMES.filter((name) => Object.keys(GOOD[name]).length > 0);
    const spoilt = fc
      .constantFrom(...withKeys)
      .chain((name) => fc.tuple(fc.constant(name), fc.constantFrom(...Object.keys(GOOD[name])), wrong));
    await fc.assert(
      fc.asyncProperty(spoilt, async ([name, key, value]) => {
        fc.pre(!(isContent(name, key) && typeof value === 'string'));
        fc.pre(!(['run', 'waves', 'streamBits', 'limit', 'high', 'labelsFor'].includes(key) && value === null)); // a constant has no run, waves and widths are optional
        fc.pre(!(typeof value === 'boolean' && typeof Reflect.get(GOOD[name], key) === 'boolean')); // either is right
        const { handlers, heard } = listening();
        const outcome = await dispatch(handlers, name, { ...GOOD[name], [key]: value }, noBug);
        expect(outcome.ok).toBe(false);
        expect(heard).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses what is nested too deep or bites its own tail', async () => {
    const { handlers } = listening();
    let deep: unknown = 1;
    for (let i = 0; i < 50_000; i++) deep = { deep };
    const tail: Record<string, unknown> = {};
    tail.tail = tail;
    for (const request of [deep, tail])
      expect(await dispatch(handlers, 'app.start', request, noBug)).toMatchObject({ failure: { code: 'bad-request' } });
  });

  it('hands on a failure raised on purpose as it is', async () => {
    const failure = userFailure('no-such-run', 'There is no run 7.', 'Choose another.', { tensor: 3 });
    const { handlers } = listening(() => {
      throw failure;
    });
    expect(await dispatch(handlers, 'golden.result', { run: 7 }, noBug)).toEqual({
      ok: false,
      failure: {
        kind: 'user',
        code: 'no-such-run',
        sentence: 'There is no run 7.',
        remedy: 'Choose another.',
        place: { tensor: 3 },
      },
    });
  });

  it.each([[new TypeError('x is not a function')], ['a text'], [undefined], [null]])(
    'tells a bug (%s) with a number, and its stack to the log alone',
    async (thrown) => {
      const { handlers } = listening(async () => {
        throw thrown;
      });
      const bugs: unknown[][] = [];
      const outcome = await dispatch(handlers, 'app.log', {}, (...bug) => bugs.push(bug));
      if (outcome.ok) throw new Error('it must fail');
      const [[id, channel, error]] = bugs as [[string, string, unknown]];
      expect(outcome.failure).toMatchObject({ kind: 'bug', code: 'internal' });
      expect(outcome.failure.sentence).toContain(`[${id}]`);
      expect(JSON.stringify(outcome)).not.toMatch(/dispatch\.test|node_modules|\bat .*:\d+/);
      expect(channel).toBe('app.log');
      expect(error).toBe(thrown);
    },
  );
});
