/**
 * The addon's tests with the addon that `make sanitize` builds: AddressSanitizer and UBSan, whose libraries are loaded
 * before node. A fault ends the process that met it, and so its test. Leaks are counted by addon-lifecycle instead: node
 * frees nothing at its end.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    name: 'sanitize',
    cache: false,
    // What is freed is kept for a while, to catch who uses it all the same: nothing goes back to the kernel.
    exclude: ['test/kernel/addon-heap.test.ts'],
    include: ['test/native/*.test.ts', 'test/kernel/addon-*.test.ts'],
    globalSetup: ['test/setup/generated.ts', 'test/setup/kernel.ts'],
    setupFiles: ['test/sanitize/addon.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
});
