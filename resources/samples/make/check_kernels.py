"""Which arithmetic did the interpreter use? Each operator computed again in numpy, from the interpreter's own inputs.

In:  an int8 .tflite network and uint8 images.
Out: per operator type, how many values were compared, how many differ with gemmlowp's double rounding, and how many
     would differ with a single rounding shift (where that is 0 too, these values cannot tell the two apart).
Formulas: TFLite internal/common.h, reference/integer_ops/*.h, reference/softmax.h; gemmlowp fixedpoint/fixedpoint.h.
Run alone: python check_kernels.py NETWORK.tflite IMAGE.png ...
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

NAMES = {v: k for k, v in vars(schema.BuiltinOperator).items() if isinstance(v, int)}
f32, i64 = np.float32, np.int64


# --- fixed point -----------------------------------------------------------------------------------------------------


def truncated(a, b):
    """C's integer division."""
    return np.sign(a) * (np.abs(a) // b)


def high_mul(a, b):
    """SaturatingRoundingDoublingHighMul (INT32_MIN * INT32_MIN does not occur here)."""
    ab = np.asarray(a, i64) * b
    return truncated(ab + np.where(ab >= 0, 1 << 30, 1 - (1 << 30)), 1 << 31)


def divide_by_pot(x, exponent):
    """RoundingDivideByPOT: to nearest, half away from zero."""
    mask = (i64(1) << np.asarray(exponent, i64)) - 1
    return (x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0))


def quantise_multiplier(d):
    """double > 0 -> (m, shift), d = m * 2^(shift - 31)."""
    q, shift = np.frexp(np.asarray(d, np.float64))
    m, shift = np.floor(q * 2.0**31 + 0.5).astype(i64), shift.astype(i64)
    full = m == 1 << 31
    return np.where(full, m >> 1, m), np.where(full, shift + 1, shift)


def requantise(x, multiplier, single=False):
    """MultiplyByQuantizedMultiplier, with two roundings (the default build) or one."""
    m, shift = quantise_multiplier(multiplier)
    if single:
        return (x * m + (i64(1) << (30 - shift))) >> (31 - shift)
    return divide_by_pot(high_mul(x << np.maximum(shift, 0), m), np.maximum(-shift, 0))


# --- operators: (node) -> int64 values before the int8 cast ----------------------------------------------------------


class Node:
    """One operator with its tensors as the interpreter left them."""

    def __init__(self, graph, operator, interpreter, single):
        self.options, self.single = operator.builtinOptions, single
        tensors = [graph.tensors[i] for i in operator.inputs]
        self.inputs = [interpreter.get_tensor(i).astype(i64) for i in operator.inputs]
        self.scales = [t.quantization.scale for t in tensors]
        self.zeros = [int(t.quantization.zeroPoint[0]) if t.quantization.zeroPoint is not None else 0 for t in tensors]
        out = graph.tensors[operator.outputs[0]]
        self.shape, self.scale = tuple(out.shape), out.quantization.scale[0]
        self.zero = int(out.quantization.zeroPoint[0])

    def requantise(self, x, multiplier):
        return requantise(x, multiplier, self.single)

    def finish(self, x):
        """Add the zero point and clamp to the fused activation."""
        low, high = -128, 127
        activation = getattr(self.options, 'fusedActivationFunction', 0)
        assert activation in (0, 1, 3), f'activation {activation}'  # NONE, RELU, RELU6
        if activation:
            low = max(low, self.zero)
        if activation == 3:
            high = min(high, self.zero + int(np.floor(f32(6) / self.scale + f32(0.5))))
        return np.clip(x + self.zero, low, high)


