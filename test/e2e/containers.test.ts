/** Agents in containers, by Docker: known by their labels, governed like others. Started by testcontainers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, IMAGE, removeCgroups, startEngine } from './engine.ts';
import {
  ALL_BUT_ID,
  cleanUp,
  eventsOf,
  eventually,
  fleetPolicy,
  later,
  type ServiceProcess,
  type Services,
  startServices,
  warder,
} from './services.ts';

const LABEL = 'dev.warder.agent';

let at: Services;
let engine: Engine;
let runtime: ServiceProcess;
let GenericContainer: typeof import('testcontainers').GenericContainer;
type Started = Awaited<ReturnType<InstanceType<typeof GenericContainer>['start']>>;

beforeAll(async () => {
  engine = await startEngine();
  later(() => engine.stop());
  // testcontainers looks at these once.
  process.env.DOCKER_HOST = `unix://${engine.socket}`;
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';
  // There is no bridge to find it by, and no port to reach.
  process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1';
  ({ GenericContainer } = await import('testcontainers'));
  const adopt = [{ containers: { labels: { [LABEL]: '*' } }, agent: `acme/ci/\${label:${LABEL}}` }];
  const options = { runtime: { engines: [engine.socket], adopt } };
  ({ at, runtime } = await startServices(fleetPolicy(ALL_BUT_ID), options));
});
afterAll(cleanUp);

/** @param mounted directories of the host, at the same place in it */
async function container(name: string, labels: Record<string, string> = {}, mounted: string[] = []) {
  const started = await new GenericContainer(IMAGE)
    .withName(name)
    .withLabels(labels)
    .withNetworkMode('none')
    .withBindMounts(mounted.map((path) => ({ source: path, target: path, mode: 'ro' })))
    .withCommand(['/usr/bin/sleep', '1000'])
    .start();
  later(() => started.stop({ timeout: 0 }).catch(() => {}));
  return started;
}

/** What a shell in it says of itself: the denied program, the denied file, an allowed program. */
async function tries(one: Started): Promise<string> {
  const script = [
    'exec 2> /dev/null', // where the shell says who was killed
    'id > /dev/null && echo ran || echo refused',
    'cat /etc/secret | { read x && echo read || echo kept; }',
    'true && echo on',
  ].join('; ');
  return (await one.exec(['/bin/sh', '-c', script])).output.trim().split('\n').join(' ');
}

test('by label: its agent, its labels, what it may not; another container is left alone', async () => {
  const coder = await container('coder-1', { [LABEL]: 'coder', 'com.example.ticket': '7' });
  const other = await container('other-1');
  await runtime.said(/adopted container [0-9a-f]{12} .*as spiffe:\/\/warder.local\/acme\/ci\/coder/);
  expect(await tries(coder)).toBe('refused kept on');
  expect(await tries(other)).toBe('ran read on');
  const [, run = ''] = /as \S+coder, run (\S+)/.exec(runtime.log())!;
  await eventually(async () => {
    const all = await eventsOf(at, run);
    expect(all.find((event) => event.runStarted).runStarted).toMatchObject({
      adopted: `container ${coder.getId().slice(0, 12)}`,
      labels: expect.arrayContaining([
        { key: 'container', value: 'coder-1' },
        { key: 'image', value: IMAGE },
        { key: LABEL, value: 'coder' },
        { key: 'com.example.ticket', value: '7' },
      ]),
    });
    const refused = all.filter((event) => event.decision?.verdict === 'VERDICT_DENY');
    const exec = refused.find((event) => event.exec);
    expect(exec).toMatchObject({
      agent: 'spiffe://warder.local/acme/ci/coder',
      decision: { outcome: 'OUTCOME_PREVENTED', rule: { because: 'no agent asks who it is' } },
    });
    expect(exec.exec.path).toMatch(/\/usr\/bin\/id$/);
    const open = refused.find((event) => event.fileOpen);
    expect(['OUTCOME_PREVENTED', 'OUTCOME_TERMINATED']).toContain(open.decision.outcome);
    expect(open.fileOpen.path).toMatch(/\/etc\/secret$/);
  });
  await other.stop({ timeout: 0 });
  await coder.stop({ timeout: 0 });
  await runtime.said(new RegExp(`released container \\S+, run ${run}`));
});

test('it asks why with what is mounted into it, and one that is no agent is told nothing', async () => {
  const root = process.cwd();
  const ask = join(at.directory, 'ask');
  const mounted = [ask, root, '/usr/lib'];
  const asked = async (one: Started) => {
    const why = `id > /dev/null 2>&1; WARDER_WHY=${ask} ${root}/bin/warder why 2>&1`;
    return (await one.exec(['/bin/sh', '-c', why])).output;
  };
  const coder = await container('why-1', { [LABEL]: 'asker' }, mounted);
  await runtime.said(/as spiffe:\/\/warder.local\/acme\/ci\/asker/);
  expect(await asked(coder)).toMatch(/exec \S*\/usr\/bin\/id\n[\s\S]*because {2}no agent asks who it is/);
  expect(await asked(await container('why-2', {}, mounted))).toContain(
    'is not of a run that is answered here',
  );
});

test('one that runs already, by command and by its name; the run ends with it', async () => {
  const plain = await container('plain-1');
  expect(await tries(plain)).toBe('ran read on');
  const { stdout, stderr } = await warder(['adopt', '--container', 'plain-1', '--socket', at.socket]).ended;
  expect(stderr).toBe('');
  expect(stdout).toMatch(
    /container [0-9a-f]{12}: 1 processes under spiffe:\/\/warder.local\/local\/local\/plain-1/,
  );
  expect(await tries(plain)).toBe('refused kept on');
  await plain.stop({ timeout: 0 });
  const list = () => warder(['adopt', '--list', '--socket', at.socket]).ended;
  await eventually(async () => expect((await list()).stdout).not.toContain(stdout.split(' ')[0]));
});

test('under a cgroup that a rule names whole, the very first program is judged', async () => {
  const parent = `/warder-agents-${process.pid}`;
  later(() => removeCgroups(parent));
  const { stdout } = await warder([
    'adopt',
    '--cgroup',
    parent,
    '--agent',
    'acme/ci/first',
    '--socket',
    at.socket,
  ]).ended;
  expect(stdout).toContain('0 processes under');
  const words = ['run', '--rm', '--network', 'none', '--cgroup-parent', parent, IMAGE];
  for (let time = 0; time < 3; time++) expect(() => engine.client(...words, '/usr/bin/id')).toThrow();
  expect(engine.client('run', '--rm', '--network', 'none', IMAGE, '/usr/bin/id')).toContain('uid=0');
  await warder(['release', stdout.split(' ')[0]!, '--socket', at.socket]).ended;
});

test('a label chooses among the agents of the rule, and no others', async () => {
  const sly = await container('sly-1', { [LABEL]: '../../other/boss' });
  await runtime.said(/as spiffe:\/\/warder.local\/acme\/ci\/.._.._other_boss/);
  expect(await tries(sly)).toBe('refused kept on');
});

test("a socket that is not root's is not believed", async () => {
  const file = readFileSync(join(at.directory, 'runtime.yaml'), 'utf8');
  expect(JSON.parse(file).engines).toEqual([engine.socket]);
  const { chownSync } = await import('node:fs');
  chownSync(engine.socket, 65534, 65534);
  const { stderr } = await warder(['adopt', '--container', 'sly-1', '--socket', at.socket]).ended;
  chownSync(engine.socket, 0, 0);
  expect(stderr).toContain("it is not root's, but user 65534's");
});
