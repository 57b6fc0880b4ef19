// RESIZE_BILINEAR: four pixels and their weights. In: a question. Out: the pixels and the steps, by the kernel's own positions and
// blend (operators/resizeBilinear.ts).
import type { OperatorOf } from '../../network/network';
import { indexOf } from '../../tensor/place';
import { methodOf } from '../operators/resizeBilinear';
import { type Account, type Question, type Step, operandOf, rawAt } from './explanation';
import { elementsRead, listElements } from './places';
import { endOf } from './steps';

type Pair = readonly [left: number, right: number];

/** What the weights are counted in. */
const ONE = { fixed: 1024, rounded: 1024, q11: 2048 } as const;

export function explainResize(question: Question, { options }: OperatorOf<'RESIZE_BILINEAR'>): Account {
  const { inputs, output, element, arithmetic } = question;
  const x = inputs[0]!;
  const [, height, width, depth] = x.tensor.shape as [number, number, number, number];
  const [n, oy, ox, c] = indexOf(output.shape, element) as [number, number, number, number];
  const { positions, blend } = methodOf(arithmetic, x.tensor);
  const row = positions(height, output.shape[1]!, options)[oy]!;
  const column = positions(width, output.shape[2]!, options)[ox]!;
  const at = (y: number, from: number): number => rawAt(x.data, ((n * height + y) * width + from) * depth + c);
  const top = [at(row.lower, column.lower), at(row.lower, column.upper)] as const;
  const bottom = [at(row.upper, column.lower), at(row.upper, column.upper)] as const;
  const blended = blend(...top, ...bottom, row.weight, column.weight) + 0; // no negative zero
  const steps: Step[] = [
    { name: 'down', formula: `row ${row.lower} to row ${row.upper}`, value: row.weight },
    { name: 'right', formula: `column ${column.lower} to column ${column.upper}`, value: column.weight },
    ...(arithmetic === 'fixed' || arithmetic === 'rounded' || arithmetic === 'q11'
      ? wholeSteps(top, bottom, row.weight, column.weight, arithmetic, blended)
      : realSteps(top, bottom, output.type, blended)),
  ];
  const elements = elementsRead(question, 0);
  return {
    says: 'Blended from the pixels about its place in the image, by how near they are.',
    operands: [operandOf(question, 0, 'x')],
    ...listElements(question, [0], [elements]),
    steps,
    result: endOf(steps),
  };
}

function wholeSteps(
  top: Pair,
  bottom: Pair,
  down: number,
  right: number,
  arithmetic: keyof typeof ONE,
  blended: number,
): Step[] {
  const one = ONE[arithmetic];
  const mix = (name: string, [a, b]: Pair, weight: number): Step => ({
    name,
    formula: `${a} x ${one - weight} + ${b} x ${weight}`,
    value: a * (one - weight) + b * weight,
  });
  const [upper, lower] = [mix('upper row', top, right), mix('lower row', bottom, right)];
  const both = mix('both rows', [upper.value, lower.value], down);
  const ties = { fixed: 'away from 0', rounded: 'to even', q11: 'up' }[arithmetic];
  return [
    upper,
    lower,
    both,
    { name: 'round', formula: `round(${both.value} / ${one}^2), ties ${ties}`, value: blended },
  ];
}

/** In float32, every operation rounded in the kernel's order. */
function realSteps(top: Pair, bottom: Pair, type: string, blended: number): Step[] {
  const formula = `(${top.join(', ')}; ${bottom.join(', ')}), each by its share down and right, in float32`;
  if (type !== 'uint8') return [{ name: 'blend', formula, value: Math.fround(blended) }];
  return [
    { name: 'blend', formula: `${formula}; + 0.5`, value: blended },
    { name: 'store', formula: `the whole part of ${blended}`, value: Math.trunc(blended) },
  ];
}
