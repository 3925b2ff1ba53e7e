/** A gateway saved while it works, and one that goes on from it: the log verifies, hosts and runtimes go on. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { toNumber } from '../../../src/contract/int64.ts';
import { backUp, restore } from '../../../src/gateway/store/backup.ts';
import {
  AGENT,
  cleanUp,
  execEvents,
  gateway,
  newOrigin,
  onePolicy,
  RUN,
  readAll,
  stateDirectory,
  uplink,
} from '../fixtures.ts';

afterEach(cleanUp);

test('a backup made while events come in restores to a gateway whose log verifies, and a runtime goes on', async () => {
  const directory = stateDirectory();
  const first = await gateway({ stateDirectory: directory });
  const origin = newOrigin();
  const before = await uplink(first, { origin });
  await before.sendEvents(execEvents(500));
  await before.flush();
  const given = await before.policyFor(AGENT, RUN);
  const out = join(stateDirectory(), 'gateway.backup');
  const writing = (async () => {
    for (let n = 0; n < 20; n++) await before.sendEvents(execEvents(50));
    await before.flush();
  })();
  const manifest = await backUp(directory, out, 'test');
  await writing;
  expect(manifest.events).toBeGreaterThanOrEqual(500);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  before.close();
  const log = first.logKey;
  await first.stop();

  const target = join(stateDirectory(), 'new');
  expect(await restore(out, target)).toMatchObject({ stateDirectory: target, events: manifest.events });
  const second = await gateway({ stateDirectory: target });
  expect({ log: second.logKey, policy: second.policyKey }).toEqual({ log, policy: first.policyKey });
  const { events } = await readAll(second);
  const restored = events.at(-1)!.event!.gateway!;
  expect(restored).toMatchObject({ action: 'store.restored' });
  expect(events.filter(({ event }) => event?.exec).length).toBeGreaterThanOrEqual(500);
  const after = await uplink(second, { origin });
  await after.sendEvents(execEvents(10));
  await after.flush();
  // A runtime that has an older version refuses what is older still.
  const again = await after.policyFor(AGENT, RUN);
  expect(again.policy.version).toBeDefined();
  expect(toNumber(again.policy.version)).toBeGreaterThan(toNumber(given.policy.version));
  expect(again.address).toBe(given.address);
});

test('a backup is never written over, nor a state directory', async () => {
  const directory = stateDirectory();
  await gateway({ stateDirectory: directory, policySource: onePolicy() });
  const out = join(stateDirectory(), 'gateway.backup');
  await backUp(directory, out, 'test');
  await expect(backUp(directory, out, 'test')).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
  await expect(restore(out, directory)).rejects.toMatchObject({ code: 'BACKUP_NOT_EMPTY' });
  expect(readdirSync(join(out, '..'))).toEqual(['gateway.backup']);
});

test('one byte changed, cut off or added anywhere, and nothing is restored', async () => {
  const directory = stateDirectory();
  const to = await gateway({ stateDirectory: directory });
  const link = await uplink(to);
  await link.sendEvents(execEvents(20));
  await link.flush();
  const out = join(stateDirectory(), 'gateway.backup');
  await backUp(directory, out, 'test');
  const whole = readFileSync(out);
  const parent = stateDirectory();
  const places = [3, 20, 100, 300, 900, whole.length >> 1, whole.length - 1];
  const changed = places.map((at) => {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 0x20;
    return bytes;
  });
  const variants = [
    ...changed,
    whole.subarray(0, -1),
    whole.subarray(0, 90),
    Buffer.alloc(0),
    Buffer.concat([whole, Buffer.from('x')]),
  ];
  for (const [at, bytes] of variants.entries()) {
    const path = join(parent, `${at}.backup`);
    writeFileSync(path, bytes);
    await expect(restore(path, join(parent, 'target'))).rejects.toThrow(
      /BACKUP|no backup|not as it was written/,
    );
  }
  expect(readdirSync(parent).filter((name) => !name.endsWith('.backup'))).toEqual([]);
});

test('a backup that names a file elsewhere writes nothing', async () => {
  const { createHash } = await import('node:crypto');
  const json = JSON.stringify({
    createdUnixMs: 0,
    version: '',
    events: 0,
    log: '',
    files: [{ name: '../../x', bytes: 1, sha256: 'x' }],
  });
  const path = join(stateDirectory(), 'bad.backup');
  writeFileSync(path, `warder-backup 1 ${createHash('sha256').update(json).digest('hex')}\n${json}\nx`);
  const target = join(stateDirectory(), 'target');
  await expect(restore(path, target)).rejects.toThrow(/the name "\.\.\/\.\.\/x"/);
  expect(readdirSync(join(target, '..'))).toEqual([]);
});
