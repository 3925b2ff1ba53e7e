/** Signals to the launcher, by kill(2) and from a terminal. */
/** Signals to the launcher, by kill(2) and from a terminal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import {
  cleanUp,
  eventually,
  LAUNCHER,
  makeCgroup,
  processesIn,
  running,
  shell,
} from './launcher-fixtures.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-launcher-'));
});
afterEach(async () => {
  await cleanUp();
  removeTree(directory);
});

describe('signals', () => {
  const reporter = shell(
    'for s in TERM HUP USR1 USR2 INT QUIT; do trap "echo $s" $s; done; echo ready; while :; do sleep 0.02; done',
  );

  async function ready() {
    const agent = await running(reporter);
    await eventually(() => expect(agent.output()).toBe('ready\n'));
    return agent;
  }

  test.each(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s to the launcher goes to the command',
    async (name) => {
      const agent = await ready();
      agent.process.kill(name);
      await eventually(() => expect(agent.output()).toBe(`ready\n${name.slice(3)}\n`));
      expect(agent.process.exitCode).toBeNull();
    },
  );

  test.each(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGTTOU', 'SIGPIPE', 'SIGALRM'] as const)(
    '%s to the launcher does nothing to either',
    async (name) => {
      const agent = await ready();
      agent.process.kill(name);
      agent.process.kill('SIGUSR1');
      await eventually(() => expect(agent.output()).toBe('ready\nUSR1\n'));
      expect(agent.process.exitCode).toBeNull();
    },
  );

  test('"passed N" sends N to the command: no terminal has', async () => {
    const agent = await ready();
    agent.control.write('passed 2\npassed 15\n');
    await eventually(() => expect(agent.output().split('\n').sort()).toEqual(['', 'INT', 'TERM', 'ready']));
  });

  test('"signal N" sends N to the command alone', async () => {
    const agent = await ready();
    agent.control.write('signal 2\nsignal 3\n');
    await eventually(() => expect(agent.output().split('\n').sort()).toEqual(['', 'INT', 'QUIT', 'ready']));
    agent.control.write('signal 9\n');
    await agent.said(/^signaled 9$/);
    expect((await agent.ended)[0]).toBe(137);
  });

  test.each(['signal', 'signal 0', 'signal 65', 'signal -9', 'signal 9x', 'signal 99999999999999999999'])(
    '%j is a fault',
    async (line) => {
      const agent = await running(['sleep', '1000']);
      agent.control.write(`${line}\n`);
      expect(await agent.ended).toEqual([125, null]);
      expect(agent.lines.at(-1)).toMatch(/^error protocol/);
    },
  );
});

describe('in a terminal', () => {
  /** `script` makes a terminal and a session in it; what is written to it is typed. */
  function terminal(cgroup: string, command: string[]) {
    const program = new URL('./programs/launch-in-terminal.ts', import.meta.url).pathname;
    const words = [process.execPath, program, LAUNCHER, cgroup, ...command];
    const line = words.map((word) => `'${word}'`).join(' ');
    // A shell with job control around it: in an orphaned process group Ctrl-Z stops nothing (POSIX).
    writeFileSync(join(directory, 'session.sh'), `set -m; ${line}; true\n`);
    const child = spawn('script', ['-qec', `sh ${join(directory, 'session.sh')}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      screen += text;
    });
    const shows = (text: string) => eventually(() => expect(screen).toContain(text));
    const type = (text: string) => child.stdin.write(text);
    return { type, shows, screen: () => screen, ended: once(child, 'close') };
  }

  test.each([
    ['Ctrl-C', '\x03', 'INT'],
    ['Ctrl-\\', '\x1c', 'QUIT'],
  ])('%s ends the command, not the launcher, which tells how', async (_, key, name) => {
    const loop = `trap "echo got ${name}; exit 5" ${name}; echo ready; while :; do sleep 0.02; done`;
    const { type, shows, ended } = terminal(makeCgroup(), shell(loop));
    await shows('ready');
    type(key);
    await shows(`got ${name}`);
    await shows('launcher: exited 5');
    await shows('launcher ended: 5');
    await ended;
  });

  test('Ctrl-C reaches the command once, though the caller passes it on', async () => {
    const loop = 'trap "echo hit" INT; trap exit USR1; echo ready; while :; do sleep 0.02; done';
    const cgroup = makeCgroup();
    const { type, shows, screen, ended } = terminal(cgroup, shell(loop));
    await shows('ready');
    type('\x03');
    await shows('caller: SIGINT passed on');
    await shows('hit');
    const pid = processesIn(cgroup)[0]!;
    process.kill(pid, 'SIGUSR1');
    await shows('launcher ended: 0');
    await ended;
    expect(screen().match(/hit/g)).toHaveLength(1);
  });

  test('Ctrl-Z stops the command, and it can be continued', async () => {
    const cgroup = makeCgroup();
    const { type, shows, ended } = terminal(cgroup, shell('echo ready; read line; echo "line: $line"'));
    await shows('ready');
    type('\x1a');
    const [pid] = processesIn(cgroup);
    const state = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0];
    await eventually(() => expect(state()).toBe('T'));
    process.kill(pid!, 'SIGCONT');
    await eventually(() => expect(state()).toBe('S'));
    type('words\r');
    await shows('line: words');
    await shows('launcher ended: 0');
    await ended;
  });
});
