/** Keys of people and consumers, over a real socket: made, used, rotated, revoked, over. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { keyService } from '../../../src/contract/identity-service.ts';
import { subscribe } from '../../../src/contract/services.ts';
import { callUnary, type UnaryMethod } from '../../../src/contract/unary.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import { bearer, cleanUp, clientOf, eventually, gateway, readAll, stateDirectory } from '../fixtures.ts';

afterEach(cleanUp);

const ask = <Q, R>(
  to: Gateway,
  method: UnaryMethod<Q, R>,
  request: Q,
  token = to.tokens.operator,
): Promise<R> => callUnary(clientOf(to), method, request, bearer(token));

/** The status of a subscription to the log's present end. */
async function reads(to: Gateway, key: string): Promise<status> {
  const call = subscribe(clientOf(to), bearer(key), { untilNow: true });
  return new Promise((resolve) => {
    call.on('error', ({ code }: ServiceError) => resolve(code));
    call.on('data', () => {}).on('end', () => resolve(status.OK));
  });
}

test('a key opens what its role is for, and is kept as a hash only', async () => {
  const state = stateDirectory();
  const to = await gateway({ stateDirectory: state });
  const { key, about } = await ask(to, keyService.createKey, { name: 'siem', roles: ['viewer'] });
  expect(key).toMatch(/^wk_[0-9a-f]{12}_[\w-]{43}$/);
  expect(await reads(to, key!)).toBe(status.OK);
  const secret = key!.slice('wk_0123456789ab_'.length);
  for (const file of ['warder.db', 'warder.db-wal']) {
    expect(readFileSync(join(state, file)).includes(secret)).toBe(false);
  }
  const { keys } = await ask(to, keyService.listKeys, {});
  expect(keys).toMatchObject([{ id: about!.id!, name: 'siem', roles: ['viewer'] }]);
  expect(JSON.stringify(keys)).not.toContain(secret);
});

test('a key with another secret, or another id, opens nothing', async () => {
  const to = await gateway();
  const make = async () => (await ask(to, keyService.createKey, { name: 'a', roles: ['viewer'] })).key!;
  const [one, two] = [await make(), await make()];
  const mixed = `${one.slice(0, 16)}${two.slice(16)}`;
  expect(await reads(to, mixed)).toBe(status.UNAUTHENTICATED);
});

test('a key that is rotated goes on for the overlap, and its successor works at once', async () => {
  const to = await gateway();
  const old = await ask(to, keyService.createKey, { name: 'siem', roles: ['viewer'] });
  const next = await ask(to, keyService.rotateKey, { id: old.about!.id!, overlapSeconds: 1 });
  expect(next.about).toMatchObject({ name: 'siem', roles: ['viewer'] });
  expect(await reads(to, old.key!)).toBe(status.OK);
  expect(await reads(to, next.key!)).toBe(status.OK);
  await eventually('the old one is over', async () => (await reads(to, old.key!)) === status.UNAUTHENTICATED);
  expect(await reads(to, next.key!)).toBe(status.OK);
});

test('a revoked key ends the streams that it has open', async () => {
  const to = await gateway();
  const { key, about } = await ask(to, keyService.createKey, { name: 'siem', roles: ['viewer'] });
  const call = subscribe(clientOf(to), bearer(key!), {});
  const ended = new Promise<ServiceError>((resolve) => call.on('error', resolve));
  await new Promise((resolve) => call.once('data', resolve));
  await ask(to, keyService.revokeKey, { id: about!.id! });
  expect(await ended).toMatchObject({ code: status.UNAUTHENTICATED, details: /revoked/ });
  await expect(ask(to, keyService.revokeKey, { id: about!.id! })).rejects.toThrow(
    /no key .* that is good now/,
  );
});

test.each([
  [{ name: 'x', roles: [] }, /a key without a role/],
  [{ name: 'x', roles: ['runtime'] }, /no such role: runtime/],
  [{ name: 'x', roles: ['operator'] }, /no such role: operator/],
  [{ name: '', roles: ['viewer'] }, /is no name for a key/],
  [{ name: 'a\nb', roles: ['viewer'] }, /is no name for a key/],
])('%j is refused', async (request, why) => {
  const to = await gateway();
  await expect(ask(to, keyService.createKey, request)).rejects.toThrow(why);
});

test('who made and ended keys, and who was refused, is in the log', async () => {
  const to = await gateway();
  const { about } = await ask(to, keyService.createKey, { name: 'siem', roles: ['viewer'] });
  await ask(to, keyService.revokeKey, { id: about!.id! });
  expect(await reads(to, 'wk_000000000000_wrong')).toBe(status.UNAUTHENTICATED);
  const { events } = await readAll(to);
  const told = events.map(({ event }) => [
    event!.gateway!.action,
    event!.gateway!.actor!.kind,
    event!.gateway!.subject,
  ]);
  expect(told).toEqual([
    ['credential.issued', 'operator', `key ${about!.id} of siem`],
    ['credential.revoked', 'operator', `key ${about!.id} of siem`],
    ['login.refused', 'person', '/warder.v1.EventService/Subscribe'],
  ]);
});

test('calls of nobody known are limited in rate, and in what is told of them; others are served meanwhile', async () => {
  const to = await gateway();
  const codes = new Set<status>();
  for (let n = 0; n < 150; n++) codes.add(await reads(to, `wrong${n}`));
  expect(codes).toEqual(new Set([status.UNAUTHENTICATED, status.RESOURCE_EXHAUSTED]));
  expect(await reads(to, to.tokens.viewer)).toBe(status.OK);
  const { events } = await readAll(to);
  expect(events.length).toBeLessThan(10);
});
