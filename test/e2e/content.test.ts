/**
 * Rules by content, as an agent meets them: what is allowed runs under any name, what is not runs under none, and a file
 * that changes between its reading and its running is never taken for what it was.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { cleanUp, finished, type Place, place, policyOf, start } from './governed.ts';

const RACE = fileURLToPath(new URL('./content-race.py', import.meta.url));
const RACE_SECONDS = process.env.WARDER_RACE_SECONDS ?? '3';
/** Memory: a mapping of it is written without a trace in the file's times. */
const TMPFS = '/dev/shm';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) removeTree(directory);
});
afterAll(cleanUp);

function digestOf(content: string | Buffer): string {
  return createHash('sha256')
    .update(typeof content === 'string' ? readFileSync(content) : content)
    .digest('hex');
}

function policyWith(exec: string, places = '"${workspace}/**"'): string {
  return policyOf(`  exec:
${exec}
  read:
    - allow: [/usr/**, /etc/**, /proc/**, /dev/null, /dev/tty, /dev/urandom, ${RACE}, ${places}]
  write:
    - allow: [/dev/null, /dev/tty, ${places}]
`);
}

async function shell(at: Place, script: string): Promise<string[]> {
  const { stdout } = await finished(start(at, ['sh', '-c', script]), at);
  return stdout.trim().split('\n');
}

/** Tries for as long as the runtime may take to read the file that was refused; prints the last status. */
const SOON = 'soon() { for i in $(seq 200); do "$@" && break; sleep 0.05; done; echo "$?"; };';

test('what a content rule allows runs under any name, where the agent may write too, once it was read', async () => {
  const at = place(
    policyWith(`    - allow: [/usr/bin/sh, /usr/bin/cp, /usr/bin/sleep, /usr/bin/seq]
    - allow: sha256:${digestOf('/usr/bin/uname')}`),
  );
  copyFileSync('/usr/bin/uname', join(at.workspace, 'any name'));
  const lines = await shell(at, `${SOON} soon "./any name"; cp "any name" fresh; soon ./fresh; soon uname`);
  expect(lines.filter((line) => line === 'Linux' || line === '0')).toEqual([
    'Linux',
    '0',
    'Linux',
    '0',
    'Linux',
    '0',
  ]);
});

test('other content does not run, also not under the name and in the place of the one that may', async () => {
  const at = place(
    policyWith(`    - allow: [/usr/bin/sh, /usr/bin/cp, /usr/bin/sleep]
    - allow: sha256:${digestOf('/usr/bin/uname')}`),
  );
  copyFileSync('/usr/bin/uname', join(at.workspace, 'tool'));
  copyFileSync('/usr/bin/id', join(at.workspace, 'id'));
  const lines = await shell(
    at,
    './tool; cp id tool; for i in 1 2 3; do ./tool && echo ran; ./id && echo ran; sleep 0.2; done; echo end',
  );
  expect(lines).toEqual(['Linux', 'end']);
});

test('what is not known yet is refused with that as the reason, and prevented', async () => {
  const at = place(
    policyWith(`    - allow: [/usr/bin/sh]
    - allow: sha256:${digestOf('/usr/bin/uname')}`),
  );
  const { events } = await finished(start(at, ['sh', '-c', 'uname; true']), at);
  const refused = events.find(({ decision }) => decision?.reason === 'REASON_CONTENT');
  expect(refused).toMatchObject({
    exec: { path: '/usr/bin/uname' },
    decision: { verdict: 'VERDICT_DENY', outcome: 'OUTCOME_PREVENTED', category: 'exec' },
  });
});

test('a denied content does not run from an allowed place, and what is beside it runs at the first try', async () => {
  const at = place(
    policyWith(`    - allow: [/usr/bin/sh, /usr/bin/uname, /usr/bin/id]
    - deny: sha256:${digestOf('/usr/bin/id')}
      because: not this one`),
  );
  const { stdout, events } = await finished(start(at, ['sh', '-c', 'uname; id; uname']), at);
  expect(stdout.trim().split('\n')).toEqual(['Linux', 'Linux']);
  // A shell tries every directory of PATH, and /bin is /usr/bin.
  const refused = events.filter(({ decision }) => decision?.rule?.because === 'not this one');
  expect(refused.length).toBeGreaterThan(0);
});

test.each([
  ['on a disk', undefined],
  ['in memory', TMPFS],
])('a race between reading and running is lost, with the file %s', async (_, where) => {
  const good = readFileSync('/usr/bin/true');
  const bad = readFileSync('/usr/bin/touch');
  const size = Math.max(good.length, bad.length);
  const padded = (content: Buffer) => Buffer.concat([content, Buffer.alloc(size - content.length)]);
  const elsewhere = where === undefined ? undefined : mkdtempSync(join(where, 'warder-content-'));
  if (elsewhere !== undefined) made.push(elsewhere);
  const at = place(
    policyWith(
      `    - allow: /usr/bin/python3\n    - allow: sha256:${digestOf(padded(good))}`,
      elsewhere === undefined ? undefined : `"\${workspace}/**", "${elsewhere}/**"`,
    ),
  );
  const directory = elsewhere ?? at.workspace;
  writeFileSync(join(directory, 'good'), padded(good));
  writeFileSync(join(directory, 'bad'), padded(bad));
  expect(statSync(join(directory, 'good')).size).toBe(statSync(join(directory, 'bad')).size);
  const names = ['tool', 'good', 'bad', 'marker'].map((name) => join(directory, name));
  const { stdout, stderr } = await finished(start(at, ['python3', RACE, ...names, RACE_SECONDS]), at);
  expect(existsSync(names[3]!), 'the content that is not allowed ran').toBe(false);
  expect(stdout, stderr).toMatch(/^ran [0-9]+ refused [1-9][0-9]* at last True$/m);
});
