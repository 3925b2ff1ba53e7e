/** Sockets that others have bound, by the kernel's list and by what anybody can write into that. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boundNames, boundSockets } from '../../src/runtime/walls/bound-sockets.ts';
import { removeTree } from '../remove-tree.ts';

let directory: string;
const servers: Server[] = [];
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'warder-sockets-')));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  removeTree(directory);
});

async function bind(name: string): Promise<string> {
  const path = join(directory, name);
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

test('a socket is seen whatever the number of its inode has for digits', () => {
  const list = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01     7 /run/first
0000000000000000: 00000002 00000000 00010000 0001 01  1593 /run/early with spaces
00000000bdef571a: 00000003 00000000 00000000 0001 03 5836777
ffff8881bdef571b: 00000002 00000000 00010000 0005 01 5836778 @/abstract
00000000bdef571c: 00000002 00000000 00010000 0001 01 5836779 /srv/a
b
00000000bdef571e: 00000002 00000000 00010000 0001 01 5836780 ../run/app.sock
00000000bdef571d: 00000002 00000000 00000000 0002 01 123456789012 /tmp/last
`;
  expect(boundNames(list)).toEqual([
    '/run/first',
    '/run/early with spaces',
    '/srv/a\nb',
    '../run/app.sock',
    '/tmp/last',
  ]);
});

test('a name that reads as lines of the list makes no socket of what is none', async () => {
  const line = '0000000000000000: 00000002 00000000 00010000 0001 01 12345 /dev';
  for (const forged of ['x\n0 0 0 0 0 0 0 /dev', `y\n${line}`]) {
    mkdirSync(join(directory, forged), { recursive: true });
    await bind(`${forged}/null`);
  }
  expect(readFileSync('/proc/net/unix', 'utf8')).toContain(`\n${line}/null\n`);
  expect(boundSockets()).not.toContain('/dev/null');
});

test('sockets with spaces, line breaks and letters of any script in their names are found', async () => {
  const paths = [];
  for (const name of ['plain', 'with spaces ', 'two\nlines', 'end\n', 'schloß 鍵'])
    paths.push(await bind(name));
  expect(boundSockets()).toEqual(expect.arrayContaining(paths));
});

/** Binds a name relative to a directory, and stays there. */
const RELATIVE = `
import os, socket, sys
os.chdir(sys.argv[1])
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[2])
s.listen()
print('bound', flush=True)
sys.stdin.read()
`;

test('a socket that was bound by a name without its directory is found where its server is', async () => {
  mkdirSync(join(directory, 'at'));
  for (const [from, name] of [
    ['at', 'app.sock'],
    ['at', '../above.sock'],
  ]) {
    const server = spawn('python3', ['-c', RELATIVE, join(directory, from!), name!], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(server.stdout, 'data');
      expect(boundSockets()).toContain(join(directory, from!, name!));
    } finally {
      server.stdin.end();
      await once(server, 'exit');
    }
  }
});
