/** Agents that Warder does not start: by rules of the runtime's configuration, and by command. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadAddon } from '../../src/kernel/addon.ts';
import {
  ALL_BUT_ID,
  cleanUp,
  endedLater,
  eventually,
  fleetPolicy,
  later,
  NOBODY,
  type ServiceProcess,
  type Services,
  services,
  warder,
} from './services.ts';

const POLICY = fleetPolicy(`${ALL_BUT_ID}  connect: [{allow: "unix:/**"}]
`);
const CGROUP2 = loadAddon().hostFacts().cgroup2!;
const NAME = `warder-adopt-${process.pid}`;

/** For each line it reads it tries the denied program, and says what came of it. */
const SHELL = 'while read line; do /usr/bin/id > /dev/null 2>&1 && echo ran || echo refused; done';

interface Subject {
  pid: number;
  tries(): Promise<string>;
}

function subject({
  cgroup,
  shell = '/bin/sh',
  uid,
}: {
  cgroup?: string;
  shell?: string;
  uid?: number;
} = {}): Subject {
  const enter = cgroup ? `echo $$ > ${CGROUP2}${cgroup}/cgroup.procs && ` : '';
  const as = uid === undefined ? '' : `setpriv --reuid=${uid} --regid=${uid} --clear-groups `;
  const child: ChildProcess = spawn('/bin/sh', ['-c', `${enter}exec ${as}"$@"`, 'sh', shell, '-c', SHELL], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout! });
  endedLater(child);
  return {
    pid: child.pid!,
    tries: async () => {
      child.stdin!.write('\n');
      return (await once(lines, 'line'))[0];
    },
  };
}

function cgroup(path: string): string {
  mkdirSync(join(CGROUP2, path), { recursive: true });
  later(() => eventually(() => rmdirSync(join(CGROUP2, path))));
  return path;
}

let at: Services;
let runtime: ServiceProcess;
let program: string;
const allow = [
  { user: NOBODY, agents: ['acme/pay/coder'], adopt: true },
  { user: NOBODY - 1, agents: ['acme/pay/coder'] },
];
const rules = () => [
  { units: [`${NAME}@*.service`], agent: 'acme/units/${instance}' },
  { cgroups: [`/${NAME}/*`], agent: 'acme/groups/${name}', workspace: '/srv' },
  { executables: [program], agent: 'acme/tools/sh' },
];
beforeAll(async () => {
  at = services(POLICY);
  program = join(at.directory, 'agent-sh');
  copyFileSync('/bin/sh', program);
  spawnSync('chmod', ['755', program]);
  await at.gateway();
  // Its parent is there before.
  cgroup(`/${NAME}`);
  runtime = await at.runtime({ allow, adopt: rules() });
  await runtime.said(/adopted program/);
});
afterAll(cleanUp);

const adopt = (words: string[], uid?: number) =>
  warder(['adopt', '--socket', at.socket, ...words], uid === undefined ? {} : { uid }).ended;
const release = (run: string, uid?: number) =>
  warder(['release', run, '--socket', at.socket], uid === undefined ? {} : { uid }).ended;

test('a rule by pattern takes in a unit when its cgroup is made, as the agent that its instance names', async () => {
  const outside = subject();
  const unit = cgroup(`/${NAME}@coder.service`);
  await runtime.said(
    /adopted unit \S+@coder.service with 0 processes as spiffe:\/\/warder.local\/acme\/units\/coder/,
  );
  expect(await subject({ cgroup: unit }).tries()).toBe('refused');
  expect(await outside.tries()).toBe('ran');
});

test('a cgroup that matches is taken in with what runs in it; what no rule names is let be', async () => {
  const inside = subject({ cgroup: cgroup(`/${NAME}/b c`.replace(' ', '.')) });
  const other = subject({ cgroup: cgroup(`/${NAME}-other`) });
  await runtime.said(/adopted cgroup \S+b\.c .*groups\/b\.c/);
  await eventually(async () => expect(await inside.tries()).toBe('refused'));
  expect(await other.tries()).toBe('ran');
});

test('an executable, and the one that takes its place', async () => {
  expect(await subject({ shell: program }).tries()).toBe('refused');
  spawnSync('sh', ['-c', `cp ${program} ${program}.new && mv ${program}.new ${program}`]);
  await eventually(async () => expect(await subject({ shell: program }).tries()).toBe('refused'));
});

