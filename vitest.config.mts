// Three projects: `unit` runs in plain Node (and, by `npm run test:electron`, in Electron as Node);
// `e2e` drives the real window and therefore runs one file at a time; `bench` measures, and only when asked to.
import os from 'node:os';
import vue from '@vitejs/plugin-vue';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [vue()],
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/e2e/**', 'test/bench/**', 'test/output/**'],
          pool: 'forks',
          maxWorkers: os.availableParallelism(), // vitest leaves one core free, which here would be every other one
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'bench',
          include: process.env.GOLDBENCH_BENCH ? ['test/bench/**/*.bench.test.ts'] : [],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 300_000,
        },
      },
    ],
  },
});
