// A workbench without Electron: `window.workbench` and `/tensor` answered in the page, with values made on the fly.
// For looking at the renderer in a plain browser (see look.mjs). ?start=empty|digits|mobilenet|residual|huge
import type { EngineOffer, OperatorRecord, RunOptions, RunRecord, StoredTensor } from '../../main/golden/record';
import { indexOf } from '../../main/tensor/place';
import { ELEMENT_BYTES, elementCount } from '../../main/network/network';
import type { NetworkView, TensorView } from '../../main/network/view';
import { computeHistogram, computeStatistics } from '../../main/tensor/statistics';
import { type TypedArray, bytesOf, viewBytes } from '../../main/tensor/tensor';
import type { EventName, Events, Keyhole, Outcome } from '../../preload/contract/events';
import type { InputView, JobView, SessionView, StartView } from '../../preload/contract/views';
import { digits, huge, mobilenet, residual } from './networks';

const query = new URLSearchParams(location.search);
const which = query.get('start') ?? 'empty';
const NETWORKS: Record<string, () => NetworkView> = {
  digits,
  mobilenet,
  huge,
  residual: () => residual(Number(query.get('boxes') ?? 300)),
};
const listeners: { [E in EventName]?: ((value: never) => void)[] } = {};
const emit = <E extends EventName>(event: E, value: Events[E]): void =>
  listeners[event]?.forEach((f) => f(value as never));

const networks: NetworkView[] = [];
const inputs: InputView[] = [];
const runs: { id: number; network: number; record: RunRecord; at: string }[] = [];
let jobs = 0;
let options: RunOptions = {
  kernels: 'reference',
  engine: 'reference-ts',
  threads: 1,
  keep: 'accumulators',
  pixels: 'file',
};

const session = (): SessionView => ({
  name: 'bring-up',
  folder: '~/Goldbench',
  options,
  used: networks.length || null,
  networks: networks.map((n, i) => ({
    id: i + 1,
    name: n.name,
    sha256: n.sha256,
    fileBytes: n.fileBytes,
    operators: n.operators.length,
    addedAt: '2026-01-05T09:00:00Z',
  })),
  runs: runs.map((r) => ({
    id: r.id,
    network: r.network,
    kernels: r.record.kernels,
    engine: r.record.engine,
    state: 'done',
    startedAt: r.at,
    ms: r.record.ms,
    failure: null,
    command: `goldbench golden ${networks[r.network - 1]!.name}.tflite --input image=7_a.png`,
  })),
});

