/**
 * A refused address is not reached, by any call that could reach it: what counts is what the listener saw.
 * An allowed one is, by the same calls: so each way really works here.
 */
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, finished, ORDINARY, type Outcome, place, policyOf, start, WARDER } from './governed.ts';

const SOURCE = fileURLToPath(new URL('hostile.c', import.meta.url));
const WAYS: readonly [way: string, protocol: string, address: string][] = [
  ['tcp4', 'tcp', '127.0.0.1'],
  ['tcp6', 'tcp', '::1'],
  ['tcp6', 'tcp', '127.0.0.1'],
  ['mptcp', 'tcp', '127.0.0.1'],
  ['fastopen', 'tcp', '127.0.0.1'],
  ['io_uring', 'tcp', '127.0.0.1'],
  ['io_uring-worker', 'tcp', '127.0.0.1'],
  ['udp-connect', 'udp', '127.0.0.1'],
  ['udp4', 'udp', '127.0.0.1'],
  ['udp6', 'udp', '::1'],
  ['udp6', 'udp', '127.0.0.1'],
  ['sendmmsg', 'udp', '127.0.0.1'],
];

let build: string;
let tcp: Server;
let allowedTcp: Server;
let udp: Socket;
let seen = 0;

beforeAll(async () => {
  build = mkdtempSync(join(tmpdir(), 'warder-hostile-'));
  execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-pthread', '-o', join(build, 'hostile'), SOURCE]);
  tcp = createServer((socket) => {
    seen++;
    socket.destroy();
  });
  // The race test allows the port above the refused one.
  for (let tries = 0; ; tries++) {
    await listen(tcp, 0);
    allowedTcp = createServer((socket) => socket.destroy());
    try {
      await listen(allowedTcp, portOf(tcp) + 1);
      break;
    } catch (error) {
      if (tries === 20) throw error;
      await new Promise((resolve) => tcp.close(resolve));
    }
  }
  udp = createSocket({ type: 'udp6' });
  udp.on('message', () => seen++);
  await new Promise<void>((resolve) => udp.bind(0, resolve));
});

afterAll(() => {
  cleanUp();
  removeTree(build);
  tcp?.close();
  allowedTcp?.close();
  udp?.close();
});

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '::', () => resolve());
  });
}

function portOf(server: Server | Socket): number {
  return (server.address() as AddressInfo).port;
}

async function attempt(way: string, address: string, port: number, connect: string): Promise<Outcome> {
  const privileged = way.startsWith('io_uring') ? '[io_uring]' : '[]';
  const at = place(policyOf(`${ORDINARY}  connect: ${connect}\n  privileged: ${privileged}\n`));
  copyFileSync(join(build, 'hostile'), join(at.workspace, 'hostile'));
  seen = 0;
  const run = await finished(start(at, [join(at.workspace, 'hostile'), way, address, String(port)]), at);
  await new Promise((resolve) => setTimeout(resolve, 50)); // a packet that left is here by then
  return run;
}

describe.each(WAYS)('%s over %s to %s', (way, protocol, address) => {
  const port = () => portOf(protocol === 'tcp' ? tcp : udp);

  test('refused: the call fails, nothing arrives, the event names the target', async () => {
    const run = await attempt(way, address, port(), '[]');
    expect(run.stdout).toBe('Operation not permitted\n');
    expect(seen).toBe(0);
    const refusal = run.events.find((event) => event.network);
    expect(refusal).toMatchObject({
      network: { protocol, address, port: port() },
      decision: { verdict: 'VERDICT_DENY', outcome: 'OUTCOME_PREVENTED', reason: 'REASON_NO_RULE' },
    });
  });

  test('allowed: it arrives', async () => {
    const rule = address.includes(':') ? `"[${address}]:${port()}"` : `${address}:${port()}`;
    const run = await attempt(way, address, port(), `[{allow: ${rule}}]`);
    expect(run.stdout).toMatch(/^(reached|Operation now in progress)\n$/);
    if (way !== 'udp-connect') expect(seen).toBe(1);
  });
});

/**
 * 0.0.0.0 and :: are judged as loopback, 127.0.0.1 and ::1; the kernel takes 0.0.0.0 for the address that the socket has, and ::
 * for 127.0.0.1 where that is a mapped one.
 */
