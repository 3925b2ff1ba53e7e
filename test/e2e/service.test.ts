/** Agents started through the runtime's service: by users who are not root, as far as the operator allows it. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pinnedInstances } from '../../src/kernel/pins.ts';
import {
  cleanUp,
  eventsOf,
  eventually,
  fleetPolicy,
  NOBODY,
  type ServiceProcess,
  type Services,
  services,
  startServices,
  warder,
} from './services.ts';

const POLICY = fleetPolicy(`  exec:
    - allow: [/usr/bin/**, /usr/sbin/**, ${process.execPath}, ${process.cwd()}/**]
    - deny: /usr/bin/id
      because: the test says so
  read: [{allow: [/**]}]
  write: [{allow: ["\${workspace}/**", "/dev/**"]}]
  load: [{allow: [/**]}]
  connect: [{allow: "unix:/**"}]
`);

const allow = [{ user: NOBODY, agents: ['acme/pay/coder'] }];
let at: Services;
let gateway: ServiceProcess;
let runtime: ServiceProcess;
beforeAll(async () => {
  ({ at, gateway, runtime } = await startServices(POLICY, { runtime: { allow } }));
});
afterAll(cleanUp);

function run(words: string[], options: { uid?: number; env?: object } = { uid: NOBODY }) {
  return warder(['run', '--socket', at.socket, ...words], { cwd: at.workspace, ...options });
}

/** Of this test's sleepers alone. */
const NAPS = `1234.${process.pid}`;
const shell = (script: string) => ['--', '/usr/bin/sh', '-c', script];

test('a plain user starts the agent that is allowed, as themselves: output, status, refusals, summary', async () => {
  const script = 'umask; id; grep -E "^(Uid|Groups)" /proc/self/status; echo "$ONE"; echo err >&2; exit 3';
  const { code, stdout, stderr } = await run(shell(script), { uid: NOBODY, env: { ONE: 'two' } }).ended;
  expect(code).toBe(3);
  const uid = `${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`;
  expect(stdout).toBe(`0022\nUid:\t${uid}\nGroups:\t${NOBODY} \ntwo\n`);
  expect(stderr).toContain('err\n');
  expect(stderr).toMatch(/exec +PREVENTED +\/usr\/bin\/id <- deny \/usr\/bin\/id .*: the test says so/);
  expect(stderr).toContain('warder: spiffe://warder.local/acme/pay/coder ended with status 3');
});

test('the numbers at the end are those of the log, of whatever the service told one by one', async () => {
  const script =
    'i=0; while [ $i -lt 300 ]; do : < /etc/passwd; i=$((i + 1)); done; id; cat /proc/self/cmdline > out';
  const { stderr } = await run(['-q', '--json', ...shell(script)]).ended;
  const { summary } = JSON.parse(stderr.trim().split('\n').at(-1)!);
  const events = await eventsOf(at, summary.run);
  expect(summary.events).toBe(events.length);
  const opens = events.filter(({ fileOpen, decision }) => fileOpen && decision?.verdict !== 'DENY');
  expect(opens.length).toBeGreaterThan(300);
  expect(summary.read.total + summary.written.total).toBe(opens.length);
  expect(summary.refusals).toHaveLength(1);
});

test.each([
  [
    ['--agent', 'acme/pay/other', '--', 'true'],
    NOBODY,
    /may not start the agent spiffe:\/\/warder.local\/acme\/pay\/other/,
  ],
  [['--user', 'root', '--', 'true'], NOBODY, /asked for an agent that runs as 'root'/],
  [['--', 'true'], NOBODY - 1, /user 65533 may start no agents on this host/],
])('%j is refused', async (words, uid, why) => {
  const { code, stderr } = await run(words, { uid }).ended;
  expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringMatching(why) });
});

test('an agent starts no agents, whoever it runs as', async () => {
  const again = `${process.cwd()}/bin/warder run --socket ${at.socket} --agent acme/pay/coder -- true`;
  const { code, stdout } = await run(shell(`${again} 2>&1`), {}).ended;
  expect({ code, stdout }).toEqual({
    code: 125,
    stdout: expect.stringContaining('asked for an agent to be started'),
  });
});

