// JSON that people wrote. In: a file's text. Out: the value, or a failure that names the file.
import { userFailure } from './failure';

/** @throws userFailure 'json' */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw userFailure('json', `${file} is no JSON: ${(error as Error).message}.`, 'Mend the file.', { file }, error);
  }
}