/** Values that look like an activation: smooth, some at the zero point, a few saturated. */
function valueOf(tensor: TensorView, flat: number, wide: boolean): number {
  if (tensor.bytes > 1e6) return ((flat * 2654435761) >>> 24) - 128; // cheap: frames are measured, not this
  const channels = tensor.shape.at(-1) ?? 1;
  const width = tensor.shape.at(-2) ?? 1;
  const c = flat % channels;
  const x = Math.floor(flat / channels) % width;
  const y = Math.floor(flat / channels / width);
  const wave =
    Math.sin(x * (0.18 + 0.05 * (c % 5)) + c) +
    Math.cos(y * (0.12 + 0.04 * (c % 3)) - c * 0.7) +
    0.3 * Math.sin(flat * 12.9898);
  if (tensor.constant || wide) return Math.round(wave * (wide ? 9000 : 48));
  return Math.max(-128, Math.min(127, Math.round(-90 + wave * 110)));
}
function digit(flat: number): number {
  const [x, y] = [flat % 28, Math.floor(flat / 28)];
  const bar = y >= 6 && y <= 8 && x >= 8 && x <= 20;
  const leg = Math.abs(x - (20 - (y - 6) * 0.55)) < 1.6 && y > 6 && y < 23;
  return bar || leg ? 120 : -128;
}
function bytesFor(network: NetworkView, tensor: number, what: string, offset: number, length: number): Uint8Array {
  const t = network.tensors[tensor]!;
  const wide = what === 'accumulator' || t.type === 'int32';
  const each = wide ? 4 : ELEMENT_BYTES[t.type];
  const n = Math.floor(length / each);
  const bytes = new Uint8Array(n * each);
  const values = viewBytes(wide ? 'int32' : t.type, bytes, n);
  const scores = [-127, -128, -126, -128, -128, -128, -128, 118, -124, -125];
  for (let i = 0; i < n; i++) {
    const flat = offset / each + i;
    values[i] =
      network.name === 'digits' && tensor === network.inputs[0]
        ? digit(flat)
        : network.name === 'digits' && tensor === network.outputs[0]
          ? scores[flat]!
          : valueOf(t, flat, wide);
  }
  return bytes;
}
function whole(network: NetworkView, tensor: number, what = 'value'): TypedArray {
  const t = network.tensors[tensor]!;
  const wide = what === 'accumulator' || t.type === 'int32';
  const n = elementCount(t.shape);
  return viewBytes(
    wide ? 'int32' : t.type,
    bytesFor(network, tensor, what, 0, n * (wide ? 4 : ELEMENT_BYTES[t.type])),
    n,
  );
}
function store(network: NetworkView, tensor: number, what = 'value'): StoredTensor {
  const t = network.tensors[tensor]!;
  const type = what === 'accumulator' ? 'int32' : t.type;
  const data = whole(network, tensor, what);
  return {
    tensor,
    type,
    shape: t.shape,
    sha256: 'ab'.repeat(32),
    bytes: data.byteLength,
    statistics: computeStatistics(type, data, what === 'accumulator' ? 0 : (t.quantization?.zeroPoint[0] ?? 0)),
  };
}
function makeRun(id: number): void {
  const network = networks[id - 1]!;
  const operators: OperatorRecord[] = network.operators.map((o) => ({
    operator: o.index,
    arithmetic: 'double' as const,
    ms: 0.012 + o.macs / 240_000,
    outputs: [store(network, o.outputs[0]!)],
    accumulator:
      o.macs && elementCount(network.tensors[o.outputs[0]!]!.shape) < 1e6
        ? store(network, o.outputs[0]!, 'accumulator')
        : null,
  }));
  const given = inputs
    .filter((i) => network.inputs.includes(i.tensor))
    .map((i) => ({ ...store(network, i.tensor), source: i.source, preparation: i.preparation }));
  runs.push({
    id: runs.length + 1,
    network: id,
    at: new Date(Date.UTC(2026, 0, 5, 9, runs.length)).toISOString(),
    record: {
      network: { name: network.name, sha256: network.sha256 },
      kernels: 'reference',
      engine: 'reference-ts',
      program: 'goldbench 0.1.0',
      startedAt: new Date().toISOString(),
      ms: operators.reduce((sum, o) => sum + o.ms, 0),
      inputs: given,
      operators,
    },
  });
}
function giveInput(tensor: number, source: string): InputView {
  const network = networks.at(-1)!;
  const input: InputView = {
    id: inputs.length + 1,
    tensor,
    source,
    sha256: 'cd'.repeat(32),
    statistics: store(network, tensor).statistics,
    preparation: `Read as 8-bit grey ${network.tensors[tensor]!.shape.slice(1, 3).join(' × ')}; real = pixel / 255; quantised with scale 0.0235, zero point −128.`,
  };
  inputs.push(input);
  return input;
}

/** A job that advances by itself and then does `work`. */
function job(verb: JobView['verb'], name: string, command: string, ms: number, work: () => JobView['result']): JobView {
  let view: JobView = {
    id: ++jobs,
    verb,
    name,
    command,
    state: 'running',
    progress: 0,
    note: 'starting',
    startedAt: new Date().toISOString(),
    elapsedMs: 0,
    failure: null,
    result: null,
  };
  const began = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - began;
    const progress = Math.min(1, elapsedMs / ms);
    const last = networks.at(-1);
    const n = last?.operators.length ?? 1;
    const at = Math.min(n - 1, Math.floor(progress * n));
    view = {
      ...view,
      elapsedMs,
      progress,
      note: verb === 'golden' ? `operator ${at + 1} of ${n} · ${last?.operators[at]?.name}` : 'reading',
    };
    if (progress === 1) {
      clearInterval(timer);
      view = { ...view, state: 'done', note: '', result: work() };
      emit('session', session());
    }
    emit('job', view);
  }, 40);
  cancels.set(view.id, () => {
    clearInterval(timer);
    emit('job', (view = { ...view, state: 'cancelled', note: '' }));
  });
  return view;
}
const cancels = new Map<number, () => void>();

function addNetwork(network: NetworkView): number {
  const known = networks.findIndex((n) => n.name === network.name);
  if (known >= 0) return known + 1;
  networks.push(network);
  return networks.length;
}
const SAMPLES: StartView['samples'] = [
  {
    id: 'digits',
    name: 'Digits',
    description: 'A small convolutional classifier of hand-written digits, int8, 97.2 % on its test set.',
    networkSha256: digits().sha256,
    labels: [...'0123456789'],
    inputs: [...'0123456789'].flatMap((d) => [
      { file: `${d}_a.png`, label: d },
      { file: `${d}_b.png`, label: d },
    ]),
  },
  {
    id: 'detector',
    name: 'Detector head',
    description:
      'A YOLOv2-like head: convolutions with fused batch norm, leaky ReLU, max pool, space-to-depth, concatenation.',
    networkSha256: mobilenet().sha256,
    labels: null,
    inputs: [{ file: 'dog.png', label: null }],
  },
];

