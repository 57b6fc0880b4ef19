// Text out of a file is untrusted: it reaches terminals, tables and file names.
// In: a string of the file. Out: the same without control and direction-changing characters, of bounded length.

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const LONGEST = 4096; // converters join the names of fused layers: over 1,000 characters are real

/** Control, format and unpaired-surrogate characters become U+FFFD; what is too long ends in '…'. */
export function cleanText(text: string | null): string {
  const clean = (text ?? '').replace(UNSAFE, '\ufffd');
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}

/** For a sentence: at most 60 characters. */
export function shortText(text: string | null): string {
  const clean = cleanText(text);
  return clean.length > 60 ? `${clean.slice(0, 59)}…` : clean;
}
