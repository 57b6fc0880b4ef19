// fast-check as the tests use it: in CI's seeded form every property draws the same cases each time, so that a failure is
// the change's own; `npm run test:full` draws new ones (seed.ts).
import fc from 'fast-check';
import { firstSeed } from './seed';

fc.configureGlobal({ seed: firstSeed || 20260101 });

export default fc;
