/** What a process has touched of its program's files, and lets go of once it has started. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { atRoot } from '../../src/base/root.ts';

/** Kilobytes before and behind it, and what the program says then of much that its files have. */
const LET_GO = `
  const addon = process.getBuiltinModule('module').createRequire('/')(${JSON.stringify(atRoot('build/warder.node'))});
  const { readFileSync } = process.getBuiltinModule('fs');
  const pages = () => Number(/^RssFile:\\s+(\\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const { createHash } = process.getBuiltinModule('crypto');
  const { deflateSync, inflateSync } = process.getBuiltinModule('zlib');
  const work = () => [
    createHash('sha256').update('warder').digest('hex'),
    inflateSync(deflateSync('warder')).toString(),
    new Intl.DateTimeFormat('de', { dateStyle: 'full', timeZone: 'UTC' }).format(0),
    /\\p{Lu}/u.test('Ä'),
    Object.keys(addon.clocks()),
  ];
  const said = work();
  const before = pages();
  addon.giveBackFilePages();
  const behind = pages();
  console.log(JSON.stringify({ before, behind, same: JSON.stringify(work()) === JSON.stringify(said) }));`;

test('pages of the program that were touched go, and those that are used come back as they were', () => {
  const { before, behind, same } = JSON.parse(
    execFileSync(process.execPath, ['-e', LET_GO], { encoding: 'utf8' }),
  );
  expect(before).toBeGreaterThan(40_000);
  expect(behind).toBeLessThan(before / 2);
  expect(same).toBe(true);
});

const IDLES = `
  import { KEEPS_LITTLE, ServiceMemory } from ${JSON.stringify(atRoot('src/cli/service-memory.ts'))};
  new ServiceMemory(KEEPS_LITTLE).started();
  setInterval(() => {}, 1 << 30);
  console.log('started');`;

test('a service that has started and has nothing to do lets go of what its start needed', async () => {
  const service = spawn(process.execPath, ['--input-type=module', '-e', IDLES]);
  const ended = once(service, 'exit');
  try {
    const pages = (): number => {
      const status = readFileSync(`/proc/${service.pid}/status`, 'utf8');
      return Number(/^RssFile:\s+(\d+)/m.exec(status)![1]);
    };
    await once(service.stdout, 'data');
    const started = pages();
    await vi.waitFor(() => expect(pages()).toBeLessThan(started / 2), { timeout: 60_000, interval: 100 });
  } finally {
    service.kill('SIGKILL');
    await ended;
  }
});
