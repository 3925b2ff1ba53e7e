/** Look-ups do not wait for what else the runtime does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cleanUpKept, holdRuntime, keptPlace } from './kept-fixtures.ts';

const POLICY = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: thread, scope: fleet}
spec:
  mode: enforce
  exec: [{allow: [/usr/**]}]
  read: [{allow: [/usr/**, /etc/**, "\${workspace}/**"]}]
  load: [{allow: [/usr/**]}]
  write: [{allow: ["\${workspace}/**"]}]
  connect: [{allow: "api.test:443"}]
`;
/** Asks for localhost, which the resolver answers itself, and for a name that is refused, when `go` is there. */
const AGENT = `
import os, socket, time
while not os.path.exists("go"): time.sleep(0.05)
def code(name):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(30)
    s.sendto(b"\\x12\\x34\\x01\\0\\0\\x01" + bytes(6) + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\\0\\0\\1\\0\\1", ("8.8.8.8", 53))
    return s.recv(512)[3] & 15
codes = [code("localhost"), code("other.test")]
open("writing", "w").write(str(codes)); os.rename("writing", "answered")
`;

afterEach(cleanUpKept);

test('names are answered and refused while the thread of the runtime stands still, and told afterwards', async () => {
  const place = keptPlace(POLICY);
  const runtime = holdRuntime(place);
  await runtime.hears('ready');
  runtime.ask({ run: ['/usr/bin/python3', '-c', AGENT] });
  await runtime.hears('started');
  runtime.ask({ stand: join(place.directory, 'answered') });
  await runtime.hears('standing');
  writeFileSync(join(place.directory, 'go'), '');
  expect(await runtime.hears('stood')).toBe(true);
  const told = (name: string) => runtime.hears('event', (event) => event.nameLookup?.name === name);
  expect((await told('localhost')).nameLookup.code).toBe('NOERROR');
  expect((await told('other.test')).nameLookup.code).toBe('REFUSED');
  await runtime.hears('ended');
  expect(runtime.said.filter((line) => line.problem)).toEqual([]);
  runtime.ask({ close: true });
  await runtime.hears('closed');
});
