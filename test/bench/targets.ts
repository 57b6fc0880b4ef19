// The speed that the golden engine is to reach, and how far a run came. In: measured layers. Out: one verdict a target.
import type { Figures, Spent } from './contestants/contestant';
import { type BenchLayer, depthOfSum } from './contestants/layer';
import { readingBy } from './contestants/ours';
import type { Verdict } from './journal';

export interface Measured {
  readonly network: string;
  readonly layer: BenchLayer;
  readonly peak: number; // GMAC/s out of registers, the best slice of the very turns in which the layer was measured
  readonly peak2: number; // the same of two threads; 0 where the layer is too small for them
  readonly figures: ReadonlyMap<string, Figures>;
}

/** What the machine gave in this run. */
export interface Conditions {
  readonly isa: string;
  readonly onnxruntimeCall: number; // seconds
  /** Others left both cores alone, so that wall time means something. */
  readonly isQuiet: boolean;
}

interface Target {
  readonly text: string;
  readonly least: number;
  readonly applies: (m: Measured) => boolean;
  /** null where the contestant was absent. */
  readonly reached: (m: Measured) => number | null;
  /** What the machine would allow in the same moments: where that is below `least`, nobody can reach it so. */
  readonly bound?: (m: Measured) => number | null;
  readonly isJudged?: boolean;
}

const OURS = 'goldbench';
/** Multiply-accumulates above which two threads must pay. */
export const LARGE = 50e6;
const isFully = ({ layer }: Measured): boolean => layer.kind === 'fullyConnected';
const isDense = ({ layer }: Measured): boolean => layer.kind === 'dense';
const isConvSumming = (least: number) => (m: Measured) => isDense(m) && depthOfSum(m.layer) >= least;

function ratioTo(name: string, of: (spent: Spent, isOurs: boolean) => number = ({ cpu }) => cpu) {
  return ({ figures }: Measured): number | null => {
    const theirs = figures.get(name);
    return theirs ? of(theirs.minimum, false) / of(figures.get(OURS)!.minimum, true) : null;
  };
}
export const shareOfPeak = ({ layer, peak, figures }: Measured): number =>
  layer.macs / figures.get(OURS)!.minimum.cpu / 1e9 / peak;
/** Of the nearer bound: multiplying at the register peak, or reading each weight, which a layer of one pixel uses once. */
export const shareOfBound = (m: Measured): number =>
  Math.max(shareOfPeak(m), isFully(m) ? ratioTo(readingBy(1))(m)! : 0);
/** How many times onnxruntime's speed the bound is: a target beyond it can be met by multiplying less only. */
export const boundRatio = (m: Measured): number | null => {
  const times = ratioTo('onnxruntime u8s8')(m);
  return times === null ? null : times / shareOfBound(m);
};
const shareOfReading = ({ figures }: Measured): number | null => {
  const [mine, reading] = [figures.get('goldbench 2 threads'), figures.get(readingBy(2))];
  return mine && reading ? reading.minimum.wall / mine.minimum.wall : null;
};
/** What two threads bring where nothing but registers is shared: cores that others use, or a clock that falls, bring less than 2. */
export const gainOfPeak = ({ peak, peak2 }: Measured): number | null => (peak2 === 0 ? null : peak2 / peak);
const gainOfThreads = (m: Measured): number | null => {
  const slower = ratioTo('goldbench 2 threads', ({ wall }) => wall)(m);
  return slower === null ? null : 1 / slower;
};

const targetsFor = ({ isa, onnxruntimeCall, isQuiet }: Conditions): Target[] => [
  {
    text: 'convolutions of K >= 512: share of the register peak',
    least: 0.85,
    applies: isConvSumming(512),
    reached: shareOfPeak,
  },
  {
    text: 'fully connected of K >= 512: share of the bound (register peak, or reading the weights)',
    least: 0.85,
    applies: (m) => isFully(m) && depthOfSum(m.layer) >= 512,
    reached: shareOfBound,
  },
  {
    text: 'dense: times onnxruntime u8s8',
    least: 1.1,
    applies: ({ layer }) => layer.kind !== 'depthwise',
    reached: ratioTo('onnxruntime u8s8'),
    bound: boundRatio,
  },
  {
    text: 'depthwise: times onnxruntime u8s8',
    least: 2,
    applies: ({ layer }) => layer.kind === 'depthwise',
    reached: ratioTo('onnxruntime u8s8'),
  },
  {
    text: 'depthwise: times onnxruntime u8s8 without its call',
    least: 2,
    applies: ({ layer }) => layer.kind === 'depthwise',
    reached: ratioTo('onnxruntime u8s8', ({ cpu }, isOurs) => (isOurs ? cpu : cpu - onnxruntimeCall)),
  },
  {
    text: 'dense: times oneDNN',
    least: 0.9,
    applies: ({ layer }) => layer.kind !== 'depthwise',
    reached: ratioTo('oneDNN'),
  },
  {
    text: 'VGG conv3: times einsum',
    least: isa.endsWith('vnni') ? 150 : 35,
    applies: ({ network, layer }) => network === 'vgg-16' && layer.name.startsWith('conv3'),
    reached: ratioTo('einsum'),
  },
  {
    text: 'convolutions above 50 MMAC: 2 threads, times one (wall)',
    least: 1.8,
    applies: (m) => m.layer.macs > LARGE && !isFully(m),
    reached: gainOfThreads,
    bound: gainOfPeak,
    isJudged: isQuiet,
  },
  {
    text: 'fully connected above 50 MMAC: 2 threads, share of 2 threads that only read (wall)',
    least: 0.85,
    applies: (m) => m.layer.macs > LARGE && isFully(m),
    reached: shareOfReading,
    isJudged: isQuiet,
  },
];

/** One verdict for each target that any measured layer speaks to: met where every layer reaches it, not judged on a busy machine where wall time counts. */
export function judge(measured: readonly Measured[], conditions: Conditions): Verdict[] {
  return targetsFor(conditions).flatMap(({ text, least, applies, reached, bound, isJudged = true }) => {
    const values = measured.filter(applies).flatMap((m) => {
      const value = reached(m);
      return value === null ? [] : [{ value, bound: bound?.(m) ?? Infinity, name: `${m.network} ${m.layer.name}` }];
    });
    if (values.length === 0) return [];
    const worst = values.reduce((a, b) => (b.value < a.value ? b : a));
    const missing = values.filter(({ value }) => value < least);
    const beyond = missing.filter((one) => one.bound < least).length;
    const reachedText = `${values.length - missing.length} of ${values.length} layers; least ${worst.value.toPrecision(3)} (${worst.name})`;
    const boundText = beyond ? `; ${beyond} of the ${missing.length} others miss it at their bound, too` : '';
    return [
      { target: `${text} >= ${least}`, reached: reachedText + boundText, met: isJudged ? missing.length === 0 : null },
    ];
  });
}
