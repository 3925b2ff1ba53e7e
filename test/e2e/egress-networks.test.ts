/**
 * Names in network namespaces of others, as containers have them: a process that is adopted there is answered there, by the
 * servers that the configuration names; so is one that comes there later, from its second question on.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { decode, encode } from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ALL_BUT_ID,
  cleanUp,
  endedLater,
  eventually,
  fleetPolicy,
  later,
  type ServiceProcess,
  type Services,
  services,
  warder,
} from './services.ts';

const POLICY = fleetPolicy(`${ALL_BUT_ID}  connect: [{allow: "api.test:8080"}]
  privileged: [{allow: [mount, userns, signal-others]}]
`);
const WEB = '203.0.113.80';
/** Here nothing of it is on the internet; in each network of the test it is loopback's. */
const NETWORK = `ip link set lo up; ip address add ${WEB}/32 dev lo`;
const LISTEN =
  'import socket; s = socket.create_server(("", 8080)); print("ready", flush=True)\nwhile True: s.accept()[0].close()';
/** For each line "name" what comes of looking it up and connecting; for "enter PID" it goes to the network of that process. */
const CLIENT = `
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
print("ready", flush=True)
for line in sys.stdin:
    word = line.split()
    try:
        if word[0] == "enter":
            print(libc.setns(os.open(f"/proc/{word[1]}/ns/net", os.O_RDONLY), 0x40000000), flush=True)
            continue
        q = b"\\x12\\x34\\x01\\x00\\x00\\x01" + bytes(6) + b"".join(bytes([len(l)]) + l.encode() for l in word[0].split(".")) + b"\\0\\0\\x01\\0\\x01"
        for kind in socket.SOCK_DGRAM, socket.SOCK_STREAM:
            s = socket.socket(socket.AF_INET, kind); s.settimeout(10); s.connect(("192.0.2.1", 53))
            s.send(q if kind == socket.SOCK_DGRAM else len(q).to_bytes(2, "big") + q)
            a = s.recv(512)
            a = a if kind == socket.SOCK_DGRAM else a[2:]
        if a[3] & 15: print("code", a[3] & 15, flush=True); continue
        c = socket.create_connection((socket.inet_ntoa(a[-4:]), 8080), 10)
        print("reached", c.getpeername()[0], flush=True)
    except OSError as e:
        print(type(e).__name__, flush=True)
`;

let at: Services;
let runtime: ServiceProcess;
let dns: string;

beforeAll(async () => {
  const server = createSocket('udp4');
  server.on('message', (bytes, from) => {
    const { id = 0, questions = [] } = decode(bytes);
    const answers = questions.map(({ name }) => ({ type: 'A' as const, name, data: WEB, ttl: 60 }));
    server.send(encode({ type: 'response', id, flags: 0x0180, questions, answers }), from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  later(() => server.close());
  dns = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  at = services(POLICY);
  await at.gateway();
  runtime = await at.runtime({ dns: [dns] });
  await runtime.said(/attached/);
});
afterAll(cleanUp);

/** In a network of its own, or in that of a process. */
function python(code: string, where?: number): ChildProcess {
  const words = ['/usr/bin/python3', '-c', code];
  const child =
    where === undefined
      ? spawn('unshare', ['--net', 'sh', '-c', `${NETWORK}; exec "$@"`, 'sh', ...words], {
          stdio: ['pipe', 'pipe', 'inherit'],
        })
      : spawn('nsenter', ['-t', String(where), '-n', ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  endedLater(child);
  return child;
}

async function subject(where?: number): Promise<{ pid: number; ask: (words: string) => Promise<string> }> {
  const child = python(CLIENT, where);
  const lines: Interface = createInterface({ input: child.stdout! });
  await once(lines, 'line');
  return {
    pid: child.pid!,
    ask: async (words) => {
      child.stdin!.write(`${words}\n`);
      return (await once(lines, 'line'))[0];
    },
  };
}

async function network(): Promise<number> {
  const child = python(LISTEN);
  await once(createInterface({ input: child.stdout! }), 'line');
  return child.pid!;
}

async function adopted(pid: number, agent: string): Promise<string> {
  const words = ['adopt', '--socket', at.socket, '--pid', String(pid), '--agent', agent];
  const { code, stdout, stderr } = await warder(words).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.split(' ')[0]!;
}

test('a process of another network is answered there from its first question on, and reaches what it was given', async () => {
  const there = await network();
  const agent = await subject(there);
  const run = await adopted(agent.pid, 'acme/networks/there');
  expect(await agent.ask('api.test')).toBe(`reached ${WEB}`);
  expect(await agent.ask('other.test')).toBe('code 5');
  // Two networks are two: nobody of the one is heard in the other.
  const other = await subject(await network());
  await adopted(other.pid, 'acme/networks/other');
  expect(await other.ask('api.test')).toBe(`reached ${WEB}`);
  expect((await warder(['release', run, '--socket', at.socket]).ended).code).toBe(0);
  expect(await other.ask('api.test')).toBe(`reached ${WEB}`);
});

test('one that goes to another network is refused its first question there, never let out, and answered then', async () => {
  const there = await network();
  const agent = await subject();
  await adopted(agent.pid, 'acme/networks/wanderer');
  expect(await agent.ask(`enter ${there}`)).toBe('0');
  expect(readlinkSync(`/proc/${agent.pid}/ns/net`)).toBe(readlinkSync(`/proc/${there}/ns/net`));
  expect(await agent.ask('api.test')).toBe('PermissionError');
  await eventually(async () => expect(await agent.ask('api.test')).toBe(`reached ${WEB}`));
});

test('where loopback is down nothing gets out, and once it is up it is answered', async () => {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec /usr/bin/sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  later(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const agent = await subject(child.pid!);
  await adopted(agent.pid, 'acme/networks/bare');
  expect(await agent.ask('other.test')).toMatch(/OSError|PermissionError/);
  execFileSync('nsenter', ['-t', String(child.pid), '-n', 'ip', 'link', 'set', 'lo', 'up']);
  await eventually(async () => expect(await agent.ask('other.test')).toBe('code 5'));
});
