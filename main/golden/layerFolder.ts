// Layers as a folder of .npy files, named as those of a run: 003_CONV_2D.effective_bias.npy. In: constants of layers, and what
// a run's layers went through. Out: files that NumPy reads, and layers.json with everything that is one number.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tellingDisk } from '../import/disk';
import { userFailure } from '../network/failure';
import { writeNpy } from '../tensor/npy';
import type { Derived } from './derive';
import type { LayerConstants } from './layerConstants';

export interface LayerFiles {
  readonly constants: LayerConstants;
  readonly derived: Derived | null; // of a run
}

/** Nothing is replaced. @throws userFailure file-exists, and what the disk says */
export function saveLayerFolder(folder: string, layers: readonly LayerFiles[]): void {
  const target = path.resolve(folder);
  const lists = {
    bias: undefined,
    effectiveBias: undefined,
    multiplier: undefined,
    shift: undefined,
    scale: undefined,
  };
  const index = layers.map(({ constants }) => ({ ...constants, ...lists })); // lists of channels are files of their own
  const files: (readonly [string, Uint8Array | string])[] = [
    ...layers.flatMap(filesOf),
    ['layers.json', `${JSON.stringify(index, null, 2)}\n`],
  ];
  const present = files.find(([name]) => existsSync(path.join(target, name)));
  if (present)
    throw userFailure(
      'file-exists',
      `${present[0]} is in ${path.basename(target)} already.`,
      'Choose an empty or a new folder.',
      { file: present[0] },
    );
  tellingDisk(target, () => {
    mkdirSync(target, { recursive: true });
    for (const [name, content] of files) writeFileSync(path.join(target, name), content, { flag: 'wx' });
  });
}

function filesOf({ constants, derived }: LayerFiles): (readonly [string, Uint8Array])[] {
  const { operator, name, accumulator, bias, effectiveBias, multiplier, shift, scale, output, words } = constants;
  const stem = `${String(operator).padStart(3, '0')}_${name}`;
  const sums = (values: readonly number[]): Uint8Array =>
    writeNpy(
      accumulator,
      [values.length],
      accumulator === 'int64' ? BigInt64Array.from(values, BigInt) : Int32Array.from(values),
    );
  const int32 = (values: readonly number[]): Uint8Array => writeNpy('int32', [values.length], Int32Array.from(values));
  const float32 = (values: readonly number[]): Uint8Array =>
    writeNpy('float32', [values.length], Float32Array.from(values));
  return [
    ...(bias ? [[`${stem}.bias.npy`, sums(bias)] as const] : []),
    ...(effectiveBias ? [[`${stem}.effective_bias.npy`, sums(effectiveBias)] as const] : []),
    ...(multiplier.length > 0 ? [[`${stem}.multiplier.npy`, int32(multiplier)] as const] : []),
    ...(shift.length > 0 ? [[`${stem}.shift.npy`, int32(shift)] as const] : []),
    [`${stem}.scale.npy`, float32(scale)],
    ...(words && words.offset.length > 0 ? [[`${stem}.offset.npy`, float32(words.offset)] as const] : []),
    ...(derived
      ? [
          [`${stem}.accumulator.npy`, writeNpy(accumulator, output.shape, derived.accumulators)] as const,
          [`${stem}.unclamped.npy`, writeNpy('int32', output.shape, derived.unclamped)] as const,
        ]
      : []),
  ];
}
