/** Processes that Warder did not start come under an agent: those that are there, and those that come, without a gap. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { ALL_BUT_ID, fleetPolicy } from '../e2e/services.ts';
import { removeTree } from '../remove-tree.ts';
import { CGROUP2, cleanUpKept, holdRuntime, keptPlace, spawned, testCgroup } from './kept-fixtures.ts';

const POLICY = fleetPolicy(ALL_BUT_ID);

afterEach(cleanUpKept);

/** A shell that tries the denied program for each line it reads; one with "child" tries in a child of a child. */
const SHELL = `
while read line; do
  case $line in
    child) (sh -c '/usr/bin/id > /dev/null 2>&1; echo $?' | { read code; test "$code" = 0 && echo ran || echo refused; });;
    *) /usr/bin/id > /dev/null 2>&1 && echo ran || echo refused;;
  esac
done`;

interface Subject {
  child: ChildProcess;
  tries(how?: string): Promise<string>;
}

function subject(shell = '/bin/sh', cgroup?: string): Subject {
  const child = spawned(shell, ['-c', SHELL], cgroup);
  const lines = createInterface({ input: child.stdout! });
  return {
    child,
    tries: async (how = '') => {
      child.stdin!.write(`${how}\n`);
      return (await once(lines, 'line'))[0];
    },
  };
}

test('a cgroup: what is in it, what is moved in, what is born in it and below it; through a killed runtime', async () => {
  const place = keptPlace(POLICY);
  const cgroup = testCgroup();
  const inside = subject('/bin/sh', cgroup);
  const outside = subject();
  expect(await inside.tries()).toBe('ran');
  const first = holdRuntime(place);
  await first.hears('ready');
  first.ask({ adopt: { cgroup } });
  const { run, processes } = await first.hears('adopted');
  expect(processes).toBe(1);
  expect(await inside.tries()).toBe('refused');
  expect(await inside.tries('child')).toBe('refused');
  expect(await subject('/bin/sh', cgroup).tries()).toBe('refused');
  expect(await outside.tries()).toBe('ran');
  writeFileSync(join(cgroup, 'cgroup.procs'), String(outside.child.pid));
  // No exec, no fork of its own in between: the move is enough.
  expect(await outside.tries()).toBe('refused');
  // Out of the cgroup it stays what it is.
  writeFileSync(join(CGROUP2, 'cgroup.procs'), String(outside.child.pid));
  expect(await outside.tries('child')).toBe('refused');
  await first.hears('event', (event) => event.runStarted?.adopted === `cgroup ${cgroup}`);
  await first.hears('event', (event) => event.run === run && event.exec?.path === '/usr/bin/id');
  await first.kill();

  const below = join(cgroup, 'below');
  mkdirSync(below);
  const meanwhile = subject('/bin/sh', below);
  expect(await meanwhile.tries()).toBe('refused');
  const second = holdRuntime(place);
  expect(await second.hears('ready')).toEqual([{ run, what: `cgroup ${cgroup}` }]);
  expect(await meanwhile.tries()).toBe('refused');
  second.ask({ release: run });
  await second.hears('released');
  expect(await second.hears('ended')).toMatchObject({ run });
  for (const free of [inside, outside, meanwhile]) expect(await free.tries('child')).toBe('ran');
  expect(await subject('/bin/sh', cgroup).tries()).toBe('ran');
  expect(second.said.filter((line) => line.problem)).toEqual([]);
  const ended = once(meanwhile.child, 'exit');
  meanwhile.child.kill('SIGKILL');
  await ended;
  await expect.poll(() => removed(below)).toBe(true);
});

