/**
 * Two test projects: `unit` runs anywhere and without root; `kernel` loads the real programs into the
 * real kernel, needs root and fails (never skips) where it cannot. Kernel tests share one host: one at a time.
 */
import { defineConfig } from 'vitest/config';

/** What is waited for comes at once where a machine has time, and is not late where it has none. */
const PATIENCE = { poll: { timeout: 30_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/kernel/**', 'test/lab/**', 'test/lab-boots/**', 'test/e2e/**', 'test/guides/**'],
          globalSetup: ['test/setup/generated.ts'],
          expect: PATIENCE,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/guides/**/*.test.ts'],
          globalSetup: ['test/setup/generated.ts', 'test/setup/kernel.ts'],
          fileParallelism: false,
          expect: PATIENCE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
