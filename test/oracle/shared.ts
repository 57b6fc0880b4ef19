// The networks and reference outputs kept beside the checkout in ../shared, where they are present.
// golden/<name>/index.json names a network, its inputs, and per runtime a file with every operator's output.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { importNetwork } from '../../main/import/import';
import { type ElementType, type Network, elementCount } from '../../main/network/network';
import { type TypedArray, viewBytes } from '../../main/tensor/tensor';

const SHARED = resolve(import.meta.dirname, '../../../shared');
export const sharedPresent = existsSync(join(SHARED, 'golden')) && existsSync(join(SHARED, 'models'));

interface StoredOutput {
  readonly id: number;
  readonly op: number;
  readonly opName: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}
interface Index {
  readonly model: string;
  readonly sha256: string; // of the network's file
  readonly inputs: readonly { id: number; dtype: ElementType; shape: readonly number[]; file: string }[];
  readonly sets: Readonly<Record<string, { file: string; tensors: readonly StoredOutput[] } | { error: string }>>;
}

/** What one runtime computed for one network: the value of every operator output, by tensor index. */
export interface SharedCase {
  readonly name: string;
  readonly network: Network;
  readonly inputs: ReadonlyMap<number, TypedArray>;
  readonly outputs: readonly { readonly operator: number; readonly tensor: number; readonly data: TypedArray }[];
}

/** All cases of a runtime: 'tflm_reference' or 'tfjs_builtin'. */
export function readSharedCases(runtime: string): SharedCase[] {
  return readdirSync(join(SHARED, 'golden')).flatMap((name) => {
    const folder = join(SHARED, 'golden', name);
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Index;
    const set = index.sets[runtime];
    if (!set || 'error' in set) return [];
    const path = join(SHARED, 'models', index.model);
    if (!existsSync(path)) return [];
    const file = readFileSync(path);
    if (createHash('sha256').update(file).digest('hex') !== index.sha256)
      throw new Error(`${index.model} is not the file that golden/${name} was computed from`);
    const { network } = importNetwork(file, basename(path));
    const values = readFileSync(join(folder, set.file));
    const view = (bytes: Uint8Array, type: ElementType, shape: readonly number[]): TypedArray =>
      viewBytes(type, bytes.slice(), elementCount(shape));
    const inputs = new Map(index.inputs.map((i) => [i.id, view(readFileSync(join(folder, i.file)), i.dtype, i.shape)]));
    const outputs = set.tensors.map((t) => ({
      operator: t.op,
      tensor: t.id,
      data: view(values.subarray(t.offset, t.offset + t.bytes), t.dtype, t.shape),
    }));
    return [{ name, network, inputs, outputs }];
  });
}

/** The bytes of a network under ../shared/models. */
export const readSharedModel = (path: string): Buffer => readFileSync(join(SHARED, 'models', path));

/** The files of a folder under ../shared/models. */
export const listShared = (folder: string): string[] => readdirSync(join(SHARED, 'models', folder));

/** Elements that differ; -1 when the lengths do. */
export function countDifferences(ours: TypedArray, theirs: TypedArray): number {
  if (ours.length !== theirs.length) return -1;
  let differing = 0;
  for (let i = 0; i < ours.length; i++) if (!Object.is(ours[i], theirs[i])) differing++;
  return differing;
}
