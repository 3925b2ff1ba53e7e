/**
 * The console at the level of HTTP, against a live gateway: who gets in, what a session may do, what every answer says,
 * and what comes from elsewhere. The page in a browser is in test/e2e.
 */
import { get, request as send } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { keyService } from '../../../src/contract/identity-service.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import {
  asker,
  cleanUp,
  eventually,
  execEvents,
  filled,
  gateway,
  RUN,
  readAll,
  uplink,
} from '../fixtures.ts';

afterAll(cleanUp);

interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many forms
  body: any;
}

async function served(): Promise<{
  to: Gateway;
  url: string;
  key(...roles: string[]): Promise<{ key: string; id: string }>;
}> {
  const to = await gateway({ console: { listen: '127.0.0.1:0' } });
  const ask = asker(to, to.tokens.operator);
  return {
    to,
    url: to.consoleUrl!,
    key: async (...roles) => {
      const { key, about } = await ask(keyService.createKey, {
        name: roles.join(' and '),
        roles,
        validSeconds: 3600,
      });
      return { key: key!, id: about!.id! };
    },
  };
}

async function post(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function login(url: string, key: string): Promise<string> {
  const { status, headers } = await post(url, '/api/login', { key });
  expect(status).toBe(200);
  return headers.get('set-cookie')!.split(';')[0]!;
}

test('the page and every answer of it say what may run: nothing but its own', async () => {
  const { url } = await served();
  const page = await fetch(`${url}/`);
  const html = await page.text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(html)![1]!;
  for (const response of [
    page,
    await fetch(url + script),
    await fetch(`${url}/api/session`),
    await fetch(`${url}/none`),
  ]) {
    const { headers } = response;
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self'/,
    );
    expect(headers.get('content-security-policy')).toMatch(
      /frame-ancestors 'none'; require-trusted-types-for 'script'/,
    );
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*|http|data:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
  // Neither inline code nor a resource from elsewhere.
  expect(html).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=|https?:/);
  expect((await fetch(url + script)).headers.get('cache-control')).toMatch(/immutable/);
  expect(page.headers.get('cache-control')).toBe('no-store');
});

