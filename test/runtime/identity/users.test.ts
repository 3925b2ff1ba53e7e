/** Accounts of the host, those that were made while the service ran too. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Users } from '../../../src/runtime/identity/users.ts';

const directory = mkdtempSync(join(tmpdir(), 'warder-users-'));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'passwd');

test('a user who was made since has their home; one who is gone has none', () => {
  writeFileSync(path, 'root:x:0:0::/root:/bin/sh\nold:x:1000:1000::/home/old:/bin/sh\n');
  const users = new Users(path);
  expect(users.account('1000:1000')).toEqual({ uid: 1000, gid: 1000, home: '/home/old' });
  expect(users.account('alice')).toBeUndefined();
  writeFileSync(`${path}+`, 'root:x:0:0::/root:/bin/sh\nalice:x:1001:1002::/home/alice:/bin/sh\n');
  renameSync(`${path}+`, path);
  expect(users.account('alice')).toEqual({ uid: 1001, gid: 1002, home: '/home/alice' });
  expect(users.account('1001:1002')?.home).toBe('/home/alice');
  expect(users.nameOf(1001)).toBe('alice');
  expect(users.account('old')).toBeUndefined();
});
