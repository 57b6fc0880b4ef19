// The layers: operators of weights, whose slots and axes every stage of this room needs. In: an operator. Out: its place here.
import { type Operator, type OperatorOf, elementCount } from '../network/network';

export type LayerKind = 'CONV_2D' | 'DEPTHWISE_CONV_2D' | 'FULLY_CONNECTED' | 'TRANSPOSE_CONV';
export type Layer = OperatorOf<LayerKind>;

export interface LayerSlots {
  readonly x: number; // inputs of the operator
  readonly w: number;
  readonly bias: number;
  readonly axis: number; // dimension of the weights that counts output channels
}

/** OHWI, 1HWO and [O, K]: see network.ts. */
export const LAYERS: Readonly<Record<LayerKind, LayerSlots>> = {
  CONV_2D: { x: 0, w: 1, bias: 2, axis: 0 },
  DEPTHWISE_CONV_2D: { x: 0, w: 1, bias: 2, axis: 3 },
  FULLY_CONNECTED: { x: 0, w: 1, bias: 2, axis: 0 },
  TRANSPOSE_CONV: { x: 2, w: 1, bias: 3, axis: 0 },
};

export const isLayer = (operator: Operator): operator is Layer => Object.hasOwn(LAYERS, operator.kind);

/** For every element of a tensor of `shape`, row-major: its index along `axis`. */
export function channelsOf(shape: readonly number[], axis: number): Int32Array {
  const channels = new Int32Array(elementCount(shape));
  const inner = elementCount(shape.slice(axis + 1));
  for (let i = 0, channel = 0; i < channels.length; channel = (channel + 1) % shape[axis]!)
    for (const end = i + inner; i < end; i++) channels[i] = channel;
  return channels;
}
