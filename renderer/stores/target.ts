// What Simulate and Export share: the array, by name; the layers of the open network that it runs; the run whose inputs are
// taken. In: texts and ticks of a person. Out: values, or the sentence that says what is wrong.
import { defineStore } from 'pinia';
import { type Ref, computed, shallowRef, watch } from 'vue';
import type { PeArray } from '../../main/array/array';
import { namedArray } from '../../main/array/presets';
import { recordFailure } from '../../main/network/failure';
import type { OperatorView } from '../../main/network/view';
import { useDesign } from './design';
import { useGolden } from './golden';
import { useNetwork } from './network';

/** What the engine runs, where its values have 8 bits. */
const LAYERS: readonly string[] = ['CONV_2D', 'DEPTHWISE_CONV_2D', 'FULLY_CONNECTED', 'BATCH_MATMUL'];

export const useTarget = defineStore('target', () => {
  const network = useNetwork();
  const golden = useGolden();
  const design = useDesign();
  const draft = shallowRef<string | null>(null); // a name that is none yet
  const leftBehind = shallowRef(''); // edits of the array before, which went when another was named

  /** The array of the design, which Plan and Estimate show, too. */
  const array = computed((): { readonly value: PeArray | null; readonly why: string } => {
    if (draft.value === null) return { value: design.design.array, why: '' };
    try {
      return { value: namedArray(draft.value), why: '' };
    } catch (error) {
      const { sentence, remedy } = recordFailure(error);
      return { value: null, why: `${sentence} ${remedy}` };
    }
  });
  /** Another array for all rooms: one of the design's, or a size. */
  function nameArray(text: string): void {
    const name = text.trim();
    draft.value = name;
    const found = design.arrays.find((one) => one.name === name) ?? array.value.value;
    if (!found) return;
    const { base } = design.design;
    const edits = design.changes.map(([field, value]) => `${field}=${value}`).join(', ');
    leftBehind.value = edits && found !== design.design.array ? `${edits} of ${base.name}` : '';
    design.setArray(found);
    draft.value = null;
  }
  const arrayName = computed(() => draft.value ?? design.design.array.name);
  /** Those that there is RTL for. */
  const arrays = computed(() => design.arrays.filter(({ dataflow }) => dataflow === 'kraken'));

  const layers = computed((): readonly OperatorView[] => {
    const tensors = network.current?.tensors ?? [];
    const has8Bits = ({ inputs }: OperatorView): boolean =>
      ['int8', 'uint8'].includes(tensors[inputs[0] ?? -1]?.type ?? '');
    return (network.current?.operators ?? []).filter(
      (operator) => LAYERS.includes(operator.name) && has8Bits(operator),
    );
  });
  /** The run whose inputs are taken: the shown one, else the newest; one that the RTL made has the inputs of another. */
  const source = computed(() => {
    const isGolden = (run: { readonly state: string; readonly engine: string }): boolean =>
      run.state === 'done' && !run.engine.startsWith('rtl ');
    return golden.run && isGolden(golden.run) ? golden.run : (golden.runs.find(isGolden) ?? null);
  });
  /** The same in words. */
  const sourceWords = computed(() => {
    const run = source.value;
    return run ? `run ${run.id} · ${golden.sources.get(run.id) ?? run.kernels}` : 'none yet';
  });

  return { array, arrayName, arrays, leftBehind, nameArray, layers, source, sourceWords };
});

/** Which of the layers are ticked; all of another network's are. */
export function tickLayers(layers: Readonly<Ref<readonly OperatorView[]>>) {
  const left = shallowRef<ReadonlySet<number>>(new Set());
  const picked = computed(() => layers.value.filter(({ index }) => !left.value.has(index)));
  /** As a request names them. */
  const chosen = computed(() =>
    picked.value.length === layers.value.length ? 'all' : picked.value.map(({ index }) => index),
  );
  function pick(operator: number, yes: boolean): void {
    const next = new Set(left.value);
    if (yes) next.delete(operator);
    else next.add(operator);
    left.value = next;
  }
  const pickAll = (yes: boolean): void =>
    void (left.value = new Set(yes ? [] : layers.value.map(({ index }) => index)));
  watch(
    () => useNetwork().id,
    () => (left.value = new Set()),
  );
  return { picked, chosen, pick, pickAll };
}