const HANDLERS: Record<string, (r: never) => unknown> = {
  'app.start': (): StartView => ({
    versions: { goldbench: '0.1.0', electron: '45.4.1', chrome: '142', node: '24', sqlite: '3.51' },
    theme: (query.get('theme') as 'dark') ?? 'dark',
    session: session(),
    recent: [
      { id: 1, name: 'resnet8-bringup', folder: '~/designs/resnet8' },
      { id: 2, name: 'kws-small', folder: '~/designs/kws' },
    ],
    samples: SAMPLES,
    jobs: [],
    failures: [],
  }),
  'app.setTheme': () => null,
  'app.log': () =>
    Array.from({ length: 40 }, (_, i) => ({
      at: new Date(Date.UTC(2026, 0, 5, 9, 0, i)).toISOString(),
      level: i % 9 ? 'info' : 'warn',
      from: 'engine',
      text: `worker ${i % 2} ready, 4 threads`,
    })),
  'app.quit': () => null,
  'session.new': () => null,
  'session.open': () => null,
  'session.openRecent': () => session(),
  'session.removeRun': ({ run }: { run: number }) => {
    runs.splice(
      runs.findIndex((r) => r.id === run),
      1,
    );
    return session();
  },
  'import.open': () =>
    job('import', 'Import mobilenet.tflite', 'goldbench import mobilenet.tflite', 200, () => ({
      network: addNetwork(mobilenet()),
      run: null,
    })),
  'import.dropped': () =>
    job('import', 'Import dropped.tflite', 'goldbench import dropped.tflite', 200, () => ({
      network: addNetwork(mobilenet()),
      run: null,
    })),
  'import.sample': ({ sample }: { sample: string }) =>
    job('import', `Import ${sample}`, `goldbench import resources/samples/${sample}/${sample}.tflite`, 200, () => ({
      network: addNetwork(sample === 'digits' ? digits() : mobilenet()),
      run: null,
    })),
  'import.network': ({ network }: { network: number }) => networks[network - 1],
  'golden.engines': (): EngineOffer[] => [
    {
      name: 'native',
      about: 'C++ kernels for this processor',
      why: 'The native kernels are not part of this build.',
      mostThreads: 2,
    },
    {
      name: 'reference-ts',
      about: 'the TypeScript kernels, which every other engine must equal',
      why: null,
      mostThreads: 1,
    },
  ],
  'golden.choose': (chosen: RunOptions) => ((options = chosen), session()),
  'golden.inputs': ({ network }: { network: number }) => (network === networks.length ? inputs : []),
  'golden.chooseInput': ({ tensor }: { tensor: number }) => giveInput(tensor, 'picture.png'),
  'golden.droppedInput': ({ tensor }: { tensor: number }) => giveInput(tensor, 'dropped.png'),
  'golden.sampleInput': ({ tensor, sample, file }: { tensor: number; sample: string; file: string }) =>
    giveInput(tensor, `sample ${sample}/${file}`),
  'golden.run': ({ network }: { network: number }) => {
    const name = networks[network - 1]!.name;
    return job(
      'golden',
      `Golden run of ${name}`,
      `goldbench golden ${name}.tflite --input image=7_a.png --kernels reference`,
      Number(query.get('ms') ?? 900),
      () => (makeRun(network), { network, run: runs.length }),
    );
  },
  'golden.result': ({ run }: { run: number }) => ({
    ...session().runs.find((r) => r.id === run),
    record: runs.find((r) => r.id === run)?.record ?? null,
  }),
  'golden.plane': ({
    network,
    tensor,
    what,
    batch,
    channel,
  }: {
    network: number;
    tensor: number;
    what: string;
    batch: number;
    channel: number;
  }) => {
    const view = networks[network - 1]!;
    const t = view.tensors[tensor]!;
    const [b, h, w, c] = [...Array<number>(4 - Math.min(4, t.shape.length)).fill(1), ...t.shape].slice(-4) as [
      number,
      number,
      number,
      number,
    ];
    const type = what === 'accumulator' ? 'int32' : t.type;
    const each = ELEMENT_BYTES[type];
    const data = bytesFor(view, tensor, what, batch * h * w * c * each, h * w * c * each);
    const bytes = new Uint8Array(h * w * each);
    for (let i = 0; i < h * w; i++)
      bytes.set(data.subarray((i * c + channel) * each, (i * c + channel + 1) * each), i * each);
    return { type, height: h, width: w, channels: c, batches: b, bytes };
  },
  'golden.histogram': ({ network, tensor, what }: { network: number; tensor: number; what: string }) => {
    const data = whole(networks[network - 1]!, tensor, what);
    return computeHistogram(data, computeStatistics(networks[network - 1]!.tensors[tensor]!.type, data), true);
  },
  'golden.why': ({
    run,
    operator,
    position,
    element,
  }: {
    run: number;
    operator: number;
    position: number;
    element: number;
  }) => {
    const network = networks[runs.find((r) => r.id === run)!.network - 1]!;
    const op = network.operators[operator]!;
    const output = network.tensors[op.outputs[position]!]!;
    const stored = valueOf(output, element, false);
    const steps = [
      { name: 'sum', formula: 'sum of 9 products', value: stored * 40 },
      { name: 'multiply', formula: `round(${stored * 40} x 1377480982 / 2^31)`, value: stored * 26 },
      { name: 'clamp', formula: `${stored} to -128 … 127`, value: stored },
    ];
    const explanation = {
      operator,
      name: op.name,
      arithmetic: 'double',
      output: { tensor: output.index, name: output.name, shape: output.shape },
      element,
      index: indexOf(output.shape, element),
      says: 'Sum of 9 products (x + 128) x w, requantised.',
      operands: [],
      termsAre: 'products',
      terms: [],
      termCount: 0,
      steps,
      result: stored,
      stored,
    };
    return { explanation, text: JSON.stringify(explanation) };
  },
  'golden.layer': ({ network, operator }: { network: number; operator: number }) => {
    const view = networks[network - 1]!;
    const op = view.operators[operator]!;
    const describe = (index: number) => ({ ...view.tensors[index]!, tensor: index, scale: [0.1], zeroPoint: -128 });
    const list = Array.from({ length: 16 }, (_, c) => 2 ** 30 + c * 12_345_678);
    return {
      operator,
      name: op.name,
      arithmetic: 'double',
      input: describe(op.inputs[0]!),
      weights: describe(op.inputs[1]!),
      output: describe(op.outputs[0]!),
      channels: 16,
      products: 144,
      accumulator: 'int32',
      product: 'double',
      activation: 'none',
      lowest: -128,
      highest: 127,
      bias: list,
      effectiveBias: list,
      multiplier: list,
      shift: list.map(() => -9),
      scale: list,
      notes: [],
    };
  },
  'batch.list': () => [],
  'golden.saveTensor': () => 'tensor.npy',
  'golden.saveRun': () => 'run',
  'jobs.list': () => [],
  'jobs.cancel': ({ job: id }: { job: number }) => (cancels.get(id)?.(), null),
};

