/**
 * Data through DNS: an agent that means to move as much as it can by looking names up, and what arrives at the server of the
 * names that it may look up. What docs/egress.md states is the most.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../src/runtime/egress/limits.ts';
import { cleanUp, finished, place, policyOf, start } from './governed.ts';
import { DNS, OwnNetwork, said } from './own-network.ts';

const PORT = 5300;
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const POLICY = policyOf(`  exec: [{allow: [/usr/bin/**]}]
  read: [{allow: [/usr/**, /etc/**, /proc/**, /dev/**, /sys/**, "\${workspace}/**"]}]
  load: [{allow: [/usr/**]}]
  connect: [{allow: ["*.wild.test:443", "fixed.test:443"]}]
`);
const UNDER = '.wild.test';

let network: OwnNetwork;
let arrived: string;

beforeAll(async () => {
  network = await OwnNetwork.make([]);
  arrived = join(network.directory, 'arrived');
  const server = network.start(
    '/usr/bin/python3',
    [here('tunnel-server.py'), DNS, String(PORT), arrived],
    'pipe',
  );
  await said(server, 'ready');
});
afterAll(() => {
  network?.close();
  cleanUp();
});

interface Arrived {
  name: string;
  type: string;
}

/** What an agent gets out, as the server has it, and how it was answered. */
async function tunnel(
  how: string,
): Promise<{ queries: Arrived[]; bytes: Buffer; codes: Record<string, number> }> {
  const before = readFileSync(arrived, 'latin1').length;
  const at = place(POLICY);
  copyFileSync(here('tunnel-agent.py'), join(at.workspace, 'agent.py'));
  const within = [...network.inFront, 'env', `--chdir=${at.workspace}`];
  const command = ['/usr/bin/python3', 'agent.py', how];
  const outcome = await finished(start(at, command, ['--dns', `${DNS}:${PORT}`], process.env, within), at);
  expect(outcome.code, outcome.stderr).toBe(0);
  const lines = readFileSync(arrived, 'latin1').slice(before).trim().split('\n');
  const messages = lines.map((line) => Buffer.from(line, 'hex'));
  const queries = messages.map((message) => {
    const { name, type } = decode(message).questions![0]!;
    return { name: name.toLowerCase(), type: String(type) };
  });
  return { queries, bytes: Buffer.concat(messages), codes: JSON.parse(outcome.stdout) };
}

const chosen = ({ name }: Arrived) => name.length - UNDER.length;

test.each([
  ['long', 'bytes'],
  ['many', 'names'],
] as const)(
  'in %s labels no more arrives than the limit of %s, and nothing beside the question',
  async (how, limit) => {
    const { queries, bytes, codes } = await tunnel(how);
    const free = queries.filter(({ name }) => name.endsWith(UNDER));
    const moved = {
      bytes: free.reduce((sum, query) => sum + chosen(query) + 1, 0),
      names: new Set(free.map(({ name }) => name)).size,
    };
    expect(moved.bytes).toBeLessThanOrEqual(LIMITS.bytes);
    expect(moved.names).toBeLessThanOrEqual(LIMITS.names);
    // It was the limit, and not the agent, that ended it.
    expect(moved[limit]).toBeGreaterThan(LIMITS[limit] * 0.97);
    expect(codes['5']).toBeGreaterThan(50);
    expect(new Set(queries.map(({ type }) => type))).toEqual(
      new Set(['A', 'AAAA', 'UNKNOWN_64', 'UNKNOWN_65']),
    );
    expect(new Set(queries.filter(({ name }) => !name.endsWith(UNDER)).map(({ name }) => name))).toEqual(
      new Set(['fixed.test']),
    );
    expect(bytes.includes('SMUGGLED')).toBe(false);
    expect(codes).toMatchObject({ 'type 5': 11, 'record 1': 1, 'case 0': 1 });
  },
);
