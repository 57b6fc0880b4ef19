// The one table from (operator, type, scheme, kernel set) to arithmetic. In: an operator of a checked network and a kernel set.
// Out: the arithmetic golden reproduces, or a sentence that says why that set cannot be reproduced here.
// Measured against TFLite itself: test/oracle. `builtin` and `xnnpack` are those of TFLite in its release of 2022 for
// WebAssembly: later ones move single operators from one arithmetic to another.
import type { Arithmetic, KernelSet } from '../network/arithmetic';
import type { ElementType, Network, Operator, OperatorKind, OperatorOf } from '../network/network';
import { type WordScheme, isWordScheme, schemeOf } from '../network/scheme';
import { delegateFault } from './delegateFaults';
import { isDelegated } from './delegation';
import { inputTensor, outputTensor, sameQuantization, shapeText } from './kernel';
import { isPlainLstm } from './lstm';
import { isOptimisedMean } from './operators/mean';
import { leavesImage } from './operators/resizeBilinear';
import { chooseSum } from './sum';

/** A set that is not reproduced names the reason. */
type Entry = Arithmetic | { readonly why: string };
/** Where it hangs on more than the type. */
type Choice = (operator: Operator, network: Network) => Entry;
/** What XNNPACK does with the operators it takes over (delegation.ts); the others run as in builtin. */
type Row = readonly [reference: Arithmetic | Choice, builtin: Entry | Choice, xnnpack: Arithmetic];
/** By the type of the operator's data; `any` where the type makes no difference. */
type Rows = Partial<Record<ElementType | 'any', Row>>;

const all = (arithmetic: Arithmetic): Rows => ({ any: [arithmetic, arithmetic, arithmetic] });
const EXACT = all('exact');
const DOUBLE = all('double');

/** TFLite's optimised CONV_2D knows no groups: its reference kernel takes those. */
const roundConvolution: Choice = (operator, network) => {
  const [x, w] = [inputTensor(operator, network, 0)!, inputTensor(operator, network, 1)!];
  return x.shape[3] === w.shape[3] ? 'single' : 'double';
};

/** The input that holds a layer's bias. */
const BIAS_SLOT: Partial<Record<string, number>> = { CONV_2D: 2, FULLY_CONNECTED: 2, TRANSPOSE_CONV: 3 };

/** Has a 16x8 layer a bias of int32? Then it sums in 32 bits, and rounds as 8-bit layers do. */
const isNarrow = (operator: Operator, network: Network): boolean =>
  inputTensor(operator, network, BIAS_SLOT[operator.name] ?? -1)?.type === 'int32';

/** 16x8 layers: XNNPACK declines them, and TFLite's optimised kernels leave 64-bit sums to the reference ones. */
const WIDE: Rows = {
  int16: [
    (operator, network) => (isNarrow(operator, network) ? 'double' : 'wide'),
    (operator, network) =>
      isNarrow(operator, network) ? { why: 'int16 activations with an int32 bias are not reproduced in it' } : 'wide',
    'wide',
  ],
};

const chooseWideSum: Choice = (operator, network) => chooseSum(operator as OperatorOf<'ADD' | 'SUB'>, network);

/** A kernel of TFLite Micro alone. */
const ONLY_MICRO = { why: 'TFLite has no such kernel; TFLite Micro, which reference reproduces, has' };

/** TFLite's QUANTIZE does not lengthen words of 8 bits (kernels/quantize.cc Prepare). */
const requantise: Choice = (operator, network) =>
  dataTypeOf(operator, network) === 'int8' && ['int16', 'int32'].includes(outputTensor(operator, network).type)
    ? ONLY_MICRO
    : 'double';

/** Of int16 and without a bias TFLite's optimised kernel keeps sums in 32 bits: 511 products of 16 by 8 bits fit. */
const roundWideRows: Choice = (operator, network) => {
  if (inputTensor(operator, network, 2)) return 'wide';
  const depth = inputTensor(operator, network, 1)!.shape[1]!;
  return depth < 512 ? 'single' : { why: `sums of ${depth} products of int16 may leave the 32 bits it keeps them in` };
};

