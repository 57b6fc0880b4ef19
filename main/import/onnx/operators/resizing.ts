// Resize, Upsample, SpaceToDepth, DepthToSpace: images of other sizes. Source: onnx/docs/Operators.md.
import { IMAGE, type Value } from '../conversion';
import type { Recipe, Step } from '../step';
import { imageShape } from './layers';

interface Target {
  readonly size: number;
  readonly scale: number;
}

/** Where Resize has its scales: Upsample's and opset 10's input 1, later input 2; sizes are input 3. */
function targetsOf(step: Step, x: Value): [Target, Target] {
  const isEarly = step.node.kind === 'Upsample' || step.opset < 11;
  const scales =
    step.node.kind === 'Upsample' && step.opset < 9 ? floatsOf(step) : step.numbers(isEarly ? 1 : 2, 'scales');
  const sizes = isEarly ? null : step.wholes(3, 'sizes');
  if (step.ints('axes')) step.refuse('onnx-not-supported', 'names axes, which is not supported');
  if (step.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    step.refuse('onnx-not-supported', 'keeps the aspect ratio, which is not supported');
  const target = (d: number): Target => {
    const size = sizes?.[d] ?? Math.floor(x.shape[d]! * (scales?.[d] ?? 0));
    if (!(size >= 1 && size <= 2 ** 16)) step.refuse('onnx-shape', `resizes ${x.shape[d]} to ${size}`);
    return { size, scale: sizes?.length ? size / x.shape[d]! : scales![d]! };
  };
  const targets = x.shape.map((_, d) => target(d));
  if (targets[0]!.size !== x.shape[0] || targets[1]!.size !== x.shape[1])
    step.refuse('onnx-not-supported', 'resizes the batch or the channels; height and width are supported');
  return [targets[2]!, targets[3]!];
}

const floatsOf = (step: Step): readonly number[] =>
  step.floats('scales') ?? step.refuse('onnx-operator-inputs', 'lacks its scales');

export const resize: Recipe = (step) => {
  const x = step.image(0);
  const targets = targetsOf(step, x);
  const mode = step.text('mode', 'nearest');
  const isEarly = step.node.kind === 'Upsample' || step.opset < 11;
  const where = isEarly ? 'asymmetric' : step.text('coordinate_transformation_mode', 'half_pixel');
  if (step.int('antialias', 0) !== 0) step.refuse('onnx-not-supported', 'smooths (antialias), which is not supported');
  const image = step.arrange(x, IMAGE);
  const shape = [x.shape[0]!, x.shape[1]!, targets[0].size, targets[1].size];
  if (mode === 'nearest') return step.give(nearest(step, image, x, targets, where, isEarly), shape, IMAGE);
  if (mode !== 'linear') step.refuse('onnx-not-supported', `has the mode ${mode}; nearest and linear are supported`);
  const options = optionsOf(step, x, targets, where);
  const y = step.emit(
    'RESIZE_BILINEAR',
    [image, step.indices([targets[0].size, targets[1].size])],
    imageShape(shape),
    options,
  );
  step.give(y, shape, IMAGE);
};

function optionsOf(step: Step, x: Value, targets: readonly [Target, Target], where: string) {
  const isExact = targets.every(({ size, scale }, d) => Math.abs(x.shape[d + 2]! * scale - size) < 1e-4);
  if (where === 'align_corners') return { alignCorners: true, halfPixelCenters: false };
  if (!isExact) step.refuse('onnx-not-supported', 'has scales that do not give whole sizes, which is not supported');
  if (where === 'asymmetric') return { alignCorners: false, halfPixelCenters: false };
  const isHalf = where === 'half_pixel' || (where === 'pytorch_half_pixel' && targets.every(({ size }) => size > 1));
  if (isHalf) return { alignCorners: false, halfPixelCenters: true };
  step.refuse(
    'onnx-not-supported',
    `places pixels by ${where}; half_pixel, align_corners and asymmetric are supported`,
  );
}

/** RESIZE_NEAREST_NEIGHBOR where it repeats each pixel as often; else a GATHER along height and along width. */
function nearest(
  step: Step,
  image: number,
  x: Value,
  targets: readonly [Target, Target],
  where: string,
  isEarly: boolean,
): number {
  const rounding = isEarly ? 'floor' : step.text('nearest_mode', 'round_prefer_floor');
  const [rows, columns] = targets.map((target, d) => pixelsOf(step, x.shape[d + 2]!, target, where, rounding)) as [
    number[],
    number[],
  ];
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const repeats = (pixels: number[], size: number): boolean => {
    const times = pixels.length / size;
    return Number.isInteger(times) && times <= 16 && pixels.every((pixel, i) => pixel === Math.floor(i / times));
  };
  const to = [batch, rows.length, columns.length, channels];
  const options = { alignCorners: false, halfPixelCenters: false };
  if (repeats(rows, height) && repeats(columns, width))
    return step.emit('RESIZE_NEAREST_NEIGHBOR', [image, step.indices([rows.length, columns.length])], to, options);
  step.note('Nearest pixels that are not repeated evenly are chosen by GATHER');
  const down = step.emit('GATHER', [image, step.indices(rows)], [batch, rows.length, width, channels], {
    axis: 1,
    batchDims: 0,
  });
  return step.emit('GATHER', [down, step.indices(columns)], to, { axis: 2, batchDims: 0 });
}

/** Which pixel of `input` each of the output takes. */
function pixelsOf(step: Step, input: number, { size, scale }: Target, where: string, rounding: string): number[] {
  const places: Readonly<Record<string, (i: number) => number>> = {
    asymmetric: (i) => i / scale,
    half_pixel: (i) => (i + 0.5) / scale - 0.5,
    pytorch_half_pixel: (i) => (size > 1 ? (i + 0.5) / scale - 0.5 : 0),
    align_corners: (i) => (size > 1 ? (i * (input - 1)) / (size - 1) : 0),
  };
  const roundings: Readonly<Record<string, (at: number) => number>> = {
    floor: Math.floor,
    ceil: Math.ceil,
    round_prefer_floor: (at) => Math.ceil(at - 0.5),
    round_prefer_ceil: (at) => Math.floor(at + 0.5),
  };
  const [place, round] = [places[where], roundings[rounding]];
  if (!place || !round)
    return step.refuse('onnx-not-supported', `chooses pixels by ${where} and ${rounding}, which is not supported`);
  return Array.from({ length: size }, (_, i) => Math.min(input - 1, Math.max(0, round(place(i)))));
}

export const spaceToDepth: Recipe = (step) => {
  const x = step.image(0);
  const block = step.int('blocksize', 0);
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  if (block < 1 || height % block !== 0 || width % block !== 0)
    step.refuse('onnx-shape', `cannot cut ${height} by ${width} into blocks of ${block}`);
  const shape = [batch, channels * block * block, height / block, width / block];
  step.give(
    step.emit('SPACE_TO_DEPTH', [step.arrange(x, IMAGE)], imageShape(shape), { blockSize: block }),
    shape,
    IMAGE,
  );
};

/** DCR has the blocks outermost among the channels, as our operator; CRD innermost: the channels change places first. */
export const depthToSpace: Recipe = (step) => {
  const x = step.image(0);
  const block = step.int('blocksize', 0);
  const [batch, depth, height, width] = x.shape as [number, number, number, number];
  const [places, mode] = [block * block, step.text('mode', 'DCR')];
  if (block < 1 || depth % places !== 0)
    step.refuse('onnx-shape', `cannot spread ${depth} channels over blocks of ${block}`);
  const shape = [batch, depth / places, height * block, width * block];
  let image = step.arrange(x, IMAGE);
  if (mode === 'CRD' && places > 1) {
    const channels = depth / places;
    const chosen = Array.from({ length: depth }, (_, i) => (i % channels) * places + Math.floor(i / channels));
    image = step.emit('GATHER', [image, step.indices(chosen)], imageShape(x.shape), { axis: 3, batchDims: 0 });
    step.note('DepthToSpace of mode CRD puts the channels into the order of DCR by GATHER');
  } else if (mode !== 'DCR' && mode !== 'CRD') step.refuse('onnx-attribute', `has the unknown mode ${mode}`);
  step.give(step.emit('DEPTH_TO_SPACE', [image], imageShape(shape), { blockSize: block }), shape, IMAGE);
};