function removed(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

test('a cgroup that is not there yet, and one that comes again', async () => {
  const name = `warder-later-${process.pid}`;
  const runtime = holdRuntime(keptPlace(POLICY));
  runtime.ask({ adopt: { cgroup: `/${name}` } });
  expect(await runtime.hears('adopted')).toMatchObject({ processes: 0 });
  for (let time = 0; time < 2; time++) {
    const cgroup = testCgroup(name);
    const agent = subject('/bin/sh', cgroup);
    expect(await agent.tries()).toBe('refused');
    const ended = once(agent.child, 'exit');
    agent.child.kill('SIGKILL');
    await ended;
    await expect.poll(() => removed(cgroup)).toBe(true);
  }
  expect(await subject().tries()).toBe('ran');
});

test('a unit, by the place that systemd gives it', async () => {
  const name = `warder-test-${process.pid}.service`;
  const cgroup = testCgroup(name);
  const agent = subject('/bin/sh', cgroup);
  const runtime = holdRuntime(keptPlace(POLICY));
  runtime.ask({ adopt: { unit: name } });
  expect(await runtime.hears('adopted')).toMatchObject({ processes: 1 });
  expect(await agent.tries()).toBe('refused');
});

test('a container, by its id; the run ends with its last process', async () => {
  const id = process.pid.toString(16).padStart(64, 'c0ffee');
  const agent = subject('/bin/sh', testCgroup(`docker-${id}.scope`));
  const runtime = holdRuntime(keptPlace(POLICY));
  runtime.ask({ adopt: { containerId: id.slice(0, 63) } });
  const { run } = await runtime.hears('adopted');
  expect(await agent.tries()).toBe('refused');
  agent.child.kill('SIGKILL');
  expect(await runtime.hears('ended')).toMatchObject({ run });
});

test('a program: who runs it, and who will', async () => {
  const place = keptPlace(POLICY);
  const program = join(place.directory, 'agent-shell');
  copyFileSync('/bin/sh', program);
  const before = subject(program);
  expect(await before.tries()).toBe('ran');
  const runtime = holdRuntime(place);
  runtime.ask({ adopt: { exe: program } });
  expect(await runtime.hears('adopted')).toMatchObject({ processes: 1 });
  expect(await before.tries('child')).toBe('refused');
  expect(await subject(program).tries()).toBe('refused');
  expect(await subject().tries()).toBe('ran');
});

test('a process, with all that it has started', async () => {
  const parent = spawned('/bin/sh', ['-c', `exec 3<&0; (exec 0<&3; ${SHELL}); true`]);
  const lines = createInterface({ input: parent.stdout! });
  const tries = async () => {
    parent.stdin!.write('\n');
    return (await once(lines, 'line'))[0];
  };
  expect(await tries()).toBe('ran');
  const runtime = holdRuntime(keptPlace(POLICY));
  await runtime.hears('ready');
  runtime.ask({ adopt: { pid: parent.pid! } });
  expect(await runtime.hears('adopted')).toMatchObject({ processes: 2 });
  expect(await tries()).toBe('refused');
});

test('what would take in Warder itself, or the host, is refused with the reason', async () => {
  const runtime = holdRuntime(keptPlace(POLICY));
  await runtime.hears('ready');
  const asked: [object, RegExp][] = [
    [{ cgroup: '/' }, /every process of the host/],
    [{ cgroup: '/a/../..' }, /not an absolute path/],
    [{ exe: process.execPath }, /what Warder itself runs on/],
    [{ exe: '/etc' }, /is not a file/],
    [{ exe: '/usr/bin/ldd' }, /is a script/],
    [{ pid: 1 }, /cannot be an agent/],
    [{ pid: runtime.child.pid! }, /is Warder itself/],
    [{ pid: process.pid }, /is Warder itself, or has started it/],
    [{ pid: 2 ** 30 }, /is not there/],
    [{ unit: 'no unit' }, /no name of a service/],
    [{ containerId: 'deadbeefdeadbeef' }, /does not run here/],
  ];
  for (const [adopt, reason] of asked) {
    runtime.ask({ adopt });
    await runtime.hears('problem', (problem) => reason.test(String(problem)));
  }
  expect(runtime.said.filter((line) => line.adopted)).toEqual([]);
});

test('files: what is denied is refused before it is opened, and the process lives', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'warder-adopted-'));
  const secret = join(directory, 'secret');
  writeFileSync(secret, 'SECRET\n');
  const cgroup = testCgroup();
  const child = spawned('/bin/sh', ['-c', 'while read -r file; do cat "$file" 2>&1; done'], cgroup);
  const lines = createInterface({ input: child.stdout! });
  const reads = async (): Promise<string> => {
    child.stdin!.write(`${secret}\n`);
    return (await once(lines, 'line'))[0];
  };
  try {
    expect(await reads()).toBe('SECRET');
    const runtime = holdRuntime(keptPlace(POLICY.replace('/etc/secret', secret)));
    await runtime.hears('ready');
    runtime.ask({ adopt: { cgroup } });
    await runtime.hears('adopted');
    expect(await reads()).toMatch(/Operation not permitted/);
    expect(await reads()).toMatch(/Operation not permitted/);
    expect(child.exitCode).toBeNull();
    await runtime.hears('event', (event) => event.fileOpen?.path === secret && event.decision?.outcome === 2);
    await runtime.kill();
    // Nobody answers any more: the kernel programs are the second line, and end what opens it.
    expect(readFileSync(secret, 'utf8')).toBe('SECRET\n');
  } finally {
    removeTree(directory);
  }
});
