// Tensors of a verified model. In: the model's accessors. Out: the IR's tensors, each checked: type, shape, constant
// length, quantization. Constants' bytes are views of the file.
import { type ElementType, type Quantization, type Tensor, ELEMENT_BYTES, elementCount } from '../../network/network';
import { type Reading, refuse, warn } from '../place';
import {
  type Model,
  type QuantizationParameters,
  type Tensor as Slot,
  QuantizationDetails,
  TensorType,
} from './schema/tflite';
import { cleanText, shortText } from '../text';

const MAX_RANK = 8; // TFLite's kernels stop at 6 (RuntimeShape) to 8 (broadcasting)
const MAX_TENSOR_BYTES = 0x7fffffff;

const TYPES: Readonly<Partial<Record<TensorType, ElementType>>> = {
  [TensorType.FLOAT32]: 'float32',
  [TensorType.FLOAT16]: 'float16',
  [TensorType.INT32]: 'int32',
  [TensorType.UINT8]: 'uint8',
  [TensorType.INT64]: 'int64',
  [TensorType.STRING]: 'string',
  [TensorType.BOOL]: 'bool',
  [TensorType.INT16]: 'int16',
  [TensorType.INT8]: 'int8',
  [TensorType.INT4]: 'int4',
};

/** Lowest and highest zero point of each type that can be quantised. */
const ZERO_POINTS: Readonly<Partial<Record<ElementType, readonly [number, number]>>> = {
  int4: [-8, 7],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  int32: [-2147483648, 2147483647],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], // biases of 16x8 layers
};

/** Tensor `index` of the only subgraph. */
export function readTensor(model: Model, slot: Slot, index: number, reading: Reading): Tensor {
  return new TensorReader(model, slot, index, reading).read();
}

class TensorReader {
  private readonly type: ElementType;

  constructor(
    private readonly model: Model,
    private readonly slot: Slot,
    private readonly index: number,
    private readonly reading: Reading,
  ) {
    this.type = TYPES[slot.type()] ?? 'other';
  }

  read(): Tensor {
    const { slot, index, type } = this;
    const shape = this.readShape();
    if (slot.externalBuffer() !== 0)
      this.refuse('tflite-external-data', 'keeps its values in another file, which is not supported');
    if (slot.sparsity())
      this.refuse(
        'tflite-sparse',
        'is stored sparse, which is not supported',
        'Convert the network without sparse storage.',
      );
    return {
      index,
      name: cleanText(slot.name()),
      type,
      shape,
      quantization: this.readQuantization(slot.quantization(), shape),
      data: this.readConstant(shape),
      isVariable: slot.isVariable(),
    };
  }

  private readShape(): number[] {
    const { slot, type } = this;
    const rank = slot.shapeLength();
    if (rank > MAX_RANK) this.refuse('tflite-rank', `has ${rank} dimensions; at most ${MAX_RANK} are supported`);
    const shape = Array.from({ length: rank }, (_, i) => slot.shape(i)!);
    const shown = `has the shape [${shape.join(', ')}]`;
    if (shape.some((dimension) => dimension < 0))
      this.refuse(
        'tflite-shape-negative',
        `${shown}, with a dimension below 0`,
        'Give the network a fixed shape and convert it again.',
      );
    const bytes = elementCount(shape) * Math.max(1, ELEMENT_BYTES[type]);
    if (bytes > MAX_TENSOR_BYTES)
      this.refuse('tflite-shape-too-large', `${shown} and would take ${bytes} bytes; less than 2 GiB is supported`);
    return shape;
  }

  /** The bytes of a constant, or null for an activation (no buffer, or an empty one: as TFLite decides). */
  private readConstant(shape: readonly number[]): Uint8Array | null {
    const number = this.slot.buffer();
    if (number === 0) return null;
    const count = this.model.buffersLength();
    const buffer = number < count ? this.model.buffers(number) : null;
    if (!buffer) this.refuse('tflite-buffer-index', `names buffer ${number}, but there are ${count}`);
    if (buffer.offset() > 1n)
      this.refuse(
        'tflite-large-buffers',
        'keeps its values behind the FlatBuffer (the form for networks over 2 GB), which is not supported',
      );
    const data = buffer.dataArray();
    if (!data || data.length === 0) return null;
    const expected = constantBytes(this.type, shape);
    if (expected !== null && data.length !== expected)
      this.refuse(
        'tflite-constant-length',
        `is ${this.type} of shape [${shape.join(', ')}] and needs ${expected} bytes, but its buffer has ${data.length}`,
      );
    return data;
  }

  private readQuantization(q: QuantizationParameters | null, shape: readonly number[]): Quantization | null {
    if (q && q.detailsType() !== QuantizationDetails.NONE)
      this.refuse(
        'tflite-quantization-form',
        'is quantised in a form (block-wise, multi-axis or custom) that is not supported',
      );
    const count = q?.scaleLength() ?? 0;
    const range = ZERO_POINTS[this.type];
    if (!q || count === 0 || !range) return null; // old converters give float tensors min and max, even a scale

    const axis = this.readAxis(q.quantizedDimension(), count, shape); // first: bounds the count
    const scale = Array.from({ length: count }, (_, i) => q.scale(i)!);
    const bad = scale.find((s) => !(Number.isFinite(s) && s > 0));
    if (bad !== undefined) this.refuse('tflite-scale', `has a scale of ${bad}; scales must be finite and above 0`);
    const zeroPoints = q.zeroPointLength();
    if (zeroPoints !== count && zeroPoints !== 0)
      this.refuse('tflite-zero-point-count', `has ${count} scales but ${zeroPoints} zero points`);
    const zeroPoint = scale.map((_, i) => (zeroPoints === 0 ? 0 : Number(q.zeroPoint(i)!)));
    const outside = zeroPoint.find((z) => z < range[0] || z > range[1]);
    if (outside !== undefined)
      this.refuse(
        'tflite-zero-point',
        `has the zero point ${outside}, outside ${range[0]} to ${range[1]} of ${this.type}`,
      );
    return { scale, zeroPoint, axis };
  }

  /** The dimension the scales go along; files of 2020 (TFLM's person_detect) give 1-D biases the axis of the weights. */
  private readAxis(axis: number, count: number, shape: readonly number[]): number {
    const valid = axis >= 0 && axis < shape.length;
    if (valid && (count === 1 || count === shape[axis])) return axis;
    if (!valid && shape.length === 1 && (count === 1 || count === shape[0])) {
      const sentence = `Tensor ${this.index} is quantised along dimension ${axis}, but has one dimension only; dimension 0 is meant.`;
      warn(this.reading, 'tflite-axis', sentence, this.place);
      return 0;
    }
    if (count === 1) return 0; // one scale has no axis
    this.refuse(
      'tflite-scale-count',
      `has the shape [${shape.join(', ')}] and ${count} scales along dimension ${axis}; there must be 1, or one per index of that dimension`,
    );
  }

  private get place() {
    return { tensor: this.index, offset: this.slot.bb_pos };
  }

  private refuse(code: string, what: string, remedy = ''): never {
    refuse(this.reading, code, `tensor ${this.index} (${shortText(this.slot.name())}) ${what}.`, this.place, remedy);
  }
}

/** Bytes in the file: int4 holds two values a byte, the first in the low half. Null where the size is not fixed. */
function constantBytes(type: ElementType, shape: readonly number[]): number | null {
  if (type === 'string' || type === 'other') return null;
  const count = elementCount(shape);
  return type === 'int4' ? Math.ceil(count / 2) : count * ELEMENT_BYTES[type];
}
