/** warder export as a program: files, what a kill leaves, a pipe, a collector. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { RotatingFile } from '../../../src/cli/export/rotating-file.ts';
import {
  cleanUp,
  eventually,
  execEvents,
  gateway,
  later,
  stateDirectory,
  uplink,
} from '../../gateway/fixtures.ts';
import { stored, warder } from '../program-fixture.ts';
import { recordedRun } from '../recorded-run.ts';
import { lineOf } from './writer.ts';

afterEach(cleanUp);

/** KILLS=500 for a soak. */
const KILLS = Number(process.env.KILLS ?? 12);
const WRITER = fileURLToPath(new URL('writer.ts', import.meta.url));

/** What stands in the rotated files in order, then in the file itself; each checksum is checked. */
function content(folder: string, name = 'out.jsonl'): string {
  const rotated = readdirSync(folder)
    .filter((file) => /^out-\d{12}\.jsonl$/.test(file))
    .sort();
  for (const file of rotated) {
    const said = readFileSync(join(folder, `${file}.sha256`), 'utf8');
    const digest = createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
    expect(said).toBe(`${digest}  ${file}\n`);
  }
  return [...rotated, name].map((file) => readFileSync(join(folder, file), 'utf8')).join('');
}

test('a file writer that is killed again and again has each line once, in rotated files with right checksums', async () => {
  const folder = stateDirectory();
  const path = join(folder, 'out.jsonl');
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    later(() => child.kill('SIGKILL'));
    let dots = 0;
    child.stdout!.on('data', (data: Buffer) => {
      dots += data.length;
    });
    // Two files' worth; then at any point.
    await eventually('it writes', () => dots > 12 + kill);
    await new Promise((resolve) => setTimeout(resolve, (kill * 13) % 90));
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  const file = new RotatingFile({ path, maxBytes: 2000, question: 'q', from: 0 });
  const { next } = file;
  file.commit();
  file.close();
  expect(next).toBeGreaterThan(KILLS * 12);
  const lines = content(folder).trimEnd().split('\n');
  expect(lines).toEqual(Array.from({ length: next }, (_, index) => lineOf(index)));
  expect(readdirSync(folder).filter((name) => name.endsWith('.sha256')).length).toBeGreaterThan(KILLS);
  for (const name of readdirSync(folder))
    expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600]);
}, 120_000);

describe('a file writer', () => {
  const open = (path: string, question = 'q') =>
    new RotatingFile({ path, maxBytes: 2000, question, from: 0 });
  test('refuses a file that is not its own, a cursor of another question, and a second writer', () => {
    const folder = stateDirectory();
    writeFileSync(join(folder, 'mine'), 'precious');
    expect(() => open(join(folder, 'mine'))).toThrow(/is there already/);
    const path = join(folder, 'out');
    const one = open(path);
    expect(() => open(path)).toThrow(/another export writes/);
    one.close();
    expect(() => open(path, 'other')).toThrow(/begun with another format or filter: q/);
    writeFileSync(`${path}.cursor`, '{}');
    expect(() => open(path)).toThrow(/is no cursor of an export/);
    expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('precious');
  });

  test('says so when somebody cut the file', () => {
    const path = join(stateDirectory(), 'out');
    const one = open(path);
    one.write(['first'], 0);
    one.commit();
    one.close();
    writeFileSync(path, '');
    expect(() => open(path)).toThrow(/has 0 bytes, its cursor says 6/);
  });
});

test('a live export that is killed and started again has every event once', async () => {
  const state = stateDirectory();
  const folder = stateDirectory();
  const to = await gateway({ stateDirectory: state });
  const link = await uplink(to);
  const words = ['export', '--state', state, '--out', join(folder, 'out.jsonl'), '--rotate', '30KB'];
  let sent = 0;
  const send = async (count: number) => {
    await link.sendEvents(execEvents(count, sent + 1));
    await link.flush();
    sent += count;
  };
  await send(200);
  for (let round = 0; round < 3; round++) {
    const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, ...words, '--follow'], { stdio: 'ignore' });
    later(() => child.kill('SIGKILL'));
    const before = sent;
    await send(100);
    await eventually('it follows', () => {
      try {
        return JSON.parse(readFileSync(join(folder, 'out.jsonl.cursor'), 'utf8')).next > before - 50;
      } catch {
        return false;
      }
    });
    await send(150);
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  expect((await warder(words)).err).toBe('');
  const indexes = content(folder)
    .trimEnd()
    .split('\n')
    .map((line) => Number(JSON.parse(line).index));
  expect(indexes).toEqual(Array.from({ length: sent }, (_, index) => index));
}, 90_000);

test('to a pipe, filtered, in each format', async () => {
  const state = await stored(recordedRun());
  const { out, err } = await warder(['export', '--state', state, '--format', 'ocsf', '--verdict', 'deny']);
  expect(err).toBe('');
  const classes = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).class_uid);
  expect(classes).toEqual([1001, 2004, 1007, 2004, 4001, 1007, 2004]);
  const syslog = await warder(['export', '--state', state, '--format', 'syslog', '--since', '16']);
  expect(syslog.out).toMatch(
    /^<108>1 2026-01-01T00:00:00\.050000Z host-a warder - loss \[warder@32473 index="16"/,
  );
  const wrong = await warder(['export', '--state', state, '--format', 'xml']);
  expect([wrong.status, wrong.err]).toEqual([2, expect.stringMatching(/Allowed choices are jsonl, ocsf/)]);
});

test('to a collector that is away at first: each batch is told until it is taken', async () => {
  const state = await stored(recordedRun());
  const taken: string[] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      if (asked++ === 0) response.writeHead(503).end();
      else {
        expect([request.url, request.headers['content-type']]).toEqual(['/v1/logs', 'application/json']);
        taken.push(body);
        response.end('{}');
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  later(() => server.close());
  const { port } = server.address() as AddressInfo;
  const cursor = join(stateDirectory(), 'cursor');
  const words = ['export', '--state', state, '--push', `http://127.0.0.1:${port}`, '--cursor', cursor];
  expect(await warder(words)).toEqual({ status: 0, out: '', err: '' });
  expect(taken.join('').match(/"warder\.index"/g)).toHaveLength(17);
  expect(readFileSync(cursor, 'utf8')).toBe('17\n');
  expect((await warder(words)).err).toBe('');
  expect(taken).toHaveLength(1);
  const clear = await warder(['export', '--state', state, '--push', 'http://collector.example:4318']);
  expect(clear.err).toMatch(/is no address of a collector\n {2}fix: give https/);
});
