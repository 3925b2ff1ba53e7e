/**
 * Rules by host name with the programs that agents use, against a real DNS server in a network of the test's own: an allowed
 * name works as ever, another one fails at once, and says why.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, finished, type Outcome, place, policyOf, start } from './governed.ts';
import { OTHER_WEB, OwnNetwork, WEB, WEB6 } from './own-network.ts';

const SOURCE = fileURLToPath(new URL('lookup.c', import.meta.url));
const NODE = process.execPath;
const PYTHON = '/usr/bin/python3';
const RULES = `  exec:
    - allow: [/usr/bin/**, /usr/lib/**, ${dirname(NODE)}/**, "\${workspace}/**"]
  read:
    - allow: [/usr/**, /etc/**, /proc/**, /dev/**, /sys/**, ${dirname(NODE)}/**, "\${workspace}/**"]
  write:
    - allow: ["\${workspace}/**"]
  load:
    - allow: [/usr/**, "\${workspace}/**"]
`;
const CONNECT = `  connect:
    - allow: ["api.example.test:8080", "*.wild.test:8080", "known.test:8080"]
    - deny: no.wild.test
      because: ask for it first
`;
const RECORDS = [
  `address=/api.example.test/${WEB}`,
  `address=/other.example.test/${OTHER_WEB}`,
  `address=/a.wild.test/${WEB}`,
  `address=/no.wild.test/${WEB}`,
  `address=/six.wild.test/${WEB6}`,
];

let network: OwnNetwork;
let build: string;

beforeAll(async () => {
  network = await OwnNetwork.make(RECORDS);
  build = mkdtempSync(join(tmpdir(), 'warder-lookup-'));
  execFileSync('musl-gcc', ['-static', '-O1', '-Wall', '-Wextra', '-o', join(build, 'lookup'), SOURCE]);
});

afterAll(() => {
  network?.close();
  cleanUp();
  removeTree(build);
});

/** Runs a shell script as the agent, in the workspace. */
async function agent(script: string, connect = CONNECT, mode = 'enforce'): Promise<Outcome> {
  const at = place(policyOf(`${RULES}${connect}`, mode));
  copyFileSync(join(build, 'lookup'), join(at.workspace, 'lookup'));
  writeFileSync(join(at.workspace, 'script.sh'), script);
  const environment = { ...process.env, LC_ALL: 'C', HOME: at.workspace };
  const within = [...network.inFront, 'env', `--chdir=${at.workspace}`];
  return await finished(start(at, ['/usr/bin/bash', 'script.sh'], [], environment, within), at);
}

const python = (code: string) => `${PYTHON} -c '${code}' 2>&1 | tail -1`;
const node = (code: string) => `${NODE} -e '${code}' 2>&1`;

/** Of NAME: what the web server says that it was reached at, or any other text. */
const CLIENTS: Readonly<Record<string, string>> = {
  curl: 'curl -s -m 10 http://NAME:8080/ || echo refused',
  'node, getaddrinfo': node(
    'fetch("http://NAME:8080/").then((r) => r.text()).then((t) => process.stdout.write(t), (e) => console.log(e.cause.code))',
  ),
  'node, c-ares': node(
    'const d = require("dns"); d.resolve4("NAME", (e, a) => e ? console.log(e.code) : fetch(`http://${a[0]}:8080/`).then((r) => r.text()).then((t) => process.stdout.write(t)))',
  ),
  python: python('import urllib.request as u; print(u.urlopen("http://NAME:8080/").read().decode().strip())'),
  'musl, static': './lookup NAME 8080',
  git: 'GIT_TERMINAL_PROMPT=0 git ls-remote http://NAME:8080/x 2>&1 | grep -o "not found\\|Could not resolve host\\|not valid"',
  // Docker's command is one; the resolver is named by its first line.
  go: 'GODEBUG=netdns=go+1 /usr/bin/docker -H tcp://NAME:8080 images 2>&1 | grep -o "Go.s resolver\\|cannot unmarshal\\|server misbehaving" | paste -sd" "',
};

const REACHED: Readonly<Record<string, string>> = {
  git: 'not valid',
  go: "Go's resolver cannot unmarshal",
};

test('every client reaches an allowed name, and the event of it says the name', async () => {
  const script = Object.values(CLIENTS).join('\n').replaceAll('NAME', 'api.example.test');
  const { stdout, events } = await agent(script);
  expect(stdout.trim().split('\n')).toEqual(Object.keys(CLIENTS).map((name) => REACHED[name] ?? WEB));
  const reached = events.filter(({ network }) => network?.address === WEB && network.port === 8080);
  expect(reached.length).toBeGreaterThanOrEqual(Object.keys(CLIENTS).length);
  for (const { network } of reached) expect(network?.name).toBe('api.example.test');
});

