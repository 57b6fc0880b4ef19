// The program's own name and version, as written into every record it makes.
import { version } from '../../package.json';

export const VERSION: string = version;
export const PROGRAM = `goldbench ${version}`;
