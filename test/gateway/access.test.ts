/** Who may call which RPC, over a real socket: every RPC times every kind of caller. */
import { randomBytes } from 'node:crypto';
import {
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { service } from 'grpc-health-check';
import { afterEach, expect, test } from 'vitest';
import { eventService, runtimeService } from '../../src/contract/services.ts';
import { ACCESS } from '../../src/gateway/access.ts';
import { bearer, cleanUp, clientOf, gateway } from './fixtures.ts';

afterEach(cleanUp);

/** Calls a path with an empty request as a client stream; gives the status that came, OK for a first message. */
async function call(
  to: { address: string },
  path: string,
  metadata: Metadata,
): Promise<{ code: status; details: string }> {
  const stream = clientOf(to).makeBidiStreamRequest(
    path,
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
    metadata,
  );
  return new Promise((resolve) => {
    stream.on('data', () => resolve({ code: status.OK, details: '' }));
    stream.on('error', ({ code, details }: ServiceError) => resolve({ code, details }));
    stream.on('end', () => resolve({ code: status.OK, details: '' }));
    stream.write(Buffer.alloc(0));
    stream.end();
  });
}

const REFUSED = [status.UNAUTHENTICATED, status.PERMISSION_DENIED];
const paths = Object.keys(ACCESS);
const closed = paths.filter((path) => ACCESS[path] !== 'anyone');

test('every RPC that is served is in the table', () => {
  expect(paths).toEqual(expect.arrayContaining([runtimeService.attach.path, eventService.subscribe.path]));
});

test.each(closed)('%s is refused without a token and with a wrong one', async (path) => {
  const to = await gateway();
  const headers: [string, Metadata][] = [
    ['none', new Metadata()],
    ['random', bearer(randomBytes(32).toString('base64url'))],
    ['cut', bearer(to.tokens.runtime.slice(0, -1))],
    ['longer', bearer(`${to.tokens.viewer}A`)],
    ['empty', bearer('')],
  ];
  const basic = new Metadata();
  basic.set('authorization', `Basic ${to.tokens.viewer}`);
  for (const [name, metadata] of [...headers, ['basic', basic] as const]) {
    const answer = await call(to, path, metadata);
    expect([name, answer.code]).toEqual([name, status.UNAUTHENTICATED]);
    expect(answer.details).toContain('no valid token');
  }
});

test.each(closed)(
  "%s is refused to a role that is not the table's, and open to one that is",
  async (path) => {
    const to = await gateway();
    for (const role of ['runtime', 'viewer'] as const) {
      const answer = await call(to, path, bearer(to.tokens[role]));
      const allowed = (ACCESS[path] as readonly string[]).includes(role);
      expect([role, REFUSED.includes(answer.code)]).toEqual([role, !allowed]);
      if (!allowed) expect(answer.details).toMatch(new RegExp(`${role} has the roles .*${path} is for`));
    }
  },
);

test('an RPC that is in no table is not there, whoever asks', async () => {
  const to = await gateway();
  for (const metadata of [new Metadata(), bearer(to.tokens.runtime)]) {
    const { code } = await call(to, '/warder.v1.RuntimeService/Detach', metadata);
    expect([status.UNIMPLEMENTED, ...REFUSED]).toContain(code);
  }
});

test("a token of one gateway opens no other's door", async () => {
  const [one, two] = [await gateway(), await gateway()];
  const answer = await call(two, eventService.subscribe.path, bearer(one.tokens.viewer));
  expect(answer.code).toBe(status.UNAUTHENTICATED);
});

test('health says SERVING to anyone, of the gateway and of each service', async () => {
  const to = await gateway();
  const Health = makeGenericClientConstructor(service, 'Health');
  const client = new Health(to.address, credentials.createInsecure());
  const check = (name: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      client.check!({ service: name }, (error: Error | null, answer: unknown) =>
        error ? reject(error) : resolve(answer),
      );
    });
  for (const name of ['', 'warder.v1.RuntimeService', 'warder.v1.EventService']) {
    expect(await check(name)).toMatchObject({ status: 'SERVING' });
  }
  await expect(check('warder.v1.Other')).rejects.toMatchObject({ code: status.NOT_FOUND });
  client.close();
});
