// TFLite_Detection_PostProcess: boxes from an SSD detector's raw outputs, the overlapping ones taken out. float32, or uint8
// (per-tensor quantised) inputs. In: box encodings [1, N, 4 or more], class scores [1, N, C] (a background class first, or
// not), anchors [N, 4] (y, x, h, w). Out, all float32, for D = detections x classes of each: boxes [1, D, 4] (top, left,
// bottom, right), classes [1, D], scores [1, D], how many [1]. Places beyond that number are 0 (TFLite leaves some unwritten).
// Equal scores keep the order of their boxes; TFLite sorts those of several classes in no defined order.
// Source: kernels/detection_postprocess.cc.
import { userFailure } from '../../network/failure';
import type { Network, OperatorOf } from '../../network/network';
import type { TensorValue } from '../../tensor/tensor';
import { firstComplaint, needPerTensor, needReals, needShape, needType } from '../checks';
import { type Kernel, inputTensor, scaleOf, shapeText, zeroPointOf } from '../kernel';

type Detection = OperatorOf<'TFLite_Detection_PostProcess'>;
type Options = Detection['options'];
const NAME = 'TFLite_Detection_PostProcess';
const { fround } = Math;

interface Box {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}
/** One axis of a box: [y, h] or [x, w] of its encoding, and of its anchor. */
type Span = readonly [centre: number, size: number];
interface Detected {
  readonly box: number;
  readonly class: number;
  readonly score: number;
}

function supports(operator: Detection, network: Network): string | null {
  const o = operator.options;
  const inputs = [0, 1, 2].map((slot) => inputTensor(operator, network, slot)!);
  const [boxes, scores, anchors] = inputs as [(typeof inputs)[0], (typeof inputs)[0], (typeof inputs)[0]];
  const outputs = operator.outputs.map((index) => network.tensors[index]!);
  const places = o.maxDetections * o.maxClassesPerDetection;
  const count = boxes.shape[1]!;
  return firstComplaint(
    () => (outputs.length === 4 ? null : `${NAME} has 4 outputs; ${outputs.length} are given.`),
    () => needReals(NAME, ...outputs),
    ...inputs.map(
      (x) => () => needType(NAME, x, ['float32', 'uint8']) ?? (x.type === 'uint8' ? needPerTensor(NAME, x) : null),
    ),
    () =>
      boxes.type === anchors.type
        ? null
        : `${NAME} needs boxes and anchors of one type; they are ${boxes.type} and ${anchors.type}.`,
    () =>
      boxes.shape.length === 3 && boxes.shape[0] === 1 && boxes.shape[2]! >= 4
        ? null
        : `${NAME} needs box encodings of 1 x N x 4; they are ${shapeText(boxes.shape)}.`,
    () => needShape(NAME, anchors, [count, 4]),
    () =>
      scores.shape.length === 3 &&
      scores.shape[0] === 1 &&
      scores.shape[1] === count &&
      (scores.shape[2] === o.numClasses || scores.shape[2] === o.numClasses + 1)
        ? null
        : `${NAME} needs scores of 1 x ${count} x ${o.numClasses} (or one class more); they are ${shapeText(scores.shape)}.`,
    ...[[1, places, 4], [1, places], [1, places], [1]].map((shape, i) => () => needShape(NAME, outputs[i]!, shape)),
  );
}

function run(operator: Detection, inputs: readonly (TensorValue | null)[], outputs: readonly TensorValue[]): null {
  const { options } = operator;
  const [encodings, predictions, anchors] = inputs as [TensorValue, TensorValue, TensorValue];
  const boxes = decodeBoxes(encodings, anchors, options.scale);
  const inverted = boxes.findIndex((box) => box.top > box.bottom || box.left > box.right);
  if (inverted >= 0)
    throw userFailure(
      'golden-inverted-box',
      `Operator ${operator.index} (${operator.name}) gets a box of negative size: number ${inverted}.`,
      'Check the anchors and the scales; TFLite stops there, too.',
      { operator: operator.index, tensor: encodings.tensor.index },
    );
  const { places, found } = choose(boxes, predictions, options);
  write(outputs, boxes, places);
  (outputs[3]!.data as Float32Array)[0] = found;
  return null;
}

/** What each place of the outputs holds (null, or behind the last: nothing), and how many boxes stay. */
function choose(boxes: readonly Box[], predictions: TensorValue, options: Options) {
  const width = predictions.tensor.shape[2]!;
  const background = width - options.numClasses;
  const reals = realsOf(predictions);
  const scoresOf = (box: number): Float32Array => reals.subarray(box * width + background, (box + 1) * width);
  const chosen = options.useRegularNms ? everyClass : bestClasses;
  const [places, found] = chosen(boxes, scoresOf, options);
  return { places, found, background };
}

/** The same from the operator's inputs. */
export function detect(options: Options, [encodings, predictions, anchors]: readonly TensorValue[]) {
  return choose(decodeBoxes(encodings!, anchors!, options.scale), predictions!, options);
}

