/** Agents in Podman's containers, as root's podman starts them: known by their labels, governed like others. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, IMAGE } from './engine.ts';
import { startPodman } from './podman.ts';
import {
  ALL_BUT_ID,
  cleanUp,
  eventsOf,
  eventually,
  fleetPolicy,
  later,
  type Running,
  startServices,
  warder,
} from './services.ts';

const LABEL = 'dev.warder.agent';
const LIMITS = ['--network=none', '--ulimit=nofile=1024:1024', '--ulimit=nproc=1000:1000'];

let podman: Engine['client'];
let running: Running;
beforeAll(async () => {
  const engine = await startPodman();
  podman = engine.client;
  later(() => engine.stop());
  container('early-1', '--label', `${LABEL}=early`);
  const adopt = [{ containers: { labels: { [LABEL]: '*' } }, agent: `acme/ci/\${label:${LABEL}}` }];
  running = await startServices(fleetPolicy(ALL_BUT_ID), { runtime: { engines: [engine.socket], adopt } });
}, 120_000);
afterAll(cleanUp);

function container(name: string, ...words: string[]): string {
  return podman('run', '--detach', '--name', name, ...LIMITS, ...words, IMAGE, '/usr/bin/sleep', '1000');
}

const tries = (name: string) =>
  podman('exec', name, '/bin/sh', '-c', 'id > /dev/null 2>&1 && echo ran || echo refused');

test('by label: its agent, its labels, what it may not; another container is left alone', async () => {
  const id = container('coder-1', '--label', `${LABEL}=coder`);
  container('other-1');
  await running.runtime.said(/adopted container [0-9a-f]{12} .*as spiffe:\/\/warder.local\/acme\/ci\/coder/);
  expect(tries('coder-1')).toBe('refused');
  expect(tries('other-1')).toBe('ran');
  const [, run = ''] = /as \S+coder, run (\S+)/.exec(running.runtime.log())!;
  await eventually(async () => {
    const events = await eventsOf(running.at, run);
    expect(events.find((event) => event.runStarted)?.runStarted).toMatchObject({
      adopted: `container ${id.slice(0, 12)}`,
      labels: expect.arrayContaining([
        { key: 'container', value: 'coder-1' },
        { key: LABEL, value: 'coder' },
      ]),
    });
    expect(events.some(({ decision }) => decision?.rule?.because === 'no agent asks who it is')).toBe(true);
  });
  podman('rm', '--force', '--time=0', 'coder-1');
  await running.runtime.said(new RegExp(`released container \\S+, run ${run}`));
});

test('one that was there before the runtime, too', async () => {
  await running.runtime.said(/as spiffe:\/\/warder.local\/acme\/ci\/early/);
  expect(tries('early-1')).toBe('refused');
  expect(running.runtime.log()).not.toContain('cannot be asked');
});

test('one that runs already, by command and by its name', async () => {
  const id = container('plain-1');
  expect(tries('plain-1')).toBe('ran');
  const { stdout, stderr } = await warder(['adopt', '--container', 'plain-1', '--socket', running.at.socket])
    .ended;
  expect(stderr).toBe('');
  expect(stdout).toContain(`container ${id.slice(0, 12)}: 1 processes under`);
  expect(tries('plain-1')).toBe('refused');
});
