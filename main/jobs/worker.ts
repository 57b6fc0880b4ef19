// Entry of the engine's worker threads: what each verb does. In and out: see protocol.ts.
import { readHistogram, readPlane } from './looking';
import { serve } from './serve';
import { golden, importFile, save, takeInput } from './working';

serve({
  import: importFile,
  input: takeInput,
  golden,
  save,
  plane: readPlane,
  histogram: readHistogram,
});
