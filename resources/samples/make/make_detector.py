"""Makes ../detector: a YOLOv2-like head on generated pictures of circles, squares and triangles, in int8.

In:  nothing; the pictures are drawn here from a seed.
Out: ../detector/{detector.tflite, sample.json, inputs/*.png, expected/*}.
The network has one of each layer of a YOLOv2 head: convolution with fused batch norm, leaky ReLU, max pool, the
passthrough (1x1 convolution and space-to-depth), concatenation, the final 1x1 convolution, flatten.
"""

import argparse
from pathlib import Path

from tflite import Reference, convert, operator_names, seed_everything, to_real, versions, write_expected, write_json

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import Image, ImageDraw

SEED = 20260712
EPOCHS, TRAIN, TEST = 30, 4000, 500
SIZE, GRID, CLASSES = 64, 8, ('circle', 'square', 'triangle')
CELL = SIZE // GRID
ANCHORS = np.array([[12, 12], [22, 22]], np.float32)  # pixels, width and height
WIDTH = 5 + len(CLASSES)  # x y w h objectness classes
OBJECT_THRESHOLD, NMS_IOU, HIT_IOU = 0.5, 0.45, 0.5
DETECTOR = Path(__file__).resolve().parent.parent / 'detector'


# --- pictures --------------------------------------------------------------------------------------------------------


def draw(rng):
    """-> uint8 [64,64,3] and boxes [(class, x, y, w, h)], centre and size in pixels. Shapes do not overlap."""
    back = rng.integers(0, 256, 3)
    image = Image.new('RGB', (SIZE, SIZE), tuple(int(v) for v in back))
    pen, boxes, wanted = ImageDraw.Draw(image), [], int(rng.integers(1, 4))
    while len(boxes) < wanted:
        side = int(rng.integers(10, 28))
        left, top = (int(v) for v in rng.integers(0, SIZE - side, 2))
        kind, colour = int(rng.integers(0, 3)), rng.integers(0, 256, 3)
        box = (kind, left + side / 2, top + side / 2, side, side)
        if any(overlap(box[1:], b[1:]) > 0 for b in boxes) or np.abs(colour - back).sum() < 150:
            continue
        stroke(pen, kind, left, top, side, tuple(int(v) for v in colour))
        boxes.append(box)
    noise = rng.normal(0, 6, (SIZE, SIZE, 3))
    return np.clip(np.round(np.asarray(image) + noise), 0, 255).astype(np.uint8), boxes


def stroke(pen, kind, left, top, side, colour):
    right, bottom = left + side - 1, top + side - 1
    if kind == 0:
        pen.ellipse((left, top, right, bottom), fill=colour)
    elif kind == 1:
        pen.rectangle((left, top, right, bottom), fill=colour)
    else:
        pen.polygon(((left, bottom), (right, bottom), ((left + right) / 2, top)), fill=colour)


