/** Nothing that the launcher started outlives who watches over it. */
/** Nothing that the launcher started outlives who watches over it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import {
  cleanUp,
  eventually,
  held,
  LAUNCHER,
  makeCgroup,
  processesIn,
  running,
  shell,
  start,
  untilEmpty,
} from './launcher-fixtures.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'warder-launcher-'));
});
afterEach(async () => {
  await cleanUp();
  removeTree(directory);
});

describe('nothing outlives the caller', () => {
  /** Processes in every disguise: of the shell, in the background, in a session of their own, ignoring signals. */
  const tree = shell(
    'trap "" TERM HUP INT; sleep 1000 & setsid sh -c "trap \\"\\" TERM HUP; sleep 1000" & sleep 1000',
  );

  async function wholeTree() {
    const agent = await running(tree);
    await eventually(() => expect(processesIn(agent.cgroup).length).toBeGreaterThanOrEqual(4));
    return agent;
  }

  test('end of file on the control channel ends the whole cgroup', async () => {
    const agent = await wholeTree();
    agent.control.destroy();
    expect(await agent.ended).toEqual([137, null]);
    expect(processesIn(agent.cgroup)).toEqual([]);
  });

  test('so does a caller that is killed', async () => {
    const cgroup = makeCgroup();
    const script = new URL('./programs/launch-in-terminal.ts', import.meta.url).pathname;
    const caller = spawn(process.execPath, [script, LAUNCHER, cgroup, ...tree], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await eventually(() => expect(processesIn(cgroup).length).toBeGreaterThanOrEqual(4));
    caller.kill('SIGKILL');
    await untilEmpty(cgroup);
  });

  test('so do a caller and a launcher that are killed at once', async () => {
    const cgroup = makeCgroup();
    const script = new URL('./programs/launch-in-terminal.ts', import.meta.url).pathname;
    const caller = spawn(process.execPath, [script, LAUNCHER, cgroup, ...tree], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await eventually(() => expect(processesIn(cgroup).length).toBeGreaterThanOrEqual(4));
    const launcher = launcherOf(cgroup);
    caller.kill('SIGSTOP'); // it must not notice, and end what is left itself
    process.kill(launcher, 'SIGKILL');
    caller.kill('SIGKILL');
    await untilEmpty(cgroup);
  });

  test('a line that nobody understands ends it too', async () => {
    const agent = await wholeTree();
    agent.control.write('gone\n');
    expect(await agent.ended).toEqual([125, null]);
    expect(agent.lines.at(-1)).toBe(
      'error protocol NONE a line that is none of "go", "signal N" and "passed N"',
    );
    expect(processesIn(agent.cgroup)).toEqual([]);
  });

  test('an endless line too', async () => {
    const agent = await wholeTree();
    agent.control.write('x'.repeat(10_000));
    expect(await agent.ended).toEqual([125, null]);
  });

  test.each([[[]], [['--user', 'nobody']]])(
    'a launcher that is killed takes the command with it %j',
    async (flags) => {
      const agent = await running(['sleep', '1000'], { flags });
      agent.process.kill('SIGKILL');
      await untilEmpty(agent.cgroup);
    },
  );

  test('a launcher that is killed before go takes the child with it', async () => {
    const agent = start(shell(`echo ran > ${directory}/mark`));
    await held(agent);
    agent.process.kill('SIGKILL');
    await untilEmpty(agent.cgroup);
    expect(existsSync(join(directory, 'mark'))).toBe(false);
  });
});

/** The launcher of a cgroup: the first of the processes that have it among their arguments. */
function launcherOf(cgroup: string): number {
  const ours = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandOf(pid).startsWith(`${LAUNCHER}\0--cgroup\0${cgroup}\0`));
  return Math.min(...ours);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}
