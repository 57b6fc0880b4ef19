// A scrolled list that draws only what is visible. In: the scrolling element, number and height of rows. Out: the
// visible range, kept in step with scroll bar, wheel and size of the element. Tables and the values view share it.
import { type Ref, computed, onBeforeUnmount, shallowRef, watch } from 'vue';
import { isScaled, lowest, makeTrack, reveal, toScroll, toVirtual, visibleRows } from './scroll';

export function useRows(element: Readonly<Ref<HTMLElement | null>>, rows: () => number, rowHeight: number, head = 0) {
  const view = shallowRef(400);
  const width = shallowRef(600);
  const top = shallowRef(0); // virtual offset, pixels
  const track = computed(() => makeTrack(rows(), rowHeight, view.value));
  const range = computed(() => visibleRows(track.value, Math.min(top.value, lowest(track.value))));
  let ours = -1; // scroll position we set ourselves: its event must not move the offset again
  let goal = 0;
  let frame = 0;

  function moveTo(offset: number): void {
    top.value = Math.min(Math.max(0, offset), lowest(track.value));
    const el = element.value;
    if (!el) return;
    el.scrollTop = toScroll(track.value, top.value);
    ours = el.scrollTop;
  }

  function onScroll(): void {
    const at = element.value?.scrollTop ?? 0;
    if (Math.abs(at - ours) < 1) return;
    ours = -1;
    stop();
    top.value = toVirtual(track.value, at);
  }

  // Only where one pixel of the scroll bar is many rows: glide to the goal as the browser itself would.
  function onWheel(event: WheelEvent): void {
    if (!isScaled(track.value) || event.ctrlKey || event.shiftKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? rowHeight : event.deltaMode === 2 ? view.value : 1;
    goal = (frame ? goal : top.value) + event.deltaY * unit;
    goal = Math.min(Math.max(0, goal), lowest(track.value));
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (still) moveTo(goal);
    else if (!frame) frame = requestAnimationFrame(glide);
  }
  function glide(): void {
    const rest = goal - top.value;
    moveTo(Math.abs(rest) < 1 ? goal : top.value + rest * 0.3);
    frame = Math.abs(goal - top.value) < 0.5 ? 0 : requestAnimationFrame(glide);
  }
  function stop(): void {
    cancelAnimationFrame(frame);
    frame = 0;
  }

  const sizes = new ResizeObserver(([entry]) => {
    if (!entry) return;
    view.value = Math.max(rowHeight, entry.contentRect.height - head);
    width.value = entry.contentRect.width;
  });
  watch(
    element,
    (el, old) => {
      if (old) {
        old.removeEventListener('scroll', onScroll);
        old.removeEventListener('wheel', onWheel);
        sizes.unobserve(old);
      }
      if (!el) return;
      el.addEventListener('scroll', onScroll, { passive: true });
      el.addEventListener('wheel', onWheel, { passive: false });
      sizes.observe(el);
    },
    { immediate: true, flush: 'post' },
  );
  onBeforeUnmount(() => {
    stop();
    sizes.disconnect();
  });

  return {
    range,
    width,
    top,
    track,
    moveTo,
    show: (row: number) => {
      stop();
      moveTo(reveal(track.value, top.value, row));
    },
  };
}
