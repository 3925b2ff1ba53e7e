/** Accounts of the host: those of its files, made while the service ran too, and those that name services alone know. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NameServices } from '../../../src/runtime/identity/name-services.ts';
import { Users } from '../../../src/runtime/identity/users.ts';
import { removeTree } from '../../remove-tree.ts';

const directory = mkdtempSync(join(tmpdir(), 'warder-users-'));
afterAll(() => removeTree(directory));
const path = join(directory, 'passwd');

/** Name services that answer as the script says; and the questions that they were asked. */
function services(name: string, script: string, answerMs?: number) {
  const program = join(directory, name);
  const asked = `${program}.asked`;
  writeFileSync(program, `#!/bin/sh\necho "$1 $3" >>'${asked}'\n${script}\n`);
  chmodSync(program, 0o755);
  const questions = () => (existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : []);
  return { services: new NameServices({ program, ...(answerMs ? { answerMs } : {}) }), questions };
}

const NOBODY = 'exit 2';
const DORA = `case "$1 $3" in
"passwd dora" | "passwd 48211") echo 'dora:x:48211:48210::/nowhere/dora:/bin/sh' ;;
"group staff") echo 'staff:x:50:' ;;
*) exit 2 ;;
esac`;

test('a user who was made since has their home; one who is gone has none', async () => {
  writeFileSync(path, 'root:x:0:0::/root:/bin/sh\nold:x:1000:1000::/home/old:/bin/sh\n');
  const users = new Users(path, services('nobody', NOBODY).services);
  expect(await users.account('1000:1000')).toEqual({ uid: 1000, gid: 1000, home: '/home/old' });
  await expect(users.account('alice')).rejects.toThrow('--user alice: no such user');
  writeFileSync(`${path}+`, 'root:x:0:0::/root:/bin/sh\nalice:x:1001:1002::/home/alice:/bin/sh\n');
  renameSync(`${path}+`, path);
  expect(await users.account('alice')).toEqual({ uid: 1001, gid: 1002, home: '/home/alice' });
  expect((await users.account('1001:1002')).home).toBe('/home/alice');
  expect(users.nameOf(1001)).toBe('alice');
  await expect(users.account('old')).rejects.toThrow('no such user');
});

test('whom the files do not have the name services know: by name, by number, with a group', async () => {
  writeFileSync(path, 'root:x:0:0::/root:/bin/sh\n');
  const { services: known, questions } = services('known', DORA);
  const users = new Users(path, known);
  const home = '/nowhere/dora';
  expect(await users.account('dora')).toEqual({ uid: 48211, gid: 48210, home });
  expect(await users.account('48211')).toEqual({ uid: 48211, gid: 48210, home });
  expect(await users.account('48211:7')).toEqual({ uid: 48211, gid: 7, home });
  expect(await users.account('dora:staff')).toEqual({ uid: 48211, gid: 50, home });
  await expect(users.account('dora:nobodys')).rejects.toThrow('--user dora:nobodys: no such group');
  expect(await users.account('48299:7')).toEqual({ uid: 48299, gid: 7, home: '/' });
  expect(await users.account('root')).toEqual({ uid: 0, gid: 0, home: '/root' });
  expect([users.nameOf(48211), await users.findName(48211)]).toEqual(['dora', 'dora']);
  // Once each, whatever they were named by; what the files have is asked of nobody.
  expect(questions()).toEqual(['passwd dora', 'group staff', 'group nobodys', 'passwd 48299']);
});

test('a name that events speak of is there the next time, and asked for once', async () => {
  const { services: known, questions } = services('later', DORA);
  const users = new Users(path, known);
  expect([users.nameOf(48211), users.nameOf(48211)]).toEqual(['', '']);
  await expect.poll(() => users.nameOf(48211), { timeout: 20_000 }).toBe('dora');
  expect(questions()).toEqual(['passwd 48211']);
});

test('name services that hang or fail are told, and hold up nothing else', async () => {
  const hung = new Users(path, services('hung', 'exec sleep 600', 300).services);
  let turns = 0;
  const turning = setInterval(() => turns++, 10);
  const asked = [hung.account('dora'), hung.findName(48211)];
  for (const each of await Promise.allSettled(asked)) {
    expect(each).toMatchObject({ status: 'rejected', reason: { code: 'RUN_NAME_SERVICE' } });
  }
  clearInterval(turning);
  expect(turns).toBeGreaterThan(3);
  const broken = new Users(path, services('broken', 'exit 3').services);
  await expect(broken.account('dora')).rejects.toThrow("who 'dora' is (getent: 3)");
  expect(broken.nameOf(48211)).toBe('');
});

test('a host without getent has its files', async () => {
  const users = new Users(path, new NameServices({ program: join(directory, 'none') }));
  await expect(users.account('dora')).rejects.toThrow('no such user');
  expect(await users.account('root')).toMatchObject({ uid: 0 });
});
