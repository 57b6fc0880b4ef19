// Where the random numbers of a test begin. In: GOLDBENCH_TEST and, to make a full run again, GOLDBENCH_SEED. Out: 0 in CI's seeded
// form, so that a failure is the change's own; in the full form a new seed, printed.
export const isFull = process.env.GOLDBENCH_TEST === 'full';

const given = process.env.GOLDBENCH_SEED;
if (given !== undefined && !/^\d{1,9}$/.test(given)) throw new Error(`GOLDBENCH_SEED=${given} is no whole number`);

/** 0 to 999,999,999: added to a test's own seeds. */
export const firstSeed = given !== undefined ? Number(given) : isFull ? Date.now() % 1e9 : 0;
if (firstSeed !== 0) console.log(`GOLDBENCH_SEED=${firstSeed}`);