describe.each([
  ['none-tcp4', 'tcp', '127.0.0.2'],
  ['none-tcp6', 'tcp', '127.0.0.2'],
  ['none-tcp6-unmapped', 'tcp', '127.0.0.1'],
  ['none-udp4', 'udp', '127.0.0.2'],
  ['none-udp6', 'udp', '127.0.0.2'],
  ['none-udp-connect', 'udp', '127.0.0.2'],
])('%s: no address, by a socket that has one', (way, protocol, own) => {
  const judgedAs = own === '127.0.0.2' ? '127.0.0.1' : '"[::1]"';
  const server = createServer((socket) => {
    seen++;
    socket.destroy();
  });
  const datagrams = createSocket('udp4').on('message', () => seen++);
  const port = () => portOf(protocol === 'tcp' ? server : datagrams);

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, own, resolve));
    await new Promise<void>((resolve) => datagrams.bind(0, own, resolve));
  });
  afterAll(() => {
    server.close();
    datagrams.close();
  });

  test('does not lead to what is denied, where loopback is allowed', async () => {
    const run = await attempt(way, own, port(), `[{allow: ${judgedAs}}]\n  listen: [{allow: 127.0.0.0/8}]`);
    expect(seen).toBe(0);
    expect(run.events.find((event) => event.network?.port === port())).toMatchObject({
      decision: { verdict: 'VERDICT_ALLOW' },
    });
  });

  test('leads there as ever under a policy that only monitors', async () => {
    const at = place(policyOf(`${ORDINARY}  connect: []\n`).replace('mode: enforce', 'mode: monitor'));
    copyFileSync(join(build, 'hostile'), join(at.workspace, 'hostile'));
    seen = 0;
    await finished(start(at, [join(at.workspace, 'hostile'), way, own, String(port())]), at);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toBe(1);
  });
});

test('a raw socket is refused, and told', async () => {
  const run = await attempt('raw', '127.0.0.1', portOf(udp), '[{allow: 127.0.0.0/8}]');
  expect(run.stdout).toBe('Operation not permitted\n');
  expect(seen).toBe(0);
  expect(run.events.find((event) => event.privileged)).toMatchObject({
    privileged: { privilege: 'raw-socket' },
    decision: { outcome: 'OUTCOME_PREVENTED' },
  });
});

test('a datagram socket of ICMP is refused where the host lets anybody have one', async () => {
  const at = place(policyOf(`${ORDINARY}  connect: [{allow: 0.0.0.0/0}]\n`));
  const program = join(at.workspace, 'hostile');
  copyFileSync(join(build, 'hostile'), program);
  // In a network of its own: the setting is the network's.
  const open = 'echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range && exec "$@"';
  const attempt = [program, 'ping', '127.0.0.1', '0'];
  const own = (command: string[]) => ['--net', 'sh', '-c', `ip link set lo up; ${open}`, 'sh', ...command];
  expect(execFileSync('unshare', own(attempt), { encoding: 'utf8' })).toBe('reached\n');
  const options = ['--policy', at.policy, '--workspace', at.workspace, '--state', at.state];
  const json = ['--json', '--output', at.events];
  const out = execFileSync('unshare', own([WARDER, 'run', ...options, ...json, '--', ...attempt]), {
    encoding: 'utf8',
    cwd: at.workspace,
  });
  expect(out).toBe('Operation not permitted\n');
});

test('a socket from before the run is judged like one of its own', async () => {
  const at = place(policyOf(`${ORDINARY}  connect: []\n`));
  const program = join(at.workspace, 'hostile');
  copyFileSync(join(build, 'hostile'), program);
  const options = ['--policy', at.policy, '--workspace', at.workspace, '--state', at.state];
  const run = [WARDER, 'run', ...options, '--json', '--output', at.events, '--', program, 'inherited'];
  const wrap =
    'import os,socket,sys; s=socket.socket(); os.dup2(s.fileno(), 0); os.execv(sys.argv[1], sys.argv[1:])';
  seen = 0;
  const out = execFileSync('python3', ['-c', wrap, ...run, '127.0.0.1', String(portOf(tcp))], {
    encoding: 'utf8',
    cwd: at.workspace,
  });
  expect(out).toBe('Operation not permitted\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen).toBe(0);
});

test('an address that another thread changes under the call is judged as it is used', async () => {
  const run = await attempt('race', '127.0.0.1', portOf(tcp), `[{allow: 127.0.0.1:${portOf(allowedTcp)}}]`);
  expect(seen).toBe(0);
  expect(run.events.some((event) => event.decision?.verdict === 'VERDICT_DENY')).toBe(true);
});

test('deny beats allow whatever is more specific; a port range ends where it says', async () => {
  const wide = await attempt('tcp4', '127.0.0.1', portOf(tcp), `[{allow: 127.0.0.1}, {deny: 127.0.0.0/8}]`);
  expect(wide.stdout).toBe('Operation not permitted\n');
  const beyond = await attempt('tcp4', '127.0.0.1', portOf(tcp), `[{allow: 127.0.0.1:1-${portOf(tcp) - 1}}]`);
  expect(beyond.stdout).toBe('Operation not permitted\n');
  const within = await attempt('tcp4', '127.0.0.1', portOf(tcp), `[{allow: 127.0.0.1:1-${portOf(tcp)}}]`);
  expect(within.stdout).toBe('reached\n');
});