/** TFLite adds int16 as it is (kernels/reduce.cc EvalGeneric); TFLite Micro rescales it. */
const addWide: Choice = (operator, network) =>
  sameQuantization(inputTensor(operator, network, 0)!, outputTensor(operator, network))
    ? 'exact'
    : { why: 'TFLite adds int16 only where input and output have one scale' };

/** TFLite's optimised kernel enlarges uint8 images eightfold in fixed point of its own (ResizeBilinear888Uint8). */
const blendBytes: Choice = (operator, network) => {
  const [x, y] = [inputTensor(operator, network, 0)!.shape, outputTensor(operator, network).shape];
  const eightfold = y[1] === 8 * x[1]! && y[2] === 8 * x[2]! && x[3]! % 8 === 0;
  return eightfold ? { why: 'it enlarges eightfold in a fixed point that is not reproduced' } : 'real';
};

/** Positions in 1024ths of a pixel, where they stay inside the image. */
const blendFixed: Choice = (operator, network) => {
  const [x, y] = [inputTensor(operator, network, 0)!, outputTensor(operator, network)];
  return leavesImage(operator as OperatorOf<'RESIZE_BILINEAR'>, x, y)
    ? {
        why: `it enlarges ${shapeText(x.shape)} so much that TFLite reads pixels beyond the image; smaller steps, one after the other, stay inside`,
      }
    : 'fixed';
};

const ARITHMETIC: Readonly<Record<OperatorKind, Rows>> = {
  CONV_2D: {
    ...WIDE,
    int8: ['double', roundConvolution, 'float32'],
    uint8: ['double', 'double', 'float32'],
  },
  DEPTHWISE_CONV_2D: { ...WIDE, any: ['double', 'double', 'float32'] },
  FULLY_CONNECTED: {
    int16: ['wide', roundWideRows, 'wide'],
    int8: ['double', 'single', 'float32'],
    uint8: ['double', 'double', 'float32'],
  },
  ADD: { int16: ['double', chooseWideSum, 'double'], any: ['double', 'double', 'vadd'] },
  SUB: { int16: ['double', chooseWideSum, 'double'], any: ['double', 'double', 'vadd'] },
  MUL: { any: ['double', 'double', 'float32'] },
  MAXIMUM: EXACT,
  MINIMUM: EXACT,
  RESHAPE: EXACT,
  QUANTIZE: {
    float32: ['real', 'quotient', 'float32'],
    any: ['double', requantise, 'q8'],
  },
  DEQUANTIZE: all('float'),
  SOFTMAX: { int16: ['table', 'table64', 'table64'], any: ['fixed', 'table', 'table'] },
  AVERAGE_POOL_2D: EXACT,
  MAX_POOL_2D: { any: ['exact', 'exact', 'float32'] }, // XNNPACK rounds the fused activation's limits its own way
  MEAN: { any: ['double', (o, n) => (o.kind === 'MEAN' && isOptimisedMean(o, n) ? 'folded' : 'real'), 'float32'] },
  PAD: EXACT,
  CONCATENATION: EXACT,
  RELU: DOUBLE,
  RELU6: DOUBLE,
  RELU_N1_TO_1: DOUBLE,
  LEAKY_RELU: { any: ['double', 'double', 'q8'] },
  PRELU: DOUBLE,
  LOGISTIC: { int16: ['table', 'fixed', 'fixed'], any: ['table', 'table', 'tableEven'] },
  TANH: { ...all('table'), int16: ['table', 'fixed', 'fixed'] },
  HARD_SWISH: all('fixed'),
  ABS: DOUBLE,
  NEG: EXACT,
  SPACE_TO_DEPTH: EXACT,
  DEPTH_TO_SPACE: EXACT,
  SPACE_TO_BATCH_ND: EXACT,
  BATCH_TO_SPACE_ND: EXACT,
  TRANSPOSE: EXACT,
  SQUEEZE: EXACT,
  EXPAND_DIMS: EXACT,
  SHAPE: EXACT,
  SPLIT: EXACT,
  SPLIT_V: EXACT,
  SLICE: EXACT,
  STRIDED_SLICE: EXACT,
  PACK: EXACT,
  UNPACK: EXACT,
  PADV2: EXACT,
  MIRROR_PAD: EXACT,
  GATHER: EXACT,
  ARG_MAX: EXACT,
  ARG_MIN: EXACT,
  RESIZE_BILINEAR: {
    uint8: ['float', blendBytes, 'q11'],
    any: [blendFixed, blendFixed, 'q11'],
  },
  RESIZE_NEAREST_NEIGHBOR: EXACT,
  CAST: EXACT,
  SUM: { int32: ['exact', 'exact', 'exact'], int16: ['double', addWide, 'exact'], any: ['double', 'real', 'real'] },
  REDUCE_MAX: EXACT,
  TRANSPOSE_CONV: { ...WIDE, any: ['double', 'double', 'float32'] },
  BATCH_MATMUL: { ...WIDE, any: ['double', 'single', 'single'] },
  SVDF: DOUBLE,
  // TFLite Micro's gates read interpolated tables, TFLite's are gemmlowp's functions of 16 bits. TFLite Micro has the plain form only.
  UNIDIRECTIONAL_SEQUENCE_LSTM: {
    int8: [(operator) => (isPlainLstm(operator) ? 'table' : 'fixed'), 'fixed', 'fixed'],
    int16: ['table', ONLY_MICRO, 'table'],
  },
  DIV: DOUBLE,
  ELU: { any: ['table', 'table', 'tableEven'] },
  SQRT: all('float'),
  RSQRT: DOUBLE,
  L2_NORMALIZATION: DOUBLE,
  GATHER_ND: EXACT,
  TFLite_Detection_PostProcess: all('float'),
};