def targets(boxes):
    """-> float [8,8,2,8]: x and y within the cell, log size over the anchor, 1 where an object sits, one-hot class."""
    y = np.zeros((GRID, GRID, len(ANCHORS), WIDTH), np.float32)
    for kind, cx, cy, w, h in boxes:
        column, row = int(cx // CELL), int(cy // CELL)
        anchor = int(np.abs(np.log(w / ANCHORS[:, 0])).argmin())
        log_w, log_h = np.log((w, h) / ANCHORS[anchor])
        y[row, column, anchor, :5] = cx / CELL - column, cy / CELL - row, log_w, log_h, 1
        y[row, column, anchor, 5 + kind] = 1
    return y


# --- network ---------------------------------------------------------------------------------------------------------


def convolution(x, channels, size):
    x = layers.Conv2D(channels, size, padding='same', use_bias=False)(x)
    return layers.LeakyReLU(negative_slope=0.1)(layers.BatchNormalization()(x))


def build():
    image = keras.Input((SIZE, SIZE, 3))
    x = layers.MaxPooling2D(2)(convolution(image, 16, 3))  # 32x32
    x = layers.MaxPooling2D(2)(convolution(x, 24, 3))  # 16x16
    fine = convolution(x, 32, 3)
    coarse = convolution(layers.MaxPooling2D(2)(fine), 48, 3)  # 8x8
    passthrough = layers.Lambda(lambda t: tf.nn.space_to_depth(t, 2))(convolution(fine, 8, 1))  # 8x8x32
    x = convolution(layers.Concatenate()([passthrough, coarse]), 48, 3)
    x = layers.Conv2D(len(ANCHORS) * WIDTH, 1)(x)
    return keras.Model(image, layers.Flatten()(x))


def loss_of(truth, flat):
    """YOLOv2's sum of squares for boxes, cross entropy for objectness and class; means per picture."""
    raw = tf.reshape(flat, (-1, GRID, GRID, len(ANCHORS), WIDTH))
    there = truth[..., 4]
    place = tf.reduce_sum((tf.sigmoid(raw[..., :2]) - truth[..., :2]) ** 2, -1)
    size = tf.reduce_sum((raw[..., 2:4] - truth[..., 2:4]) ** 2, -1)
    kind = tf.nn.softmax_cross_entropy_with_logits(truth[..., 5:], raw[..., 5:])
    thing = tf.nn.sigmoid_cross_entropy_with_logits(there, raw[..., 4])
    boxes = there * (5 * place + 5 * size + kind)
    return tf.reduce_mean(tf.reduce_sum(boxes + thing, (1, 2, 3)))


def train(images, truths):
    rng, model, batch = np.random.default_rng(SEED + 1), build(), 32
    steps = len(images) // batch
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * steps))

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        parts = [order[i * batch : (i + 1) * batch] for i in range(steps)]
        losses = [float(step(to_real(images[p]), truths[p])) for p in parts]
        print(f'epoch {epoch + 1}/{EPOCHS}  loss {np.mean(losses):.4f}', flush=True)
    return model


# --- reading the output ----------------------------------------------------------------------------------------------


def decode(flat):
    """Real output [1024] -> [(score, class, x, y, w, h)] in pixels, best first, after non-maximum suppression."""
    raw = np.asarray(flat, np.float64).reshape(GRID, GRID, len(ANCHORS), WIDTH)
    sigmoid = lambda v: 1 / (1 + np.exp(-v))
    found = []
    for row, column, a in np.argwhere(sigmoid(raw[..., 4]) > OBJECT_THRESHOLD):
        v = raw[row, column, a]
        x, y = (column + sigmoid(v[0])) * CELL, (row + sigmoid(v[1])) * CELL
        w, h = ANCHORS[a] * np.exp(v[2:4])
        found.append((sigmoid(v[4]), int(v[5:].argmax()), x, y, w, h))
    kept = []
    for box in sorted(found, reverse=True):
        if all(overlap(box[2:], other[2:]) < NMS_IOU for other in kept):
            kept.append(box)
    return kept


