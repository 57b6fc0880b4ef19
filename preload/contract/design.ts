// Requests that carry a design: the layers of a network, an array, the values of a sweep. Sizes and kinds are checked
// here; the array's fields by main/array, with a sentence for each.
import { z } from 'zod';

const size = z
  .int()
  .min(0)
  .max(2 ** 24);
const position = z.int().min(0).max(1_000_000).nullable();
/** A layer's name comes from a file. */
// eslint-disable-next-line no-control-regex -- a name stands in lines of text
const name = z.string().regex(/^[^\u0000-\u001f]{1,1000}$/);
const text = z.string().max(4000);

const window = z.strictObject({
  input: size,
  output: size,
  taps: size,
  stride: size,
  dilation: size,
  before: z
    .int()
    .min(-(2 ** 24))
    .max(2 ** 24),
});
const common = { name, operator: position, pin: z.record(z.string().max(64), z.string().max(64)).optional() };
const layer = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('convolution'),
    frames: size,
    groups: size,
    inputChannels: size,
    outputChannels: size,
    rows: window,
    columns: window,
  }),
  z.strictObject({
    ...common,
    kind: z.literal('product'),
    products: size,
    rows: size,
    depth: size,
    columns: size,
    isShared: z.boolean(),
  }),
]);
const step = z.union([
  z.strictObject({ layer }),
  z.strictObject({ host: z.strictObject({ name, operator: position, why: text }) }),
]);
/** Only so much that it is an array; main says what is wrong with one. */
const array = z.looseObject({ name: text, about: text, dataflow: text, rows: z.number(), cores: z.number() });

const values = z.array(z.number().min(0).max(1e12)).min(1).max(10_000);
export const sweepRequest = z.strictObject({
  workload: z.strictObject({ name, file: name, steps: z.array(step).min(1).max(10_000) }),
  array,
  objective: z.enum(['clocks', 'traffic']),
  axes: z.strictObject({
    rows: values,
    cores: values,
    sram: values,
    clockMHz: values,
    dramMegabytesPerSecond: values,
    batch: values,
  }),
});
