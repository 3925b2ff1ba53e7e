/** The launcher’s failures: each is told with its step, and the command never runs. */
/** The launcher’s failures: each is told with its step, and the command never runs. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, LAUNCHER, makeCgroup, run, shell } from './launcher-fixtures.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-launcher-'));
});
afterEach(async () => {
  await cleanUp();
  removeTree(directory);
});

describe('a failure is told once, with its step, and the command never runs', () => {
  const command = () => shell(`echo ran > ${directory}/mark`);
  const root = () => loadAddon().hostFacts().cgroup2!;

  const cases: [string, () => { command?: string[]; cgroup?: string; flags?: string[] }, string, number][] = [
    [
      'a cgroup that is not there',
      () => ({ cgroup: `${root()}/warder-test-nowhere` }),
      'error cgroup ENOENT cannot open CGROUP: No such file or directory',
      125,
    ],
    [
      'a directory that is no cgroup',
      () => ({ cgroup: '/tmp' }),
      'error cgroup EOPNOTSUPP /tmp is no cgroup2 directory: Operation not supported',
      125,
    ],
    [
      'the root cgroup, which cannot be killed',
      () => ({ cgroup: root() }),
      'error cgroup ENOENT cannot open CGROUP/cgroup.kill: No such file or directory',
      125,
    ],
    [
      'an unknown user',
      () => ({ flags: ['--user', 'no-such'] }),
      'error user NONE no-such: no such user',
      125,
    ],
    [
      'an unknown group',
      () => ({ flags: ['--user', 'nobody:no-such'] }),
      'error user NONE nobody:no-such: no such group',
      125,
    ],
    [
      'a number without an account and without a group',
      () => ({ flags: ['--user', '54321'] }),
      'error user NONE 54321: no user has this number: give its group too, as UID:GID',
      125,
    ],
    [
      'the id that means none',
      () => ({ flags: ['--user', '4294967295:1'] }),
      'error user NONE 4294967295:1: no such user',
      125,
    ],
    [
      'a directory that is not there',
      () => ({ flags: ['--chdir', '/nowhere'] }),
      'error chdir ENOENT cannot change to directory /nowhere: No such file or directory',
      125,
    ],
    [
      'a directory that the user may not enter',
      () => ({ flags: ['--user', 'nobody', '--chdir', '/root'] }),
      'error chdir EACCES cannot change to directory /root: Permission denied',
      125,
    ],
    [
      'a program that is not there',
      () => ({ command: ['no-such-program', 'x'] }),
      'error exec ENOENT cannot run no-such-program: No such file or directory',
      127,
    ],
    [
      'a program that may not be executed',
      () => ({ command: ['/etc/passwd'] }),
      'error exec EACCES cannot run /etc/passwd: Permission denied',
      126,
    ],
    [
      'a program whose interpreter is not there',
      () => {
        writeFileSync(join(directory, 'script'), '#!/nowhere/sh\n', { mode: 0o755 });
        return { command: [join(directory, 'script')] };
      },
      'error exec ENOENT cannot run DIRECTORY/script: No such file or directory',
      127,
    ],
    [
      'a name that would break the line',
      () => ({ command: ['no\nsuch\nexited 0'] }),
      'error exec ENOENT cannot run no?such?exited 0: No such file or directory',
      127,
    ],
    ['an unknown option', () => ({ flags: ['--usr', 'x'] }), 'error options NONE --usr: no such option', 125],
    ['no command', () => ({ command: [] }), 'error options NONE no command: it stands behind --', 125],
  ];
  test.each(cases)('%s', async (_, make, message, code) => {
    const given = make();
    const agent = await run(given.command ?? command(), given);
    const expected = message.replace('CGROUP', agent.cgroup).replace('DIRECTORY', directory);
    const errors = agent.lines.filter((line) => !line.startsWith('pid '));
    expect(errors).toHaveLength(1);
    expect(errors[0]!.slice(0, expected.length)).toBe(expected);
    expect(agent.code).toBe(code);
    expect(existsSync(join(directory, 'mark'))).toBe(false);
  });

  test('a cgroup that takes no process', async () => {
    const cgroup = makeCgroup();
    const [threads, invalid] = [join(cgroup, 'threads'), join(cgroup, 'invalid')];
    mkdirSync(threads);
    writeFileSync(join(threads, 'cgroup.type'), 'threaded');
    mkdirSync(invalid); // "domain invalid" beside a threaded one, cgroups(7)
    const agent = await run(command(), { cgroup: invalid });
    rmdirSync(invalid);
    rmdirSync(threads);
    expect(agent.lines).toEqual([
      `error cgroup EOPNOTSUPP cannot fork into cgroup ${invalid}: Operation not supported`,
    ]);
    expect(agent.code).toBe(125);
  });

  test.each([
    [['--cgroup', '/tmp', '--', 'true'], /^warder-launch: --control-fd N is missing/],
    [['--control-fd', '2', '--', 'true'], /^warder-launch: --control-fd N is missing/],
    [['--control-fd', '77', '--', 'true'], /^warder-launch: --control-fd 77 is no stream socket: Bad file/],
    [['--control-fd', 'x'], /^warder-launch: --control-fd N is missing/],
  ])('with nobody to tell, standard error has it: %j', (args, message) => {
    const { status, stderr } = spawnSync(LAUNCHER, args, { encoding: 'utf8' });
    expect(status).toBe(125);
    expect(stderr).toMatch(message);
  });

  test('a control channel that is a file', () => {
    const { status, stderr } = spawnSync(LAUNCHER, ['--control-fd', '3'], {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe', openSync('/dev/null', 'r+')],
    });
    expect(status).toBe(125);
    expect(stderr).toMatch(/--control-fd 3 is no stream socket: Socket operation on non-socket/);
  });
});
