/** The launcher for somebody else: environment, session, signals, limits and mask are the command's, not its own. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { limitsOf } from '../../src/runtime/launch/limits-of.ts';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, eventually, run, running, shell } from './launcher-fixtures.ts';

const made: string[] = [];
afterEach(async () => {
  await cleanUp();
  for (const directory of made.splice(0)) removeTree(directory);
});

/** A launcher that reads the command's environment from a file on descriptor 4. */
function withEnvironment(text: string): { through: string[]; flags: string[] } {
  const directory = mkdtempSync(join(tmpdir(), 'warder-environment-'));
  made.push(directory);
  const file = join(directory, 'environment');
  writeFileSync(file, text);
  return {
    through: ['/bin/sh', '-c', `exec 4<${file}; exec "$0" "$@"`],
    flags: ['--environment-fd', '4'],
  };
}

test("the environment that comes through a descriptor is the command's, and the launcher's own does not reach it", async () => {
  const agent = await run(['env'], {
    ...withEnvironment('PATH=/usr/bin\0ONE=1\0EMPTY=\0TWO=a=b\n c\0'),
    environment: { PATH: '/usr/bin:/bin', SECRET: 'of the launcher' },
  });
  expect(agent.code).toBe(0);
  expect(agent.output()).toBe('PATH=/usr/bin\nONE=1\nEMPTY=\nTWO=a=b\n c\n');
});

test.each([
  ['a string without a name', '=x\0'],
  ['a string without a value', 'NAME\0'],
  ['a last string that is cut', 'A=1\0B=2'],
  ['more than a command can take', `A=${'x'.repeat(9 << 20)}\0`],
])('%s: nothing runs', async (_, text) => {
  const agent = await run(['env'], withEnvironment(text));
  expect(agent.code).toBe(125);
  expect(agent.lines.at(-1)).toMatch(
    /^error environment E(INVAL|2BIG) cannot read the command's environment/,
  );
});

test('with a session of its own the command leads it, and Ctrl-C passed on reaches its whole group', async () => {
  const agent = await running(shell('trap "echo shell; exit 3" INT; sleep 1000 & wait $!; wait'), {
    flags: ['--session', 'own'],
  });
  const fields = await run(['cat', `/proc/${agent.pid}/stat`]);
  const [, , pgrp, session] = fields
    .output()
    .replace(/^.*\) /s, '')
    .split(' ');
  expect([Number(pgrp), Number(session)]).toEqual([agent.pid, agent.pid]);
  agent.control.write('signal 2\n');
  await eventually(() => expect(agent.output()).toContain('shell'));
  await agent.said(/^exited 3$/);
});

test("mask and limits are those given; a limit that is past the launcher's own stays within it", async () => {
  const flags = ['--umask', '027', '--limits', '7=100:200,4=0:0,3=unlimited:unlimited'];
  const agent = await run(shell('umask; ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj'), { flags });
  expect(agent.output()).toBe('0027\n100\n200\n0\n');
});

test.each([
  [['--umask', '8'], /mask is octal/],
  [['--umask', '1777'], /mask is octal/],
  [['--limits', '7'], /NUMBER=SOFT:HARD/],
  [['--limits', '7=100:200,'], undefined],
  [['--limits', '99=1:2'], /NUMBER=SOFT:HARD/],
  [['--limits', '7=1:x'], /NUMBER=SOFT:HARD/],
  [['--environment-fd', '0'], /--environment-fd needs a descriptor/],
])('%j', async (flags, fault) => {
  const agent = await run(['true'], { flags });
  if (!fault) expect(agent.code).toBe(0);
  else expect(agent.lines.at(-1)).toMatch(fault);
});

test('the limits of a process are read as the launcher takes them', () => {
  const limits = limitsOf(process.pid).split(',');
  expect(limits).toHaveLength(16);
  for (const [number, limit] of limits.entries()) {
    expect(limit).toMatch(new RegExp(`^${number}=(\\d+|unlimited):(\\d+|unlimited)$`));
  }
});
