/**
 * A name daemon's socket is no way around rules by name: where there is one, a library's look-up goes to DNS, and a program
 * that speaks to it by itself is refused. Without rules by name it is a socket like others.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanUp, finished, place, policyOf, start } from './governed.ts';
import { OwnNetwork, said, WEB } from './own-network.ts';

/** In place of nscd(8): whoever connects is heard of, and told nothing. */
const STAND_IN = `
import os, socket
os.makedirs("/run/nscd"); s = socket.socket(socket.AF_UNIX); s.bind("/run/nscd/socket"); os.chmod("/run/nscd/socket", 0o666); s.listen()
print("ready", flush=True)
while True: s.accept()[0].close(); print("asked", flush=True)
`;
/** glibc asks nscd first, where its socket is. */
const AGENT = `
import socket
def tried(do):
    try: return do()
    except OSError as e: return type(e).__name__
print(tried(lambda: socket.getaddrinfo("api.example.test", 8080, socket.AF_INET)[0][4][0]))
s = socket.socket(socket.AF_UNIX)
print(tried(lambda: s.connect("/run/nscd/socket") or "connected"))
`;
const RULES = `  exec: [{allow: [/usr/bin/**]}]
  read: [{allow: [/usr/**, /etc/**, /proc/**, /dev/**, /sys/**, "\${workspace}/**"]}]
  load: [{allow: [/usr/**]}]
`;

let network: OwnNetwork;
let asked = 0;

beforeAll(async () => {
  network = await OwnNetwork.make([`address=/api.example.test/${WEB}`]);
  network.front('mount', '-t', 'tmpfs', 'none', '/run');
  const standIn = network.startFront('/usr/bin/python3', ['-c', STAND_IN]);
  standIn.stdout!.on('data', (text) => {
    asked += String(text).split('asked').length - 1;
  });
  await said(standIn, 'ready');
});
afterAll(() => {
  network?.close();
  cleanUp();
});

async function agent(connect: string): Promise<string[]> {
  const at = place(policyOf(`${RULES}  connect: [{allow: [${connect}]}]\n`));
  const command = ['/usr/bin/python3', '-c', AGENT];
  const { code, stdout, stderr } = await finished(start(at, command, [], process.env, network.inFront), at);
  expect(code, stderr).toBe(0);
  return stdout.trim().split('\n');
}

test('with rules by name its socket is out of reach, and names are asked of DNS', async () => {
  const [address, socket] = await agent('"unix:/run/**", "api.example.test:8080"');
  expect(address).toBe(WEB);
  expect(['PermissionError', 'FileNotFoundError', 'ConnectionRefusedError']).toContain(socket);
  expect(asked).toBe(0);
});

test('without, a rule for it lets it be reached', async () => {
  const [, socket] = await agent('"unix:/run/**"');
  expect(socket).toBe('connected');
  expect(asked).toBeGreaterThan(1);
});
