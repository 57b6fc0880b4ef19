// What is known of the inputs that are judged by, as sentences. In: what the engine found there. Out: how many are labelled and by what;
// where none are, how labels are given.
import type { Reply } from '../../../preload/contract/channels';
import { count, group } from '../../parts/number';

const HOW =
  'Labels are a folder for each class, a labels.csv of file,class beside the inputs, or a .csv chosen here; a .txt names the classes, one a line.';

export function labelsTold(looked: Reply<'quantise.lookAtInputs'>, judged: string): string {
  if ('why' in looked) return `${looked.why.sentence} ${looked.why.remedy}`;
  const { source, count: inputs, labelled, by, classes } = looked.found;
  const held = `${source} holds ${count(inputs, 'input')}`;
  if (judged === 'no') return `${held}.`;
  if (by === null) return `${held} without labels, so accuracy is not measured. ${HOW}`;
  const share =
    labelled === inputs ? (inputs === 1 ? 'labelled' : 'all labelled') : `${group(labelled)} of them labelled`;
  const what = by === 'folders' ? 'the folders they lie in' : 'a table of files';
  const names =
    classes === null ? ', whose numbers count' : `: ${group(classes)} ${classes === 1 ? 'class' : 'classes'}`;
  return `${held}, ${share} by ${what}${names}.`;
}
