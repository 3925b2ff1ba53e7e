/**
 * The clerk answers the calls that it performs by itself: while it is at one, the monitor has time for others, nothing is done
 * for somebody who has gone, and nobody waits for a clerk that is no more.
 *
 * A clerk that is stopped here is one that is busy.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, described, eventually, type Launched, running } from './launcher-fixtures.ts';

const PYTHON = ['/usr/bin/python3', '-SEBc'] as const;
const MOST_WAITING = 40;

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'warder-clerk-'));
});
afterEach(async () => {
  await cleanUp();
  removeTree(place);
});

/** In `place`, where names are kept, so that what has a name is changed by the clerk. */
function behindWalls(program: string): Promise<Launched & { pid: number }> {
  const everything = ['place', 'wx', '/', 'place', 'wx', place, 'allow', 'rdxwmi', '/'];
  const walls = described(...everything, 'name', 'hide', '.env', 'guard', place);
  return running([...PYTHON, program], { walls, flags: ['--chdir', place] });
}

function clerkOf(agent: Launched): number {
  const { pid } = agent.process;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Number(
    children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'warder-clerk'),
  );
}

/** Once the program has said that it is ready, its clerk does nothing until it is continued. */
async function withBusyClerk(agent: Launched): Promise<number> {
  await eventually(() => expect(agent.output()).toContain('ready'));
  const clerk = clerkOf(agent);
  process.kill(clerk, 'SIGSTOP');
  await eventually(() => expect(readFileSync(`/proc/${clerk}/stat`, 'utf8')).toMatch(/\) T /));
  agent.process.stdin!.write('go\n');
  return clerk;
}

const READY =
  'import ctypes, os, signal, sys, threading, time\nprint("ready", flush=True)\nsys.stdin.readline()\n';

test('while the clerk is at one call, others are answered', async () => {
  const agent = await behindWalls(`${READY}
threading.Thread(target=os.mkdir, args=("made",)).start()
time.sleep(0.2)
os.close(os.memfd_create("memory"))
print("answered", flush=True)
`);
  const clerk = await withBusyClerk(agent);
  try {
    await eventually(() => expect(agent.output()).toContain('answered'));
    expect(existsSync(join(place, 'made'))).toBe(false);
  } finally {
    process.kill(clerk, 'SIGCONT');
  }
  expect(await agent.ended).toEqual([0, null]);
  expect(existsSync(join(place, 'made'))).toBe(true);
});

test('what somebody asked for who is gone when its turn comes is not done', async () => {
  const agent = await behindWalls(`${READY}
child = os.fork()
if not child:
    os.mkdir("too-late")
    os._exit(0)
time.sleep(0.2)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
print("gone", flush=True)
os.mkdir("in-time")
`);
  const clerk = await withBusyClerk(agent);
  try {
    await eventually(() => expect(agent.output()).toContain('gone'));
  } finally {
    process.kill(clerk, 'SIGCONT');
  }
  expect(await agent.ended).toEqual([0, null]);
  expect(readdirSync(place)).toEqual(['in-time']);
});

test('as many as call at once each get their answer, more than the clerk has room for', async () => {
  const agent = await behindWalls(`${READY}
def work(number):
    for turn in range(5):
        name = f"{number}-{turn}"
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.rename(name, f"{name}.done")
        try:
            os.open(".env", os.O_CREAT | os.O_WRONLY)
            os._exit(3)
        except PermissionError:
            pass
threads = [threading.Thread(target=work, args=(number,)) for number in range(300)]
for thread in threads: thread.start()
for thread in threads: thread.join()
`);
  const clerk = await withBusyClerk(agent);
  setTimeout(() => process.kill(clerk, 'SIGCONT'), 500);
  expect(await agent.ended).toEqual([0, null]);
  expect(readdirSync(place).filter((name) => /^\d+-\d+\.done$/.test(name))).toHaveLength(1500);
});

test('calls fail that a clerk was given which is no more, and those that come then', async () => {
  const agent = await behindWalls(`${READY}
def work(number):
    try:
        os.mkdir(f"{number}")
    except OSError as error:
        print("failed", error.errno, flush=True)
threads = [threading.Thread(target=work, args=(number,)) for number in range(${MOST_WAITING})]
for thread in threads: thread.start()
print("asked", flush=True)
for thread in threads: thread.join()
work("later")
`);
  const clerk = await withBusyClerk(agent);
  await eventually(() => expect(agent.output()).toContain('asked'));
  process.kill(clerk, 'SIGKILL');
  expect(await agent.ended).toEqual([0, null]);
  expect(agent.output().match(/failed 5\n/g)).toHaveLength(MOST_WAITING + 1);
  expect(readdirSync(place)).toEqual([]);
});
