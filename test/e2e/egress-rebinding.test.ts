/**
 * Rebinding, spoofed answers and garbage, end to end: a DNS server that means ill behind a network, the real resolver, the
 * real maps, real connections. And many look-ups at once, none of which is refused for no reason.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, finished, place, policyOf, start } from './governed.ts';
import { DNS, OwnNetwork, said, WEB } from './own-network.ts';

const TRIES = Number(process.env.WARDER_REBINDING_TRIES ?? 500);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const LISTEN =
  'import socket; s = socket.create_server(("", 8080)); print("ready", flush=True)\nwhile True: s.accept()[0].close()';
const POLICY = policyOf(`  exec: [{allow: [/usr/bin/**]}]
  read: [{allow: [/usr/**, /etc/**, /proc/**, /dev/**, /sys/**, "\${workspace}/**"]}]
  load: [{allow: [/usr/**]}]
  connect:
    - allow: [s0.flip.test, s1.flip.test, s2.flip.test, s3.flip.test, s4.flip.test, s5.flip.test, s6.flip.test]
    - allow: "*.wide.test"
`);

let network: OwnNetwork;

beforeAll(async () => {
  network = await OwnNetwork.make([`address=/wide.test/${WEB}`, `address=/s3.flip.test/${WEB}`]);
  // Where the forbidden addresses would lead: each has a listener.
  for (const address of ['10.9.9.9/32', '169.254.169.254/32'])
    network.behind('ip', 'address', 'add', address, 'dev', 'back');
  await said(network.startFront('/usr/bin/python3', ['-c', LISTEN]), 'ready');
  await said(
    network.start('/usr/bin/python3', [here('rebinding-server.py'), DNS, '5300', WEB], 'pipe'),
    'ready',
  );
});
afterAll(() => {
  network?.close();
  cleanUp();
});

async function agent(mode: string, servers: readonly string[], tries = TRIES) {
  const at = place(POLICY);
  copyFileSync(here('rebinding-agent.py'), join(at.workspace, 'agent.py'));
  const within = [...network.inFront, 'env', `--chdir=${at.workspace}`];
  const command = ['/usr/bin/python3', 'agent.py', mode, String(tries)];
  const options = servers.length > 0 ? ['--dns', ...servers] : [];
  const outcome = await finished(start(at, command, options, process.env, within), at);
  expect(outcome.code, outcome.stderr).toBe(0);
  return { ...JSON.parse(outcome.stdout), events: outcome.events };
}

test(`no forbidden address is told or reached, whatever the server does: ${TRIES} tries`, async () => {
  const { given, outcomes, events } = await agent('rebind', [`${DNS}:5300`]);
  expect(Object.keys(given)).toEqual([WEB]);
  expect(given[WEB]).toBeGreaterThan(TRIES / 3);
  expect(outcomes).toEqual({ 'given reached': given[WEB], 'forbidden PermissionError': TRIES });
  const rebinding = (events as { decision?: { reason?: string } }[]).filter(
    ({ decision }) => decision?.reason === 'REASON_REBINDING',
  );
  expect(rebinding.length).toBeGreaterThan(TRIES / 6);
});

test(`look-ups at once, each with its connection: none is refused, ${TRIES} tries`, async () => {
  // The wildcard's names are as many as a run may have.
  const { outcomes } = await agent('once', []);
  expect(outcomes).toEqual({ ConnectionRefusedError: TRIES });
});
