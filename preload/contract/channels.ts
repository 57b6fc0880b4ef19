// THE CONTRACT: every call the window may make, as one table. Requests are zod schemas (checked in main, by
// ipc/dispatch); replies are types. The renderer imports types only, so zod never reaches it.
// The renderer names ids, never paths: a file enters by dialog, by drop (a grant) or by the command line, all in main.
import { z } from 'zod';
import type { BatchListed, BatchRecord } from '../../main/golden/batchRecord';
import type { Explanation } from '../../main/golden/explain/explanation';
import type { LayerConstants } from '../../main/golden/layerConstants';
import type { SimulationListed, SimulationRecord } from '../../main/compare/verdict';
import type { FormatName, Level } from '../../main/export/choice';
import type { BundleListed, BundleSize, PacketPreview } from '../../main/export/record';
import type { FailureRecord } from '../../main/network/failure';
import type { EngineName } from '../../main/golden/engine';
import type { EngineOffer, RunRecord, RunSummary } from '../../main/golden/record';
import type { KernelSet } from '../../main/network/arithmetic';
import type { PixelChoice } from '../../main/network/pixels';
import type { NetworkView } from '../../main/network/view';
import type { Step } from '../../main/plan/layers';
import type {
  FusedRecord,
  InputsFound,
  QuantisationListed,
  QuantisationRecord,
  SuggestionListed,
} from '../../main/quantise/record';
import type { Histogram } from '../../main/tensor/statistics';
import type { SweepListed, SweepPart } from '../../main/estimate/sweepRecord';
import { sweepRequest } from './design';
import type {
  ComparisonView,
  InputView,
  JobView,
  LogLine,
  SessionView,
  StartView,
  SweepStarted,
  TensorPlane,
} from './views';

const id = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
const index = z.int().min(0).max(1_000_000);
const beat = z
  .int()
  .min(0)
  .max(2 ** 31);
const word = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/);
const nothing = z.strictObject({});
const pixels = z.enum(['file', '0..1', '-1..1', '0..255'] satisfies PixelChoice[]); // file: as it says
const runOptions = z.strictObject({
  kernels: z.enum(['reference', 'builtin', 'xnnpack'] satisfies KernelSet[]),
  engine: z.enum(['native', 'reference-ts'] satisfies EngineName[]),
  threads: z.int().min(1).max(1024),
  keep: z.enum(['outputs', 'accumulators']),
  pixels,
});
const { kernels } = runOptions.shape;

// only so much that it is an array; main says what is wrong with one
const givenArray = z.looseObject({ name: z.string().max(200), rows: z.number(), cores: z.number() });
const chosenLayers = z.union([z.literal('all'), z.array(index).min(1).max(800)]);

/** One tensor's bytes: a constant, a prepared `input` that was not run yet (both with run null), or what a run kept. */
const tensorRef = z.strictObject({
  network: id,
  run: id.nullable(),
  input: id.optional(),
  tensor: index,
  what: z.enum(['value', 'accumulator', 'unclamped']), // unclamped: rescaled, before clamping
});
export type TensorRef = z.infer<typeof tensorRef>;

/** Characters of a file that the page made: a chart as a picture is the largest. */
export const MOST_SAVED = 16 * 2 ** 20;

/** A network's operators as layers for the array, or the host's; `file` is what the command line calls the network. */
export interface NetworkSteps {
  readonly steps: readonly Step[];
  readonly file: string;
}
export interface GivenText {
  readonly name: string; // without folder
  readonly text: string;
}

/** Layers of a golden run as a bundle. */
const exportChoice = z.strictObject({
  golden: id,
  array: givenArray,
  layers: chosenLayers,
  levels: z
    .array(z.enum(['raw', 'summed', 'requantised', 'tiled', 'packed'] satisfies Level[]))
    .min(1)
    .max(5),
  modules: z.boolean(), // vectors of single modules, too
  formats: z
    .array(z.enum(['mem', 'hex', 'coe', 'mif', 'bin', 'txt', 'npy', 'h', 'gvb'] satisfies FormatName[]))
    .min(1)
    .max(9),
  streamBits: z.union([z.literal(32), z.literal(64), z.literal(128), z.literal(256), z.literal(512)]).nullable(), // null: as the array says
  align: z.int().min(1).max(4096), // bytes
});
export type ExportChoice = z.infer<typeof exportChoice>;

