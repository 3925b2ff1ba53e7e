/** --private-tmp: temporary files of a run are its own; without it they are the host's. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { Arena, SOMEBODY } from './walls-fixture.ts';

const arena = new Arena(); // its workspace lies in /tmp
const policy = arena.policy
  .replace('read:\n    - allow: [', 'read:\n    - allow: [/tmp/**, ')
  .replace('write:\n    - allow: [', 'write:\n    - allow: [/tmp/**, ');
const others = mkdtempSync('/tmp/warder-others-');
const made = `/tmp/warder-made-${process.pid}`;

beforeAll(async () => {
  await arena.start();
  writeFileSync(join(others, 'file'), 'SECRET\n');
});
afterAll(async () => {
  removeTree(others);
  rmSync(made, { force: true });
  await arena.end();
});

const look = ['/bin/sh', '-c', `ls /tmp; touch ${made}; test -e ${made}; touch kept; pwd`];

test('without it others are there, and what the run makes stays', () => {
  const { stdout } = arena.run(look, { policy });
  expect(stdout).toContain(basename(others));
  expect(existsSync(made)).toBe(true);
  rmSync(made);
});

test.each([
  ['root', {}],
  ['an ordinary user', { user: SOMEBODY }],
])(
  "with it nothing of others is there for %s, and what the run makes goes; the workspace is the host's",
  (_, as) => {
    const { stdout } = arena.run(look, { policy, ...as, flags: ['--private-tmp'] });
    expect(stdout).not.toContain(basename(others));
    expect(stdout.trim().split('\n').at(-1)).toBe(arena.workspace);
    expect(existsSync(made)).toBe(false);
    expect(existsSync(join(arena.workspace, 'kept'))).toBe(true);
    rmSync(join(arena.workspace, 'kept'));
  },
);

test('what is denied in the workspace stays denied', () => {
  const { stdout } = arena.run(['/bin/sh', '-c', 'cat secret/key .env; mv deep other; echo no'], {
    policy,
    flags: ['--private-tmp'],
  });
  expect(stdout).toBe('no\n');
  expect(existsSync(join(arena.workspace, 'deep/inner'))).toBe(true);
});

test('a policy that only monitors cannot have it', () => {
  const failed = arena.run(['/bin/true'], {
    policy: policy.replace('enforce', 'monitor'),
    flags: ['--private-tmp'],
    allowFailure: true,
  });
  expect(failed.status).toBe(125);
  expect(failed.stderr).toContain('--private-tmp needs walls');
});