def overlap(a, b):
    """Intersection over union of two (x, y, w, h)."""
    w = min(a[0] + a[2] / 2, b[0] + b[2] / 2) - max(a[0] - a[2] / 2, b[0] - b[2] / 2)
    h = min(a[1] + a[3] / 2, b[1] + b[3] / 2) - max(a[1] - a[3] / 2, b[1] - b[3] / 2)
    both = max(w, 0) * max(h, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def score(network, scenes):
    """A box is right when its class is and it overlaps an unclaimed true box by half."""
    runner = Reference(network)
    is_float = runner.input['dtype'] == np.float32
    right = shown = true = 0
    for image, boxes in scenes:
        output = runner.run((to_real if is_float else runner.quantise)(image))
        found, left = decode(output if is_float else runner.real(output)), list(boxes)
        for box in found:
            match = next((b for b in left if b[0] == box[1] and overlap(box[2:], b[1:]) >= HIT_IOU), None)
            if match:
                left.remove(match)
        right, shown, true = right + len(boxes) - len(left), shown + len(found), true + len(boxes)
    return {'precision': round(right / max(shown, 1), 4), 'recall': round(right / true, 4)}


def as_box(kind, x, y, w, h):
    """Left top corner and size, in pixels."""
    x, y, w, h = (round(float(v), 2) for v in (x - w / 2, y - h / 2, w, h))
    return {'label': CLASSES[kind], 'x': x, 'y': y, 'width': w, 'height': h}


def write_inputs(network, scenes):
    """The first four held-out pictures as they come, with their true boxes and what the int8 network finds."""
    (DETECTOR / 'inputs').mkdir(parents=True, exist_ok=True)
    runner, listed = Reference(network), []
    for letter, (image, boxes) in zip('abcd', scenes):
        Image.fromarray(image).save(DETECTOR / 'inputs' / f'shapes_{letter}.png', optimize=True)
        found = decode(runner.real(runner.run(runner.quantise(image))))
        listed.append({
            'file': f'inputs/shapes_{letter}.png',
            'boxes': [as_box(*b) for b in boxes],
            'int8Says': [{**as_box(*box), 'score': round(float(confidence), 4)} for confidence, *box in found],
        })
    return listed


def main():
    argparse.ArgumentParser(description='make the detector sample').parse_args()
    seed_everything(SEED)
    rng = np.random.default_rng(SEED)
    scenes = [draw(rng) for _ in range(TRAIN + TEST)]
    images = np.stack([image for image, _ in scenes])[:TRAIN]
    model = train(images, np.stack([targets(boxes) for _, boxes in scenes[:TRAIN]]))
    held_out = scenes[TRAIN:]
    quantised, floating = convert(model, to_real(images[:300])), convert(model)
    DETECTOR.mkdir(exist_ok=True)
    (DETECTOR / 'detector.tflite').write_bytes(quantised)

    inputs = write_inputs(quantised, held_out)
    expected = [(entry['file'], image) for entry, (image, _) in zip(inputs, held_out)]
    write_expected(DETECTOR / 'expected', DETECTOR / 'detector.tflite', expected, {'inputs/shapes_a.png'})
    write_json(DETECTOR / 'sample.json', {
        'name': 'detector',
        'description': 'YOLOv2-like detector of circles, squares and triangles, 64x64 RGB, int8.',
        'network': 'detector.tflite',
        'preprocessing': {'colour': 'rgb', 'width': SIZE, 'height': SIZE, 'scale': 1 / 255, 'offset': 0,
                          'note': 'real = pixel * scale + offset; q = clamp(round_half_away(real / s) + z)'},
        'labels': list(CLASSES),
        'output': {
            'grid': GRID, 'cellPixels': CELL, 'anchors': ANCHORS.tolist(),
            'layout': '[row, column, anchor, (x, y, w, h, objectness, circle, square, triangle)]',
            'decoding': 'centre = (cell + sigmoid(x, y)) * cellPixels; size = anchor * exp(w, h); '
                        'score = sigmoid(objectness); class = largest of the last three',
            'objectThreshold': OBJECT_THRESHOLD, 'nonMaximumSuppressionIoU': NMS_IOU,
        },
        'inputs': inputs,
        'expected': 'expected/index.json',
        'accuracy': {
            'images': TEST,
            'split': 'generated after the training pictures, from the same distribution and seed',
            'rule': f'right when the class is right and the overlap (IoU) is at least {HIT_IOU}',
            'float32': score(floating, held_out),
            'int8': score(quantised, held_out),
            'kernels': 'reference',
        },
        'training': {'images': TRAIN, 'epochs': EPOCHS, 'seed': SEED, 'representativeImages': 300,
                     'parameters': model.count_params(), 'command': 'python make_detector.py'},
        'operators': operator_names(quantised),
        'versions': {**versions(), 'data': 'generated by make_detector.py'},
        'data': {'source': 'generated by make_detector.py from the seed', 'licence': 'MIT, as the rest of the project'},
    })


if __name__ == '__main__':
    main()
