// The one table from (operator, type, kernel set) to arithmetic. In: an operator of a checked network and a kernel set.
// Out: the arithmetic golden reproduces, or a sentence that says why that set cannot be reproduced here.
// Measured against TFLite itself: test/oracle.
import type { Arithmetic, KernelSet } from '../network/arithmetic';
import type { ElementType, Network, Operator, OperatorKind } from '../network/network';

/** A set that is not reproduced names the reason. */
type Entry = Arithmetic | { readonly why: string };
type Row = readonly [reference: Entry, builtin: Entry, xnnpack: Entry];
/** By the type of the operator's data; `any` where the type makes no difference. A bias of int32 narrows an int16 layer. */
type Rows = Partial<Record<ElementType | 'int16 with int32 bias' | 'any', Row>>;

const all = (arithmetic: Arithmetic): Rows => ({ any: [arithmetic, arithmetic, arithmetic] });
const EXACT = all('exact');
const only = (arithmetic: Arithmetic): Rows => {
  const missing = { why: 'this kernel set is not reproduced for it; reference is' };
  return { any: [arithmetic, missing, missing] };
};

/** 16x8 layers: XNNPACK declines them, and TFLite's optimised kernels fall back to the reference ones for 64-bit sums. */
const WIDE: Rows = { int16: ['wide', 'wide', 'wide'] };

const ARITHMETIC: Readonly<Record<OperatorKind, Rows>> = {
  CONV_2D: {
    ...WIDE,
    int8: ['double', 'single', 'float32'],
    uint8: ['double', 'double', 'float32'],
  },
  DEPTHWISE_CONV_2D: { ...WIDE, any: ['double', 'double', 'float32'] },
  FULLY_CONNECTED: {
    ...WIDE,
    int8: ['double', 'single', 'float32'],
    uint8: ['double', 'double', 'float32'],
  },
  ADD: only('double'),
  SUB: only('double'),
  MUL: only('double'),
  MAXIMUM: EXACT,
  MINIMUM: EXACT,
  RESHAPE: EXACT,
  QUANTIZE: only('double'),
  DEQUANTIZE: all('float'),
  SOFTMAX: { ...only('fixed'), int16: ['table', 'table', 'table'] },
  AVERAGE_POOL_2D: EXACT,
  MAX_POOL_2D: EXACT,
  MEAN: only('double'),
  PAD: EXACT,
  CONCATENATION: EXACT,
  RELU: only('double'),
  RELU6: only('double'),
  RELU_N1_TO_1: only('double'),
  LEAKY_RELU: only('double'),
  PRELU: only('double'),
  LOGISTIC: { ...all('table'), int16: ['table', 'fixed', 'fixed'] },
  TANH: { ...all('table'), int16: ['table', 'fixed', 'fixed'] },
  HARD_SWISH: only('fixed'),
  ABS: only('double'),
  NEG: only('exact'),
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
  RESIZE_BILINEAR: only('fixed'),
  RESIZE_NEAREST_NEIGHBOR: EXACT,
  CAST: EXACT,
  SUM: only('double'),
  REDUCE_MAX: EXACT,
  TRANSPOSE_CONV: { ...only('double'), ...WIDE },
  BATCH_MATMUL: { ...only('double'), ...WIDE },
};

const COLUMN: Readonly<Record<KernelSet, 0 | 1 | 2>> = { reference: 0, builtin: 1, xnnpack: 2 };

/** The input that holds an operator's data. */
const DATA_SLOT: Partial<Record<OperatorKind, number>> = { TRANSPOSE_CONV: 2, SPLIT: 1 };

export function dataTypeOf(operator: Operator, network: Network): ElementType {
  const slot = operator.kind === 'OTHER' ? 0 : (DATA_SLOT[operator.kind] ?? 0);
  return network.tensors[operator.inputs[slot] ?? -1]?.type ?? 'other';
}

/** The input that holds a layer's bias. */
const BIAS_SLOT: Partial<Record<OperatorKind, number>> = { CONV_2D: 2, FULLY_CONNECTED: 2, TRANSPOSE_CONV: 3 };

const narrowedByBias = (operator: Operator & { kind: OperatorKind }, network: Network, type: ElementType): boolean =>
  type === 'int16' && network.tensors[operator.inputs[BIAS_SLOT[operator.kind] ?? -1] ?? -1]?.type === 'int32';

export function arithmeticOf(operator: Operator & { kind: OperatorKind }, network: Network, set: KernelSet): Entry {
  const rows = ARITHMETIC[operator.kind];
  const type = dataTypeOf(operator, network);
  const row = (narrowedByBias(operator, network, type) && rows['int16 with int32 bias']) || (rows[type] ?? rows.any);
  return row ? row[COLUMN[set]] : { why: `${type} data is not supported` };
}