const REQUANTISED = { shift: 'pow2', kraken: 'float16' } as const;
const BY_FUNCTION = { shift: 'rounded', kraken: 'rounded' } as const;

/**
 * In a scheme of words all kernel sets compute alike. What ARITHMETIC calls exact (moved, compared) is so here, too; kinds
 * that are in neither are refused.
 */
const IN_WORDS: Partial<Record<OperatorKind, Readonly<Record<WordScheme['kind'], Arithmetic>>>> = {
  CONV_2D: REQUANTISED,
  DEPTHWISE_CONV_2D: REQUANTISED,
  FULLY_CONNECTED: REQUANTISED,
  TRANSPOSE_CONV: REQUANTISED,
  BATCH_MATMUL: REQUANTISED,
  ADD: REQUANTISED,
  SUB: REQUANTISED,
  MUL: REQUANTISED,
  DIV: { shift: 'rounded', kraken: 'float16' },
  PRELU: REQUANTISED,
  RELU: REQUANTISED,
  RELU6: REQUANTISED,
  RELU_N1_TO_1: REQUANTISED,
  LEAKY_RELU: REQUANTISED,
  NEG: REQUANTISED,
  ABS: REQUANTISED,
  QUANTIZE: REQUANTISED,
  DEQUANTIZE: { shift: 'float', kraken: 'float' },
  AVERAGE_POOL_2D: BY_FUNCTION,
  MAX_POOL_2D: { shift: 'exact', kraken: 'exact' },
  MEAN: REQUANTISED,
  SUM: REQUANTISED,
  LOGISTIC: BY_FUNCTION,
  TANH: BY_FUNCTION,
  ELU: BY_FUNCTION,
  HARD_SWISH: BY_FUNCTION,
  SQRT: BY_FUNCTION,
  RSQRT: BY_FUNCTION,
  SOFTMAX: BY_FUNCTION,
  L2_NORMALIZATION: BY_FUNCTION,
  RESIZE_BILINEAR: BY_FUNCTION,
};

