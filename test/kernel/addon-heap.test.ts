/** What the allocator does with what is freed, once it has been told to give it back. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { atRoot } from '../../src/base/root.ts';

/** Megabytes that a process still has of 60 in messages, once they are freed; small blocks lie between them. */
const LEFT = (giveBack: boolean): string => `
  const addon = process.getBuiltinModule('module').createRequire('/')(${JSON.stringify(atRoot('build/warder.node'))});
  if (${giveBack}) addon.giveBackMemory();
  const before = process.memoryUsage.rss();
  // As a service has done for a while: glibc takes what has been freed for what should be kept.
  (() => Buffer.alloc(400_000, 1))();
  gc();
  let messages = [];
  const between = [];
  for (let index = 0; index < 300; index++) {
    messages.push(Buffer.alloc(200_000, 1));
    between.push(Buffer.alloc(20_000, 1));
  }
  messages = undefined;
  gc();
  gc();
  setTimeout(() => console.log((process.memoryUsage.rss() - before) / 1e6), 300);`;

function leftMb(giveBack: boolean): number {
  return Number(execFileSync(process.execPath, ['--expose-gc', '-e', LEFT(giveBack)], { encoding: 'utf8' }));
}

test('memory of messages goes back to the kernel, small blocks between them or not', () => {
  expect(leftMb(false)).toBeGreaterThan(50);
  expect(leftMb(true)).toBeLessThan(30);
});