const keyhole: Keyhole = {
  async call(channel, request): Promise<Outcome<unknown>> {
    try {
      structuredClone(request); // as the real border does: proxies must not pass
      return { ok: true, value: HANDLERS[channel]!(request as never) };
    } catch (error) {
      return { ok: false, failure: { kind: 'bug', code: 'fake', sentence: String(error), remedy: '', place: {} } };
    }
  },
  on(event, listener) {
    (listeners[event] ??= []).push(listener as never);
    return () => undefined;
  },
  pathForFile: async () => ({ ok: true, value: 1 }),
};
Object.defineProperty(window, 'workbench', { value: keyhole });
const realFetch = window.fetch.bind(window);
window.fetch = async (url, init) => {
  const text = String(url);
  if (!text.startsWith('/tensor?')) return realFetch(url, init);
  const q = new URLSearchParams(text.slice(8));
  await new Promise((resolve) => setTimeout(resolve, 3));
  const bytes = bytesFor(
    networks[Number(q.get('network')) - 1]!,
    Number(q.get('tensor')),
    q.get('what')!,
    Number(q.get('offset')),
    Number(q.get('length')),
  );
  return new Response(bytesOf(bytes as never) as Uint8Array<ArrayBuffer>);
};
Object.assign(window, { fake: { emit, session } });

if (NETWORKS[which]) {
  const network = NETWORKS[which]();
  addNetwork(network);
  if (query.get('run') !== 'no') {
    for (const tensor of network.inputs)
      giveInput(tensor, which === 'digits' ? 'sample digits/7_a.png' : 'picture.png');
    if (network.totals.unsupported.reference === 0) makeRun(1);
  }
}
await import('../../renderer/main');