/** The scheme whose words the operator computes with; null where it holds TFLite's integers, real numbers or indices. */
export function schemeOfWords(operator: Operator, network: Network): WordScheme | null {
  const scheme = schemeOf(operator, network);
  if (!isWordScheme(scheme)) return null;
  const isWords = operator.kind === 'QUANTIZE' || ['int8', 'uint8', 'int16'].includes(dataTypeOf(operator, network));
  return isWords ? scheme : null;
}

function arithmeticOfWords(operator: Operator & { kind: OperatorKind }, network: Network, scheme: WordScheme): Entry {
  const { kind } = operator;
  if (kind === 'QUANTIZE' && dataTypeOf(operator, network) === 'float32') return 'rounded';
  const entry = IN_WORDS[kind]?.[scheme.kind] ?? (ARITHMETIC[kind] === EXACT ? 'exact' : null);
  return (
    entry ?? {
      why: `the scheme ${scheme.kind} does not say how it is computed; keep it in real numbers, or give it the scheme int8`,
    }
  );
}

/** Plain numbers need no table: what is computed of reals is 'float', what is computed of unquantised integers is exact. */
const COMPUTED: ReadonlySet<OperatorKind> = new Set<OperatorKind>([
  'CONV_2D',
  'DEPTHWISE_CONV_2D',
  'FULLY_CONNECTED',
  'TRANSPOSE_CONV',
  'BATCH_MATMUL',
  'ADD',
  'SUB',
  'MUL',
  'DIV',
  'AVERAGE_POOL_2D',
  'MEAN',
  'SUM',
  'SOFTMAX',
  'L2_NORMALIZATION',
  'LOGISTIC',
  'TANH',
  'LEAKY_RELU',
  'PRELU',
  'ELU',
  'HARD_SWISH',
  'SQRT',
  'RSQRT',
  'SVDF',
  'UNIDIRECTIONAL_SEQUENCE_LSTM',
  'RESIZE_BILINEAR',
  'TFLite_Detection_PostProcess',
]);

function arithmeticOfPlain(kind: OperatorKind, type: ElementType): Arithmetic | null {
  if (type === 'float32') return COMPUTED.has(kind) ? 'float' : kind === 'QUANTIZE' ? null : 'exact';
  return COMPUTED.has(kind) && (type === 'int32' || type === 'int64') ? 'exact' : null;
}

/** The input that holds an operator's data. */
const DATA_SLOT: Partial<Record<OperatorKind, number>> = { TRANSPOSE_CONV: 2, SPLIT: 1 };

export function dataTypeOf(operator: Operator, network: Network): ElementType {
  const slot = operator.kind === 'OTHER' ? 0 : (DATA_SLOT[operator.kind] ?? 0);
  return network.tensors[operator.inputs[slot] ?? -1]?.type ?? 'other';
}

/** For operators whose kernel supports them. */
export function arithmeticOf(operator: Operator & { kind: OperatorKind }, network: Network, set: KernelSet): Entry {
  const scheme = schemeOfWords(operator, network);
  if (scheme) return arithmeticOfWords(operator, network, scheme);
  const rows = ARITHMETIC[operator.kind];
  const type = dataTypeOf(operator, network);
  const plain = arithmeticOfPlain(operator.kind, type);
  const row: Row | undefined = plain ? [plain, plain, plain] : (rows[type] ?? rows.any);
  if (!row) return { why: `${type} data is not supported` };
  const [reference, builtin, xnnpack] = row;
  const chosen = (entry: Entry | Choice): Entry => (typeof entry === 'function' ? entry(operator, network) : entry);
  if (set === 'reference') return chosen(reference);
  if (set === 'builtin' || !isDelegated(operator, network)) return chosen(builtin);
  const why = delegateFault(operator, network);
  return why ? { why } : xnnpack;
}