test('every client fails at once with another name, and the event says which layer does not have it', async () => {
  const script = Object.values(CLIENTS).join('\n').replaceAll('NAME', 'other.example.test');
  const { stdout, events } = await agent(script);
  expect(stdout.trim().split('\n')).toEqual([
    'refused',
    expect.stringMatching(/EAI_AGAIN|ENOTFOUND/),
    'EREFUSED',
    expect.stringContaining('name resolution'),
    expect.stringMatching(/Try again|Name does not resolve/),
    'Could not resolve host',
    "Go's resolver server misbehaving",
  ]);
  const lookups = events.filter(({ nameLookup }) => nameLookup?.name === 'other.example.test');
  expect(lookups.length).toBeGreaterThanOrEqual(Object.keys(CLIENTS).length);
  for (const { nameLookup, decision } of lookups) {
    expect(nameLookup).toMatchObject({ code: 'REFUSED', server: '192.0.2.53' });
    expect(decision).toMatchObject({
      verdict: 'VERDICT_DENY',
      reason: 'REASON_NO_RULE',
      layer: 'team/e2e:e2e',
    });
  }
  expect(events.filter(({ network }) => network?.address === OTHER_WEB)).toEqual([]);
});

describe('raw UDP and TCP', () => {
  const QUERY = `
import socket
def query(name, type=1): return b"\\x12\\x34\\x01\\x00\\x00\\x01" + bytes(6) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\\x00\\x00" + bytes([type]) + b"\\x00\\x01"
`;
  const run = (code: string) => `cat > raw.py <<'END'\n${QUERY}${code}\nEND\n${PYTHON} raw.py 2>&1`;

  test('whichever server is asked, the answer comes from it', async () => {
    const { stdout } = await agent(
      run(`
for family, server in ((socket.AF_INET, "8.8.8.8"), (socket.AF_INET, "127.0.0.53"), (socket.AF_INET6, "2001:4860:4860::8888"), (socket.AF_INET6, "::ffff:9.9.9.9")):
    s = socket.socket(family, socket.SOCK_DGRAM); s.settimeout(5)
    s.sendto(query("api.example.test"), (server, 53))
    answer, sender = s.recvfrom(512)
    print(answer[3] & 15, socket.inet_ntoa(answer[-4:]), sender[0], sender[1])
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        s = socket.socket(family, kind); s.settimeout(5); s.connect((server, 53))
        q = query("api.example.test")
        s.send(q if kind == socket.SOCK_DGRAM else len(q).to_bytes(2, "big") + q)
        print(socket.inet_ntoa(s.recv(512)[-4:]), s.getpeername()[0], s.getpeername()[1])
`),
    );
    const servers = ['8.8.8.8', '127.0.0.53', '2001:4860:4860::8888', '::ffff:9.9.9.9'];
    expect(stdout.trim().split('\n')).toEqual(
      servers.flatMap((server) => [`0 ${WEB} ${server} 53`, `${WEB} ${server} 53`, `${WEB} ${server} 53`]),
    );
  });

  test('a rule that denies a name says why', async () => {
    const { stdout, events } = await agent(
      run(`
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5); s.sendto(query("NO.Wild.test"), ("8.8.8.8", 53))
print(s.recv(512)[3] & 15)`),
    );
    expect(stdout).toBe('5\n');
    expect(events.find(({ nameLookup }) => nameLookup)?.decision?.rule).toMatchObject({
      pattern: 'no.wild.test',
      because: 'ask for it first',
    });
  });
});

test('an address is reached on the ports of its name and no others, by /etc/hosts as by DNS, and not by number alone', async () => {
  const connect = (address: string, port: number) =>
    python(
      `import socket; s = socket.create_connection(("${address}", ${port}), 5); print(s.getpeername()[0], s.getpeername()[1])`,
    );
  const { stdout } = await agent(
    [
      connect(OTHER_WEB, 8080),
      connect('six.wild.test', 8080),
      connect('a.wild.test', 8080),
      connect(WEB, 8080),
      connect(WEB, 8081),
      connect(OTHER_WEB, 8080),
      connect('known.test', 8080),
      connect('unknown.test', 8080),
    ].join('\n'),
  );
  const refused = 'PermissionError: [Errno 1] Operation not permitted';
  expect(stdout.trim().split('\n')).toEqual([
    refused,
    `${WEB6} 8080`,
    `${WEB} 8080`,
    `${WEB} 8080`,
    refused,
    refused,
    `${WEB} 8080`,
    refused,
  ]);
});
