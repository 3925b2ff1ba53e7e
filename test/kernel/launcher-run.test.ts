/** The launcher: an agent is held until it may go, gets nothing that is not its own, and its end is passed on. */
import { existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, eventually, held, processesIn, run, running, shell, start } from './launcher-fixtures.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-launcher-'));
});
afterEach(async () => {
  await cleanUp();
  removeTree(directory);
});

describe('the gate', () => {
  test('until go, the child waits in the cgroup and nothing of the command has run', async () => {
    const agent = start(shell(`echo ran > ${directory}/mark`));
    const pid = await held(agent);
    await sleep(100);
    expect(processesIn(agent.cgroup)).toEqual([pid]);
    expect(existsSync(join(directory, 'mark'))).toBe(false);
    agent.control.write('go\n');
    expect(await agent.ended).toEqual([0, null]);
    expect(existsSync(join(directory, 'mark'))).toBe(true);
    expect(agent.lines).toEqual([`pid ${pid}`, 'started', 'exited 0']);
  });

  test('the held child becomes the command: same pid, same cgroup', async () => {
    const agent = await run(shell('echo $$; grep ^0:: /proc/self/cgroup'));
    expect(agent.output()).toBe(`${agent.lines[0]!.split(' ')[1]}\n0::/${agent.cgroup.split('/').at(-1)}\n`);
  });

  test('go before pid is a fault: the command never runs', async () => {
    // The launcher starts late, so that the word is there before it.
    const late = ['/bin/sh', '-c', 'sleep 0.3; exec "$0" "$@"'];
    const agent = start(shell(`echo ran > ${directory}/mark`), { through: late });
    agent.control.write('go\n');
    expect(await agent.ended).toEqual([125, null]);
    expect(agent.lines.at(-1)).toBe('error protocol NONE "go" is said once, after "pid"');
    expect(existsSync(join(directory, 'mark'))).toBe(false);
  });

  test('end of file instead of go: the command never runs', async () => {
    const agent = start(shell(`echo ran > ${directory}/mark`));
    await held(agent);
    agent.control.destroy();
    expect(await agent.ended).toEqual([137, null]);
    expect(existsSync(join(directory, 'mark'))).toBe(false);
    expect(processesIn(agent.cgroup)).toEqual([]);
  });
});

describe('the end of the command', () => {
  test.each([0, 1, 7, 125, 255])('status %i is passed on', async (status) => {
    const agent = await run(shell(`exit ${status}`));
    expect(agent.lines.slice(1)).toEqual(['started', `exited ${status}`]);
    expect(agent.code).toBe(status);
  });

  test.each([
    ['KILL', 9],
    ['TERM', 15],
    ['SEGV', 11],
  ])('SIG%s is told as a signal, and in the status as shells do', async (name, number) => {
    const agent = await run(shell(`kill -${name} $$`));
    expect(agent.lines.slice(1)).toEqual(['started', `signaled ${number}`]);
    expect(agent.code).toBe(128 + number);
  });

  test('the launcher stays until what the command left behind has gone', async () => {
    const agent = await running(shell('exec 3<&0; cat <&3 > /dev/null & exit 3'));
    await agent.said(/^exited 3$/);
    expect(processesIn(agent.cgroup)).toHaveLength(1);
    await sleep(100);
    expect(agent.process.exitCode).toBeNull();
    agent.process.stdin!.end(); // what was left behind goes with its input
    expect(await agent.ended).toEqual([3, null]);
    expect(processesIn(agent.cgroup)).toEqual([]);
  });

  test('closing the control channel then ends what is left', async () => {
    const agent = await running(shell('setsid sleep 1000 > /dev/null & exit 3'));
    await agent.said(/^exited 3$/);
    agent.control.destroy();
    expect(await agent.ended).toEqual([3, null]);
    expect(processesIn(agent.cgroup)).toEqual([]);
  });
});

describe('what the command gets', () => {
  test('descriptors 0, 1 and 2, and no other', async () => {
    const extra = openSync('/etc/hostname', 'r');
    const agent = await run(['ls', '/proc/self/fd'], {
      stdio: ['pipe', 'pipe', 'inherit', 'pipe', extra, 'pipe', extra],
    });
    expect(agent.output()).toBe('0\n1\n2\n3\n'); // 3 is the directory that ls reads
  });

  test('its standard streams byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
    const agent = start(['/bin/cat']);
    const chunks: Buffer[] = [];
    agent.process.stdout!.removeAllListeners('data').setEncoding('latin1');
    agent.process.stdout!.on('data', (text: string) => chunks.push(Buffer.from(text, 'latin1')));
    await held(agent);
    agent.control.write('go\n');
    agent.process.stdin!.end(bytes);
    expect(await agent.ended).toEqual([0, null]);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test('an end of its output as soon as it closes it: the launcher holds none', async () => {
    const agent = await running(shell('exec > /dev/null; exec sleep 1000'));
    await eventually(() => expect(agent.process.stdout!.readableEnded).toBe(true));
    expect(agent.process.exitCode).toBeNull();
  });

  test('the environment and the arguments, unchanged', async () => {
    const agent = await run(['/usr/bin/env', '-0'], { environment: { A: '1', B: 'two words', C: '' } });
    expect(agent.output().split('\0').filter(Boolean).sort()).toEqual(['A=1', 'B=two words', 'C=']);
    const echo = await run(['/bin/echo', '--cgroup', '', '--', '-x']);
    expect(echo.output()).toBe('--cgroup  -- -x\n');
  });

  test('the directory that was asked for, else the caller’s', async () => {
    expect((await run(['pwd'], { flags: ['--chdir', '/usr/lib'] })).output()).toBe('/usr/lib\n');
    expect((await run(['pwd'])).output()).toBe(`${process.cwd()}\n`);
  });

  test('signals as at a fresh start, whatever the caller ignored or blocked', async () => {
    const agent = await run(['grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status'], {
      through: ['/bin/sh', '-c', 'trap "" HUP INT QUIT TERM PIPE CHLD; exec "$0" "$@"'],
    });
    expect(agent.output()).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  test('the process group and session of the caller', async () => {
    const agent = await run(shell('cut -d" " -f5,6 /proc/$$/stat'));
    const [group, session] = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ').slice(2, 4);
    expect(agent.output()).toBe(`${group} ${session}\n`);
  });
});
