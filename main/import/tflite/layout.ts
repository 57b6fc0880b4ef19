// What the bounds pass knows of the file format: for every table, its fields in order and what each one holds.
// In: nothing. Out: MODEL, the root of the description. It mirrors resources/schema/tflite.fbs; a test compares the two.
import { BuiltinOptions } from './schema/tflite';

/** What a field holds. Widths are bytes; an offset field always takes 4. */
export type FieldKind =
  | { readonly kind: 'scalar'; readonly width: 1 | 4 | 8 }
  | { readonly kind: 'vector'; readonly width: 1 | 4 | 8 }
  | { readonly kind: 'string' }
  | { readonly kind: 'table'; readonly table: TableLayout }
  | { readonly kind: 'tables'; readonly table: TableLayout }
  /** Its type is the one-byte field just before; members not listed are opaque tables. */
  | { readonly kind: 'union'; readonly members: Readonly<Record<number, TableLayout>> };

/** Field id = position. */
export type TableLayout = readonly (readonly [name: string, field: FieldKind])[];

export const byte: FieldKind = { kind: 'scalar', width: 1 };
export const int: FieldKind = { kind: 'scalar', width: 4 };
const long: FieldKind = { kind: 'scalar', width: 8 };
const bytes: FieldKind = { kind: 'vector', width: 1 };
const ints: FieldKind = { kind: 'vector', width: 4 };
export const floats = ints; // as wide
export const offsets = ints; // of what nobody reads
const longs: FieldKind = { kind: 'vector', width: 8 };
export const string: FieldKind = { kind: 'string' };
export const one = (table: TableLayout): FieldKind => ({ kind: 'table', table });
export const many = (table: TableLayout): FieldKind => ({ kind: 'tables', table });
export const union = (members: Readonly<Record<number, TableLayout>>): FieldKind => ({ kind: 'union', members });

const O = BuiltinOptions;
/** Options whose fields the reader (or a later room) reads; the others have no fields. */
export const OPTIONS: Readonly<Record<number, TableLayout>> = {
  [O.Conv2DOptions]: [
    ['padding', byte],
    ['stride_w', int],
    ['stride_h', int],
    ['fused_activation_function', byte],
    ['dilation_w_factor', int],
    ['dilation_h_factor', int],
    ['quantized_bias_type', byte],
  ],
  [O.DepthwiseConv2DOptions]: [
    ['padding', byte],
    ['stride_w', int],
    ['stride_h', int],
    ['depth_multiplier', int],
    ['fused_activation_function', byte],
    ['dilation_w_factor', int],
    ['dilation_h_factor', int],
  ],
  [O.Pool2DOptions]: [
    ['padding', byte],
    ['stride_w', int],
    ['stride_h', int],
    ['filter_width', int],
    ['filter_height', int],
    ['fused_activation_function', byte],
  ],
  [O.FullyConnectedOptions]: [
    ['fused_activation_function', byte],
    ['weights_format', byte],
    ['keep_num_dims', byte],
    ['asymmetric_quantize_inputs', byte],
    ['quantized_bias_type', byte],
  ],
  [O.TransposeConvOptions]: [
    ['padding', byte],
    ['stride_w', int],
    ['stride_h', int],
    ['fused_activation_function', byte],
    ['quantized_bias_type', byte],
  ],
  [O.SVDFOptions]: [
    ['rank', int],
    ['fused_activation_function', byte],
    ['asymmetric_quantize_inputs', byte],
  ],
  [O.UnidirectionalSequenceLSTMOptions]: [
    ['fused_activation_function', byte],
    ['cell_clip', int],
    ['proj_clip', int],
    ['time_major', byte],
    ['asymmetric_quantize_inputs', byte],
    ['diagonal_recurrent_tensors', byte],
  ],
  [O.BatchMatMulOptions]: [
    ['adj_x', byte],
    ['adj_y', byte],
    ['asymmetric_quantize_inputs', byte],
  ],
  [O.AddOptions]: [
    ['fused_activation_function', byte],
    ['pot_scale_int16', byte],
  ],
  [O.SubOptions]: [
    ['fused_activation_function', byte],
    ['pot_scale_int16', byte],
  ],
  [O.MulOptions]: [['fused_activation_function', byte]],
  [O.DivOptions]: [['fused_activation_function', byte]],
  [O.L2NormOptions]: [['fused_activation_function', byte]],
  [O.LeakyReluOptions]: [['alpha', int]],
  [O.SoftmaxOptions]: [['beta', int]],
  [O.ConcatenationOptions]: [
    ['axis', int],
    ['fused_activation_function', byte],
  ],
  [O.ReshapeOptions]: [['new_shape', ints]],
  [O.SqueezeOptions]: [['squeeze_dims', ints]],
  [O.ReducerOptions]: [['keep_dims', byte]],
  [O.SpaceToDepthOptions]: [['block_size', int]],
  [O.DepthToSpaceOptions]: [['block_size', int]],
  [O.ResizeBilinearOptions]: [
    ['new_height', int],
    ['new_width', int],
    ['align_corners', byte],
    ['half_pixel_centers', byte],
  ],
  [O.ResizeNearestNeighborOptions]: [
    ['align_corners', byte],
    ['half_pixel_centers', byte],
  ],
  [O.StridedSliceOptions]: [
    ['begin_mask', int],
    ['end_mask', int],
    ['ellipsis_mask', int],
    ['new_axis_mask', int],
    ['shrink_axis_mask', int],
    ['offset', byte],
  ],
  [O.GatherOptions]: [
    ['axis', int],
    ['batch_dims', int],
  ],
  [O.SplitOptions]: [['num_splits', int]],
  [O.SplitVOptions]: [['num_splits', int]],
  [O.PackOptions]: [
    ['values_count', int],
    ['axis', int],
  ],
  [O.UnpackOptions]: [
    ['num', int],
    ['axis', int],
  ],
  [O.CastOptions]: [
    ['in_data_type', byte],
    ['out_data_type', byte],
  ],
  [O.ArgMaxOptions]: [['output_type', byte]],
  [O.ArgMinOptions]: [['output_type', byte]],
  [O.ShapeOptions]: [['out_type', byte]],
  [O.MirrorPadOptions]: [['mode', byte]],
};

