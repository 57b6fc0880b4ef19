// What a benchmark prints: medians and ratios within one run, since machines are noisy and seconds do not travel.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function report(what: string, figures: Readonly<Record<string, number | string>>): void {
  const text = Object.entries(figures).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? tell(value) : value}`,
  );
  console.log(`bench  ${what}: ${text.join(' · ')}`);
}

const tell = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
