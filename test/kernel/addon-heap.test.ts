/** What the allocator does with what is freed, once it has been told to give it back. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { atRoot } from '../../src/base/root.ts';

/** Megabytes that a process still has of 60 in messages, once they are freed; small blocks lie between them. */
const LEFT = (giveBack: boolean): string => `
  const addon = process.getBuiltinModule('module').createRequire('/')(${JSON.stringify(atRoot('build/warder.node'))});
  if (${giveBack}) addon.giveBackMemory(32 << 10, 1 << 20);
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

/** Pages that the kernel had to give for 100 blocks of 1 MiB, each freed before the next. */
const FAULTS = (mappedBytes: number): string => `
  const addon = process.getBuiltinModule('module').createRequire('/')(${JSON.stringify(atRoot('build/warder.node'))});
  addon.giveBackMemory(${mappedBytes}, 16 << 20);
  const before = process.resourceUsage().minorPageFault;
  for (let index = 0; index < 100; index++) new Uint8Array(1 << 20).fill(1).buffer.transfer(0);
  console.log(process.resourceUsage().minorPageFault - before);`;

function said(script: string): number {
  return Number(execFileSync(process.execPath, ['--expose-gc', '-e', script], { encoding: 'utf8' }));
}

function leftMb(giveBack: boolean): number {
  return said(LEFT(giveBack));
}

test('memory of messages goes back to the kernel, small blocks between them or not', () => {
  expect(leftMb(false)).toBeGreaterThan(50);
  expect(leftMb(true)).toBeLessThan(30);
});

test('blocks below the size that is mapped are used again, page by page', () => {
  expect(said(FAULTS(32 << 10))).toBeGreaterThan(100 * 256);
  expect(said(FAULTS(4 << 20))).toBeLessThan(50 * 256);
});
