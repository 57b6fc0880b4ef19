// An explanation as plain text, for the command line and the clipboard. In: an Explanation. Out: lines.
import { ARITHMETICS } from '../../network/arithmetic';
import { indexOf } from '../../tensor/place';
import { type Explanation, type Operand, type Term, lessZero } from './explanation';

/** Lists at most `most` terms and says how many more there are. */
export function tellExplanation(told: Explanation, most = Infinity): string {
  const { name, operator, index, output, stored, arithmetic, operands, terms, termCount, steps } = told;
  const listed = terms.slice(0, most);
  const cells = listed.map(
    (term) =>
      [
        placesOf(term, operands),
        told.termsAre === 'products' ? productOf(term, operands) : '',
        `${term.value}`,
      ] as const,
  );
  const rest = termCount - listed.length;
  const end =
    told.result === null
      ? []
      : [`= ${told.result}${told.result === stored ? ', as stored' : `, but ${stored} is stored`}`];
  return [
    `${name} (operator ${operator}), element [${index.join(', ')}] of tensor ${output.tensor} (${output.name}): ${stored}`,
    told.says,
    `${arithmetic}: ${ARITHMETICS[arithmetic]}`,
    '',
    ...operands.map((o) => `${o.symbol}: tensor ${o.tensor} (${o.name}), zero point ${o.zeroPoint}`),
    ...alignRight(cells).map((line) => `  ${line}`),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
    ...(steps.length > 0 ? ['', ...alignRight(steps.map((s) => [s.name, s.formula, `${s.value}`]))] : []),
    ...end,
  ].join('\n');
}

/** 'x[0, 2, 3, 0]' and, of a product, 'w[7, 0, 1, 0]' too. */
const placesOf = ({ elements }: Term, operands: readonly Operand[]): string =>
  operands
    .flatMap(({ symbol, shape }, i) => {
      const element = elements[i]!;
      return element === null ? [] : [`${symbol}[${indexOf(shape, element).join(', ')}]`];
    })
    .join(' ');

const productOf = ({ raw }: Term, operands: readonly Operand[]): string =>
  operands.map(({ zeroPoint }, i) => lessZero(raw[i]!, zeroPoint)).join(' x ');

/** Columns of text; the last one is of numbers. */
function alignRight(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => rows.reduce((most, row) => Math.max(most, row[i]!.length), 0));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .filter((_, i) => widths[i]! > 0)
      .join('  ')
      .trimEnd(),
  );
}
