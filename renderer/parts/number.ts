// How numbers are written in the window. In: numbers. Out: text with thin-space thousands and a true minus sign.
// Cells show the short form; `exact` is for the hover and for copying.
const THIN = '\u2009';
const MINUS = '\u2212';

/** 1234567 -> '1 234 567' (thin spaces); the fraction is kept as JavaScript writes it. */
export function group(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return sign(String(value));
  const [whole = '', rest] = String(value).split(/(?=[.e])/);
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
  return sign(rest === undefined ? grouped : grouped + String(value).slice(whole.length));
}

/** The whole value as plain text, for hover and copy. */
export const exact = (value: number | bigint): string => String(value);

/** Big amounts in three digits: 12 345 678 -> '12.3 M'. */
export function amount(value: number): string {
  const units: readonly [number, string][] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  const unit = units.find(([size]) => Math.abs(value) >= size);
  if (!unit) return group(value);
  const scaled = value / unit[0];
  return sign(scaled.toFixed(Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2)) + THIN + unit[1];
}

/** A real number in five significant digits. */
export function real(value: number): string {
  if (!Number.isFinite(value)) return sign(String(value));
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return sign(value.toExponential(3));
  return group(Number(value.toPrecision(5)));
}

/** Milliseconds: three significant digits, never fewer than whole milliseconds. */
export function milliseconds(value: number): string {
  if (value >= 100) return group(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

/** Elapsed time for people: '0.4 s', '12 s', '3:07'. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}${THIN}s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds}${THIN}s`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A share as percent: '0', '<0.1', '12.5', '100'; never rounds a rest to 0 or 100. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0';
  if (part === whole) return '100';
  const share = (100 * part) / whole;
  if (share < 0.1) return '<0.1';
  return share > 99.9 ? '>99.9' : share.toFixed(1);
}

/** Bytes: '512 B', '24.0 KiB', '3.41 MiB'. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes}${THIN}B`;
  const [scaled, unit] = bytes < 1048576 ? [bytes / 1024, 'KiB'] : [bytes / 1048576, 'MiB'];
  return `${scaled.toFixed(scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2)}${THIN}${unit}`;
}

/** [1, 32, 32, 16] -> '1×32×32×16'. */
export const shapeText = (shape: readonly number[]): string => (shape.length === 0 ? 'scalar' : shape.join('×'));

/** 'sha256…' in the short form of the status bar. */
export const shortHash = (sha256: string): string => `${sha256.slice(0, 4)}…${sha256.slice(-2)}`;

/** 1 operator, 2 operators. */
export const count = (n: number, word: string): string => `${group(n)} ${word}${n === 1 ? '' : 's'}`;

/** Date and time of day, local, in a sortable form. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, '0');
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  );
}

const sign = (text: string): string => text.replaceAll('-', MINUS);

/** A sentence that main wrote, with true minus signs before its numbers, crosses between them, and thin spaces inside. */
export const typeset = (text: string): string =>
  text
    .replace(/(\d),(?=\d{3}(?!\d))/g, `$1${THIN}`)
    .replace(/(^|[\s([])-(?=[\d.])/g, `$1${MINUS}`)
    .replace(/(\d) x (?=[\d−])/g, '$1 × ');
