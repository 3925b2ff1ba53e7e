/**
 * A file that is a mount of its own and is to be left out waits for no answer; what lies beside it does.
 *
 * A launcher that is stopped answers nobody.
 */
import { afterEach, expect, test } from 'vitest';
import { cleanUp, described, eventually, running } from './launcher-fixtures.ts';

const LEFT = '/etc/ld.so.cache';
const PROGRAM = `
import sys
print("ready", flush=True)
sys.stdin.readline()
open("${LEFT}", "rb").close()
print("left", flush=True)
open("/etc/passwd", "rb").close()
print("asked", flush=True)
`;

afterEach(cleanUp);

test('an open of what is left out is not asked about', async () => {
  const mounts = ['place', 'wx', '/', 'place', 'wx', '/etc', 'place', 'x', LEFT, 'allow', 'rdxwmi', '/'];
  const walls = described(...mounts, 'name', 'hide', '.env', 'leave', LEFT, 'guard', '/etc');
  const agent = await running(['/usr/bin/python3', '-SEBc', PROGRAM], { walls, flags: ['--chdir', '/'] });
  await eventually(() => expect(agent.output()).toContain('ready'));
  agent.process.kill('SIGSTOP');
  try {
    agent.process.stdin!.write('go\n');
    await eventually(() => expect(agent.output()).toContain('left'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(agent.output()).not.toContain('asked');
  } finally {
    agent.process.kill('SIGCONT');
  }
  expect(await agent.ended).toEqual([0, null]);
  expect(agent.output()).toContain('asked');
});
