/** Being reached: a port that the kernel picks and a unix socket are judged when they are listened on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, finished, ORDINARY, place, policyOf, start } from '../e2e/governed.ts';

afterAll(cleanUp);

const SCRIPT = `
import socket, sys
def attempt(name, family, address=None):
    s = socket.socket(family)
    try:
        if address is not None: s.bind(address)
        s.listen()
        print(name, 'listens')
    except OSError as error:
        print(name, error.errno)
attempt('unbound', socket.AF_INET)
attempt('unbound6', socket.AF_INET6)
attempt('path', socket.AF_UNIX, 'socket')
attempt('denied', socket.AF_UNIX, 'denied')
attempt('elsewhere', socket.AF_UNIX, '/var/elsewhere')
attempt('abstract', socket.AF_UNIX, '\\0warder-lab-listening')
attempt('other', socket.AF_UNIX, '\\0warder-lab-other')
`;

const LISTEN = `  listen:
    - allow: ["0.0.0.0/0", "unix:@warder-lab-listening"]
    - deny: "unix:\${workspace}/denied"
`;

test('what no rule allows is refused and told with its place; what one allows listens', async () => {
  const at = place(policyOf(`${ORDINARY}${LISTEN}`));
  const { stdout, stderr, events } = await finished(start(at, ['python3', '-c', SCRIPT]), at);
  expect(stdout.trim().split('\n'), stderr).toEqual([
    'unbound listens',
    'unbound6 1',
    'path listens',
    'denied 1',
    'elsewhere 1',
    'abstract listens',
    'other 1',
  ]);
  expect(existsSync('/var/elsewhere')).toBe(false);
  const refused = events.filter(
    ({ decision }) => decision?.category === 'listen' && decision.verdict !== 'VERDICT_ALLOW',
  );
  expect(refused.map(({ network }) => network)).toMatchObject([
    { kind: 'KIND_BIND', protocol: 'tcp', address: '::' },
    { kind: 'KIND_BIND', protocol: 'unix', address: join(at.workspace, 'denied') },
    { kind: 'KIND_BIND', protocol: 'unix', address: '@warder-lab-other' },
  ]);
});
