/** What hosts have to say to people: how much of it is kept and shown, whoever says more. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { toLong } from '../../../src/contract/int64.ts';
import { HeldAction } from '../../../src/contract/messages.ts';
import { HeldActions } from '../../../src/gateway/control/held-actions.ts';
import { AttachedHosts } from '../../../src/gateway/control/hosts.ts';
import { SHOWN_BYTES } from '../../../src/gateway/control/shown.ts';
import { openDatabase } from '../../../src/gateway/store/database.ts';
import { removeTree } from '../../remove-tree.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function heldActions() {
  const directory = mkdtempSync(join(tmpdir(), 'warder-shown-'));
  const database = openDatabase(join(directory, 'held.db'));
  closing.push(() => {
    database.close();
    removeTree(directory);
  });
  const insert = database.prepare(
    'INSERT INTO held_actions (id, host, action, asked, expires, state) VALUES (?, ?, ?, ?, ?, ?)',
  );
  let asked = 0;
  const add = (host: string, state: string, target = '') => {
    const action = HeldAction.encode({ target, expiresUnixMs: toLong(1) }).finish();
    insert.run(`${asked++}`.padStart(8, '0'), host, action, asked, asked, state);
  };
  return { actions: new HeldActions(database), add };
}

test('of one host a number of short questions may wait, whatever another one has', () => {
  const { actions, add } = heldActions();
  for (let n = 0; n < 255; n++) add('flood', 'pending');
  for (let n = 0; n < 300; n++) add('flood', 'denied');
  expect(actions.isFull('flood', 100)).toBe(false);
  add('flood', 'pending');
  expect(actions.isFull('flood', 100)).toBe(true);
  expect(actions.isFull('other', 100)).toBe(false);
});

test('what was answered is shown as far as what waits leaves room for it', () => {
  const { actions, add } = heldActions();
  const long = 'x'.repeat(60_000);
  for (let n = 0; n < 30; n++) add('a', 'pending', long);
  for (let n = 0; n < 30; n++) add('a', 'denied', long);
  const { holds, leftOut } = actions.list(true);
  expect(holds.filter(({ state }) => state === 'pending')).toHaveLength(30);
  expect(holds.length).toBeGreaterThan(45);
  expect(holds.length * long.length).toBeLessThan(SHOWN_BYTES);
  expect(leftOut).toBe(0);
});

test('what one host tells of its runs takes nothing from another', () => {
  const hosts = new AttachedHosts();
  const stream = (host: string) => ({ host, send: () => {} });
  const runs = (name: string) =>
    Array.from({ length: 3000 }, (_, at) => ({ run: `${name}-${at}`.padEnd(400, 'r') }));
  const [flood, small] = [stream('flood'), stream('small')];
  for (const one of [flood, small]) hosts.add(one);
  hosts.tell(flood, runs('flood'));
  hosts.tell(small, runs('small').slice(0, 10));
  expect(hosts.list().runs.filter(({ host }) => host === 'small')).toHaveLength(10);
  expect(hosts.of('small-9'.padEnd(400, 'r'))).toBe(small);
});
