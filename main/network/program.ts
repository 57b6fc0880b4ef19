// The program's own name and version, as written into every record it makes.
import { version } from '../../package.json';

export const VERSION: string = version;
export const PROGRAM = `goldbench ${version}`;

/** The build sets it: a hash of the sources that read, describe and run networks (electron.vite.config.ts). */
declare const __GOLDBENCH_SOURCES__: string | undefined;
/** What described a network: another one may see it with other eyes, so its views are made anew (ipc/handlers.ts). */
export const DESCRIBER = `${PROGRAM} ${typeof __GOLDBENCH_SOURCES__ === 'string' ? __GOLDBENCH_SOURCES__ : 'unbuilt'}`;

/** A hash of the sources that plan and estimate. */
declare const __GOLDBENCH_PLANNERS__: string | undefined;
/** What computed the points of a sweep: another one may estimate otherwise, so it begins anew (session/sweeps.ts). */
export const PLANNER = `${PROGRAM} ${typeof __GOLDBENCH_PLANNERS__ === 'string' ? __GOLDBENCH_PLANNERS__ : 'unbuilt'}`;
