// Networks that look real, made on the fly for the renderer's tests: a small classifier, a MobileNet v1, a long chain
// with branches of any size, and one with a tensor of ten million elements. In: parameters. Out: NetworkView.
import { forEverySet } from '../../main/network/arithmetic';
import type { NetworkView, OperatorView, TensorView } from '../../main/network/view';
import { ELEMENT_BYTES, type ElementType, elementCount } from '../../main/network/network';

class Builder {
  readonly tensors: TensorView[] = [];
  readonly operators: OperatorView[] = [];
  #offset = 1024;

  tensor(name: string, type: ElementType, shape: number[], constant = false, scales = 1): number {
    const index = this.tensors.length;
    const bytes = elementCount(shape) * ELEMENT_BYTES[type];
    const scale = Array.from({ length: scales }, (_, c) => 0.0235 / (1 + (c % 7)));
    const zeroPoint = scale.map(() => (constant || type !== 'int8' ? 0 : -128));
    const axis = name.includes('depthwise') ? 3 : 0;
    this.tensors.push({
      index,
      name,
      type,
      shape,
      quantization: { scale, zeroPoint, axis },
      isVariable: false,
      bytes,
      constant: constant ? { offset: this.#offset, length: bytes, isConverted: false } : null,
    });
    if (constant) this.#offset += bytes;
    return index;
  }
  operator(
    name: string,
    inputs: number[],
    output: number,
    macs = 0,
    options: Record<string, unknown> = {},
    why = '',
  ): number {
    const parameters = inputs.reduce(
      (sum, i) => sum + (this.tensors[i]?.constant ? elementCount(this.tensors[i].shape) : 0),
      0,
    );
    this.operators.push({
      index: this.operators.length,
      name,
      version: 3,
      inputs,
      outputs: [output],
      options,
      fileOffset: 100 * this.operators.length,
      macs,
      parameters,
      support: forEverySet(() => (why ? { ok: false, why } : { ok: true, arithmetic: 'double' })),
    });
    return output;
  }
  conv(name: string, input: number, k: number, stride: number, out: number, depthwise = false): number {
    const [, h = 1, w = 1, c = 1] = this.tensors[input]!.shape;
    const [oh, ow, oc] = [Math.ceil(h / stride), Math.ceil(w / stride), depthwise ? c : out];
    const weights = this.tensor(
      `${name}/${depthwise ? 'depthwise_' : ''}weights`,
      'int8',
      depthwise ? [1, k, k, c] : [out, k, k, c],
      true,
      oc,
    );
    const bias = this.tensor(`${name}/bias`, 'int32', [oc], true, oc);
    const output = this.tensor(`${name}/Relu6`, 'int8', [1, oh, ow, oc]);
    return this.operator(
      depthwise ? 'DEPTHWISE_CONV_2D' : 'CONV_2D',
      [input, weights, bias],
      output,
      oh * ow * oc * k * k * (depthwise ? 1 : c),
      {
        padding: 'same',
        strideH: stride,
        strideW: stride,
        dilationH: 1,
        dilationW: 1,
        activation: 'relu6',
        ...(depthwise ? { depthMultiplier: 1 } : {}),
      },
    );
  }
  finish(name: string, inputs: number[], outputs: number[]): NetworkView {
    const sum = (pick: (o: OperatorView) => number): number => this.operators.reduce((total, o) => total + pick(o), 0);
    return {
      name,
      format: 'tflite',
      converted: null,
      describedBy: 'goldbench 0.1.0 fake',
      description: 'made for tests',
      sha256: [...name]
        .map((c) => c.charCodeAt(0).toString(16))
        .join('')
        .padEnd(64, '0')
        .slice(0, 64),
      fileBytes: this.#offset,
      tensors: this.tensors,
      operators: this.operators,
      inputs,
      outputs,
      problems:
        name === 'mobilenet_v1_0.25_128'
          ? [
              {
                severity: 'note',
                code: 'unused-tensor',
                sentence: 'Tensor 3 is not read by any operator.',
                place: { tensor: 3, offset: 9120 },
              },
            ]
          : [],
      totals: {
        macs: sum((o) => o.macs),
        parameters: sum((o) => o.parameters),
        unsupported: forEverySet((set) => sum((o) => (o.support[set].ok ? 0 : 1))),
      },
    };
  }
}

export function digits(): NetworkView {
  const b = new Builder();
  const input = b.tensor('serving_default_image:0', 'int8', [1, 28, 28, 1]);
  let x = b.conv('conv2d', input, 3, 1, 8);
  x = b.operator('MAX_POOL_2D', [x], b.tensor('max_pooling2d', 'int8', [1, 14, 14, 8]), 0, {
    filterH: 2,
    filterW: 2,
    strideH: 2,
    strideW: 2,
    padding: 'valid',
    activation: 'none',
  });
  x = b.conv('conv2d_1', x, 3, 1, 16);
  x = b.operator('MAX_POOL_2D', [x], b.tensor('max_pooling2d_1', 'int8', [1, 7, 7, 16]), 0, {
    filterH: 2,
    filterW: 2,
    strideH: 2,
    strideW: 2,
    padding: 'valid',
    activation: 'none',
  });
  x = b.operator('RESHAPE', [x, b.tensor('shape', 'int32', [2], true)], b.tensor('flatten', 'int8', [1, 784]));
  const w = b.tensor('dense/weights', 'int8', [10, 784], true, 10);
  x = b.operator(
    'FULLY_CONNECTED',
    [x, w, b.tensor('dense/bias', 'int32', [10], true)],
    b.tensor('dense', 'int8', [1, 10]),
    7840,
    { activation: 'none' },
  );
  x = b.operator('SOFTMAX', [x], b.tensor('StatefulPartitionedCall:0', 'int8', [1, 10]), 0, { beta: 1 });
  return b.finish('digits', [input], [x]);
}

export function mobilenet(): NetworkView {
  const b = new Builder();
  const input = b.tensor('input', 'int8', [1, 128, 128, 3]);
  let x = b.conv('MobilenetV1/Conv2d_0', input, 3, 2, 8);
  const widths = [16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256];
  widths.forEach((width, i) => {
    x = b.conv(`MobilenetV1/Conv2d_${i + 1}_depthwise`, x, 3, [1, 3, 5, 11].includes(i) ? 2 : 1, 0, true);
    x = b.conv(`MobilenetV1/Conv2d_${i + 1}_pointwise`, x, 1, 1, width);
  });
  x = b.operator('AVERAGE_POOL_2D', [x], b.tensor('MobilenetV1/AvgPool', 'int8', [1, 1, 1, 256]), 0, {
    filterH: 4,
    filterW: 4,
    strideH: 2,
    strideW: 2,
    padding: 'valid',
    activation: 'none',
  });
  x = b.conv('MobilenetV1/Logits', x, 1, 1, 1001);
  x = b.operator('RESHAPE', [x, b.tensor('reshape/shape', 'int32', [2], true)], b.tensor('Reshape', 'int8', [1, 1001]));
  x = b.operator('SOFTMAX', [x], b.tensor('Softmax', 'int8', [1, 1001]), 0, { beta: 1 });
  return b.finish('mobilenet_v1_0.25_128', [input], [x]);
}

/** Residual blocks until about `boxes` operators stand; one in 40 is an operator golden does not know. */
export function residual(boxes: number): NetworkView {
  const b = new Builder();
  const input = b.tensor('input', 'int8', [1, 32, 32, 16]);
  let x = input;
  for (let i = 0; b.operators.length < boxes - 4; i++) {
    const side = b.conv(`block_${i}/conv_a`, x, 3, 1, 16);
    const other = b.conv(`block_${i}/conv_b`, side, 3, 1, 16);
    x = b.operator('ADD', [x, other], b.tensor(`block_${i}/add`, 'int8', [1, 32, 32, 16]), 0, { activation: 'none' });
    if (i % 12 === 5)
      x = b.operator(
        'HARD_SWISH',
        [x],
        b.tensor(`block_${i}/swish`, 'int8', [1, 32, 32, 16]),
        0,
        {},
        'HARD_SWISH has no reference kernel yet.',
      );
  }
  return b.finish(`residual_${boxes}`, [input], [x]);
}

/** An upsampling head whose output has 10 485 760 elements. */
export function huge(): NetworkView {
  const b = new Builder();
  const input = b.tensor('input', 'int8', [1, 512, 512, 3]);
  const x = b.conv('wide', input, 3, 1, 40);
  return b.finish('huge', [input], [x]);
}