/** How a network of real numbers becomes one of words. Texts are those of the command line; main says what is wrong with one. */
const choiceWords = z.string().regex(/^[a-z0-9][a-z0-9:,.=-]{0,79}$/); // a scheme or method, as the command line has it
const quantisationChoice = z.strictObject({
  network: id,
  scheme: choiceWords,
  layers: z.array(z.strictObject({ operator: index, scheme: choiceWords.nullable() })).max(200), // as fused; null: real numbers
  method: choiceWords,
  ends: z.enum(['words', 'real']),
  pixels,
  limit: z.int().min(1).max(999_999).nullable(), // inputs; null: all
  judged: z.enum(['no', 'same', 'others']), // by the inputs it is calibrated with, or by others
});
export type QuantisationAsked = z.infer<typeof quantisationChoice>;
/** Which of its layers deserve longer words; null: the next longer ones. */
const suggestionChoice = quantisationChoice.extend({
  budget: z.string().regex(/^[0-9.]{1,16} ?[%A-Za-z]{1,3}$/),
  high: choiceWords.nullable(),
});
export type SuggestionAsked = z.infer<typeof suggestionChoice>;

/** What a request may hold at most; dispatch measures it before any schema sees it. */
export interface Limits {
  readonly values: number;
  readonly characters: number; // of all texts and keys
}
// The largest honest small request is a golden run with 64 inputs: about 200 values, none of them long.
const SMALL: Limits = { values: 1000, characters: 4096 };
// The layers of a network, or a file that the page made: a chart, a plan.
const LARGE: Limits = { values: 200_000, characters: MOST_SAVED + 4096 };

// Every layer's own scheme.
const LIST: Limits = { values: 1000, characters: 32_768 };

const channel = <S extends z.ZodType>(request: S, limits = SMALL) => ({
  returns: <R>() => ({ request, limits, reply: undefined as unknown as R }),
});