test('a key opens a session that no script reads, and its end ends it; both are in the log', async () => {
  const { to, url, key } = await served();
  const { key: viewer, id } = await key('viewer');
  const answer = await post(url, '/api/login', { key: viewer });
  expect(answer.body).toEqual({ name: 'viewer', roles: ['viewer'] });
  const set = answer.headers.get('set-cookie')!;
  expect(set).toMatch(/^warder=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(set).not.toContain(viewer);
  const cookie = set.split(';')[0]!;
  const who = await fetch(`${url}/api/session`, { headers: { cookie } });
  expect(await who.json()).toMatchObject({ name: 'viewer', roles: ['viewer'], gateway: to.id });
  expect((await post(url, '/api/logout', {}, { cookie })).headers.get('set-cookie')).toMatch(
    /^warder=; .*Max-Age=0/,
  );
  expect((await fetch(`${url}/api/session`, { headers: { cookie } })).status).toBe(401);
  const { events } = await readAll(to);
  const accepted = events.find(({ event }) => event?.gateway?.action === 'login.accepted')?.event?.gateway;
  expect(accepted).toMatchObject({ subject: 'console', actor: { name: 'viewer', credential: `key ${id}` } });
  expect(accepted?.actor?.address).toMatch(/^127\.0\.0\.1:\d+$/);
});

test('without a session nothing is answered but that, and wrong keys are told and slowed', async () => {
  const { to, url } = await served();
  for (const path of ['/api/session', '/api/events']) expect((await fetch(url + path)).status).toBe(401);
  for (const call of ['listHosts', 'query', 'answerHold', 'createKey']) {
    expect((await post(url, `/api/call/${call}`, {})).status).toBe(401);
  }
  const cookie = `warder=${'a'.repeat(43)}`;
  expect((await fetch(`${url}/api/session`, { headers: { cookie } })).status).toBe(401);
  const tries = await Promise.all(
    Array.from({ length: 150 }, (_, at) =>
      post(url, '/api/login', { key: `wk_aaaaaaaaaaaa_${String(at).padStart(43, 'x')}` }),
    ),
  );
  const answers = tries.map(({ status }) => status);
  expect(new Set(answers)).toEqual(new Set([401, 429]));
  expect(answers.filter((status) => status === 401).length).toBeLessThan(150);
  const { events } = await readAll(to);
  const refused = events.filter(({ event }) => event?.gateway?.action === 'login.refused');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(10);
});

test('the token of a start, and any other thing that is no key, opens no session', async () => {
  const { to, url } = await served();
  for (const key of [to.tokens.operator, to.tokens.viewer, to.tokens.runtime, '', ['a'], { a: 1 }, null]) {
    expect((await post(url, '/api/login', { key })).status).toBe(401);
  }
});

test('a session may what its key may: the table of the RPCs decides', async () => {
  const { url, key } = await served();
  const viewer = await login(url, (await key('viewer')).key);
  const approver = await login(url, (await key('approver')).key);
  const as = (cookie: string, call: string, body: object = {}) =>
    post(url, `/api/call/${call}`, body, { cookie });
  expect(await as(viewer, 'listHolds')).toMatchObject({ status: 200, body: {} });
  expect(await as(viewer, 'answerHold', { id: 'a', allow: true })).toMatchObject({
    status: 403,
    body: { error: { message: expect.stringMatching(/viewer has the roles \[viewer\]/) } },
  });
  expect((await post(url, '/api/what-if', { text: '' }, { cookie: approver })).status).not.toBe(200);
  expect((await as(viewer, 'commandRun', { run: RUN, kind: 3 })).status).toBe(403);
  expect((await as(approver, 'query')).status).toBe(403);
  expect((await as(approver, 'answerHold', { id: 'nothing', allow: true })).status).not.toBe(403);
  for (const call of ['createKey', 'putPolicies', 'revokeKey', 'issueToken', '__proto__', 'constructor']) {
    expect((await as(viewer, call)).status).toBe(404);
  }
});

test('what the key loses its session loses: calls, and streams that are open', async () => {
  const { to, url, key } = await served();
  const { key: viewer, id } = await key('viewer');
  const cookie = await login(url, viewer);
  const stream = await fetch(`${url}/api/events`, { headers: { cookie } });
  expect(stream.status).toBe(200);
  await asker(to, to.tokens.operator)(keyService.revokeKey, { id });
  expect((await post(url, '/api/call/listRuns', {}, { cookie })).status).toBe(401);
  // It ends by itself.
  await expect(stream.text()).resolves.toMatch(/^id: /);
});

test('another site can neither send nor read, by whatever it has', async () => {
  const { url, key } = await served();
  const { key: viewer } = await key('viewer', 'approver');
  const cookie = await login(url, viewer);
  const { host } = new URL(url);
  const call = (headers: Record<string, string>, body: unknown = {}) =>
    post(url, '/api/call/listRuns', body, { cookie, ...headers });
  expect((await call({})).status).toBe(200);
  expect((await call({ origin: url, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  expect((await call({ origin: 'https://evil.example' })).status).toBe(403);
  expect((await call({ origin: 'null' })).status).toBe(403);
  expect((await call({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await call({ 'sec-fetch-site': 'same-site' })).status).toBe(403);
  // What a form can send without asking.
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=a']) {
    expect((await call({ 'content-type': type })).status).toBe(403);
  }
  expect((await call({}, '{not json')).status).toBe(400);
  expect((await call({}, '[]')).status).toBe(400);
  expect((await call({}, 'x'.repeat(3 << 20))).status).toBe(413);
  // A name that was made to point here (DNS rebinding).
  const status = await new Promise((resolve) =>
    get(`${url}/`, { headers: { host: `evil.example:${host.split(':')[1]}` } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }),
  );
  expect(status).toBe(421);
  expect((await fetch(`${url}/api/session`, { method: 'PUT', headers: { cookie } })).status).toBe(405);
});

test('live events come after the past ones, by index, and go on where they broke', async () => {
  const { to, url, key } = await served();
  await filled(5, to);
  const cookie = await login(url, (await key('viewer')).key);
  const stream = follow(`${url}/api/events?from=0&run=${RUN}`, { cookie });
  await eventually('five events', () => stream.events().length >= 5);
  const link = await uplink(to);
  await link.sendEvents(execEvents(3, 10));
  await link.flush();
  await eventually('three more', () => stream.events().length >= 8);
  expect(stream.events().map(({ event }) => event?.process?.pid)).toEqual([1, 2, 3, 4, 5, 10, 11, 12]);
  stream.close();
  const again = follow(`${url}/api/events?from=0`, { cookie, 'last-event-id': String(stream.next()) });
  await link.sendEvents(execEvents(1, 20));
  await link.flush();
  await eventually('one more', () => again.events().some(({ event }) => event?.process?.pid === 20));
  expect(again.events().some(({ event }) => event?.process?.pid === 1)).toBe(false);
  again.close();
  expect((await fetch(`${url}/api/events?from=x`, { headers: { cookie } })).status).toBe(400);
});

test('away from loopback there is no console without TLS', async () => {
  await expect(gateway({ console: { listen: '0.0.0.0:0' } })).rejects.toThrow(
    /cannot be served at '0.0.0.0:0' without TLS/,
  );
});

interface Followed {
  events(): { event?: { process?: { pid?: number } } }[];
  next(): string;
  close(): void;
}

function follow(url: string, headers: Record<string, string>): Followed {
  let text = '';
  const request = send(url, { headers }, (response) => {
    response.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  });
  request.on('error', () => {});
  request.end();
  const batches = () =>
    text
      .split('\n\n')
      .slice(0, -1)
      .flatMap((message) => /^data: (.*)$/m.exec(message)?.[1] ?? [])
      .map((data) => JSON.parse(data) as { events?: []; next: string });
  return {
    events: () => batches().flatMap(({ events }) => events ?? []),
    next: () => batches().at(-1)!.next,
    close: () => request.destroy(),
  };
}
