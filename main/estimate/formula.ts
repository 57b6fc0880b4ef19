// Formulas as data: the text that people read is what is computed. In: a text such as 'ceil(C_o / (S_W × E))'. Out: a
// function of named values, and the text with the values in it. Known: + − × / ( ), numbers, names, ceil floor min max.
// `10^6` and other powers are written as numbers.

export type Values = Record<string, number>;
type Evaluate = (values: Values) => number;

export interface Formula {
  readonly name: string; // the symbol, as other formulas use it
  readonly about: string;
  readonly unit: string;
  readonly text: string;
  readonly source: string;
  compute(values: Values): number;
}

/** A formula with its values in it: what a window shows for a number. */
export interface Figure {
  readonly name: string;
  readonly about: string;
  readonly value: number;
  readonly unit: string;
  readonly formula: string;
  readonly filled: string;
  readonly source: string;
}

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  min: Math.min,
  max: Math.max,
};
const WORDS = /[A-Za-z][A-Za-z0-9_]*/g;
const TOKENS = /\s*([A-Za-z][A-Za-z0-9_]*|\d+(?:\.\d+)?(?:e[+-]?\d+)?|[-+−×/(),])/gy;

export function formula(name: string, about: string, unit: string, text: string, source: string): Formula {
  return { name, about, unit, text, source, compute: parseFormula(text) };
}

/** All figures in order, each from the given values and the figures before it. The given values stay as they are. */
export function evaluate(formulas: readonly Formula[], given: Values): Values {
  const values = { ...given };
  for (const { name, compute } of formulas) values[name] = compute(values);
  return values;
}

export const explain = (formulas: readonly Formula[], values: Values): Figure[] =>
  formulas.map(({ name, about, unit, text, source }) => ({
    name,
    about,
    value: values[name]!,
    unit,
    formula: text,
    filled: fillFormula(text, values),
    source,
  }));

/** The names in these formulas that none of them computes: what is given, in the order of its first use. */
export function givenNames(figures: readonly Figure[]): string[] {
  const computed = new Set(figures.map(({ name }) => name));
  const used = figures.flatMap(({ formula }) => formula.match(WORDS) ?? []);
  return [...new Set(used)].filter((word) => !(word in FUNCTIONS) && !computed.has(word));
}

/** The text with each name replaced by its value. */
export const fillFormula = (text: string, values: Values): string =>
  text.replace(WORDS, (word) => (word in FUNCTIONS ? word : tellNumber(values[word]!)));

/** Whole numbers in full, others with 9 significant digits; negative ones in brackets, as they stand in formulas. */
function tellNumber(value: number): string {
  const text = String(Number.isInteger(value) ? value : Number(value.toPrecision(9)));
  return value < 0 ? `(${text})` : text;
}

/** @throws Error where the text is no formula: formulas are ours, so that is our bug */
export function parseFormula(text: string): Evaluate {
  const tokens = tokenize(text);
  let at = 0;
  const take = (...wanted: string[]): string | null => (wanted.includes(tokens[at] ?? '') ? tokens[at++]! : null);
  const need = (wanted: string): void => {
    if (!take(wanted)) throw new Error(`formula '${text}': ${wanted} expected at token ${at + 1}`);
  };
  const sum = (): Evaluate => {
    let left = product();
    for (let sign = take('+', '-', '−'); sign; sign = take('+', '-', '−')) left = combine(sign, left, product());
    return left;
  };
  const product = (): Evaluate => {
    let left = factor();
    for (let sign = take('×', '/'); sign; sign = take('×', '/')) left = combine(sign, left, factor());
    return left;
  };
  const factor = (): Evaluate => {
    if (take('(')) {
      const inner = sum();
      need(')');
      return inner;
    }
    if (take('-', '−')) return combine('-', () => 0, factor());
    const token = tokens[at++];
    if (token === undefined || !/^[A-Za-z\d]/.test(token)) throw new Error(`formula '${text}': a value expected`);
    if (/^\d/.test(token)) return constant(Number(token));
    return token in FUNCTIONS ? call(FUNCTIONS[token]!) : (values) => values[token]!;
  };
  const call = (of: (...values: number[]) => number): Evaluate => {
    need('(');
    const parts = [sum()];
    while (take(',')) parts.push(sum());
    need(')');
    const [first] = parts;
    return parts.length === 1 ? (values) => of(first!(values)) : (values) => of(...parts.map((part) => part(values)));
  };
  const whole = sum();
  if (at < tokens.length) throw new Error(`formula '${text}': nothing expected after token ${at}`);
  return whole;
}

const constant =
  (value: number): Evaluate =>
  () =>
    value;

function combine(sign: string, a: Evaluate, b: Evaluate): Evaluate {
  if (sign === '+') return (values) => a(values) + b(values);
  if (sign === '×') return (values) => a(values) * b(values);
  if (sign === '/') return (values) => a(values) / b(values);
  return (values) => a(values) - b(values);
}

function tokenize(text: string): string[] {
  const tokens = [...text.matchAll(TOKENS)].map((match) => match[1]!);
  const length = [...text.matchAll(TOKENS)].reduce((sum, match) => sum + match[0].length, 0);
  if (length !== text.trimEnd().length)
    throw new Error(`formula '${text}': not understood after '${text.slice(0, length)}'`);
  return tokens;
}