/** Reals of a float32 or quantised value. */
export function realsOf({ tensor, data }: TensorValue): Float32Array {
  if (data instanceof Float32Array) return data;
  const [scale, zeroPoint] = [scaleOf(tensor), zeroPointOf(tensor)];
  return Float32Array.from(data as Uint8Array, (raw) => (raw - zeroPoint) * scale);
}

/** To corners; in double, rounded to float32 where C stores floats. */
function decodeBoxes(encodings: TensorValue, anchors: TensorValue, scale: Options['scale']): Box[] {
  const [codes, places] = [realsOf(encodings), realsOf(anchors)];
  const stride = encodings.tensor.shape[2]!;
  return Array.from({ length: encodings.tensor.shape[1]! }, (_, i) => {
    const [y, x, h, w] = fourOf(codes, i * stride);
    const [anchorY, anchorX, anchorH, anchorW] = fourOf(places, i * 4);
    const rows = decodeSpan([y, h], [anchorY, anchorH], [scale.y, scale.h]);
    const columns = decodeSpan([x, w], [anchorX, anchorW], [scale.x, scale.w]);
    return { top: rows.start, left: columns.start, bottom: rows.end, right: columns.end };
  });
}

/** From centre and size, relative to the anchor's, to start and end. */
export function decodeSpan([at, size]: Span, [anchor, length]: Span, [scaleAt, scaleSize]: Span) {
  const centre = fround((at / scaleAt) * length + anchor);
  const half = fround(0.5 * Math.exp(size / scaleSize) * length);
  return { centre, half, start: fround(centre - half), end: fround(centre + half) };
}

const fourOf = (data: Float32Array, at: number) => [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!] as const;

/** Intersection over union, in float32; 0 where a box has no area. */
function overlap(a: Box, b: Box): number {
  const area = (box: Box): number => fround(fround(box.bottom - box.top) * fround(box.right - box.left));
  const [areaA, areaB] = [area(a), area(b)];
  if (areaA <= 0 || areaB <= 0) return 0;
  const height = Math.max(fround(Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)), 0);
  const width = Math.max(fround(Math.min(a.right, b.right) - Math.max(a.left, b.left)), 0);
  const common = fround(height * width);
  return fround(common / fround(fround(areaA + areaB) - common));
}

/** The boxes that stay, best score first, at most `most`: none overlaps a better one by more than the threshold. */
function suppress(boxes: readonly Box[], scores: Float32Array, o: Options, most: number): number[] {
  const kept: number[] = [];
  const candidates = Array.from(scores.keys())
    .filter((box) => scores[box]! >= o.scoreThreshold)
    .sort((a, b) => scores[b]! - scores[a]!);
  for (const box of candidates) {
    if (kept.length === most) break;
    if (kept.every((better) => overlap(boxes[better]!, boxes[box]!) <= o.iouThreshold)) kept.push(box);
  }
  return kept;
}

/** Regular: each class by itself, then the best of all. */
function everyClass(boxes: readonly Box[], scoresOf: (box: number) => Float32Array, o: Options): [Detected[], number] {
  let best: Detected[] = [];
  for (let c = 0; c < o.numClasses; c++) {
    const scores = Float32Array.from(boxes, (_, box) => scoresOf(box)[c]!);
    const found = suppress(boxes, scores, o, o.detectionsPerClass).map((box) => ({
      box,
      class: c,
      score: scores[box]!,
    }));
    best = [...best, ...found].sort((a, b) => b.score - a.score).slice(0, o.maxDetections);
  }
  return [best, best.length];
}

/** Fast: each box by its best class; then the best few classes of every box that stays. */
function bestClasses(
  boxes: readonly Box[],
  scoresOf: (box: number) => Float32Array,
  o: Options,
): [(Detected | null)[], number] {
  const highest = Float32Array.from(boxes, (_, box) => scoresOf(box).reduce((a, b) => Math.max(a, b)));
  const kept = suppress(boxes, highest, o, o.maxDetections);
  const places = kept.flatMap((box) => {
    const scores = scoresOf(box);
    const classes = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
    return Array.from({ length: o.maxClassesPerDetection }, (_, rank) =>
      rank < classes.length ? { box, class: classes[rank]!, score: scores[classes[rank]!]! } : null,
    );
  });
  return [places, kept.length];
}

function write(outputs: readonly TensorValue[], boxes: readonly Box[], places: readonly (Detected | null)[]): void {
  const [corners, classes, scores] = outputs.map(({ data }) => data as Float32Array) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  places.forEach((place, i) => {
    if (!place) return;
    const { top, left, bottom, right } = boxes[place.box]!;
    corners.set([top, left, bottom, right], 4 * i);
    classes[i] = place.class;
    scores[i] = place.score;
  });
}

export const detectionPostProcess: Kernel<'TFLite_Detection_PostProcess'> = {
  inputs: [3, 3],
  severalOutputs: true,
  supports,
  run,
};
