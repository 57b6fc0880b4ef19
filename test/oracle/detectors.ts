// Random TFLite_Detection_PostProcess operators, for detection.test.ts and the explanations. In: a bench, random numbers. Out: the operator
// added to the bench, and its options.
import type { DetectionOptions } from '../../main/network/network';
import { type Bench, perTensor } from './bench';
import type { Random } from './random';

/** Adds the operator; boxes crowd about few places, so that many overlap. */
export function addDetector(
  bench: Bench,
  r: Random,
  type: 'float32' | 'uint8',
  useRegularNms: boolean,
): DetectionOptions {
  const [numClasses, background] = [r.whole(1, 6), r.whole(0, 1)];
  const count = r.whole(2, Math.min(60, Math.floor(255 / (numClasses + background)))); // as many as there are distinct bytes
  const maxClassesPerDetection = useRegularNms ? 1 : r.whole(1, numClasses);
  const options: DetectionOptions = {
    maxDetections: r.whole(1, 20),
    maxClassesPerDetection,
    detectionsPerClass: r.whole(1, 20),
    useRegularNms,
    scoreThreshold: r.pick([0, Math.fround(0.3), Math.fround(0.6)]),
    iouThreshold: r.pick([Math.fround(0.2), 0.5, Math.fround(0.6), 1]),
    numClasses,
    scale: { y: 10, x: 10, h: 5, w: 5 },
  };
  const q = type === 'uint8' ? { boxes: perTensor(0.05, 128), scores: perTensor(1 / 256, 0) } : null;
  const stride = r.chance(0.2) ? 6 : 4;
  const boxes = bench.input(type, [1, count, stride], q?.boxes);
  const scores = bench.input(type, [1, count, numClasses + background], q?.scores);
  const anchors = bench.input(type, [count, 4], q ? perTensor(1 / 200, 0) : undefined);
  if (type === 'float32') {
    bench.inputs.set(
      boxes,
      Float32Array.from({ length: count * stride }, () => r.real() * 4 - 2),
    );
    bench.inputs.set(
      scores,
      Float32Array.from({ length: count * (numClasses + background) }, () => r.real()),
    );
    bench.inputs.set(
      anchors,
      Float32Array.from({ length: count * 4 }, (_, i) => (i % 4 < 2 ? r.pick([0.3, 0.7]) : 0.2 + r.real() / 10)),
    );
  } else bench.inputs.set(scores, distinctBytes(r, count * (numClasses + background)));
  const places = options.maxDetections * maxClassesPerDetection;
  const shapes = [[1, places, 4], [1, places], [1, places], [1]];
  const outputs = shapes.map((shape) => ({ type: 'float32', shape }) as const);
  bench.builder.operatorOfMany('TFLite_Detection_PostProcess', [boxes, scores, anchors], outputs, options);
  return options;
}

/** Scores that differ: TFLite sorts equal ones in no defined order. */
function distinctBytes(r: Random, count: number): Uint8Array {
  const bytes = Uint8Array.from({ length: 255 }, (_, i) => i + 1);
  for (let i = 254; i > 0; i--) {
    const j = r.whole(0, i);
    [bytes[i], bytes[j]] = [bytes[j]!, bytes[i]!];
  }
  return bytes.slice(0, count);
}
