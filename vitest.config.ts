import { defineConfig } from 'vitest/config';

const resolve = {
  resolve: { conditions: ['labwarden-source'] },
  ssr: { resolve: { conditions: ['labwarden-source'] } },
};
const slow = 'test/**/*.slow.test.ts';

/** `fast` before every commit; `npm test` runs them all. */
export default defineConfig({
  test: {
    // Most of what tests do is wait: for a process, a socket, a disk.
    maxWorkers: 4,
    projects: [
      {
        ...resolve,
        test: {
          name: 'fast',
          include: ['test/{unit,contract,policy,surface}/**/*.test.ts'],
          exclude: [slow],
          // No test is about time: this only ends one that hangs, on however busy a machine.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...resolve,
        test: {
          name: 'hostile',
          include: ['test/hostile/**/*.test.ts'],
          exclude: [slow],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...resolve,
        test: {
          name: 'slow',
          include: ['test/e2e/**/*.test.ts', slow],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Real guests on two cores: one file at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});
