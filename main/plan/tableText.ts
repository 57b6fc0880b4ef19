// A layer table as a file. In: its text and name. Out: the table, whichever of the two kinds it is.
import { parseJson } from '../network/json';
import { readTopology } from './scaleSim';
import { type LayerTable, readTable } from './table';

/** A topology of SCALE-Sim (.csv), or our JSON. @throws userFailure naming the place in the file */
export const readTableText = (text: string, file: string): LayerTable =>
  file.toLowerCase().endsWith('.csv') ? readTopology(text, file) : readTable(parseJson(text, file), file);
