/** Which groups who connects is in, as the kernel has it; only root can be in others than its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { groupsOf, peerOf } from '../../src/runtime/local/peer.ts';
import { removeTree } from '../remove-tree.ts';

const CONNECTS =
  'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); sys.stdin.read()';
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function connectedWith(groups: readonly number[]): Promise<Socket> {
  const folder = mkdtempSync(join(tmpdir(), 'warder-groups-'));
  undo.push(() => removeTree(folder));
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer({ pauseOnConnect: true }, accepted.resolve).listen(join(folder, 's'));
  await once(server, 'listening');
  undo.push(() => server.close());
  const options = ['--regid', '27181', '--groups', groups.join(','), '--'];
  const client = spawn(
    '/usr/bin/setpriv',
    [...options, '/usr/bin/python3', '-IBc', CONNECTS, join(folder, 's')],
    {
      stdio: ['pipe', 'inherit', 'inherit'],
    },
  );
  const ended = once(client, 'exit');
  undo.push(() => {
    client.stdin.end();
    return ended;
  });
  const socket = await Promise.race([
    accepted.promise,
    ended.then(([status]) => Promise.reject(new Error(`the client ended with ${status}`))),
  ]);
  undo.push(() => socket.destroy());
  return socket;
}

test.each([
  ['a few', 3],
  ['more than are asked for at first', 100],
])('its own and its supplementary ones: %s', async (_, count) => {
  const groups = Array.from({ length: count }, (_, i) => 30_000 + i);
  const peer = peerOf(await connectedWith(groups))!;
  expect(peer.groups.toSorted()).toEqual(groups);
  expect(groupsOf(peer).toSorted()).toEqual([27_181, ...groups]);
});
