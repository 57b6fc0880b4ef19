// Keys of the action table. In: the table. Out: the map that tinykeys listens by; what a field types stays its own.
import { ACTIONS, perform } from './actions';

/** 'Ctrl+Shift+P' in the words of tinykeys. Digits by their place on the keyboard: layouts shift them differently. */
export function tinyKeys(keys: string): string {
  if (keys === '?') return 'Shift+?';
  return keys.replace('Ctrl', '$mod').replace(/\b(\d)$/, 'Digit$1');
}

/** Is this key the field's own? Keys without Ctrl or F are; where text is typed undo is the text's. */
function isTyping(target: EventTarget | null, keys: string): boolean {
  if (!(target instanceof Element)) return false;
  if (/Z$/.test(keys)) return target.closest('textarea, input:not([type=range], [type=radio])') !== null;
  return !/Ctrl|F\d/.test(keys) && target.closest('input, textarea, select') !== null;
}

/** The key map of the whole table. */
export function keyMap(): Record<string, (event: KeyboardEvent) => void> {
  return Object.fromEntries(
    ACTIONS.filter((action) => action.keys !== '').map((action) => [
      tinyKeys(action.keys),
      (event: KeyboardEvent) => {
        if (isTyping(event.target, action.keys)) return;
        event.preventDefault();
        void perform(action.id);
      },
    ]),
  );
}
