/**
 * The tests that a lab machine runs: those of the kernel layer, and test/lab, which need BPF LSM. One thread
 * without isolation, for starting JavaScript is what costs most under emulation; times are ten times the host's.
 *
 * Left out: what says nothing about a kernel (arguments of the addon), what is sized for real hardware (floods of
 * records), and what starts a runtime and loads all programs for each test (10 s and more there): test/lab has one run
 * for many attempts.
 */
import { defineConfig } from 'vitest/config';

/** They start a runtime for each test. */
const RUNTIMES =
  'adopt,detach,file-guard,holds,require-mid-run,resolver-thread,runtime-kept,verdicts-under-load';
const WALLS = 'attacks,honest,private,told';

/** Set in a machine that was booted otherwise than by default (in-guest). */
const boot = process.env.LAB_BOOT;

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    name: 'lab',
    // Timings of other runs, which machines beside this one write to as well.
    cache: false,
    include: boot
      ? [`test/lab-boots/${boot}.test.ts`]
      : ['test/lab/**/*.test.ts', 'test/kernel/**/*.test.ts', 'test/e2e/doctor.test.ts'],
    exclude: [
      'test/kernel/addon-{arguments,drain,lifecycle}.test.ts',
      `test/kernel/{${RUNTIMES}}.test.ts`,
      `test/kernel/walls-{${WALLS}}.test.ts`,
    ],
    globalSetup: ['test/setup/generated.ts', 'test/setup/kernel.ts'],
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
