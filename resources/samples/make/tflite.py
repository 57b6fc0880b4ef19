"""What both samples share: seeding, int8 conversion, running a .tflite with the reference kernels, writing vectors.

In:  a trained Keras model, or the bytes of a .tflite network and uint8 images.
Out: .tflite bytes; the int8 tensors of every operator; `expected/index.json` with its .bin files.
"""

import hashlib
import json
import os
import platform
import re
from pathlib import Path

# One thread, no oneDNN: the same seed then gives the same bytes on the same kind of processor.
os.environ.setdefault('TF_ENABLE_ONEDNN_OPTS', '0')
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')
os.environ.setdefault('CUDA_VISIBLE_DEVICES', '-1')

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from PIL import __version__ as pillow_version  # noqa: E402
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2  # noqa: E402

KERNELS = 'reference'
KERNELS_NOTE = (
    'TFLite reference kernels (tf.lite.Interpreter, OpResolverType.BUILTIN_REF, experimental_preserve_all_tensors), '
    'no delegate. kernelCheck compares every operator output of all listed inputs with an independent numpy '
    'implementation: values that differ with gemmlowp double rounding, and with a single rounding shift instead.'
)


def seed_everything(seed):
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def versions():
    return {
        'python': platform.python_version(),
        'tensorflow': tf.__version__,
        'keras': keras.__version__,
        'numpy': np.__version__,
        'pillow': pillow_version,
    }


def convert(model, representative=None):
    """Keras model -> .tflite bytes with batch 1. With `representative` (float images) fully int8, otherwise float32.

    Dense weights stay per tensor, so that runtimes without per-channel FULLY_CONNECTED compute the same.
    """
    shape = (1,) + tuple(model.input_shape[1:])
    forward = tf.function(lambda image: model(image, training=False))
    signature = tf.TensorSpec(shape, tf.float32, name='image')
    frozen = convert_variables_to_constants_v2(forward.get_concrete_function(signature))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    if representative is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image[None]] for image in representative)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return converter.convert()


def to_real(pixels):
    """uint8 pixels -> real values in [0, 1], the preprocessing every sample states: pixel * (1/255) + 0."""
    return (pixels.astype(np.float32) / np.float32(255)).astype(np.float32)


def quantise(pixels, scale, zero_point):
    """q = clamp(round_half_away(real / scale) + zero point); pixels are never negative, so floor(x + 0.5) will do."""
    real = to_real(pixels).astype(np.float64)
    return np.clip(np.floor(real / np.float64(scale) + 0.5) + zero_point, -128, 127).astype(np.int8)


class Reference:
    """A network in the reference kernels, every tensor kept."""

    def __init__(self, network):
        self.interpreter = tf.lite.Interpreter(
            model_content=network,
            experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF,
            experimental_preserve_all_tensors=True,
        )
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]
        self.output = self.interpreter.get_output_details()[0]
        self.tensors = {t['index']: t for t in self.interpreter.get_tensor_details()}
        self.operators = self.interpreter._get_ops_details()
        assert all(o['op_name'] != 'DELEGATE' for o in self.operators), 'a delegate replaced operators'

    def quantise(self, pixels):
        return quantise(pixels, *self.input['quantization'])

    def run(self, quantised):
        """int8 [H,W,C] -> int8 output without its batch axis."""
        self.interpreter.set_tensor(self.input['index'], quantised[None])
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output['index'])[0].copy()

    def real(self, output):
        scale, zero_point = self.output['quantization']
        return (output.astype(np.float64) - zero_point) * scale

    def operator_outputs(self):
        """(operator, tensor) for each operator output, in execution order."""
        return [(op, self.tensors[i]) for op in self.operators for i in op['outputs']]


def operator_names(network):
    return [op['op_name'] for op in Reference(network).operators]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def write_json(path, value):
    """Indented by two, lists of plain values on one line where they fit in 120 columns: as the formatter wants it."""

    def one_line(match):
        line = match[1] + '[' + ' '.join(match[2].split()) + ']' + match[3]
        return line if len(line) <= 120 else match[0]

    text = json.dumps(value, indent=2, ensure_ascii=False)
    Path(path).write_text(re.sub(r'(?m)^(.*)\[\n([^][{}]*)\](,?)$', one_line, text) + '\n')


def write_expected(folder, network_file, inputs, every_operator):
    """`inputs`: [(png name, uint8 pixels)]. All final outputs go to outputs.bin; inputs whose name is in
    `every_operator` also get NAME.bin, the outputs of all operators one after the other in execution order."""
    folder.mkdir(exist_ok=True)
    network = network_file.read_bytes()
    reference = Reference(network)
    outputs, runs, index = bytearray(), [], []
    for name, pixels in inputs:
        quantised = reference.quantise(pixels)
        final = reference.run(quantised).tobytes()
        index.append({'input': name, 'offset': len(outputs), 'length': len(final)})
        outputs += final
        if name in every_operator:
            runs.append(write_run(folder, reference, name, quantised))
    (folder / 'outputs.bin').write_bytes(outputs)
    from check_kernels import check  # here, not above: the check reads networks through this file

    counts = check(network, [pixels for _, pixels in inputs])
    assert all(c['doubleRoundingDiffers'] == 0 for c in counts.values()), f'not double rounding: {counts}'
    value = {
        'network': network_file.name,
        'networkSha256': sha256(network),
        'kernels': KERNELS,
        'kernelsNote': KERNELS_NOTE,
        'kernelCheck': counts,
        'versions': versions(),
        'outputs': {
            'file': 'outputs.bin',
            'sha256': sha256(bytes(outputs)),
            'tensor': describe(reference.output),
            'runs': index,
        },
        'everyOperator': runs,
    }
    write_json(folder / 'index.json', value)


def write_run(folder, reference, name, quantised):
    data, tensors = bytearray(), []
    for number, (op, tensor) in enumerate(reference.operator_outputs()):
        raw = reference.interpreter.get_tensor(tensor['index']).tobytes()
        where = {'operator': op['index'], 'operatorName': op['op_name'], 'offset': len(data), 'length': len(raw)}
        tensors.append({**where, **describe(tensor)})
        data += raw
    file = Path(name).stem + '.bin'
    source = Path(name).stem + '.input.bin'
    (folder / file).write_bytes(data)
    (folder / source).write_bytes(quantised.tobytes())
    return {
        'input': name,
        'quantisedInput': {'file': source, 'sha256': sha256(quantised.tobytes()), **describe(reference.input)},
        'file': file,
        'sha256': sha256(bytes(data)),
        'tensors': tensors,
    }


def describe(tensor):
    scale, zero_point = tensor['quantization']
    return {
        'id': int(tensor['index']),
        'name': tensor['name'],
        'dtype': np.dtype(tensor['dtype']).name,
        'shape': [int(n) for n in tensor['shape']],
        'scale': float(scale),
        'zeroPoint': int(zero_point),
    }
