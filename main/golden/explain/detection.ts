// TFLite_Detection_PostProcess: a corner of a box, its class, its score, or how many there are. In: a question. Out: the box chosen for
// this place and the steps from its encoding, its anchor and its scores.
import type { OperatorOf } from '../../network/network';
import { scaleOf, zeroPointOf } from '../kernel';
import { decodeSpan, detect, realsOf } from '../operators/detectionPostProcess';
import { type Account, type Question, type Step, lessZero, operandOf, rawAt } from './explanation';
import { listElements } from './places';
import { endOf } from './steps';

type Detection = OperatorOf<'TFLite_Detection_PostProcess'>;
const [ENCODINGS, SCORES, ANCHORS] = [0, 1, 2];
const AXES = ['y', 'x'] as const;
const SIZES = ['h', 'w'] as const;
const CORNERS = ['top', 'left', 'bottom', 'right'] as const;

export function explainDetection(question: Question, { options }: Detection): Account {
  const { inputs, element, position } = question;
  const { places, found, background } = detect(
    options,
    inputs.map((input) => input!),
  );
  if (position === 3)
    return account(
      question,
      `${tellChoice(options)} ${options.maxDetections} at most.`,
      [],
      [{ name: 'count', formula: 'boxes that stay', value: found }],
    );
  const place = places[position === 0 ? element >> 2 : element];
  if (!place)
    return account(
      question,
      `No detection has this place: ${found} stay.`,
      [],
      [{ name: 'no detection', formula: 'left at 0', value: 0 }],
    );
  const says = `Box ${place.box} stays. ${tellChoice(options)}`;
  if (position === 0) return corner(question, options, place.box, CORNERS[element & 3]!, says);
  const width = inputs[SCORES]!.tensor.shape[2]!;
  const score = [SCORES, place.box * width + background + place.class] as const;
  const steps: Step[] =
    position === 1
      ? [{ name: 'class', formula: background ? 'counted behind the background' : 'of this score', value: place.class }]
      : realSteps(question, 'score', ...score);
  return account(question, says, [score], steps);
}

const tellChoice = ({ useRegularNms, scoreThreshold, iouThreshold }: Detection['options']): string =>
  `Of the boxes with a score of at least ${scoreThreshold}, best first${useRegularNms ? ' in each class' : ''}, those that overlap no better one by more than ${iouThreshold} stay.`;

/** One element as a real number. */
function realSteps({ inputs }: Question, name: string, slot: number, element: number): Step[] {
  const value = inputs[slot]!;
  const [raw, real] = [rawAt(value.data, element), realsOf(value)[element]!];
  if (value.tensor.type === 'float32') return [{ name, formula: 'as given', value: real }];
  const formula = `float32(${lessZero(raw, zeroPointOf(value.tensor))} x ${scaleOf(value.tensor)})`;
  return [{ name, formula, value: real }];
}

function corner(
  question: Question,
  { scale }: Detection['options'],
  box: number,
  name: (typeof CORNERS)[number],
  says: string,
): Account {
  const axis = name === 'top' || name === 'bottom' ? 0 : 1;
  const [at, size] = [AXES[axis]!, SIZES[axis]!];
  const code = box * question.inputs[ENCODINGS]!.tensor.shape[2]! + axis;
  const read = [
    [ENCODINGS, code],
    [ENCODINGS, code + 2],
    [ANCHORS, box * 4 + axis],
    [ANCHORS, box * 4 + axis + 2],
  ] as const;
  const names = [at, size, `anchor ${at}`, `anchor ${size}`];
  const reals = read.flatMap((one, i) => realSteps(question, names[i]!, ...one));
  const [p, s, anchor, length] = reals.map(({ value }) => value) as [number, number, number, number];
  const span = decodeSpan([p, s], [anchor, length], [scale[at], scale[size]]);
  const isStart = name === 'top' || name === 'left';
  return account(question, says, read, [
    ...reals,
    { name: 'centre', formula: `float32(${p} / ${scale[at]} x ${length} + ${anchor})`, value: span.centre },
    { name: 'half', formula: `float32(0.5 x e^(${s} / ${scale[size]}) x ${length})`, value: span.half },
    {
      name,
      formula: `float32(${span.centre} ${isStart ? '-' : '+'} ${span.half})`,
      value: isStart ? span.start : span.end,
    },
  ]);
}

function account(
  question: Question,
  says: string,
  read: readonly (readonly [slot: number, element: number])[],
  steps: readonly Step[],
): Account {
  const slots = [...new Set(read.map(([slot]) => slot))];
  const elements = slots.map((slot) => read.filter(([of]) => of === slot).map(([, element]) => element));
  const symbols = ['code', 'score', 'anchor'];
  return {
    says,
    operands: slots.map((slot) => operandOf(question, slot, symbols[slot]!)),
    ...listElements(question, slots, elements),
    steps,
    result: endOf(steps),
  };
}
