// The in-band headers of the pixel and weight streams: the only definition of their fields. In: values by name. Out:
// bytes, sealed by a check byte. generate.ts makes the SystemVerilog structs from the same tables.
// Kraken (arXiv 2112.02793) configures itself on the fly by a header before each packet; these are our own fields:
// the host computes everything, so that the hardware neither divides nor takes remainders.

export interface HeaderField {
  readonly name: string;
  readonly bits: number;
  readonly about: string;
}

/** First word of every packet, 64 bits, least significant field first. */
export const PACKET_FIELDS = [
  { name: 'check', bits: 8, about: 'makes the exclusive or of all header bytes zero' },
  { name: 'magic', bits: 8, about: 'which stream the packet is for' },
  { name: 'tag', bits: 8, about: 'number of the iteration, modulo 256; the same on both streams' },
  { name: 'extra', bits: 4, about: 'F, words of a unit beyond its base (R for pixels, C for weights)' },
  { name: 'spare', bits: 4, about: '' },
  { name: 'words', bits: 32, about: 'words of the packet, the header not counted' },
] as const satisfies readonly HeaderField[];

/** Follows in weight packets, 128 bits: what the iteration is. */
export const CONFIG_FIELDS = [
  { name: 'sh1', bits: 2, about: 'sub-words of a column and channel - 1 = min(S_H, K_H) - 1' },
  { name: 's_full', bits: 3, about: 'sub-words with F+1 taps; the others have F' },
  { name: 'f', bits: 4, about: 'F = ceil(K_H/S_H) - 1' },
  { name: 'kw1', bits: 4, about: 'K_W - 1' },
  { name: 'sw1', bits: 2, about: 'S_W - 1' },
  { name: 'ph0', bits: 2, about: 'phase of column 0 = left padding mod S_W' },
  { name: 'ph_rel', bits: 2, about: 'phase of the columns that release = (K_W-1) mod S_W' },
  { name: 'w_rel0', bits: 4, about: 'first column that may release = K_W-1 - left padding' },
  { name: 'kw_last', bits: 4, about: 'core of the first output column released at the last column' },
  { name: 'nq_last', bits: 4, about: 'output columns released at the last column' },
  { name: 'e', bits: 12, about: 'E, elastic groups' },
  { name: 'ci1', bits: 16, about: 'C_i - 1' },
  { name: 'w1', bits: 16, about: 'streamed columns - 1' },
  { name: 'blk1', bits: 20, about: 'N*L - 1' },
  { name: 'a_last', bits: 16, about: 'last weights address = S_W*C_i*K_H - 1' },
  { name: 'keep', bits: 1, about: 'the first product adds to the sums of the iteration before' },
  { name: 'spare', bits: 16, about: '' },
] as const satisfies readonly HeaderField[];

export const PIXEL_MAGIC = 0xa1;
export const WEIGHT_MAGIC = 0xb2;

export const bitsOf = (fields: readonly HeaderField[]): number => fields.reduce((sum, { bits }) => sum + bits, 0);
export const PIXEL_HEADER_BITS = bitsOf(PACKET_FIELDS);
export const WEIGHT_HEADER_BITS = PIXEL_HEADER_BITS + bitsOf(CONFIG_FIELDS);

export type PacketHeader = Record<'magic' | 'tag' | 'extra' | 'words', number>;
export type Config = Record<Exclude<(typeof CONFIG_FIELDS)[number]['name'], 'spare'>, number>;

/** 8 bytes. */
export const packPixelHeader = (header: PacketHeader): Uint8Array => seal(packFields([[PACKET_FIELDS, header]]));

/** 24 bytes. */
export const packWeightHeader = (header: PacketHeader, config: Config): Uint8Array =>
  seal(
    packFields([
      [PACKET_FIELDS, header],
      [CONFIG_FIELDS, config],
    ]),
  );

/** Sets the check byte anew, after whoever changed the header. */
export function seal(header: Uint8Array): Uint8Array {
  header[0] = 0;
  header[0] = header.reduce((all, byte) => all ^ byte, 0);
  return header;
}

function packFields(
  parts: readonly (readonly [readonly HeaderField[], Readonly<Record<string, number>>])[],
): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, [fields]) => sum + bitsOf(fields), 0) / 8);
  let at = 0;
  for (const [fields, values] of parts)
    for (const { name, bits } of fields) {
      const value = values[name] ?? 0;
      if (!Number.isInteger(value) || value < 0 || value >= 2 ** bits)
        throw new Error(`The header field ${name} cannot hold ${value} in ${bits} bits.`);
      for (let bit = 0; bit < bits; bit++, at++)
        if (Math.floor(value / 2 ** bit) % 2 === 1) bytes[at >> 3]! |= 1 << (at & 7);
    }
  return bytes;
}

/** A field as it lies in a header. */
export interface FieldValue {
  readonly name: string;
  readonly about: string;
  readonly at: number; // first bit
  readonly bits: number;
  readonly value: number;
}

/** The fields of a header that packPixelHeader or packWeightHeader made. */
export function readHeader(header: Uint8Array): FieldValue[] {
  const fields = header.length * 8 > PIXEL_HEADER_BITS ? [...PACKET_FIELDS, ...CONFIG_FIELDS] : PACKET_FIELDS;
  let at = 0;
  return fields.map(({ name, bits, about }) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++) value += ((header[(at + bit) >> 3]! >> ((at + bit) & 7)) & 1) * 2 ** bit;
    at += bits;
    return { name, about, at: at - bits, bits, value };
  });
}
