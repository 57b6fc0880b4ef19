// Copying text. In: plain text. Out: on the clipboard, or a problem that says it was not.
import { useProblems } from '../stores/problems';

export async function copyText(text: string): Promise<void> {
  await useProblems().attempt('Copying', () => navigator.clipboard.writeText(text));
}
