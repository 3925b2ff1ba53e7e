/**
 * Ways around rules by name and the resolver, each tried by a real process, and what of it leaves the host as somebody on its
 * network sees it. Without Warder they do leave, those of them that any host lets out: so each of these really works here.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { cleanUp, finished, place, policyOf, start } from './governed.ts';
import { OTHER_WEB, OwnNetwork, said, WEB, WEB6 } from './own-network.ts';
import { eventually } from './services.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PYTHON = '/usr/bin/python3';
const POLICY = policyOf(`  exec: [{allow: [/usr/bin/**]}]
  read: [{allow: [/usr/**, /etc/**, /proc/**, /dev/**, /sys/**, "\${workspace}/**"]}]
  write: [{allow: ["\${workspace}/**"]}]
  load: [{allow: [/usr/**]}]
  connect: [{allow: ["api.example.test:8080", "${WEB}:53", "udp/${WEB}:45454", "127.0.0.0/8"]}]
`);
/** Destination and protocol of what leaves without Warder. */
const LEAVES = [
  `${OTHER_WEB} 17`,
  `${OTHER_WEB} 6`,
  `${OTHER_WEB} 136`,
  `${WEB6} 43`,
  `${WEB} 17`,
  '8.8.8.8 17',
  '8.8.8.8 136',
  '2001:4860:4860::8888 17',
  '224.0.0.251 17',
  '224.0.0.252 17',
  'ff02::fb 17',
  'ff02::1 17',
  '192.0.2.255 17',
  '192.0.2.53 17',
];
/** The kernel takes these: they go to the resolver, which does not read them. */
const LED = ['corked', 'DNS by broadcast'];
/** Led too, and not answered. */
const UNHEARD = ['port 53 of an allowed address'];
/** Families that a host may not have. */
const ABSENT = ['RxRPC', 'SMC'];

let network: OwnNetwork;
const seen: string[] = [];

beforeAll(async () => {
  network = await OwnNetwork.make([`address=/api.example.test/${WEB}`]);
  const sniffer = network.start(PYTHON, [here('egress-sniffer.py')], 'pipe');
  await said(sniffer, 'ready');
  sniffer.stdout!.on('data', (text) => seen.push(...String(text).trim().split('\n')));
  // The neighbour is known from here on: nothing waits for it.
  network.front('curl', '-sf', `http://[${WEB6}]:8080/`);
});
afterAll(() => {
  network?.close();
  cleanUp();
});

/** All that was sent before. */
async function sniffed(): Promise<string[]> {
  network.front('bash', '-c', `echo FINISHED > /dev/udp/${WEB}/7`);
  await eventually(() => expect(seen).toContain('end'));
  return seen.splice(0).filter((line) => line !== 'end');
}

test('without Warder it leaves', async () => {
  const [nsenter = '', ...rest] = network.inFront;
  const at = place(POLICY);
  const words = [...rest, 'env', `--chdir=${at.workspace}`, PYTHON, here('egress-ways.py')];
  execFileSync(nsenter, words);
  expect(await sniffed()).toEqual(expect.arrayContaining(LEAVES));
});

test('of an agent nothing does, and what is refused is told', async () => {
  const at = place(POLICY);
  copyFileSync(here('egress-ways.py'), join(at.workspace, 'ways.py'));
  const within = [...network.inFront, 'env', `--chdir=${at.workspace}`];
  const { stdout, stderr, events } = await finished(
    start(at, [PYTHON, 'ways.py'], [], process.env, within),
    at,
  );
  expect(await sniffed(), stderr).toEqual([]);
  const outcomes = Object.entries(JSON.parse(stdout) as Record<string, string>);
  const taken = outcomes.filter(([, outcome]) => outcome === 'sent').map(([way]) => way);
  expect(taken.sort()).toEqual([...LED].sort());
  const known = new Set([...LED, ...UNHEARD, ...ABSENT]);
  const refused = outcomes.filter(([way]) => !known.has(way));
  expect(new Set(refused.map(([, outcome]) => outcome))).toEqual(new Set(['PermissionError']));
  const prevented = events.filter(({ decision }) => decision?.outcome === 'OUTCOME_PREVENTED');
  const routed = prevented.filter(({ privileged }) => privileged?.privilege === 'raw-socket');
  // A routing header; datagrams past loopback, and to port 0. Source routes fail before, on newer kernels.
  const details = routed.map(({ privileged }) => privileged!.detail);
  expect(details).toContain(43);
  expect(details.filter((detail) => detail === 17).length).toBeGreaterThanOrEqual(7);
  const asked = events.filter(({ nameLookup }) => nameLookup?.name?.includes('smuggled'));
  expect(new Set(asked.map(({ nameLookup }) => nameLookup!.code))).toEqual(new Set(['REFUSED']));
});
