// A network of one operator, made without a file, for tests. In: kind, input tensors with values, output tensor, options.
// Out: the network and its inputs, or straight the result of running it.
import type {
  ElementType,
  Network,
  Operator,
  OperatorKind,
  OptionsOf,
  Quantization,
  Tensor,
} from '../../main/network/network';
import { type OperatorResult, runOperators } from '../../main/golden/run';
import { type Support } from '../../main/network/view';
import { supportOf } from '../../main/golden/support';
import { type TypedArray, bytesOf } from '../../main/tensor/tensor';

export interface Slot {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly quantization?: Quantization;
  readonly data?: TypedArray;
  readonly constant?: true;
  readonly bits?: number;
}

export const q = (scale: number, zeroPoint = 0): Quantization => ({
  scale: [Math.fround(scale)],
  zeroPoint: [zeroPoint],
  axis: 0,
});
export const perChannel = (scale: readonly number[], axis: number): Quantization => ({
  scale: scale.map(Math.fround),
  zeroPoint: scale.map(() => 0),
  axis,
});
export const slot = (
  type: ElementType,
  shape: readonly number[],
  quantization: Quantization | undefined,
  data: TypedArray,
): Slot => ({ type, shape, data, ...(quantization && { quantization }) });
export const constant = (
  type: ElementType,
  shape: readonly number[],
  quantization: Quantization | undefined,
  data: TypedArray,
): Slot => ({ ...slot(type, shape, quantization, data), constant: true });

export function oneOperator<K extends OperatorKind>(
  kind: K,
  inputs: readonly Slot[],
  output: Slot | readonly Slot[],
  options: OptionsOf[K],
) {
  const outputs = [output].flat() as Slot[];
  const slots = [...inputs, ...outputs];
  const tensors = slots.map<Tensor>(({ type, shape, quantization, data, constant: fixed, bits }, index) => ({
    index,
    name: `t${index}`,
    type,
    shape,
    quantization: quantization ?? null,
    data: fixed && data ? bytesOf(data) : null,
    isVariable: false,
    ...(bits !== undefined && { bits }),
  }));
  const operator = {
    index: 0,
    kind,
    name: kind,
    version: 1,
    inputs: inputs.map((_, i) => i),
    outputs: outputs.map((_, i) => inputs.length + i),
    fileOffset: 0,
    options,
  } as unknown as Operator;
  const given = new Map(inputs.flatMap((s, i) => (s.constant || !s.data ? [] : [[i, s.data] as const])));
  const network: Network = {
    name: 'one',
    format: 'tflite',
    converted: null,
    description: '',
    sha256: '',
    fileBytes: 0,
    tensors,
    operators: [operator],
    inputs: [...given.keys()],
    outputs: operator.outputs,
  };
  return { network, operator, inputs: given };
}

export function run<K extends OperatorKind>(
  kind: K,
  inputs: readonly Slot[],
  output: Slot | readonly Slot[],
  options: OptionsOf[K],
): OperatorResult {
  const one = oneOperator(kind, inputs, output, options);
  return [...runOperators(one.network, 'reference', one.inputs)][0]!;
}

/** The values of all outputs as plain numbers. */
export const outputsOf = <K extends OperatorKind>(...one: Parameters<typeof run<K>>): number[][] =>
  run(...one).outputs.map(({ data }) => Array.from(data, Number));

/** The first output's values as plain numbers. */
export const outputOf = <K extends OperatorKind>(
  kind: K,
  inputs: readonly Slot[],
  output: Slot | readonly Slot[],
  options: OptionsOf[K],
): number[] => Array.from(run(kind, inputs, output, options).outputs[0]!.data, Number);

export function support<K extends OperatorKind>(
  kind: K,
  inputs: readonly Slot[],
  output: Slot | readonly Slot[],
  options: OptionsOf[K],
): Support {
  const one = oneOperator(kind, inputs, output, options);
  return supportOf(one.operator, one.network, 'reference');
}
