/** Who may call which RPC, over a real socket: every RPC times every kind of caller. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  credentials,
  Metadata,
  makeGenericClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { service } from 'grpc-health-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { keyService } from '../../src/contract/identity-service.ts';
import { eventService } from '../../src/contract/services.ts';
import { callUnary } from '../../src/contract/unary.ts';
import { ACCESS } from '../../src/gateway/access-table.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { KEY_ROLES } from '../../src/gateway/identity/keys.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { removeTree } from '../remove-tree.ts';
import { bearer, cleanUp, clientOf, gateway, onePolicy } from './fixtures.ts';

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

const PROTO = fileURLToPath(new URL('../../proto', import.meta.url));

/** Every RPC that the contract declares. */
function declared(): string[] {
  const files = readdirSync(`${PROTO}/warder/v1`).filter((name) => name.endsWith('.proto'));
  const definitions = loadSync(
    files.map((name) => `warder/v1/${name}`),
    { includeDirs: [PROTO] },
  );
  return Object.values(definitions)
    .filter((one): one is ServiceDefinition => !('format' in one))
    .flatMap((one) => Object.values(one).map((method) => method.path));
}

test('every RPC of the contract has a row in the table, and no row is of an RPC that is not there', () => {
  const rows = paths.filter((path) => path.startsWith('/warder.v1.'));
  expect(rows.sort()).toEqual(declared().sort());
});

test('the credential of a host opens what hosts need, and no key does', () => {
  const open = paths.filter((path) => ACCESS[path]!.includes('runtime'));
  const reflection = open.filter((path) => path.startsWith('/grpc.reflection.'));
  expect(open.filter((path) => !reflection.includes(path)).sort()).toEqual([
    '/warder.v1.HostService/Renew',
    '/warder.v1.RuntimeService/Attach',
  ]);
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

/** What the token of the gateway's own machine is good for. */
const OPERATOR = ['operator', 'viewer', 'policy-admin', 'approver', 'host-admin'];

describe('every RPC times every role', () => {
  const roles = ['runtime', 'operator', ...KEY_ROLES] as const;
  const tokens: Record<string, string> = {};
  let to: Gateway;
  let state: string;
  beforeAll(async () => {
    state = mkdtempSync(join(tmpdir(), 'warder-access-'));
    to = await startGateway({ stateDirectory: state, policySource: onePolicy(), ephemeralKey: true });
    Object.assign(tokens, to.tokens);
    for (const role of KEY_ROLES) tokens[role] = await keyFor(to, role);
  });
  afterAll(async () => {
    await to.stop();
    removeTree(state);
  });

  test.each(closed)('%s', async (path) => {
    for (const role of roles) {
      const answer = await call(to, path, bearer(tokens[role]!));
      const has = role === 'operator' ? OPERATOR : [role];
      const allowed = has.some((one) => (ACCESS[path] as readonly string[]).includes(one));
      expect([role, REFUSED.includes(answer.code)]).toEqual([role, !allowed]);
      if (!allowed) expect(answer.details).toMatch(new RegExp(`${has.at(-1)}\\], ${path} is for`));
    }
  });
});

async function keyFor(to: Gateway, role: string): Promise<string> {
  const client = clientOf(to);
  const { key } = await callUnary(
    client,
    keyService.createKey,
    { name: role, roles: [role] },
    bearer(to.tokens.operator),
  );
  return key!;
}

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
