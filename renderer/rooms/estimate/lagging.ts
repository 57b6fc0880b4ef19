// A value that follows another a little later, at most so often: so that what is costly to draw never keeps what is cheap
// from following a slider. In: a source. Out: its value of a moment ago; the last one always arrives.
import { type ShallowRef, onBeforeUnmount, shallowRef, watch } from 'vue';

export function useLagging<T>(source: () => T, ms: number): Readonly<ShallowRef<T>> {
  const value = shallowRef(source()) as ShallowRef<T>;
  let timer: ReturnType<typeof setTimeout> | null = null;
  watch(source, () => {
    timer ??= setTimeout(() => {
      timer = null;
      value.value = source();
    }, ms);
  });
  onBeforeUnmount(() => timer !== null && clearTimeout(timer));
  return value;
}
