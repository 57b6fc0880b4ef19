// What CONV_2D and DEPTHWISE_CONV_2D share: their windows and what they accept.
// Sources: kernels/conv.cc Prepare, kernels/depthwise_conv.cc Prepare.
import { type ConvOptions, type Network, type OperatorOf, type Tensor, elementCount } from '../network/network';
import { refuseActivation } from './activation';
import {
  firstComplaint,
  needBias,
  needPerTensor,
  needRank,
  needRealLayer,
  needSameType,
  needShape,
  needType,
  needWeightType,
  needWeights,
} from './checks';
import { inputTensor, outputTensor } from './kernel';
import { type Window, placeWindow } from './padding';
import { biasTypes, needWideLayer } from './wide';

/** x [N, H, W, I]; w [..., KH, KW, ...] with its taps in dimensions 1 and 2. */
export const convolutionWindows = (
  o: ConvOptions,
  x: readonly number[],
  w: readonly number[],
): [rows: Window, columns: Window] => [
  placeWindow(x[1]!, w[1]!, o.strideH, o.dilationH, o.padding),
  placeWindow(x[2]!, w[2]!, o.strideW, o.dilationW, o.padding),
];

/**
 * Why not, or null. `channelAxis`: the dimension of w that counts output channels; `fit`: whether x and w go together;
 * `needReal`: what is asked of float32 activations in place of float32 everywhere.
 */
export function supportsConvolution(
  operator: OperatorOf<'CONV_2D'> | OperatorOf<'DEPTHWISE_CONV_2D'>,
  network: Network,
  channelAxis: 0 | 3,
  fit: (x: Tensor, w: Tensor) => string | null,
  needReal?: () => string | null,
): string | null {
  const { name, options } = operator;
  const x = inputTensor(operator, network, 0)!;
  const w = inputTensor(operator, network, 1)!;
  const y = outputTensor(operator, network);
  const channels = w.shape[channelAxis]!;
  const bias = inputTensor(operator, network, 2);
  const values =
    x.type === 'float32'
      ? [needReal ?? (() => needRealLayer(name, x, w, bias, y, channels))]
      : [
          () => needType(name, x, ['int8', 'uint8', 'int16', 'float32']),
          () => needWeightType(name, x, w, true),
          () => needSameType(name, x, y),
          () => needPerTensor(name, x, y) ?? (x.type === 'uint8' ? needPerTensor(name, w) : null),
          () => needWeights(name, w, channels, channelAxis, x.type !== 'uint8'),
          () => needBias(name, bias, channels, biasTypes(x, operator.kind === 'CONV_2D')),
          () => needWideLayer(operator, network, 2, elementCount(w.shape) / channels),
        ];
  return firstComplaint(
    () => needRank(name, x, 4) ?? needRank(name, w, 4) ?? needRank(name, y, 4),
    ...values,
    () => refuseActivation(name, options.activation),
    () => fit(x, w),
    () => {
      const [rows, columns] = convolutionWindows(options, x.shape, w.shape);
      return needShape(name, y, [x.shape[0]!, rows.output, columns.output, channels]);
    },
  );
}