test('the environment that a user asks for does not reach the launcher', async () => {
  const running = run(shell('echo up; sleep 1000'), { uid: NOBODY, env: { ONE: 'two' } });
  await eventually(() => expect(running.stdout()).toBe('up\n'));
  const launcher = childrenOf(runtime.process.pid!).find((pid) => commandOf(pid).includes('warder-launch'))!;
  expect(readFileSync(`/proc/${launcher}/environ`, 'utf8')).toBe('');
  running.process.kill('SIGTERM');
  expect(await running.ended).toMatchObject({ signal: 'SIGTERM' });
});

test('a run ends with its client, even one that is killed', async () => {
  const running = run(shell(`setsid sleep ${NAPS} & sleep ${NAPS}`));
  await eventually(() => expect(sleepers()).toHaveLength(2));
  running.process.kill('SIGKILL');
  await eventually(() => expect(sleepers()).toEqual([]));
});

test('a run whose launcher is killed from outside ends, for who asked for it and in the log', async () => {
  const running = run(shell(`sleep ${NAPS}`));
  await eventually(() => expect(sleepers()).toHaveLength(1));
  const launcher = childrenOf(runtime.process.pid!).find((pid) => commandOf(pid).includes(NAPS))!;
  process.kill(Number(launcher), 'SIGKILL');
  const { code, stderr } = await running.ended;
  expect(code).toBe(125);
  expect(stderr).toContain('without saying how the agent ended');
  expect(sleepers()).toEqual([]);
  const said = ['tail', '--json', '--no-follow', '--state', at.gatewayState, '--run', 'last'];
  await eventually(async () => {
    const { stdout } = await warder(said).ended;
    expect(stdout).toContain(NAPS);
    expect(stdout).toMatch(/"runEnded":\{"signal":9/);
  });
});

test('a terminal of its own is controlled by the agent', async () => {
  const script = 'exec 3<>/dev/tty && echo controls; ps -o sid=,pid= -p $$';
  const words = ['run', '-q', '--socket', at.socket, ...shell(script)].map((word) => `'${word}'`).join(' ');
  const inTerminal = terminal(`${process.cwd()}/bin/warder ${words}`);
  expect(inTerminal).toContain('controls');
  const [, session, pid] = /(\d+) +(\d+)/.exec(inTerminal.slice(inTerminal.indexOf('controls')))!;
  expect(session).toBe(pid);
});

test('killed and started again, each side goes on: the runtime attaches anew, and agents start', async () => {
  await gateway.stop('SIGKILL');
  gateway = await at.gateway();
  await eventually(() => expect(runtime.log().match(/attached/g)!.length).toBeGreaterThan(1));
  expect((await run(shell('exit 4')).ended).code).toBe(4);
  await runtime.stop('SIGKILL');
  runtime = await at.runtime({ allow });
  expect((await run(shell('exit 5')).ended).code).toBe(5);
});

test('what a run did while the gateway was away waits on the host: told as waiting, not as lost, and in the log later', async () => {
  const napping = run(shell('echo on; sleep 2; exit 6'));
  await eventually(() => expect(napping.stdout()).toContain('on'));
  await gateway.stop('SIGKILL');
  const { code, stderr } = await napping.ended;
  gateway = await at.gateway();
  expect(code).toBe(6);
  expect(stderr).toMatch(/ {2}lost +nothing\n {2}waiting +\d+ events for the log: on this host's disk until/);
  expect(runtime.log()).toContain("they wait on this host's disk and are sent again");
  const [, id = ''] = / {2}run +([0-9a-f-]{36})/.exec(stderr)!;
  await eventually(async () => expect((await eventsOf(at, id)).at(-1).runEnded).toEqual({ code: 6 }));
});

test('a reload tells what of the configuration it cannot take', async () => {
  const { process: service, said } = runtime;
  const file = join(at.directory, 'runtime.yaml');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(before), silence: '45s' }));
  service.kill('SIGHUP');
  await said(/changed in the configuration, and taken at the next start: silence\n.* reloaded\n/);
  writeFileSync(file, before);
});

test('a policy that changes is in force for the next agent, a faulty one leaves the one before', async () => {
  const taken = /policy: .* in force/g;
  await changePolicy(POLICY.replace('/usr/bin/id', '/usr/bin/env'), taken);
  expect((await run(shell('id -u; env')).ended).stdout).toBe(`${NOBODY}\n`);
  await changePolicy('kind: Polizy', /the policy that was in force stays: /g);
  expect((await run(shell('id -u; env')).ended).stdout).toBe(`${NOBODY}\n`);
  await changePolicy(POLICY, taken);
});