export const channels = {
  'app.start': channel(nothing).returns<StartView>(),
  'app.setTheme': channel(z.strictObject({ theme: z.enum(['system', 'dark', 'light']) })).returns<null>(),
  'app.log': channel(nothing).returns<readonly LogLine[]>(),
  'app.quit': channel(nothing).returns<null>(),

  // session: null = the user closed the dialog
  'session.new': channel(nothing).returns<SessionView | null>(),
  'session.open': channel(nothing).returns<SessionView | null>(),
  'session.openRecent': channel(z.strictObject({ recent: id })).returns<SessionView>(),
  'session.removeRun': channel(z.strictObject({ run: id })).returns<SessionView>(),

  // import: each starts a job; its result names the session's network
  'import.open': channel(nothing).returns<JobView | null>(),
  'import.dropped': channel(z.strictObject({ grant: id })).returns<JobView>(),
  'import.sample': channel(z.strictObject({ sample: word })).returns<JobView>(),
  'import.network': channel(z.strictObject({ network: id })).returns<NetworkView>(),

  // quantise: the inputs are chosen by dialog, and remembered in main alone; null = the user closed it
  'quantise.fuse': channel(z.strictObject({ network: id })).returns<
    { readonly fused: FusedRecord } | { readonly why: FailureRecord } // why it cannot be quantised
  >(),
  'quantise.chooseInputs': channel(
    z.strictObject({ use: z.enum(['calibrate', 'judge']), from: z.enum(['folder', 'file']) }),
  ).returns<string | null>(), // the name of the folder or file
  'quantise.lookAtInputs': channel(
    z.strictObject({ use: z.enum(['calibrate', 'judge']), labelsFor: id.nullable() }), // the network whose classes labels name; null: none count
  ).returns<
    { readonly found: InputsFound } | { readonly why: FailureRecord } // why they cannot be read, or their labels
  >(),
  'quantise.chooseLabels': channel(nothing).returns<readonly string[] | null>(), // one .txt and one .csv at most: all that count now
  'quantise.forgetLabels': channel(nothing).returns<null>(),
  'quantise.command': channel(quantisationChoice, LIST).returns<string>(),
  'quantise.start': channel(quantisationChoice, LIST).returns<JobView>(),
  'quantise.suggestCommand': channel(suggestionChoice, LIST).returns<string>(),
  'quantise.suggest': channel(suggestionChoice, LIST).returns<JobView>(),
  'quantise.suggestions': channel(z.strictObject({ network: id })).returns<readonly SuggestionListed[]>(), // oldest first
  'quantise.list': channel(z.strictObject({ network: id })).returns<readonly QuantisationListed[]>(), // made of it, and it was made by
  'quantise.result': channel(z.strictObject({ quantisation: id })).returns<{
    readonly network: number;
    readonly result: number;
    readonly command: string;
    readonly record: QuantisationRecord;
  }>(),
  'quantise.save': channel(z.strictObject({ quantisation: id })).returns<string | null>(), // .tflite; the file name written

  // golden
  'golden.engines': channel(nothing).returns<readonly EngineOffer[]>(),
  'golden.choose': channel(runOptions).returns<SessionView>(), // how to run; remembered with the session
  'golden.inputs': channel(z.strictObject({ network: id })).returns<readonly InputView[]>(),
  'golden.chooseInput': channel(z.strictObject({ network: id, tensor: index })).returns<InputView | null>(),
  'golden.droppedInput': channel(z.strictObject({ network: id, tensor: index, grant: id })).returns<InputView>(),
  'golden.sampleInput': channel(
    z.strictObject({ network: id, tensor: index, sample: word, file: word }),
  ).returns<InputView>(),
  'golden.prepareAgain': channel(z.strictObject({ network: id, input: id })).returns<InputView>(), // an image, by what is chosen for its pixels now
  'golden.run': channel(
    runOptions.extend({ network: id, inputs: z.array(z.strictObject({ tensor: index, input: id })).max(64) }),
  ).returns<JobView>(),
  'golden.result': channel(z.strictObject({ run: id })).returns<RunSummary & { readonly record: RunRecord | null }>(),
  'golden.plane': channel(tensorRef.extend({ batch: index, channel: index })).returns<TensorPlane>(),
  'golden.histogram': channel(tensorRef).returns<Histogram>(),
  'golden.saveTensor': channel(tensorRef).returns<string | null>(), // .npy; the file name written
  'golden.saveRun': channel(z.strictObject({ run: id })).returns<string | null>(), // run.json and all .npy into a folder

  // compare: two runs of one network, or a run and the folder of dumps chosen last
  'compare.runs': channel(z.strictObject({ a: id, b: id })).returns<ComparisonView>(),
  'compare.chooseDump': channel(nothing).returns<string | null>(), // a folder's name; null = the user closed the dialog
  'compare.dump': channel(z.strictObject({ run: id })).returns<ComparisonView>(),
  'compare.channels': channel(
    tensorRef.pick({ network: true, tensor: true, what: true }).extend({ a: id, b: id }),
  ).returns<readonly number[]>(), // elements that differ, by channel
  // golden, one operator: what the array needs of a layer; why an element is what it is; a layer's sums and values before clamping
  'golden.layer': channel(z.strictObject({ network: id, operator: index, kernels })).returns<LayerConstants>(),
  'golden.why': channel(
    z.strictObject({
      run: id,
      operator: index,
      position: index,
      element: z
        .int()
        .min(0)
        .max(2 ** 31),
    }),
  ).returns<{ readonly explanation: Explanation; readonly text: string }>(),
  'golden.derive': channel(z.strictObject({ run: id, operator: index })).returns<JobView>(),
  'golden.saveLayer': channel(z.strictObject({ network: id, operator: index, kernels })).returns<string | null>(), // .npy files into a folder; its name

  // golden, many inputs: chosen by dialog; null = the user closed it
  'batch.start': channel(
    runOptions.omit({ keep: true }).extend({ network: id, from: z.enum(['folder', 'file']) }),
  ).returns<JobView | null>(),
  'batch.list': channel(z.strictObject({ network: id })).returns<readonly BatchListed[]>(),
  'batch.result': channel(z.strictObject({ batch: id })).returns<BatchRecord>(),
  'batch.remove': channel(z.strictObject({ batch: id })).returns<null>(),
  'batch.save': channel(z.strictObject({ batch: id })).returns<string | null>(), // .csv; the file name written

  // plan: what the window cannot see by itself. Texts that people keep: layer tables, arrays, plans; null = the dialog was closed
  'plan.steps': channel(z.strictObject({ network: id })).returns<NetworkSteps>(),
  'plan.openFile': channel(z.strictObject({ kind: z.enum(['table', 'array', 'plan']) })).returns<GivenText | null>(),
  'plan.saveFile': channel(
    z.strictObject({
      name: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_. -]{0,80}\.(txt|json|csv|svg|png)$/), // offered; the user decides
      content: z.string().min(1).max(MOST_SAVED),
      encoding: z.enum(['utf8', 'base64']),
    }),
    LARGE,
  ).returns<string | null>(), // the file name written
  // sweep: one network on many arrays; the request holds the layers, so that it can go on whatever is open then
  'sweep.start': channel(sweepRequest, LARGE).returns<SweepStarted>(),
  'sweep.resume': channel(z.strictObject({ sweep: id })).returns<SweepStarted>(),
  'sweep.list': channel(nothing).returns<readonly SweepListed[]>(),
  'sweep.part': channel(z.strictObject({ sweep: id, from: index })).returns<SweepPart>(), // points from a number on, some thousands at most
  'sweep.remove': channel(z.strictObject({ sweep: id })).returns<null>(),
  // simulate: layers through the RTL, on the inputs of a golden run; what the RTL makes becomes a run of its own
  'simulate.tools': channel(nothing).returns<FailureRecord | null>(), // what is missing to build a simulator; null: nothing
  'simulate.start': channel(
    z.strictObject({
      golden: id,
      array: givenArray,
      layers: chosenLayers,
      chain: z.boolean(),
      seed: z.int().min(1).max(999_999_999),
      throttle: z.int().min(1).max(100), // percent
      waves: z.strictObject({ from: z.int().min(0), to: z.int().min(0).max(1e12) }).nullable(),
      otherRtl: z.boolean(), // that of the folder chosen last
    }),
  ).returns<JobView>(),
  'simulate.chooseRtl': channel(nothing).returns<string | null>(), // a folder's name; null = the user closed the dialog
  'simulate.list': channel(z.strictObject({ network: id })).returns<readonly SimulationListed[]>(),
  'simulate.result': channel(z.strictObject({ run: id })).returns<SimulationRecord>(),

  // export: layers of a golden run as a folder that brings the array up in a lab
  'export.describe': channel(exportChoice).returns<{ readonly command: string; readonly folder: string }>(), // its command line, its name
  'export.size': channel(exportChoice).returns<BundleSize>(), // nothing is written; the next question cancels this one
  'export.preview': channel(
    exportChoice.extend({
      operator: index,
      at: z.strictObject({
        run: index,
        iteration: index,
        pass: index,
        from: z.strictObject({ pixels: beat, weights: beat, sums: beat }),
      }),
    }),
  ).returns<PacketPreview | { readonly why: string }>(),
  'export.start': channel(exportChoice).returns<JobView | null>(), // null = the user closed the dialog
  'export.list': channel(z.strictObject({ network: id })).returns<readonly BundleListed[]>(),
  'export.openFolder': channel(z.strictObject({ bundle: id })).returns<null>(), // in the desktop's file manager
  'export.remove': channel(z.strictObject({ bundle: id })).returns<boolean>(), // a dialog asks whether from the list alone; false: kept

  'jobs.list': channel(nothing).returns<readonly JobView[]>(),
  'jobs.cancel': channel(z.strictObject({ job: id })).returns<null>(),
} as const;

export type Channels = typeof channels;
export type ChannelName = keyof Channels;
export type Request<C extends ChannelName> = z.infer<Channels[C]['request']>;
export type Reply<C extends ChannelName> = Channels[C]['reply'];
