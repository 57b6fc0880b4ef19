// The one table from ONNX's operators to their recipes. Adding one: a function in operators/ and a row here.
// In: nothing. Out: recipes by op_type, and the words for what is supported.
import * as one from './operators/elementwise';
import * as layers from './operators/layers';
import * as moving from './operators/moving';
import * as pools from './operators/pools';
import * as resizing from './operators/resizing';
import type { Recipe } from './step';

export const RECIPES: Readonly<Record<string, Recipe>> = {
  Conv: layers.conv,
  ConvTranspose: layers.convTranspose,
  Gemm: layers.gemm,
  MatMul: layers.matMul,
  BatchNormalization: layers.batchNormalization,
  MaxPool: pools.maxPool,
  AveragePool: pools.averagePool,
  GlobalAveragePool: pools.globalAveragePool,
  GlobalMaxPool: pools.globalMaxPool,
  ReduceMean: pools.reduceMean,
  Relu: one.plain('RELU'),
  Sigmoid: one.plain('LOGISTIC'),
  Tanh: one.plain('TANH'),
  HardSwish: one.plain('HARD_SWISH'),
  Elu: one.plain('ELU'),
  Abs: one.plain('ABS'),
  Neg: one.plain('NEG'),
  Sqrt: one.plain('SQRT'),
  LeakyRelu: one.leakyRelu,
  PRelu: one.prelu,
  Clip: one.clip,
  HardSigmoid: one.hardSigmoid,
  Softmax: one.softmax,
  Add: one.pair('ADD'),
  Sub: one.pair('SUB'),
  Mul: one.pair('MUL'),
  Div: one.pair('DIV'),
  Pow: one.pow,
  Sum: one.several('ADD'),
  Max: one.several('MAXIMUM'),
  Min: one.several('MINIMUM'),
  Concat: moving.concat,
  Split: moving.split,
  Slice: moving.slice,
  Gather: moving.gather,
  Pad: moving.pad,
  Flatten: moving.flatten,
  Reshape: moving.reshape,
  Squeeze: moving.squeeze,
  Unsqueeze: moving.unsqueeze,
  Transpose: moving.transpose,
  Identity: moving.identity,
  Dropout: moving.identity,
  Resize: resizing.resize,
  Upsample: resizing.resize,
  SpaceToDepth: resizing.spaceToDepth,
  DepthToSpace: resizing.depthToSpace,
};

/** Nodes that are constants wherever they are supported. */
const FOLDED = ['Constant', 'Shape', 'ConstantOfShape', 'Range', 'Expand', 'Cast'];

export const SUPPORTED: readonly string[] = [...Object.keys(RECIPES), ...FOLDED].sort();