test('by command: a process, its run in the list, and free again', async () => {
  const agent = subject();
  expect(await agent.tries()).toBe('ran');
  const { code, stdout, stderr } = await adopt(['--pid', String(agent.pid), '--agent', 'acme/pay/by-hand']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/process \d+: 1 processes under spiffe:\/\/warder.local\/acme\/pay\/by-hand/);
  expect(await agent.tries()).toBe('refused');
  const run = stdout.split(' ')[0]!;
  expect((await adopt(['--list'])).stdout).toMatch(
    new RegExp(`${run} .*adopted process ${agent.pid} by user 0`),
  );
  const again = await adopt(['--pid', String(agent.pid)]);
  expect(again).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`governed already, under the run ${run}`),
  });
  expect((await release(run)).stdout).toBe(`${run} released\n`);
  expect(await agent.tries()).toBe('ran');
});

test('a user whom the operator allows it adopts a process of theirs, and nothing else', async () => {
  const own = subject({ uid: NOBODY });
  const roots = subject();
  const { stdout, stderr } = await adopt(['--pid', String(own.pid)], NOBODY);
  expect(stderr).toBe('');
  expect(await own.tries()).toBe('refused');
  const run = stdout.split(' ')[0]!;
  expect((await release(run, NOBODY - 1)).stderr).toContain(`user ${NOBODY - 1} has adopted no run ${run}`);
  expect((await release(run, NOBODY)).code).toBe(0);
  for (const [words, uid, why] of [
    [['--pid', String(roots.pid)], NOBODY, /process \d+ is not one of user 65534/],
    [['--cgroup', `/${NAME}-other`], NOBODY, /something else than a process of theirs/],
    [['--pid', String(own.pid), '--agent', 'acme/pay/other'], NOBODY, /may not start the agent/],
    [['--pid', String(own.pid)], NOBODY - 1, /process \d+ is not one of user 65533/],
    [
      ['--pid', String(subject({ uid: NOBODY - 1 }).pid)],
      NOBODY - 1,
      /which agent is to be started is not said|may not start/,
    ],
  ] as const) {
    expect(await adopt([...words], uid)).toMatchObject({ code: 1, stderr: expect.stringMatching(why) });
  }
  expect(await roots.tries()).toBe('ran');
});

test('an agent adopts and releases nothing', async () => {
  const { stdout } = await adopt(['--list', '--json']);
  const { run } = JSON.parse(stdout.split('\n')[0]!);
  const words = `${process.cwd()}/bin/warder release ${run} --socket ${at.socket}`;
  const { stdout: said } = await warder(
    ['run', '--socket', at.socket, '--agent', 'acme/pay/x', '--', '/bin/sh', '-c', `${words} 2>&1`],
    { cwd: at.workspace },
  ).ended;
  expect(said).toContain('agents adopt and release nothing');
});

test('what a rule names outlives a killed runtime once; taken out of the configuration it is free', async () => {
  const agent = subject({ cgroup: cgroup(`/${NAME}/again`) });
  await runtime.said(/adopted cgroup \S+again/);
  expect(await agent.tries()).toBe('refused');
  await runtime.stop('SIGKILL');
  expect(await agent.tries()).toBe('refused');
  runtime = await at.runtime({ allow, adopt: rules() });
  await runtime.said(/took over the run \S+ of \S+groups\/again/);
  await runtime.said(/attached/);
  const list = (await adopt(['--list'])).stdout;
  expect(list.match(/adopted cgroup \S+again by a rule/g)).toHaveLength(1);
  const { run } = JSON.parse(
    (await adopt(['--list', '--json'])).stdout.split('\n').find((line) => line.includes('again'))!,
  );
  expect((await release(run)).stderr).toContain('a rule of `adopt` names cgroup');
  writeFileSync(
    join(at.directory, 'runtime.yaml'),
    JSON.stringify({
      kind: 'Runtime',
      state: join(at.directory, 'runtime'),
      socket: at.socket,
      gateway: { state: at.gatewayState },
    }),
  );
  runtime.process.kill('SIGHUP');
  await runtime.said(new RegExp(`released cgroup \\S+again, run ${run}`));
  expect(await agent.tries()).toBe('ran');
  expect(runtime.log()).not.toContain('internal error');
});
