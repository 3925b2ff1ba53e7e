/** What one caller may have of each RPC: every row of the table is kept, on the wire and in the counting. */
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostService, keyService } from '../../src/contract/identity-service.ts';
import { ACCESS } from '../../src/gateway/access-table.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { CallLimits, LIMITS } from '../../src/gateway/limits.ts';
import { asker, bearer, cleanUp, clientOf, eventually, gateway } from './fixtures.ts';

afterAll(cleanUp);

const paths = Object.keys(ACCESS);
let to: Gateway;
let agent: string;
beforeAll(async () => {
  to = await gateway();
  const asked = { name: 'sdk', roles: ['agent'], validSeconds: 600 };
  agent = (await asker(to, to.tokens.operator)(keyService.createKey, asked)).key!;
});

test('every RPC that may be called has limits, and nothing else has', () => {
  expect(Object.keys(LIMITS).sort()).toEqual([...paths].sort());
});

/** Sends one message of so many bytes to an RPC; gives the status that comes. */
async function send(path: string, bytes: number): Promise<{ code: status; details: string }> {
  const roles = ACCESS[path]!;
  const token = roles.includes('runtime')
    ? to.tokens.runtime
    : roles.includes('agent')
      ? agent
      : to.tokens.operator;
  const identity = (buffer: Buffer) => buffer;
  const call = clientOf(to).makeBidiStreamRequest(path, identity, identity, bearer(token));
  return new Promise((resolve) => {
    call.on('data', () => {});
    call.on('error', () => {});
    call.on('status', resolve);
    // One field that no message has, filled up: what the size lets in is decoded, and judged for what it says.
    call.write(
      Buffer.concat([
        Buffer.from([0xfa, 0x7f]),
        varint(bytes - 2 - varint(bytes).length),
        Buffer.alloc(bytes - 2 - varint(bytes).length),
      ]),
    );
    call.end();
  });
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) | 128 : rest);
    if (rest < 128) return Buffer.from(bytes);
  }
}

describe.each(paths)('%s', (path) => {
  const { bytes, burst } = LIMITS[path]!;

  test('takes no larger request than its row says', async () => {
    const { code, details } = await send(path, bytes + 16);
    expect([code, details]).toEqual([
      status.RESOURCE_EXHAUSTED,
      expect.stringMatching(new RegExp(`${bytes}|max`)),
    ]);
  });

  test('takes as many calls of one caller at once as its row says, and of another as many', () => {
    const limits = new CallLimits();
    for (const caller of ['ann', 'bob']) {
      let taken = 0;
      while (taken <= 2 * burst && limits.take(path, caller)) taken++;
      expect(taken).toBeGreaterThanOrEqual(burst);
      expect(taken).toBeLessThan(2 * burst);
    }
  });
});

test('whoever calls more often is told, and goes on with other RPCs', async () => {
  // One that fills again slowly: of 900 calls some are too many, also where they take 20 seconds.
  const path = '/warder.v1.KeyService/RevokeKey';
  const client = clientOf(to);
  const identity = (buffer: Buffer) => buffer;
  const call = (at: string) =>
    new Promise<status>((resolve) => {
      client.makeUnaryRequest(at, identity, identity, Buffer.alloc(0), bearer(to.tokens.viewer), (error) =>
        resolve(error?.code ?? status.OK),
      );
    });
  const said = await Promise.all(Array.from({ length: LIMITS[path]!.burst + 400 }, () => call(path)));
  expect(new Set(said)).toEqual(new Set([status.PERMISSION_DENIED, status.RESOURCE_EXHAUSTED]));
  expect(await call('/warder.v1.PolicyService/ListPolicies')).not.toBe(status.RESOURCE_EXHAUSTED);
});

test('a stream of questions is ended where more come than its row lets in, in it or in another one', async () => {
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  const { burst } = LIMITS[path]!.messages!;
  const identity = (buffer: Buffer) => buffer;
  /** list_services, so many times; the answers, and the status. */
  const asked = (times: number, token: string) =>
    new Promise<{ answers: number; code: status }>((resolve) => {
      const call = clientOf(to).makeBidiStreamRequest(path, identity, identity, bearer(token));
      let answers = 0;
      call.on('data', () => answers++);
      call.on('error', () => {});
      call.on('status', ({ code }) => resolve({ answers, code }));
      for (let time = 0; time < times; time++) call.write(Buffer.from([0x3a, 0]));
      call.end();
    });
  expect(await asked(2 * burst, to.tokens.viewer)).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  expect(await asked(3, to.tokens.operator)).toEqual({ answers: 3, code: status.OK });
});

test('of an address that nobody known calls from only so many calls are open, and all are free again', async () => {
  const limits = new CallLimits();
  const count = (isKnown: boolean): number => {
    let entered = 0;
    while (entered < 10_000 && limits.enter('', `${isKnown}`, isKnown)) entered++;
    return entered;
  };
  const [strangers, known] = [count(false), count(true)];
  expect([strangers < known, known < 10_000]).toEqual([true, true]);
  for (let left = 0; left < strangers; left++) limits.leave('', 'false');
  expect(count(false)).toBe(strangers);
  // On the wire: requests that never end take up places, and give them back.
  const hanging = await gateway();
  const identity = (buffer: Buffer) => buffer;
  const begun = Array.from({ length: strangers + 20 }, () => {
    const call = clientOf(hanging).makeClientStreamRequest(
      hostService.enroll.path,
      identity,
      identity,
      () => {},
    );
    call.on('error', () => {});
    return call;
  });
  const refused = begun.map(
    (call) => new Promise((resolve) => call.on('status', ({ code }) => resolve(code))),
  );
  expect(await Promise.race(refused)).toBe(status.RESOURCE_EXHAUSTED);
  for (const call of begun) call.cancel();
  await eventually(
    'a place is free',
    () =>
      new Promise<boolean>((resolve) => {
        clientOf(hanging).makeUnaryRequest(
          hostService.enroll.path,
          identity,
          identity,
          Buffer.alloc(0),
          (error) => resolve(error?.code !== status.RESOURCE_EXHAUSTED),
        );
      }),
  );
});