/** In one step, for the gateway may look at any moment; then it says once more what is looked for. */
async function changePolicy(text: string, answer: RegExp): Promise<void> {
  const answers = () => gateway.log().match(answer)?.length ?? 0;
  const before = answers();
  writeFileSync(`${at.directory}/next.yaml`, text);
  renameSync(`${at.directory}/next.yaml`, `${at.policies}/policy.yaml`);
  await eventually(() => expect(answers()).toBeGreaterThan(before));
}

test('a runtime that is killed or stopped leaves its agents running and governed; the next one takes them over', async () => {
  const script = 'while :; do id > /dev/null 2>&1 && echo ran >> ran; echo >> tries; sleep 0.02; done';
  const running = run(shell(script));
  const tries = () => lines('tries');
  await eventually(() => expect(tries()).toBeGreaterThan(3));
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await runtime.stop(signal);
    const before = tries();
    await eventually(() => expect(tries()).toBeGreaterThan(before + 5));
    runtime = await at.runtime({ allow });
    expect(runtime.log()).toMatch(/took over the run \S+ of spiffe:\/\/warder.local\/acme\/pay\/coder/);
  }
  await eventually(() => expect(running.stderr()).toContain('the agent goes on under its policy'));
  const [, id = ''] = /took over the run (\S+) of/.exec(runtime.log())!;
  await runtime.said(/attached/);
  // A runtime that has just attached may not have told of its runs yet: then the command waits for it.
  await warder(['kill', '--state', at.gatewayState, id]).ended;
  await runtime.said(/the run \S+ ended with signal 9/);
  expect(lines('ran')).toBe(0);
});

test('a budget goes on with the run, whichever runtime has it: none is eaten by those before', async () => {
  const limited = POLICY.replace('spec:', 'spec:\n  budget: {execs: 100000/day}');
  const { at: own, runtime: first } = await startServices(limited, { runtime: { allow } });
  let now = first;
  spawnSync('mkfifo', ['-m', '666', `${own.workspace}/pause`]);
  const script = 'exec 3<>pause; while :; do /usr/bin/true && echo ran >> ran; read -t 0.05 -u 3; done';
  const words = ['run', '--socket', own.socket, '--', '/usr/bin/bash', '-c', script];
  const running = warder(words, { cwd: own.workspace, uid: NOBODY });
  const file = `${own.workspace}/ran`;
  const ran = () => (existsSync(file) ? readFileSync(file, 'utf8').length : 0);
  await eventually(() => expect(ran()).toBeGreaterThan(0));
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGTERM'] as const) {
    await now.stop(signal);
    now = await own.runtime({ allow });
    await now.said(/took over the run/);
    const before = ran();
    await eventually(() => expect(ran(), running.stderr()).toBeGreaterThan(before + 20));
    expect(now.log()).not.toContain('internal error');
  }
  const [, id = ''] = /took over the run (\S+) of/.exec(now.log())!;
  await warder(['kill', '--state', own.gatewayState, id]).ended;
  await now.said(/the run \S+ ended with signal 9/);
});

test('an instance that the command line names is the one in the kernel, and the one that is taken out', async () => {
  const instance = `named-${process.pid}`;
  const other = services(POLICY);
  const named = await other.runtime({ instance: 'written' }, ['--instance', instance]);
  expect(pinnedInstances()).toContain(instance);
  expect(pinnedInstances()).not.toContain('written');
  await named.stop('SIGKILL');
  const { stdout } = await warder(['detach', '--instance', instance]).ended;
  expect(stdout).toMatch(new RegExp(`^${instance}: |nothing was left`));
  expect(pinnedInstances()).not.toContain(instance);
  const { code, stderr } = await warder(['runtime', '--instance', 'Not One']).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('WARDER_INSTANCE: instance cannot be the string "Not One"');
});

function lines(name: string): number {
  const path = `${at.workspace}/${name}`;
  return existsSync(path) ? readFileSync(path, 'latin1').length : 0;
}

function sleepers(): string[] {
  return pids().filter((pid) => commandOf(pid) === `sleep\0${NAPS}\0`);
}

function pids(): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(parent: number): string[] {
  return pids().filter((pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(fields[1]) === parent;
    } catch {
      return false;
    }
  });
}

/** What a command writes to a terminal that script(1) makes for it. */
function terminal(command: string): string {
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd: at.workspace,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return stdout;
}