const QUANTIZATION: TableLayout = [
  ['min', ints],
  ['max', ints],
  ['scale', ints],
  ['zero_point', longs],
  ['details_type', byte],
  ['details', union({ 1: [['custom', bytes]] })],
  ['quantized_dimension', int],
];

const TENSOR: TableLayout = [
  ['shape', ints],
  ['type', byte],
  ['buffer', int],
  ['name', string],
  ['quantization', one(QUANTIZATION)],
  ['is_variable', byte],
  [
    'sparsity',
    one([
      ['traversal_order', ints],
      ['block_map', ints],
    ]),
  ],
  ['shape_signature', ints],
  ['has_rank', byte],
  [
    'variant_tensors',
    many([
      ['shape', ints],
      ['type', byte],
      ['has_rank', byte],
    ]),
  ],
  ['external_buffer', int],
];

const OPERATOR: TableLayout = [
  ['opcode_index', int],
  ['inputs', ints],
  ['outputs', ints],
  ['builtin_options_type', byte],
  ['builtin_options', union(OPTIONS)],
  ['custom_options', bytes],
  ['custom_options_format', byte],
  ['mutating_variable_inputs', bytes],
  ['intermediates', ints],
];

const OPERATOR_CODE: TableLayout = [
  ['deprecated_builtin_code', byte],
  ['custom_code', string],
  ['version', int],
  ['builtin_code', int],
];

const SUBGRAPH: TableLayout = [
  ['tensors', many(TENSOR)],
  ['inputs', ints],
  ['outputs', ints],
  ['operators', many(OPERATOR)],
  ['name', string],
];

const TENSOR_MAP: TableLayout = [
  ['name', string],
  ['tensor_index', int],
];
const SIGNATURE: TableLayout = [
  ['inputs', many(TENSOR_MAP)],
  ['outputs', many(TENSOR_MAP)],
  ['signature_key', string],
  ['deprecated_tag', string],
  ['subgraph_index', int],
];

export const MODEL: TableLayout = [
  ['version', int],
  ['operator_codes', many(OPERATOR_CODE)],
  ['subgraphs', many(SUBGRAPH)],
  ['description', string],
  [
    'buffers',
    many([
      ['data', bytes],
      ['offset', long],
      ['size', long],
    ]),
  ],
  ['metadata_buffer', ints],
  [
    'metadata',
    many([
      ['name', string],
      ['buffer', int],
    ]),
  ],
  ['signature_defs', many(SIGNATURE)],
];