def windows(node, x, kernel, stride, fill):
    """Pads [1,H,W,C] as SAME or VALID and yields (ky, kx, the [1,OH,OW,C] slice under that tap)."""
    (kh, kw), (sh, sw), (oh, ow) = kernel, stride, node.shape[1:3]
    before = [(0, 0)]
    for k, s, o, n in ((kh, sh, oh, x.shape[1]), (kw, sw, ow, x.shape[2])):
        total = max(0, (o - 1) * s + k - n) if node.options.padding == 0 else 0
        before.append((total // 2, total - total // 2))
    padded = np.pad(x, before + [(0, 0)], constant_values=fill)
    for ky in range(kh):
        for kx in range(kw):
            yield ky, kx, padded[:, ky : ky + sh * (oh - 1) + 1 : sh, kx : kx + sw * (ow - 1) + 1 : sw]


def convolve(node, multiply):
    x, w, bias = node.inputs
    stride = (node.options.strideH, node.options.strideW)
    taps = windows(node, x - node.zeros[0], w.shape[1:3], stride, 0)
    acc = sum(multiply(part, w[:, ky, kx]) for ky, kx, part in taps) + bias
    scale = np.float64(node.scales[0][0]) * node.scales[1].astype(np.float64) / np.float64(node.scale)
    return node.finish(node.requantise(acc, scale))


def conv_2d(node):
    return convolve(node, lambda part, tap: part @ tap.T)


def depthwise_conv_2d(node):
    assert node.options.depthMultiplier == 1
    return convolve(node, lambda part, tap: part * tap[0])


def fully_connected(node):
    x, w, bias = node.inputs
    assert len(node.scales[1]) == 1, 'per-channel FULLY_CONNECTED'
    acc = (x.reshape(-1, w.shape[1]) - node.zeros[0]) @ w.T + bias
    scale = np.float64(f32(node.scales[0][0] * node.scales[1][0])) / np.float64(node.scale)
    return node.finish(node.requantise(acc, scale))


def add(node):
    scales = [np.float64(s[0]) for s in node.scales]
    twice = 2 * max(scales)
    a, b = (
        node.requantise((x - z) << 20, s / twice) for x, z, s in zip(node.inputs, node.zeros, scales)
    )
    return node.finish(node.requantise(a + b, twice / ((1 << 20) * np.float64(node.scale))))


def max_pool_2d(node):
    kernel = (node.options.filterHeight, node.options.filterWidth)
    stride = (node.options.strideH, node.options.strideW)
    return np.maximum.reduce([part for _, _, part in windows(node, node.inputs[0], kernel, stride, -128)])


def mean(node):
    x, axes = node.inputs
    axes = tuple(int(a) for a in axes.ravel())
    n = int(np.prod([x.shape[a] for a in axes]))
    m, shift = quantise_multiplier(np.float64(node.scales[0][0]) / np.float64(node.scale))
    folded = min(n.bit_length() - 1, 32, 31 + int(shift))
    m, shift = (int(m) << folded) // n, int(shift) - folded
    total = x.sum(axis=axes) - node.zeros[0] * n
    if node.single:
        y = (total * m + (1 << (30 - shift))) >> (31 - shift)
    else:
        y = divide_by_pot(high_mul(total << max(shift, 0), m), max(-shift, 0))
    return np.clip(y + node.zero, -128, 127).reshape(node.shape)


def leaky_relu(node):
    v = node.inputs[0] - node.zeros[0]
    sx, sy, alpha = node.scales[0][0], node.scale, f32(node.options.alpha)
    leaky = node.requantise(v, np.float64(f32(f32(sx * alpha) / sy)))
    return node.finish(np.where(v >= 0, node.requantise(v, np.float64(f32(sx / sy))), leaky))


def quantize(node):
    scale = np.float64(node.scales[0][0]) / np.float64(node.scale)
    return node.finish(node.requantise(node.inputs[0] - node.zeros[0], scale))


def reshape(node):
    return node.inputs[0].reshape(node.shape)


def concatenation(node):
    return np.concatenate(node.inputs, axis=node.options.axis)


def space_to_depth(node):
    b = node.options.blockSize
    _, h, w, c = node.inputs[0].shape
    blocks = node.inputs[0].reshape(1, h // b, b, w // b, b, c).transpose(0, 1, 3, 2, 4, 5)
    return blocks.reshape(node.shape)


def exp_on_negative(a):
    """gemmlowp exp_on_negative_values: Q5.26 <= 0 -> Q0.31."""
    quarter = 1 << 24
    rest = (a & (quarter - 1)) - quarter
    x = (rest << 5) + (1 << 28)
    x2 = high_mul(x, x)
    x3, x4 = high_mul(x2, x), high_mul(x2, x2)
    tail = divide_by_pot(high_mul(divide_by_pot(x4, 2) + x3, 715827883) + x2, 1)
    result = 1895147668 + high_mul(1895147668, x + tail)
    remainder = rest - a
    steps = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
    for bit, factor in zip(range(24, 31), steps):
        result = np.where(remainder & (1 << bit), high_mul(result, factor), result)
    return np.where(a == 0, (1 << 31) - 1, result)


def one_over_one_plus(a):
    """gemmlowp one_over_one_plus_x_for_x_in_0_1, Q0.31 -> Q0.31, three Newton steps."""
    half = truncated(a + (1 << 31) - 1 + 1, 2)
    x = 1515870810 + high_mul(half, -1010580540)
    for _ in range(3):
        x = x + (high_mul(x, (1 << 29) - high_mul(half, x)) << 2)
    return np.minimum(x << 1, (1 << 31) - 1)


def softmax(node):
    x, beta = node.inputs[0], np.float64(node.options.beta)
    multiplier = min(beta * np.float64(node.scales[0][0]) * (1 << 26), 2.0**31 - 1)
    m, left = quantise_multiplier(multiplier)
    difference = x - x.max(axis=-1, keepdims=True)
    kept = difference >= -int(np.floor(31 * 2.0**26 / 2.0 ** int(left)))
    e = exp_on_negative(high_mul(np.where(kept, difference, 0) << left, m))
    total = np.where(kept, divide_by_pot(e, 12), 0).sum(axis=-1, keepdims=True)
    headroom = 32 - np.vectorize(lambda n: int(n).bit_length())(total)
    reciprocal = one_over_one_plus((total << headroom) - (1 << 31))
    y = divide_by_pot(high_mul(reciprocal, e), 12 - headroom + 31 - 8) - 128
    return np.where(kept, np.clip(y, -128, 127), -128)


OPERATORS = {
    f.__name__.upper(): f
    for f in (conv_2d, depthwise_conv_2d, fully_connected, add, max_pool_2d, mean, leaky_relu, quantize, reshape,
              concatenation, space_to_depth, softmax)
}


def check(network, images):
    from tflite import Reference

    reference = Reference(network)
    model = flatbuffer_utils.convert_bytearray_to_object(network)
    graph = model.subgraphs[0]
    result = {}
    for image in images:
        reference.run(reference.quantise(image))
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex]
            name = NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
            truth = reference.interpreter.get_tensor(operator.outputs[0])
            entry = result.setdefault(name, {'values': 0, 'doubleRoundingDiffers': 0, 'singleRoundingDiffers': 0})
            entry['values'] += int(truth.size)
            for single, key in ((False, 'doubleRoundingDiffers'), (True, 'singleRoundingDiffers')):
                ours = OPERATORS[name](Node(graph, operator, reference.interpreter, single))
                assert ours.shape == truth.shape, f'{name}: {ours.shape} is not {truth.shape}'
                entry[key] += int((ours != truth).sum())
    return result


def main():
    network = Path(sys.argv[1]).read_bytes()
    images = [np.asarray(Image.open(p)) for p in sys.argv[2:]]
    for name, counts in check(network, [i[:, :, None] if i.ndim == 2 else i for i in images]).items():
        print(f'{name:18}', counts)


if __name__ == '__main__':
    main()
