/** `warder audit` as people use it: in processes of its own, on files. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, stateDirectory } from '../fixtures.ts';
import { type Evidence, evidence } from './exported.ts';

afterEach(cleanUp);

const MAIN = fileURLToPath(new URL('audit-main.ts', import.meta.url));

function audit(...words: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'audit', ...words], {
    encoding: 'utf8',
  });
  return { status, out: stdout, err: stderr };
}

async function exportedFile(): Promise<{ of: Evidence; file: string }> {
  const of = await evidence([20, 30]);
  const file = join(stateDirectory(), 'log.audit');
  const { status, out } = audit('export', '--out', file, '--state', of.state);
  expect({ status, out }).toEqual({
    status: 0,
    out: expect.stringContaining(`${file}: 50 events of ${of.audit.origin}`),
  });
  return { of, file };
}

test('an export is written 0600 and whole, and verifies with 0', async () => {
  const { of, file } = await exportedFile();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['log.audit']);
  expect(audit('verify', file, '--key', of.audit.verifierKey)).toEqual({
    status: 0,
    out: `${file}: proven: events 0 to 49 of ${of.audit.origin}, by 2 checkpoints\n  under the key given\n`,
    err: '',
  });
  const trusting = audit('verify', file);
  expect(trusting.status).toBe(0);
  expect(trusting.out).toContain(`under the key that the file brings: ${of.audit.verifierKey}; compare it`);
});

test('an altered export gives 1 and names line and event', async () => {
  const { file } = await exportedFile();
  const text = readFileSync(file, 'utf8');
  const line = text.split('\n').findIndex((one) => one.startsWith('event 7 '));
  writeFileSync(
    file,
    text.replace(/^event 7 (.{50})./m, (_, start) => `event 7 ${start}!`),
  );
  const { status, out } = audit('verify', file);
  expect(status).toBe(1);
  expect(out).toContain(
    `${file}: altered: 1 problem\n  line ${line + 1}, event 7: changed: event 7 was changed`,
  );
  expect(out).toContain('proven all the same: 49 of 50 events');
  const json = audit('verify', file, '--json');
  expect(json.status).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({ ok: false, file, problems: [{ kind: 'changed', index: 7 }] });
});

test('of a file that does not begin as an export it is said that it may be none, of an altered one not', async () => {
  const { file } = await exportedFile();
  const hint = 'if it never was an export: `warder audit export` writes one';
  writeFileSync(file, `${readFileSync(file, 'utf8')}more\n`);
  expect(audit('verify', file).out).not.toContain(hint);
  writeFileSync(file, 'kind: Policy\n');
  const { status, out } = audit('verify', file);
  expect(status).toBe(1);
  expect(out).toContain(hint);
});

test('a pinned key may stand in a file; an earlier checkpoint is compared', async () => {
  const { of, file } = await exportedFile();
  const folder = stateDirectory();
  const [key, checkpoint] = [join(folder, 'key'), join(folder, 'checkpoint')];
  writeFileSync(key, audit('key', '--state', of.state).out);
  writeFileSync(checkpoint, audit('checkpoint', '--state', of.state).out);
  expect(readFileSync(checkpoint, 'utf8')).toBe(of.audit.checkpoint().note);
  expect(audit('verify', file, '--key', key, '--checkpoint', checkpoint).status).toBe(0);
  const other = await evidence([50]);
  writeFileSync(key, `${other.audit.verifierKey}\n`);
  const { status, out } = audit('verify', file, '--key', key);
  expect(status).toBe(1);
  expect(out).toContain('line 3: re-signed: the file brings the key');
});

test('one event is proven under the key, and no other event by its proof', async () => {
  const of = await evidence([20, 30]);
  const file = join(stateDirectory(), 'event.tlog-proof');
  const { status, out } = audit('prove', '33', '--state', of.state);
  expect(status).toBe(0);
  writeFileSync(file, out);
  expect(audit('verify', file, '--key', of.audit.verifierKey)).toMatchObject({
    status: 0,
    out: `${file}: proven: event 33 of ${of.audit.origin}, sequence 34 of host host-a, in its first 50 events\n`,
  });
  expect(audit('verify', file)).toMatchObject({ status: 1, err: expect.stringContaining('brings no key') });
  writeFileSync(file, out.replace('index 33', 'index 32'));
  expect(audit('verify', file, '--key', of.audit.verifierKey)).toMatchObject({
    status: 1,
    out: `${file}: not proven: this event is not event 32 of the 50 that the checkpoint signed\n`,
  });
});

test.each<[string[], number, RegExp]>([
  [['export'], 2, /required option '-o, --out <file>'/],
  [['prove', 'x'], 2, /Give an index of the log/],
  [['verify', '/nowhere/x'], 1, /cannot read \/nowhere\/x: ENOENT/],
  [['verify', '/dev/null', '--key', 'a+00000000+x'], 1, /is not a verifier key/],
  [['key', '--state', '/nowhere'], 1, /there is no log in \/nowhere/],
])('%j fails with a sentence', (words, status, message) => {
  const result = audit(...words);
  expect(result.status).toBe(status);
  expect(result.err).toMatch(message);
});

test('what the log does not have is not proven, and an export that fails leaves no file', async () => {
  const { state } = await evidence([20]);
  expect(audit('prove', '20', '--state', state).err).toMatch(/event 20 is not among the first 20/);
  const folder = stateDirectory();
  expect(audit('export', '--to', '7', '--out', join(folder, 'x'), '--state', state).err).toMatch(
    /no checkpoint was signed at 7/,
  );
  expect(readdirSync(folder)).toEqual([]);
  expect(audit('export', '--out', '/nowhere/x', '--state', state).err).toMatch(
    /cannot write \/nowhere\/x: ENOENT/,
  );
  expect(existsSync(join(state, 'checkpoint'))).toBe(true);
});

test('a log whose database was changed behind it is not exported', async () => {
  const of = await evidence([20]);
  of.log.database.exec('UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 0');
  const result = audit('export', '--out', join(stateDirectory(), 'x'), '--state', of.state);
  expect(result).toMatchObject({
    status: 1,
    err: expect.stringMatching(/signed 20 events with a root that its database no longer has/),
  });
});

test('rotate-key prints the next key, and the one before still verifies what follows', async () => {
  const of = await evidence([20]);
  await of.log.close();
  const { status, out: key } = audit('rotate-key', '--because', 'yearly', '--state', of.state);
  expect(status).toBe(0);
  expect(audit('key', '--state', of.state).out).toBe(key);
  expect(key).not.toContain(of.audit.verifierKey);
  expect(audit('checkpoint', '--state', of.state).status).toBe(0);
  const file = join(stateDirectory(), 'log.audit');
  expect(audit('export', '--out', file, '--state', of.state).status).toBe(0);
  expect(audit('verify', file, '--key', of.audit.verifierKey)).toMatchObject({ status: 0 });
});
